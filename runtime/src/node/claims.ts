/**
 * Peers that are asked for before they are connected, where several processes are one node: RFC 6733 section 2.1 has one connection with one
 * peer, whichever process it came to.
 */
import type { Clock } from "../clock.js";
import { TransportError } from "../errors.js";
import { lowerCaseAscii } from "../peer/election.js";
import type { Connection } from "../transport/transport.js";

/** A peer that the node wants to connect with. */
export interface PeerClaim {
  /** As in its CER; of a peer that we connect to, as configured. */
  readonly originHost: string;
  /** The address that it is connected from; of a peer that we connect to, the host that is configured. */
  readonly address: string;
  /** True where we connect to it: asked before the transport connection is made. False: a CER came, and its CEA waits. */
  readonly initiated: boolean;
  /** Origin-State-Id of its CER: higher than before where the peer has restarted (section 8.16), and does not know its old connection any more. */
  readonly originStateId: number | undefined;
  /** Fires when nobody waits any more: the connection has gone, or the time was over. What is granted then is released at once. */
  readonly signal: AbortSignal;
}

/** The peer is this node's. */
export interface PeerLease {
  /** Called once, when the node has no connection with the peer any more; also after `lost`. */
  release(): void;
  /** Fires when the peer is this node's no more: its connections are closed at once, without a DPR. */
  readonly lost?: AbortSignal | undefined;
}

/** Resolves with undefined where the peer is somebody else's. A rejection is no answer: the peer is told 5012 (DIAMETER_UNABLE_TO_COMPLY). */
export type ClaimPeer = (claim: PeerClaim) => Promise<PeerLease | undefined>;

/** What the peer is for: a connection, or an attempt at one. */
export interface Holder {
  destroy(error: TransportError): void;
}

interface Attempt {
  readonly originHost: string;
  readonly address: string;
  readonly clock: Clock;
  /** For the claim; connecting has its own. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** All connections with one peer share one lease: an election has two. */
interface Shared {
  readonly holders: Set<Holder>;
  readonly granted: Promise<boolean>;
  readonly end: () => void;
}

export class Claims {
  private readonly claim: ClaimPeer;
  private readonly byIdentity = new Map<string, Shared>();
  private readonly byHolder = new Map<Holder, Shared>();

  constructor(claim: ClaimPeer) {
    this.claim = claim;
  }

  /** True where `holder` has the peer until `release`, or until it is destroyed because the lease was lost. Rejects as the claim does. */
  async acquire(holder: Holder, wanted: Omit<PeerClaim, "signal">): Promise<boolean> {
    const key = lowerCaseAscii(wanted.originHost);
    let shared = this.byIdentity.get(key);
    if (shared === undefined) {
      shared = this.ask(key, wanted);
      this.byIdentity.set(key, shared);
    }
    shared.holders.add(holder);
    this.byHolder.set(holder, shared);
    try {
      return (await shared.granted) && shared.holders.has(holder);
    } finally {
      // Refused: there is nothing to release.
      if (this.byIdentity.get(key) !== shared) this.byHolder.delete(holder);
    }
  }

  /** A connection that we make, once the peer is ours; it is the holder then. Rejects with a TransportError where the peer is not ours. */
  async connecting(
    { originHost, address, signal, clock, timeoutMs }: Attempt,
    connect: (signal: AbortSignal) => Promise<Connection>,
  ): Promise<Connection> {
    const until = new AbortController();
    const attempt: Holder = { destroy: (error) => until.abort(error) };
    const stop = () => attempt.destroy(new TransportError("the attempt was given up"));
    signal.addEventListener("abort", stop, { once: true });
    const timer = clock.setTimeout(stop, timeoutMs);
    const aborted = new Promise<never>((_, reject) => {
      until.signal.addEventListener("abort", () => reject(until.signal.reason), { once: true });
    });
    try {
      if (signal.aborted) stop();
      const wanted = { originHost, address, initiated: true, originStateId: undefined };
      const ours = await Promise.race([aborted, this.acquire(attempt, wanted)]);
      clock.clearTimeout(timer);
      if (!ours) throw new TransportError(`another process has a connection with ${originHost}`);
      const connection = await connect(until.signal);
      if (until.signal.aborted) {
        connection.destroy();
        throw until.signal.reason;
      }
      this.pass(attempt, connection);
      // Given up while it is nobody's yet: see Connector.
      signal.addEventListener("abort", () => this.release(connection), { once: true });
      return connection;
    } catch (error) {
      this.release(attempt);
      throw error;
    } finally {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    }
  }

  /** `to` has what `from` has, in its place. */
  private pass(from: Holder, to: Holder): void {
    const shared = this.byHolder.get(from);
    if (shared === undefined) return;
    shared.holders.add(to);
    this.byHolder.set(to, shared);
    this.release(from);
  }

  /** Nothing where it has none. */
  release(holder: Holder): void {
    const shared = this.byHolder.get(holder);
    if (shared === undefined) return;
    this.byHolder.delete(holder);
    shared.holders.delete(holder);
    if (shared.holders.size === 0) shared.end();
  }

  private ask(key: string, wanted: Omit<PeerClaim, "signal">): Shared {
    const unwanted = new AbortController();
    const holders = new Set<Holder>();
    let lease: PeerLease | undefined;
    const forget = () => {
      if (this.byIdentity.get(key) === shared) this.byIdentity.delete(key);
    };
    const end = () => {
      forget();
      if (lease === undefined) unwanted.abort();
      lease?.release();
      lease = undefined;
    };
    const lose = () => {
      for (const holder of [...holders])
        holder.destroy(new TransportError(`${wanted.originHost} is another process's`));
    };
    const ask = async (): Promise<boolean> => {
      try {
        const got = await this.claim({ ...wanted, signal: unwanted.signal });
        if (unwanted.signal.aborted) got?.release();
        else lease = got;
        if (lease === undefined) return false;
        lease.lost?.addEventListener("abort", lose, { once: true });
        if (lease.lost?.aborted) queueMicrotask(lose);
        return true;
      } finally {
        if (lease === undefined) forget();
      }
    };
    const shared: Shared = { holders, granted: Promise.resolve().then(ask), end };
    return shared;
  }
}
