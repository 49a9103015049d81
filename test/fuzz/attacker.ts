/** A peer of the node under fire: what it has sent in a round, what came back, and what it says when it is asked something itself. */

import type { RawMessage } from "../../runtime/src/codec/raw-message.js";
import { defaultLimits } from "../../runtime/src/limits.js";
import { encodeCER } from "../../runtime/src/peer/base-messages.js";
import type { Connection } from "../../runtime/src/transport/transport.js";
import { type Expectation, expectationOf } from "./frames.js";
import { REALM } from "./pool.js";
import { served } from "./served.js";

const CAPABILITIES = {
  originRealm: REALM,
  hostIpAddress: ["127.0.0.1"],
  vendorId: 0,
  productName: "fuzzer",
  supportedVendorId: [],
  authApplicationId: served.filter(({ kind }) => kind === "auth").map(({ id }) => id),
  acctApplicationId: served.filter(({ kind }) => kind === "acct").map(({ id }) => id),
  inbandSecurityId: [],
  vendorSpecificApplicationId: [],
};
/** Of its CER. */
const HOP_BY_HOP = 0xcccccccc;

export const cerOf = (name: string): Uint8Array =>
  encodeCER({ ...CAPABILITIES, originHost: name } as never, { hopByHop: HOP_BY_HOP, endToEnd: HOP_BY_HOP }).bytes;

export class Attacker {
  readonly name: string;
  connection: Connection | undefined;
  open = false;
  closed = true;
  /** Hop-by-Hop Identifiers of the answers that came in this round. */
  answers: number[] = [];
  /** What is sent for a request of the node's; it is `write` that sends it. */
  onRequest: (request: RawMessage) => void = () => {};
  private sent: Uint8Array[] = [];
  private expectation: Expectation | undefined;

  constructor(name: string) {
    this.name = name;
  }

  start(connection: Connection): void {
    this.connection = connection;
    this.open = false;
    this.closed = false;
    connection.setMaxMessageLength(0xfffffc);
    connection.start({
      onMessage: (raw) => this.receive(raw),
      onFault: ({ message }) => {
        throw new Error(`the node sent what is not Diameter: ${message}`);
      },
      onClose: () => {
        if (this.connection === connection) this.closed = true;
      },
      onDrain: () => {},
    });
  }

  private receive(raw: RawMessage): void {
    if (raw.isRequest) {
      if (raw.applicationId !== 0) this.onRequest(raw);
      return;
    }
    if (raw.hopByHop === HOP_BY_HOP && raw.commandCode === 257) {
      const at = raw.find(268);
      this.open = at >= 0 && raw.view.getUint32(at + 8) === 2001;
    }
    this.answers.push(raw.hopByHop);
  }

  beginRound(): void {
    this.answers = [];
    this.sent = [];
    this.expectation = undefined;
  }

  write(octets: Uint8Array): void {
    this.sent.push(octets);
    this.expectation = undefined;
    this.connection?.write(octets);
  }

  /** In pieces of up to so many octets, each in a turn of its own. */
  async writePieces(octets: Uint8Array, longest: number): Promise<void> {
    for (let at = 0; at < octets.length && !this.closed; at += longest) {
      // Not all at once: what it says to a request of the node's may come between two of them.
      this.write(octets.subarray(at, at + longest));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** What all that was sent in this round asks for. */
  get expected(): Expectation {
    this.expectation ??= expectationOf(
      this.sent.length === 1 ? (this.sent[0] as Uint8Array) : Buffer.concat(this.sent),
      defaultLimits.maxMessageLength,
    );
    return this.expectation;
  }

  get settled(): boolean {
    if (this.closed) return true;
    const { requests, closes } = this.expected;
    return !closes && this.answers.length >= requests.length;
  }
}
