import type { Grammar } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";

/**
 * Groups that may hold themselves, straight or through others: their decoders call each other, so that a message decides how deep the
 * stack grows. Found by taking away, step by step, the groups that hold no group that is left, and those that no group that is left
 * holds. What lies between two circles stays too, which does no harm.
 */
export function circularGroups(groups: ReadonlyMap<string, Grammar>): ReadonlySet<string> {
  const members = new Map<string, string[]>();
  const holders = new Map<string, string[]>([...groups.keys()].map((key) => [key, []]));
  for (const [key, { rules }] of groups) {
    const held = rules.map(({ avp }) => avpKey(avp.vendorId, avp.code)).filter((member) => groups.has(member));
    members.set(key, held);
    for (const member of held) holders.get(member)?.push(key);
  }
  const left = new Set(groups.keys());
  peel(left, members, holders);
  peel(left, holders, members);
  return left;
}

/** Takes away those that lead to nothing that is left. */
function peel(
  left: Set<string>,
  forward: ReadonlyMap<string, readonly string[]>,
  back: ReadonlyMap<string, readonly string[]>,
): void {
  const leading = (key: string): number => (forward.get(key) ?? []).filter((other) => left.has(other)).length;
  const waiting = new Map([...left].map((key) => [key, leading(key)]));
  const ready = [...left].filter((key) => waiting.get(key) === 0);
  for (const key of ready) {
    left.delete(key);
    for (const other of back.get(key) ?? []) {
      if (!left.has(other)) continue;
      const remaining = (waiting.get(other) ?? 0) - 1;
      waiting.set(other, remaining);
      if (remaining === 0) ready.push(other);
    }
  }
}
