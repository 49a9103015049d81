/** Requests of ours: sent to a peer, failed over to another one when it goes down (RFC 6733 section 5.5.4), and settled exactly once. */
import { type Clock, monotonic, type Timer } from "../clock.js";
import { CommandFlag } from "../codec/header.js";
import type { RawMessage } from "../codec/raw-message.js";
import { TOO_BUSY, UNABLE_TO_DELIVER } from "../codec/result-code.js";
import type { CallOptions } from "../codegen/types.js";
import { AbortedError, type DiameterError, NodeStoppedError, UnableToDeliverError } from "../errors.js";
import { AvpCode, readIdentity, readUnsigned32 } from "../peer/base-avps.js";
import { sameIdentity } from "../peer/election.js";
import type { Link, OutgoingRequest } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import { RequestTimeoutError } from "./request-timeout.js";
import { type Destination, rank, route } from "./route.js";

/** How a request ends: once, with one of the two. `answer` borrows the chunk that it came in. */
export interface Settle {
  answered(answer: RawMessage): void;
  failed(error: DiameterError): void;
  /** True of peers that it must not go to: for a request that is passed on, where it has been before. */
  readonly excludes?: ((peer: Peer) => boolean) | undefined;
}

/** A request from the call to its end. */
class Call implements OutgoingRequest {
  readonly commandCode: number;
  readonly applicationId: number;
  readonly endToEnd: number;
  readonly destination: Destination;
  /** Owns its octets: they are sent again after a failover. */
  readonly raw: RawMessage;
  readonly settle: Settle;
  readonly owner: Requester;
  timer: Timer | undefined;
  signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  link: Link | undefined;
  /** The peer that it was sent to last. */
  peer: Peer | undefined;
  /** Peers that answered that they cannot deliver it. */
  declined: Set<Peer> | undefined;
  /** When it was sent last, by the monotonic clock. */
  sentAt = 0;

  constructor(raw: RawMessage, settle: Settle, owner: Requester) {
    this.raw = raw;
    this.commandCode = raw.commandCode;
    this.applicationId = raw.applicationId;
    this.endToEnd = raw.endToEnd;
    this.settle = settle;
    this.owner = owner;
    const host = raw.avp(AvpCode.DESTINATION_HOST);
    const realm = raw.avp(AvpCode.DESTINATION_REALM);
    this.destination = {
      applicationId: raw.applicationId,
      host: host && readIdentity(host.data),
      realm: realm && readIdentity(realm.data),
    };
  }

  onAnswer(answer: RawMessage, link: Link): void {
    this.owner.answered(this, link);
    if (this.owner.declined(this, answer)) return;
    this.owner.release(this);
    this.settle.answered(answer);
  }

  mayGoTo(peer: Peer): boolean {
    return this.settle.excludes?.(peer) !== true && this.declined?.has(peer) !== true;
  }
}

export interface RequesterOptions {
  readonly clock: Clock;
  /** Milliseconds. */
  readonly timeoutMs: number;
  readonly peers: () => Iterable<Peer>;
  readonly statistics: RequesterStatistics;
}

/** What the requester counts, by peer. */
export interface RequesterStatistics {
  of(peer: Peer): { failovers: number; timeouts: number };
}

export class Requester {
  private readonly options: RequesterOptions;
  /** No peer is open for them, but one is coming. */
  private readonly waiting = new Set<Call>();
  private readonly calls = new Set<Call>();
  private idlers: (() => void)[] = [];

  constructor(options: RequesterOptions) {
    this.options = options;
  }

  /** Sends `raw`, which the requester owns from now on: its Hop-by-Hop Identifier and T bit are written over. */
  send(raw: RawMessage, settle: Settle, options: CallOptions = {}): void {
    const { signal, timeoutMs = this.options.timeoutMs, retransmitted } = options;
    if (signal?.aborted) {
      settle.failed(new AbortedError("the request was aborted before it was sent", signal.reason));
      return;
    }
    if (retransmitted) raw.view.setUint8(raw.start + 4, raw.flags | CommandFlag.RETRANSMITTED);
    const call = new Call(raw, settle, this);
    this.calls.add(call);
    call.timer = this.options.clock.setTimeout(() => {
      if (call.peer !== undefined) this.options.statistics.of(call.peer).timeouts++;
      this.fail(call, new RequestTimeoutError(timeoutMs, call.peer !== undefined, call.peer?.originHost));
    }, timeoutMs);
    if (signal !== undefined) {
      call.signal = signal;
      call.onAbort = () => this.fail(call, new AbortedError(`the request was aborted ${sentTo(call)}`, signal.reason));
      signal.addEventListener("abort", call.onAbort, { once: true });
    }
    this.dispatch(call);
  }

  /** Requests that are not settled yet, those of a relay too. */
  get inFlight(): number {
    return this.calls.size;
  }

  /** Resolves when none is in flight. */
  idle(): Promise<void> {
    if (this.calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idlers.push(resolve));
  }

  /** A peer has become usable, or can no longer become so: what waits for one is looked at again. */
  peersChanged(): void {
    for (const call of [...this.waiting]) this.dispatch(call);
  }

