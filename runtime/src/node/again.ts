/** Duplicates of a request that is being served, or was: RFC 6733 section 5.5.4. */
import type { Avp } from "../codec/avp.js";
import { Header } from "../codec/header.js";
import { RawMessage } from "../codec/raw-message.js";
import { AvpCode, readIdentity, readText } from "../peer/base-avps.js";
import { lowerCaseAscii } from "../peer/election.js";
import type { IncomingRequest, Link } from "../peer/link.js";
import type { FirstRequest, Waiter } from "../routing/duplicates.js";

const HOP_BY_HOP = 12;

/**
 * What duplicates have in common: section 3 has Origin-Host and End-to-End Identifier. Session-Id, command and application are the same in a real
 * one; with them, nobody who guesses an identifier is shown an answer that was somebody else's. Undefined where there is no Origin-Host.
 */
export function duplicateKey(raw: RawMessage): string | undefined {
  const origin = raw.avp(AvpCode.ORIGIN_HOST);
  const originHost = origin && readIdentity(origin.data);
  if (originHost === undefined) return undefined;
  const sessionId = raw.avp(AvpCode.SESSION_ID);
  const { applicationId, commandCode, endToEnd } = raw;
  return `${applicationId}:${commandCode}:${endToEnd}:${lowerCaseAscii(originHost)}:${(sessionId && readText(sessionId.data)) ?? ""}`;
}

/** The answer once more: with the Hop-by-Hop Identifier, and the Proxy-Info (section 6.2), of the request that came by this way. */
export function answerAgain(answer: Uint8Array, hopByHop: number, proxyInfo: readonly Avp[]): Uint8Array {
  const raw = RawMessage.from(answer);
  if (proxyInfo.length === 0 && raw.find(AvpCode.PROXY_INFO) < 0) {
    const copy = raw.own();
    copy.view.setUint32(HOP_BY_HOP, hopByHop);
    return copy.bytes;
  }
  const avps = [...raw.avps()].filter(({ code, vendorId }) => code !== AvpCode.PROXY_INFO || vendorId !== 0);
  const header = new Header(raw.flags, raw.commandCode, raw.applicationId, hopByHop, raw.endToEnd);
  return RawMessage.of(header, [...avps, ...proxyInfo]).bytes;
}

/** A duplicate of a request whose handler still runs: it waits for the same answer. */
export class Again implements Waiter, IncomingRequest {
  private readonly first: FirstRequest;
  private readonly link: Link;
  private readonly hopByHop: number;
  private readonly proxyInfo: readonly Avp[];
  private readonly done: () => void;

  /** `done`: it is answered, and off the connection. */
  constructor(first: FirstRequest, link: Link, raw: RawMessage, done: () => void) {
    this.first = first;
    this.link = link;
    this.hopByHop = raw.hopByHop;
    this.proxyInfo = raw.avpsOf(AvpCode.PROXY_INFO);
    this.done = done;
    first.waiting.add(this);
    link.serving.add(this);
  }

  answered(answer: Uint8Array): void {
    this.link.write(answerAgain(answer, this.hopByHop, this.proxyInfo));
    if (this.link.serving.delete(this)) this.done();
  }

  unanswered(): void {
    if (this.link.serving.delete(this)) this.done();
  }

  abandon(): void {
    this.first.waiting.delete(this);
  }
}
