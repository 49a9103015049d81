/**
 * Peers that go while the node stays: RFC 6733 section 5.4, for one peer. First no request is routed there any more; then those under way
 * are answered, or go to another peer; then the DPR says why, and both sides are done.
 */
import type { Timer } from "../clock.js";
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { Settings } from "./options.js";

export interface DepartureOptions {
  /** True: our requests are waited for before the DPR, as many peers close the connection with their DPA. False: they are failed over at once. */
  readonly drain: boolean;
  readonly disconnectCause: number;
  /** How long they are waited for; then they are failed over too. */
  readonly timeoutMs: number;
}

export interface DeparturesHost {
  readonly settings: Settings;
  /** Sends what is unanswered there to other peers, where there are any. */
  failover(peer: Peer, link: Link): void;
}

/** One that is going: `closing` once the DPR is out. */
interface Departure {
  closing: boolean;
  timer: Timer | undefined;
  readonly gone: Promise<void>;
  readonly end: () => void;
}

export class Departures {
  private readonly host: DeparturesHost;
  private readonly going = new Map<Peer, Departure>();

  constructor(host: DeparturesHost) {
    this.host = host;
  }

  /** Resolves when the peer has no connection any more; a second call joins the first. The peer is not `enabled` already. */
  depart(peer: Peer, options: DepartureOptions): Promise<void> {
    const there = this.going.get(peer);
    if (there !== undefined) return there.gone;
    let end = () => {};
    const gone = new Promise<void>((resolve) => {
      end = resolve;
    });
    const departure: Departure = { closing: false, timer: undefined, gone, end };
    this.going.set(peer, departure);
    const { link } = peer;
    if (link === undefined || !options.drain || link.pending.size === 0) this.disconnect(peer, departure, options);
    else {
      const settled = link.onSettled;
      link.onSettled = () => {
        settled?.();
        if (link.pending.size === 0) this.disconnect(peer, departure, options);
      };
      const late = () => this.disconnect(peer, departure, options);
      departure.timer = this.host.settings.clock.setTimeout(late, options.timeoutMs);
    }
    return gone;
  }

  /** It is to stay after all. True where it never went; false where it has to be opened again once it is gone. */
  cancel(peer: Peer): boolean {
    const departure = this.going.get(peer);
    if (departure?.closing) return false;
    if (departure !== undefined) this.finish(peer, departure);
    return peer.isOpen;
  }

  /** Its connection is gone, by our doing or not; true where it was going. */
  closed(peer: Peer): boolean {
    const departure = this.going.get(peer);
    if (departure === undefined) return false;
    // Broken while it was drained: it would be connected to again.
    if (!departure.closing) peer.stop(0, 0);
    this.finish(peer, departure);
    return true;
  }

  private disconnect(peer: Peer, departure: Departure, { disconnectCause }: DepartureOptions): void {
    if (departure.closing || this.going.get(peer) !== departure) return;
    departure.closing = true;
    this.host.settings.clock.clearTimeout(departure.timer);
    if (peer.link !== undefined) this.host.failover(peer, peer.link);
    peer.stop(disconnectCause, this.host.settings.limits.closeTimeoutMs);
    if (peer.state === "Closed") this.finish(peer, departure);
  }

  private finish(peer: Peer, departure: Departure): void {
    this.host.settings.clock.clearTimeout(departure.timer);
    this.going.delete(peer);
    departure.end();
  }
}
