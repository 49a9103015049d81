/** A client that keeps a record until it is acknowledged (RFC 6733 section 9.4), and asks for authentication in between. */

import { setMaxListeners } from "node:events";
import { setTimeout as passed } from "node:timers/promises";
import { DiameterError, DiameterNode, outcome, RawMessage } from "@diamgen/runtime";
import { encodeMessage } from "@diamgen/runtime/codec";
import * as accounting from "@diamgen/sdk/accounting";
import { AcctSessionId, ResultCodeAvp } from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { computeHa1, expectedResponse, findDigestAlgorithm } from "../../../server/src/digest/index.js";

export const REALM = "diameter.test";
export const ALICE = { username: "alice", domain: REALM, password: "secret" };

const ATTEMPT_MS = 3000;
/** While no server is up, a request fails at once. */
const AGAIN_AFTER_MS = 20;
const DEADLINE_MS = 60_000;

/** A record of a session; an EVENT with number 0 where nothing is said. */
export interface SentRecord {
  /** Accounting-Record-Type. */
  readonly type?: number;
  readonly number?: number;
  /** It was sent before. */
  readonly again?: boolean;
}

export class Caller implements AsyncDisposable {
  readonly node: DiameterNode;
  /** Session-Ids that were answered DIAMETER_SUCCESS, once each. */
  readonly acknowledged: string[] = [];
  /** Result-Codes of all answers, and codes of errors, with their numbers. */
  readonly results = new Map<string, number>();

  private endToEnd = 0;
  private readonly waiting = new Set<() => void>();

  constructor(name: string, ports: readonly number[]) {
    this.node = new DiameterNode({
      originHost: `${name}.${REALM}`,
      originRealm: REALM,
      applications: [sip.application, accounting.application],
      extensions: [opensips.avps, digest.avps],
      peers: ports.map((port) => ({ host: "127.0.0.1", port })),
      reconnectMs: 50,
    });
  }

  /** Sends a record until it is acknowledged: with the T flag from the second time on, and from the first where it was sent before. */
  async account(sessionId: string, signal: AbortSignal, record: SentRecord = {}): Promise<void> {
    const { type = accounting.AccountingRecordType.EVENT_RECORD, number = 0, again = false } = record;
    // Many calls share one signal.
    setMaxListeners(0, signal);
    const { create } = accounting.accounting.request;
    const { originHost, originRealm } = this.node;
    const request = create(
      {
        sessionId,
        destinationRealm: REALM,
        accountingRecordType: type,
        accountingRecordNumber: number,
        avps: [
          opensips.SipMethodAvp.of(opensips.SipMethod.INVITE),
          AcctSessionId.of(new TextEncoder().encode(sessionId)),
        ],
      },
      { sessionId, originHost, originRealm },
    );
    const bytes = encodeMessage(accounting.accounting.request, request);
    // The End-to-End Identifier of each record is its own, and that of its retransmissions (section 3).
    new DataView(bytes.buffer, bytes.byteOffset).setUint32(16, ++this.endToEnd);
    for (let retransmitted = again; ; retransmitted = true) {
      const raw = RawMessage.from(bytes.slice());
      if (retransmitted) raw.view.setUint8(raw.start + 4, raw.flags | 0x10);
      const code = await this.attempt("ACR", async () => {
        const answer = await this.node.send(raw, { timeoutMs: ATTEMPT_MS, signal });
        const result = answer.avp(ResultCodeAvp.code)?.data;
        return result && new DataView(result.buffer, result.byteOffset).getUint32(0);
      });
      if (code === "ACR 2001") {
        this.acknowledged.push(sessionId);
        for (const wake of this.waiting) wake();
        return;
      }
      await passed(AGAIN_AFTER_MS, undefined, { signal });
    }
  }

  /** Resolves when `more` further records are acknowledged. */
  async acknowledges(more: number): Promise<void> {
    const goal = this.acknowledged.length + more;
    let wake = (): void => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        const late = () => reject(new Error(`${more} records were not acknowledged in time: ${[...this.results]}`));
        timer = setTimeout(late, DEADLINE_MS);
        wake = () => this.acknowledged.length >= goal && resolve();
        this.waiting.add(wake);
      });
    } finally {
      clearTimeout(timer);
      this.waiting.delete(wake);
    }
  }

  /** A REGISTER of alice. */
  async authenticate(): Promise<void> {
    const { username, domain, password } = ALICE;
    const algorithm = findDigestAlgorithm("MD5")!;
    const [nonce, uri, method] = ["n0nce", `sip:${domain}`, "REGISTER"];
    const ha1 = computeHa1(algorithm, username, domain, password);
    await this.attempt("MAR", async () => {
      const answer = await sip.client(this.node).multimediaAuth(
        {
          destinationRealm: REALM,
          authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
          sipAor: `${username}@${domain}`,
          sipMethod: method,
          userName: `${username}@${domain}`,
          avps: [
            digest.DigestUsername.of(username),
            digest.DigestRealm.of(domain),
            digest.DigestNonce.of(nonce),
            digest.DigestUri.of(uri),
            digest.DigestMethod.of(method),
            digest.DigestResponse.of(expectedResponse(algorithm, ha1, { nonce, uri, method })),
          ],
        },
        { timeoutMs: ATTEMPT_MS },
      );
      return outcome(answer).resultCode;
    });
  }

  private async attempt(what: string, work: () => Promise<number | undefined>): Promise<string> {
    let code: string;
    try {
      code = `${what} ${await work()}`;
    } catch (error) {
      if (!(error instanceof DiameterError)) throw error;
      code = `${what} ${error.code}`;
    }
    this.results.set(code, (this.results.get(code) ?? 0) + 1);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.node.stop();
  }
}
