/** Metrics of peers, from `node.statistics()`. */
import type { PeerStatistics, Statistics } from "@diamgen/runtime";
import { isOpen } from "../peer-state.js";
import type { MetricDefinition, Sample } from "./metric.js";

/** What a node has counted, and what its peers are called. */
export interface NodeSource {
  readonly statistics: Statistics;
  readonly peerLabel: (peer: string) => string;
}

type PeerMetric = MetricDefinition<NodeSource>;

function ofPeer(
  type: "counter" | "gauge",
  name: string,
  help: string,
  value: (peer: PeerStatistics) => number,
  aggregator?: PeerMetric["aggregator"],
): PeerMetric {
  return {
    name: `diamgen_peer_${name}`,
    help,
    type,
    labels: ["peer"],
    aggregator,
    *samples({ statistics, peerLabel }) {
      for (const peer of statistics.peers) yield { labels: { peer: peerLabel(peer.peer) }, value: value(peer) };
    },
  };
}

export const PEER_METRICS: readonly PeerMetric[] = [
  ofPeer("gauge", "connected", "1 while capabilities are exchanged and the connection is open.", ({ now }) =>
    isOpen(now.state) ? 1 : 0,
  ),
  ofPeer("gauge", "okay", "1 while the watchdog (RFC 3539) has the peer as OKAY.", ({ now }) =>
    isOpen(now.state) && now.watchdog === "OKAY" ? 1 : 0,
  ),
  ofPeer("gauge", "enabled", "0 while the peer is taken out of service.", ({ now }) => (now.enabled ? 1 : 0), "min"),
  ofPeer("gauge", "requests_pending", "Requests sent to the peer and not answered.", ({ now }) => now.pending),
  ofPeer("gauge", "requests_serving", "Requests of the peer that are being served.", ({ now }) => now.serving),
  ofPeer("gauge", "queued_bytes", "Octets that wait to be sent.", ({ now }) => now.queuedOctets),
  ofPeer("counter", "opened_total", "Connections on which capabilities were exchanged.", (p) => p.connections.opened),
  ofPeer("counter", "closed_total", "Of those, connections that were closed.", (p) => p.connections.closed),
  ofPeer("counter", "failed_total", "Attempts at a connection that failed.", (p) => p.connections.failed),
  ofPeer("counter", "restarts_total", "Restarts noticed by Origin-State-Id.", (p) => p.restarts),
  ofPeer("counter", "suspected_total", "How often the watchdog found the peer SUSPECT.", (p) => p.suspected),
  ofPeer("counter", "failovers_total", "Requests taken from the peer and sent to another one.", (p) => p.failovers),
  ofPeer("counter", "timeouts_total", "Requests that the peer did not answer in time.", (p) => p.timeouts),
  ofPeer(
    "counter",
    "duplicates_total",
    "Requests recognised as duplicates and answered from memory.",
    (p) => p.duplicates,
  ),
  {
    name: "diamgen_peer_discarded_total",
    help: "Answers that were of no use: unknown Hop-by-Hop Identifier, mismatched with the request, or our own that came late.",
    type: "counter",
    labels: ["peer", "reason"],
    *samples({ statistics, peerLabel }): Iterable<Sample> {
      for (const { peer, discarded } of statistics.peers)
        for (const [reason, value] of Object.entries(discarded))
          yield { labels: { peer: peerLabel(peer), reason }, value };
    },
  },
  {
    name: "diamgen_peer_bytes_total",
    help: "Octets of messages.",
    type: "counter",
    labels: ["peer", "direction"],
    *samples({ statistics, peerLabel }): Iterable<Sample> {
      for (const { peer, octets } of statistics.peers)
        for (const direction of ["sent", "received"] as const)
          yield { labels: { peer: peerLabel(peer), direction }, value: octets[direction] };
    },
  },
  {
    name: "diamgen_events_total",
    help: "Events of the node, as docs/events.md has them.",
    type: "counter",
    labels: ["event"],
    *samples({ statistics }): Iterable<Sample> {
      for (const [event, value] of Object.entries(statistics.events)) yield { labels: { event }, value };
    },
  },
];
