/** Counters by peer, bounded: who may connect cannot make us remember names without end. */
import { lowerCaseAscii } from "../peer/election.js";
import type { PeerStatistics } from "./statistics.js";
import { Traffic } from "./traffic.js";

/** Peers that came by themselves and are remembered when they are gone. */
export const MAX_PEERS = 1024;

const names = [
  "opened",
  "closed",
  "failed",
  "restarts",
  "suspected",
  "failovers",
  "timeouts",
  "unknown",
  "mismatched",
  "late",
  "duplicates",
] as const;

export class PeerCounters {
  readonly peer: string;
  readonly traffic = new Traffic();
  opened = 0;
  closed = 0;
  failed = 0;
  restarts = 0;
  suspected = 0;
  failovers = 0;
  timeouts = 0;
  unknown = 0;
  mismatched = 0;
  late = 0;
  duplicates = 0;

  constructor(peer: string) {
    this.peer = peer;
  }

  add(other: PeerCounters): void {
    for (const name of names) this[name] += other[name];
    this.traffic.add(other.traffic);
  }

  snapshot(now: PeerStatistics["now"]): PeerStatistics {
    const { peer, opened, closed, failed, restarts, suspected, failovers, timeouts, duplicates } = this;
    const { unknown, mismatched, late } = this;
    return {
      peer,
      now,
      connections: { opened, closed, failed },
      restarts,
      suspected,
      failovers,
      timeouts,
      discarded: { unknown, mismatched, late },
      duplicates,
      ...this.traffic.snapshot(),
    };
  }
}

export class PeerCounterTable {
  readonly unidentified = new PeerCounters("unidentified");
  readonly other = new PeerCounters("other");
  private readonly all = new Map<string, PeerCounters>();
  /** Of peers that came by themselves, those that may be forgotten. */
  private readonly visitors = new Set<string>();
  private readonly max: number;

  constructor(max: number = MAX_PEERS) {
    this.max = max;
  }

  /** `configured`: never forgotten. */
  of(name: string, configured: boolean): PeerCounters {
    const key = lowerCaseAscii(name);
    const there = this.all.get(key);
    if (configured) this.visitors.delete(key);
    if (there !== undefined) return there;
    if (!configured) {
      if (this.visitors.size >= this.max && !this.forget()) return this.other;
      this.visitors.add(key);
    }
    const counters = new PeerCounters(key);
    this.all.set(key, counters);
    return counters;
  }

  /** What was counted under `from` is `to`'s: a configured peer has said its name. */
  rename(from: string, to: PeerCounters): void {
    const key = lowerCaseAscii(from);
    const counters = this.all.get(key);
    if (counters === undefined || counters === to) return;
    this.all.delete(key);
    to.add(counters);
  }

  [Symbol.iterator](): IterableIterator<PeerCounters> {
    return this.all.values();
  }

  /** Makes room: the one that was first here, and is not connected, becomes part of "other". */
  private forget(): boolean {
    for (const key of this.visitors) {
      const counters = this.all.get(key) as PeerCounters;
      if (counters.opened !== counters.closed) continue;
      this.visitors.delete(key);
      this.all.delete(key);
      this.other.add(counters);
      return true;
    }
    return false;
  }
}
