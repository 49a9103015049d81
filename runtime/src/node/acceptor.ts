/**
 * Connections that come in, until they belong to a peer: RFC 6733 section 5.6.1 keeps this apart from the peer state machine. Whose
 * first message is not a CER, or who sends none in time, is disconnected.
 */
import type { Timer } from "../clock.js";
import { ErrorAnswer } from "../codec/error-answer.js";
import type { FramingFault } from "../codec/framing.js";
import type { RawMessage } from "../codec/raw-message.js";
import { APPLICATION_UNSUPPORTED, ELECTION_LOST, INVALID_HDR_BITS, UNABLE_TO_COMPLY } from "../codec/result-code.js";
import type { DiameterError } from "../errors.js";
import { writeCEA } from "../peer/base-exchange.js";
import { type Capabilities, CommandCode, decodeCER, type Outcome, outcomeOf } from "../peer/base-messages.js";
import { refusal, type Standing } from "../peer/capabilities.js";
import { agreesTls, type InbandSecurity } from "../peer/inband.js";
import { Link, type LinkOwner } from "../peer/link.js";
import type { PeerHost } from "../peer/peer-types.js";
import type { Connection, Endpoint } from "../transport/transport.js";
import type { Claims } from "./claims.js";

export interface AcceptorHost extends PeerHost {
  /** Asked last, before a CER is accepted. */
  readonly claims: Claims | undefined;
  standing(originHost: string, originRealm: string, secured: boolean): Standing;
  /** A welcome CER: the connection belongs to its peer from now on. */
  accepted(link: Link, cer: Capabilities, raw: RawMessage): void;
  refused(remote: Endpoint, originHost: string | undefined, resultCode: number | undefined, message: string): void;
}

export class Acceptor implements LinkOwner {
  private readonly host: AcceptorHost;
  private readonly unidentified = new Map<Link, Timer>();
  private readonly perAddress = new Map<string, number>();
  /** Whose CER is good, and whose CEA waits until it is known that the peer is ours. */
  private readonly claiming = new WeakSet<Link>();

  constructor(host: AcceptorHost) {
    this.host = host;
  }

  /** A connection that has just come in. */
  accept(connection: Connection, inband?: InbandSecurity): void {
    const { limits, clock } = this.host;
    const { address } = connection.remote;
    const fromThere = this.perAddress.get(address) ?? 0;
    if (this.unidentified.size >= limits.maxUnidentified || fromThere >= limits.maxUnidentifiedPerAddress) {
      this.host.refused(connection.remote, undefined, undefined, "too many connections that have not sent a CER");
      connection.start({ onMessage: () => {}, onFault: () => {}, onClose: () => {}, onDrain: () => {} });
      connection.destroy();
      return;
    }
    this.perAddress.set(address, fromThere + 1);
    const link = new Link(connection, "R", this, this.host, inband);
    const timer = clock.setTimeout(() => this.expired(link), limits.cerTimeoutMs, true);
    this.unidentified.set(link, timer);
  }

  /** Disconnects all that are still nobody's. */
  stop(): void {
    for (const link of [...this.unidentified.keys()]) {
      if (link.isClosed) link.destroy();
      else this.drop(link, "the node is stopping");
    }
  }

  onMessage(link: Link, raw: RawMessage): void {
    if (this.claiming.has(link)) {
      this.drop(link, `command ${raw.commandCode} came before the CEA was sent`);
      return;
    }
    if (!raw.isRequest || raw.commandCode !== CommandCode.CAPABILITIES_EXCHANGE) {
      this.drop(link, `the first message is command ${raw.commandCode}, not a CER`);
      return;
    }
    const protocolError = headerError(raw);
    if (protocolError !== undefined) {
      const { originHost, originRealm } = this.host.local;
      link.write(
        ErrorAnswer.to(raw, { originHost, originRealm, ...protocolError })
          .encode()
          .toBytes(),
      );
      this.close(link, undefined, protocolError);
      return;
    }
    const cer = decodeCER(raw, this.host.known, this.host.limits.maxFailedAvpBytes);
    const refused = cer.ok ? this.refusal(link, cer.message) : outcomeOf(cer.issues);
    if (refused !== undefined) this.refuse(link, raw, cer.message.originHost ?? undefined, refused);
    else if (this.host.claims === undefined) this.accepted(link, cer.message as Capabilities, raw);
    else void this.claim(link, cer.message as Capabilities, raw.own(), this.host.claims);
  }

