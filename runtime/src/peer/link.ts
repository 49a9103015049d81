/** A transport connection in the hands of a peer, or of the acceptor while it is nobody's yet. */
import type { Clock, Timer } from "../clock.js";
import type { FramingFault } from "../codec/framing.js";
import { RawMessage } from "../codec/raw-message.js";
import type { DiameterError } from "../errors.js";
import { hopByHopSequence, type Random, type Sequence } from "../routing/identifiers.js";
import { type PendingRequest, PendingRequests } from "../routing/pending.js";
import { Traffic } from "../statistics/traffic.js";
import { CloseTimeoutError } from "../transport/close-timeout.js";
import type { Connection, ConnectionEvents } from "../transport/transport.js";
import type { InbandSecurity } from "./inband.js";

/** Whose the connection is at the moment: it gets what comes. */
export interface LinkOwner {
  onMessage(link: Link, raw: RawMessage): void;
  onFault(link: Link, fault: FramingFault): void;
  onClose(link: Link, error: DiameterError | undefined): void;
}

/** A request of ours that waits for its answer on this connection. */
export interface OutgoingRequest extends PendingRequest {
  /** `answer` borrows the chunk that it came in. */
  onAnswer(answer: RawMessage, link: Link): void;
}

/** A request of the peer's whose handler has not answered yet. */
export interface IncomingRequest {
  /** The connection is gone: nobody waits for the answer any more. */
  abandon(reason: unknown): void;
}

/** What links need of the node. */
export interface LinkEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: { readonly maxPending: number };
  /** The link is closed: nothing passes on it any more. */
  readonly released?: ((link: Link) => void) | undefined;
  /** Nothing is read from it for a while: too much waits to be sent, or to be served. */
  readonly paused?: ((link: Link) => void) | undefined;
  /** It was to be closed, and was torn down: the other side did not close in time. */
  readonly overdue?: ((link: Link) => void) | undefined;
  readonly tap: ((direction: "in" | "out", link: Link, raw: RawMessage) => void) | undefined;
}

/**
 * Reading stops while more waits to be sent than the transport likes, so that a peer that does not read its answers cannot ask for more;
 * but not for longer than this, or two nodes that are both full would wait for each other. Beyond that, `limits.maxOutputBytes` decides.
 */
const LONGEST_PAUSE_MS = 1_000;

const nobody: LinkOwner = { onMessage: () => {}, onFault: () => {}, onClose: () => {} };

export class Link implements ConnectionEvents {
  readonly connection: Connection;
  /** I: we connected; R: the peer did. */
  readonly side: "I" | "R";
  /** TLS that may be agreed upon in CER and CEA; undefined where it may not. */
  readonly inband: InbandSecurity | undefined;
  readonly pending: PendingRequests<OutgoingRequest>;
  readonly serving = new Set<IncomingRequest>();
  /** Counts what passes: its own until the peer is known, then the peer's. */
  traffic = new Traffic();
  /** Called when a request of either side is settled: the connection may have become idle. */
  onSettled: (() => void) | undefined;
  private owner: LinkOwner;
  private readonly environment: LinkEnvironment;
  private readonly hopByHop: Sequence;
  private paused: Timer | undefined;
  private closed = false;

  constructor(
    connection: Connection,
    side: "I" | "R",
    owner: LinkOwner,
    environment: LinkEnvironment,
    inband?: InbandSecurity,
  ) {
    this.connection = connection;
    this.side = side;
    this.inband = inband;
    this.owner = owner;
    this.environment = environment;
    this.hopByHop = hopByHopSequence(environment.random);
    this.pending = new PendingRequests(environment.limits.maxPending);
    connection.start(this);
  }

  /** True while a request of either side waits for its answer. */
  get busy(): boolean {
    return this.pending.size > 0 || this.serving.size > 0;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  handTo(owner: LinkOwner): void {
    this.owner = owner;
  }

  /** Makes TLS of it, with the peer of this Origin-Host; where that fails the link is closed, and its owner hears why. */
  startTls(originHost: string, done: () => void): void {
    const role = this.side === "I" ? "client" : "server";
    const { inband, connection } = this;
    // Options are checked: only transports that can are told to.
    if (inband === undefined || connection.startTls === undefined) connection.destroy();
    else connection.startTls(role, inband.credentials, originHost).then(done, () => {});
  }

  /** A Hop-by-Hop Identifier that no request in flight on this connection has: RFC 6733 section 3. */
  nextHopByHop(): number {
    for (;;) {
      const hopByHop = this.hopByHop.next();
      if (this.pending.isFree(hopByHop)) return hopByHop;
    }
  }

  /** Sends one whole message; the octets may be reused when this returns. Nothing happens once the link is closed. */
  write(bytes: Uint8Array): void {
    if (this.closed) return;
    this.traffic.sent(bytes);
    this.environment.tap?.("out", this, RawMessage.from(bytes));
    if (!this.connection.write(bytes)) this.pause();
  }

  /** Sends what was written, then closes; its owner hears no more of it. */
  close(): void {
    this.release();
    this.connection.close();
  }

  /** Closes at once; its owner hears no more of it. */
  destroy(error?: DiameterError): void {
    this.release();
    this.connection.destroy(error);
  }

  private release(): void {
    this.owner = nobody;
    if (!this.closed) this.environment.released?.(this);
    this.closed = true;
    this.unpause();
  }

  /** Stops reading, for a second at most. */
  pause(): void {
    if (this.paused !== undefined || this.closed) return;
    this.connection.pause();
    this.paused = this.environment.clock.setTimeout(() => this.resume(), LONGEST_PAUSE_MS, true);
    this.environment.paused?.(this);
  }

  resume(): void {
    if (this.paused === undefined) return;
    this.unpause();
    this.connection.resume();
  }

  private unpause(): void {
    this.environment.clock.clearTimeout(this.paused);
    this.paused = undefined;
  }

  onMessage(raw: RawMessage): void {
    if (this.closed) return;
    this.traffic.received(raw);
    this.environment.tap?.("in", this, raw);
    this.owner.onMessage(this, raw);
  }

  onFault(fault: FramingFault): void {
    this.owner.onFault(this, fault);
  }

  onClose(error?: DiameterError): void {
    const { owner } = this;
    this.release();
    if (error instanceof CloseTimeoutError) this.environment.overdue?.(this);
    owner.onClose(this, error);
  }

  onDrain(): void {
    this.resume();
  }
}
