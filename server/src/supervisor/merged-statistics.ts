/** `node.statistics()` of several workers as that of one node. Pure. */
import type { PeerStatistics, Statistics } from "@diamgen/runtime";
import { isOpen } from "../peer-state.js";

type Command = PeerStatistics["commands"][number];
type Result = Command["results"][number];

/** Counters and gauges are sums; a peer that has moved from worker to worker is one. Undefined for none. */
export function mergedStatistics(all: readonly Statistics[]): Statistics | undefined {
  const [first, ...others] = all;
  if (first === undefined) return undefined;
  return others.reduce<Statistics>(
    (one, other) => ({
      at: Math.max(one.at, other.at),
      peers: merged(one.peers, other.peers, ({ peer }) => peer, peerOf),
      events: sum(one.events, other.events),
    }),
    first,
  );
}

function peerOf(one: PeerStatistics, other: PeerStatistics): PeerStatistics {
  const { now, commands, peer, ...counters } = one;
  const { now: otherNow, commands: otherCommands, peer: _, ...otherCounters } = other;
  const open = isOpen(otherNow.state) ? otherNow : now;
  const { state, watchdog } = open;
  return {
    peer,
    now: { ...sum(now, otherNow), state, watchdog, enabled: now.enabled && otherNow.enabled },
    ...sum(counters, otherCounters),
    commands: merged(commands, otherCommands, (c) => `${c.applicationId} ${c.commandCode}`, commandOf),
  };
}

function commandOf(one: Command, other: Command): Command {
  const { applicationId, commandCode, results, ...counters } = one;
  const { applicationId: _, commandCode: __, results: otherResults, ...otherCounters } = other;
  return {
    applicationId,
    commandCode,
    ...sum(counters, otherCounters),
    results: merged(results, otherResults, (r) => `${r.vendorId} ${r.resultCode}`, resultOf),
  };
}

function resultOf({ vendorId, resultCode, ...ways }: Result, other: Result): Result {
  return { vendorId, resultCode, sent: ways.sent + other.sent, received: ways.received + other.received };
}

/** Those with one key are one; the others stay as they are. */
export function merged<T>(
  one: readonly T[],
  other: readonly T[],
  key: (value: T) => string,
  merge: (one: T, other: T) => T,
): T[] {
  const found = new Map(one.map((value) => [key(value), value]));
  for (const value of other) {
    const there = found.get(key(value));
    found.set(key(value), there === undefined ? value : merge(there, value));
  }
  return [...found.values()];
}

/** Of every number at the same place; what is no number is that of the first. */
function sum<T>(one: T, other: T): T {
  if (typeof one === "number") return (one + (typeof other === "number" ? other : 0)) as T;
  if (Array.isArray(one)) return one.map((value, i) => sum(value, (other as unknown[])[i])) as T;
  if (typeof one !== "object" || one === null) return one;
  const there = other as Record<string, unknown>;
  return Object.fromEntries(Object.entries(one).map(([name, value]) => [name, sum(value, there[name])])) as T;
}
