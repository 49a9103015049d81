/** What the node counts, peer by peer, and how it is looked at. */
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { PeerConfig } from "../peer/peer-types.js";
import { type PeerCounters, PeerCounterTable } from "../statistics/peer-counters.js";
import type { PeerStatistics, Statistics } from "../statistics/statistics.js";
import type { NodeEmitter } from "./events.js";
import { portOf } from "./security.js";

const ABSENT: PeerStatistics["now"] = {
  state: "Closed",
  watchdog: "INITIAL",
  enabled: true,
  pending: 0,
  serving: 0,
  queuedOctets: 0,
};

export class NodeStatistics {
  private readonly counters = new PeerCounterTable();
  private readonly identified = new WeakSet<Link>();

  of(peer: Peer): PeerCounters {
    return this.counters.of(nameOf(peer), peer.config !== undefined);
  }

  /** Capabilities are exchanged: what passed on this connection and will pass is the peer's. */
  opened(peer: Peer, link: Link): void {
    const counters = this.of(peer);
    if (peer.config !== undefined) this.counters.rename(placeOf(peer.config), counters);
    counters.opened++;
    counters.traffic.add(link.traffic);
    link.traffic = counters.traffic;
    this.identified.add(link);
  }

  /** Nothing passes on this connection any more. */
  released(link: Link): void {
    if (!this.identified.has(link)) this.counters.unidentified.traffic.add(link.traffic);
  }

  /** The connection was open, or could not be opened. */
  closed(peer: Peer, wasOpen: boolean): void {
    const counters = this.of(peer);
    if (wasOpen) counters.closed++;
    else counters.failed++;
  }

  snapshot(at: number, peers: Iterable<Peer>, events: NodeEmitter): Statistics {
    const now = new Map<PeerCounters, PeerStatistics["now"]>();
    for (const peer of peers) {
      const counters = this.of(peer);
      const before = now.get(counters);
      // Two entries of one name: the one that has the connection tells.
      if (before === undefined || before.state === "Closed") now.set(counters, gauges(peer));
    }
    const { unidentified, other } = this.counters;
    return {
      at,
      peers: [...this.counters, unidentified, other].map((one) => one.snapshot(now.get(one) ?? ABSENT)),
      events: { ...events.counters },
    };
  }
}

function gauges({ state, watchdog, enabled, link }: Peer): PeerStatistics["now"] {
  return {
    state,
    watchdog: watchdog.status,
    enabled,
    pending: link?.pending.size ?? 0,
    serving: link?.serving.size ?? 0,
    queuedOctets: link?.connection.buffered ?? 0,
  };
}

function nameOf(peer: Peer): string {
  return peer.originHost ?? (peer.config === undefined ? "unidentified" : placeOf(peer.config));
}

function placeOf(config: PeerConfig): string {
  return `${config.host}:${portOf(config)}`;
}