  /** SUSPECT: "all messages in the queue are sent to an alternate agent, if available" (RFC 3539 section 3.4.1 [3]). */
  failover(peer: Peer, link: Link): void {
    for (const [hopByHop, request] of link.pending.entries()) {
      const call = request as Call;
      const alternate = this.alternate(call, peer);
      if (alternate === undefined) continue;
      link.pending.remove(hopByHop);
      this.transmit(call, alternate, CommandFlag.RETRANSMITTED);
    }
    link.onSettled?.();
  }

  /** The connection is gone: each of its requests goes to another peer, or is rejected. */
  connectionLost(peer: Peer, link: Link, reason: string): void {
    for (const request of link.pending.drain()) {
      const call = request as Call;
      call.link = undefined;
      const alternate = this.alternate(call, peer);
      if (alternate !== undefined) this.transmit(call, alternate, CommandFlag.RETRANSMITTED);
      else
        this.fail(call, new UnableToDeliverError(`${sentTo(call)}, and lost: ${reason}`, true, call.peer?.originHost));
    }
  }

  /**
   * True where `answer` says that its sender is too busy or cannot deliver the request, and the request went to another peer instead: RFC
   * 6733 section 7.1.3 and figure 7. Without the T bit then: it MUST NOT be set after an error answer (section 3).
   */
  declined(call: Call, answer: RawMessage): boolean {
    const { peer } = call;
    if (peer === undefined || !answer.isError) return false;
    const result = answer.avp(AvpCode.RESULT_CODE);
    const code = result && readUnsigned32(result.data);
    if (code !== UNABLE_TO_DELIVER && code !== TOO_BUSY) return false;
    call.declined ??= new Set();
    call.declined.add(peer);
    const alternate = this.alternate(call, peer);
    if (alternate === undefined) return false;
    this.transmit(call, alternate);
    return true;
  }

  /** Its answer has come. */
  answered({ applicationId, commandCode, sentAt }: Call, { traffic }: Link): void {
    traffic.command(applicationId, commandCode).answeredIn.observe(monotonic(this.options.clock) - sentAt);
  }

  /** Rejects all that is left. */
  stop(): void {
    for (const call of [...this.calls])
      this.fail(call, new NodeStoppedError(`the node was stopped; the request was ${sentTo(call)}`));
  }

  /** Forgets a call: it is settled. */
  release(call: Call): void {
    this.calls.delete(call);
    this.waiting.delete(call);
    this.options.clock.clearTimeout(call.timer);
    if (call.onAbort !== undefined) call.signal?.removeEventListener("abort", call.onAbort);
    if (this.calls.size === 0 && this.idlers.length > 0) for (const idle of this.idlers.splice(0)) idle();
  }

  private fail(call: Call, error: DiameterError): void {
    // Settled already: one error of many, as a timeout in the turn of an answer.
    if (!this.calls.has(call)) return;
    const { link } = call;
    if (link !== undefined) link.pending.remove(call.raw.hopByHop);
    this.release(call);
    call.settle.failed(error);
    link?.onSettled?.();
  }

  private dispatch(call: Call): void {
    const peers = this.options.peers();
    const peer = route(peers, call.destination, (candidate) => call.mayGoTo(candidate) && hasRoom(candidate));
    if (peer !== undefined) {
      this.waiting.delete(call);
      this.transmit(call, peer);
      return;
    }
    // What a peer supports is known only once it is open: any that is coming may be the one.
    for (const candidate of peers) {
      if (candidate.isComing && call.mayGoTo(candidate)) {
        this.waiting.add(call);
        return;
      }
    }
    this.waiting.delete(call);
    this.fail(call, new UnableToDeliverError(`nothing was sent: ${this.whyNot(call)}`, false));
  }

  private whyNot(call: Call): string {
    const { destination } = call;
    const { applicationId, host, realm } = destination;
    const where = [host, realm].filter((part) => part !== undefined).join(" in ") || "no destination";
    for (const peer of this.options.peers())
      if (peer.isUsable && call.mayGoTo(peer) && rank(peer, destination) > 0)
        return `${peer.originHost} has as many requests unanswered as limits.maxPending allows`;
    return `no peer is open that serves application ${applicationId} for ${where}`;
  }

  /** A peer that takes over from `failed`; none where the request was for that very host (section 5.5.4). */
  private alternate(call: Call, failed: Peer): Peer | undefined {
    const { host } = call.destination;
    if (host !== undefined && failed.originHost !== undefined && sameIdentity(host, failed.originHost))
      return undefined;
    return route(
      this.options.peers(),
      call.destination,
      (peer) => peer !== failed && call.mayGoTo(peer) && hasRoom(peer),
    );
  }

  private transmit(call: Call, peer: Peer, flag = 0): void {
    const link = peer.link as Link;
    const { raw } = call;
    const hopByHop = link.nextHopByHop();
    raw.view.setUint32(raw.start + 12, hopByHop);
    // Section 3: T is set when a request is sent again that was not acknowledged; the first time only where the caller says so.
    raw.view.setUint8(raw.start + 4, raw.flags | flag);
    if (call.peer !== undefined) this.options.statistics.of(call.peer).failovers++;
    call.sentAt = monotonic(this.options.clock);
    call.peer = peer;
    call.link = link;
    link.pending.add(hopByHop, call);
    link.write(raw.toBytes());
  }
}

function hasRoom(peer: Peer): boolean {
  return peer.isUsable && peer.link !== undefined && !peer.link.pending.full;
}

function sentTo(call: Call): string {
  return call.peer === undefined ? "not sent" : `sent to ${call.peer.originHost}`;
}