  /** Never rejects. What comes meanwhile, comes here. */
  private async claim(link: Link, cer: Capabilities, raw: RawMessage, claims: Claims): Promise<void> {
    this.claiming.add(link);
    const { originHost, originStateId } = cer;
    const { address } = link.connection.remote;
    const unclaimed = await claims
      .acquire(link.connection, { originHost, address, initiated: false, originStateId })
      .then((ours) => (ours ? undefined : ELSEWHERE), unanswered);
    this.claiming.delete(link);
    if (!this.unidentified.has(link) || link.isClosed) return;
    // What was welcome when it was asked need not be so any more.
    const refused = unclaimed ?? this.refusal(link, cer);
    if (refused !== undefined) this.refuse(link, raw, originHost, refused);
    else this.accepted(link, cer, raw);
  }

  private accepted(link: Link, cer: Capabilities, raw: RawMessage): void {
    this.forget(link);
    this.host.accepted(link, cer, raw);
  }

  private expired(link: Link): void {
    this.drop(link, this.claiming.has(link) ? "nobody said in time whose peer it is" : "no CER came in time");
  }

  private refusal(link: Link, cer: Capabilities): Outcome | undefined {
    const secured = link.connection.security !== undefined || agreesTls(link, cer);
    return refusal(this.host.local, cer, link, this.host.standing(cer.originHost, cer.originRealm, secured));
  }

  onFault(link: Link, fault: FramingFault): void {
    this.drop(link, `what came is not Diameter (${fault.kind})`);
  }

  onClose(link: Link, error: DiameterError | undefined): void {
    this.forget(link);
    this.host.refused(link.connection.remote, undefined, undefined, error?.message ?? "closed before a CER came");
  }

  /** Section 5.3: a CEA says why, then the connection is closed. */
  private refuse(link: Link, cer: RawMessage, originHost: string | undefined, outcome: Outcome): void {
    writeCEA(link, this.host.local, cer, outcome);
    this.close(link, originHost, outcome);
  }

  private close(link: Link, originHost: string | undefined, { resultCode, errorMessage = "refused" }: Outcome): void {
    link.close();
    // It counts as unidentified until it is gone: a stranger that leaves its side open holds a socket for `limits.closeTimeoutMs`.
    this.host.clock.clearTimeout(this.unidentified.get(link));
    link.handTo({ onMessage: () => {}, onFault: () => {}, onClose: () => this.forget(link) });
    this.host.refused(link.connection.remote, originHost, resultCode, errorMessage);
  }

  private drop(link: Link, message: string): void {
    this.forget(link);
    link.destroy();
    this.host.refused(link.connection.remote, undefined, undefined, message);
  }

  private forget(link: Link): void {
    const timer = this.unidentified.get(link);
    if (timer === undefined) return;
    this.host.clock.clearTimeout(timer);
    this.unidentified.delete(link);
    const { address } = link.connection.remote;
    const left = (this.perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.perAddress.set(address, left);
    else this.perAddress.delete(address);
  }
}

/** The process that has the peer has won, so to speak, the election of section 5.6.4. */
const ELSEWHERE: Outcome = {
  resultCode: ELECTION_LOST,
  errorMessage: "there is a connection with this Origin-Host already",
};

function unanswered(error: unknown): Outcome {
  const why = error instanceof Error ? error.message : String(error);
  return { resultCode: UNABLE_TO_COMPLY, errorMessage: `nobody says whose peer it is: ${why}` };
}

/** What section 3 and section 5.3 have to say of the header of a CER. */
function headerError({ isError, applicationId }: RawMessage): { resultCode: number; errorMessage: string } | undefined {
  if (isError) return { resultCode: INVALID_HDR_BITS, errorMessage: "a request has no E bit" };
  if (applicationId !== 0) return { resultCode: APPLICATION_UNSUPPORTED, errorMessage: "a CER is of application 0" };
  return undefined;
}
