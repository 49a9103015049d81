/** What `node.statistics()` gives: plain JSON, counters since the node was made, and gauges of the moment. */
import type { LatencyStatistics } from "./histogram.js";
import type { CommandStatistics, ResultStatistics, Ways } from "./traffic.js";

export interface PeerStatistics {
  /**
   * Its Origin-Host in lower case; "host:port" for a configured peer whose name is not known yet. "unidentified": connections that never got
   * beyond the capabilities exchange. "other": peers that came by themselves and are gone, beyond the 1024 that are remembered.
   */
  readonly peer: string;
  /** Gauges. */
  readonly now: {
    /** State of the peer state machine; "Closed" for a peer that is not there. */
    readonly state: string;
    /** Status of the watchdog (RFC 3539). */
    readonly watchdog: string;
    readonly enabled: boolean;
    /** Requests sent to it and not answered. */
    readonly pending: number;
    /** Requests of its own that are being served. */
    readonly serving: number;
    /** Octets that wait to be sent. */
    readonly queuedOctets: number;
  };
  readonly connections: {
    /** Capabilities were exchanged. */
    readonly opened: number;
    /** Of those, closed. */
    readonly closed: number;
    /** Attempts that failed. */
    readonly failed: number;
  };
  /** Restarts noticed by its Origin-State-Id (RFC 6733 section 8.16). */
  readonly restarts: number;
  /** How often the watchdog found it SUSPECT. */
  readonly suspected: number;
  /** Requests taken from it and sent to another peer (RFC 6733 section 5.5.4). */
  readonly failovers: number;
  /** Requests sent to it that were not answered in time. */
  readonly timeouts: number;
  readonly discarded: {
    /** Its answers with a Hop-by-Hop Identifier that no request has; those to requests that were given up are here. */
    readonly unknown: number;
    /** Its answers that differ from the request in End-to-End Identifier, command or application. */
    readonly mismatched: number;
    /** Answers of our handlers that came after their time, or after the connection was gone. */
    readonly late: number;
  };
  /** Requests recognised as duplicates (RFC 6733 section 5.5.4) and answered from memory. */
  readonly duplicates: number;
  readonly octets: Ways;
  readonly commands: readonly CommandStatistics[];
}

export interface Statistics {
  /** Milliseconds since 1970, by the node's clock. */
  readonly at: number;
  readonly peers: readonly PeerStatistics[];
  /** How often each event has happened. */
  readonly events: Readonly<Record<string, number>>;
}

/**
 * What has happened between two snapshots of one node: counters as differences, gauges and `at` as in `after`. What is not in `before` counts
 * from 0, and so does a counter that went down: its node was made anew. Pure.
 */
export function statisticsBetween(before: Statistics, after: Statistics): Statistics {
  const peers = new Map(before.peers.map((peer) => [peer.peer, peer]));
  return {
    at: after.at,
    peers: after.peers.map((peer) => peerBetween(peers.get(peer.peer), peer)),
    events: since(before.events, after.events),
  };
}

function peerBetween(before: PeerStatistics | undefined, after: PeerStatistics): PeerStatistics {
  if (before === undefined) return after;
  const { commands, now, peer, ...counters } = after;
  const old = new Map(before.commands.map((command) => [keyOf(command), command]));
  return {
    peer,
    now,
    ...since(before, counters),
    commands: commands.map((command) => commandBetween(old.get(keyOf(command)), command)),
  };
}

function commandBetween(before: CommandStatistics | undefined, after: CommandStatistics): CommandStatistics {
  if (before === undefined) return after;
  const { applicationId, commandCode, results, ...counters } = after;
  const old = new Map(before.results.map((result) => [resultKey(result), result]));
  return {
    applicationId,
    commandCode,
    ...since(before, counters),
    results: results.map(({ vendorId, resultCode, ...ways }) => ({
      vendorId,
      resultCode,
      ...since(old.get(resultKey({ vendorId, resultCode })), ways),
    })),
  };
}

const keyOf = ({ applicationId, commandCode }: CommandStatistics) => `${applicationId} ${commandCode}`;
const resultKey = ({ vendorId, resultCode }: Pick<ResultStatistics, "vendorId" | "resultCode">) =>
  `${vendorId} ${resultCode}`;

/** Every number in `after`, less that at the same place in `before`. */
function since<T>(before: unknown, after: T): T {
  if (typeof after === "number") return (typeof before === "number" && before <= after ? after - before : after) as T;
  if (Array.isArray(after)) return after.map((value, i) => since((before as unknown[] | undefined)?.[i], value)) as T;
  if (typeof after !== "object" || after === null) return after;
  const old = before as Record<string, unknown> | undefined;
  return Object.fromEntries(Object.entries(after).map(([name, value]) => [name, since(old?.[name], value)])) as T;
}

export type { CommandStatistics, LatencyStatistics, ResultStatistics, Ways };
