/** One request from its handler's call to its answer. */
import type { Avp } from "../codec/avp.js";
import { ErrorAnswer, errorBit } from "../codec/error-answer.js";
import { CommandFlag, Header } from "../codec/header.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { AnyCommand, Context, ContextPeer, ErrorOptions, Fill, Withheld } from "../codegen/types.js";
import type { IncomingRequest, Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { FirstRequest } from "../routing/duplicates.js";

/** Origin-Host and Origin-Realm of the node. */
export interface Origin {
  readonly originHost: string;
  readonly originRealm: string;
}

/** What every `withhold()` gives. */
export const WITHHELD = /*@__PURE__*/ Object.freeze({}) as Withheld;

/** The handler's context, and what fills in its answer. */
export class Serving implements Context<unknown, unknown>, Fill, IncomingRequest {
  readonly command: AnyCommand;
  readonly raw: RawMessage;
  readonly link: Link;
  /** Header of the answer: RFC 6733 section 6.2, the request's identifiers and P bit. */
  readonly header: Header;
  readonly retransmitted: boolean;
  /** "" where the request has none: only commands without sessions, whose answers have none either. */
  readonly sessionId: string;
  readonly originHost: string;
  readonly originRealm: string;
  readonly proxyInfo: readonly Avp[] | undefined;
  /** Where the request came from. */
  readonly from: Peer;
  /** Answered, given up, or timed out: an answer that still comes goes nowhere. */
  settled = false;
  /** Where its answer is kept for duplicates: somebody may wait for it though the connection is gone. */
  first: FirstRequest | undefined;
  /** By the monotonic clock. */
  startedAt = 0;
  private abort: AbortController | undefined;
  private abandoned: { readonly reason: unknown } | undefined;

  constructor(
    command: AnyCommand,
    from: Peer,
    link: Link,
    raw: RawMessage,
    sessionId: string,
    proxyInfo: readonly Avp[] | undefined,
    origin: Origin,
  ) {
    this.command = command;
    this.from = from;
    this.link = link;
    this.raw = raw;
    const { flags } = raw;
    this.header = new Header(
      flags & CommandFlag.PROXIABLE,
      raw.commandCode,
      raw.applicationId,
      raw.hopByHop,
      raw.endToEnd,
    );
    this.retransmitted = (flags & CommandFlag.RETRANSMITTED) !== 0;
    this.sessionId = sessionId;
    this.proxyInfo = proxyInfo;
    this.originHost = origin.originHost;
    this.originRealm = origin.originRealm;
  }

  get peer(): ContextPeer {
    return this.from.remote ?? { originHost: "", originRealm: "" };
  }

  /** Made when it is asked for: most handlers never do. */
  get signal(): AbortSignal {
    if (this.abort === undefined) {
      this.abort = new AbortController();
      if (this.abandoned !== undefined) this.abort.abort(this.abandoned.reason);
    }
    return this.abort.signal;
  }

  withhold(): Withheld {
    return WITHHELD;
  }

  answer(init: unknown): unknown {
    return this.command.answer.create(init, this);
  }

  error(resultCode: number, { errorMessage, failedAvp }: ErrorOptions = {}): ErrorAnswer {
    return new ErrorAnswer(
      this.headerWith(errorBit(resultCode)),
      { originHost: this.originHost, originRealm: this.originRealm, resultCode, errorMessage, failedAvp },
      this.sessionId === "" ? undefined : this.sessionId,
      this.proxyInfo,
    );
  }

  /**
   * For an answer of the command's own grammar: no E bit (RFC 6733 section 7.1.5), except with a protocol error, which has it whatever
   * the handler composed (section 7.1.3).
   */
  headerOf(resultCode: unknown): Header {
    const protocolError = typeof resultCode === "number" && resultCode >= 3000 && resultCode < 4000;
    return this.headerWith(protocolError ? CommandFlag.ERROR : 0);
  }

  private headerWith(bit: number): Header {
    if (bit === 0) return this.header;
    const { flags, commandCode, applicationId, hopByHop, endToEnd } = this.header;
    return new Header(flags | bit, commandCode, applicationId, hopByHop, endToEnd);
  }

  /** Nobody waits for the answer any more. */
  abandon(reason: unknown): void {
    if (this.first !== undefined) return;
    this.settled = true;
    this.abandoned = { reason };
    this.abort?.abort(reason);
  }
}
