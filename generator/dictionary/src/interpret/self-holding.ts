import { avpKey, type Grammar } from "../model/dictionary.js";

/**
 * Groups on a circle of groups that hold one another, and those between two circles: where a message decides how deep the nesting goes.
 * `groups` by `avpKey`; members that are not in it are no groups.
 */
export function selfHolding(groups: ReadonlyMap<string, Grammar>): ReadonlySet<string> {
  const below = new Map([...groups.keys()].map((key) => [key, reachedFrom(key, groups)]));
  const onCircle = new Set([...groups.keys()].filter((key) => below.get(key)?.has(key)));
  const underCircle = new Set([...onCircle].flatMap((key) => [...(below.get(key) ?? [])]));
  const overCircle = (key: string): boolean => [...(below.get(key) ?? [])].some((other) => onCircle.has(other));
  return new Set([...underCircle].filter(overCircle));
}

/** All groups that lie within it, itself only if it may lie within itself. Not recursive: a chain of groups may be longer than the stack. */
function reachedFrom(key: string, groups: ReadonlyMap<string, Grammar>): Set<string> {
  const reached = new Set<string>();
  const open = [key];
  for (const holder of open) {
    for (const { avp } of groups.get(holder)?.rules ?? []) {
      const member = avpKey(avp.vendorId, avp.code);
      if (!groups.has(member) || reached.has(member)) continue;
      reached.add(member);
      open.push(member);
    }
  }
  return reached;
}
