/** Messages drawn at random from a grammar, in a form of their own, and as each of the two codecs takes them. */

import {
  type AvpDefinition,
  avpKey,
  type Grammar,
  type GroupInit,
  type Rule,
  type ValueInit,
} from "@diamgen/dictionary";
import { Avp } from "@diamgen/runtime/codec";
import type { GrammarPlace } from "../../generator/diamgen/src/emit/fields.js";
import type { Random } from "./random.js";
import { fieldsIn, groupOf, type Subject } from "./subjects.js";
import { simpleValue } from "./values.js";

export interface Draft {
  readonly grammar: Grammar;
  readonly values: ReadonlyMap<Rule, readonly (ValueInit | Draft)[]>;
  readonly avps: readonly Avp[];
}

export const FILL = { sessionId: "here;1;2;3", originHost: "here.test", originRealm: "test" };

/** Optional AVPs that a message has at most, so that those of large applications end. */
const MOST = 120;

/** `fullness` 0: only what is required; 1: nearly everything. */
export function draftOf(subject: Subject, random: Random, fullness: number): Draft {
  let left = MOST;
  const draw = (grammar: Grammar, depth: number): Draft => {
    const values = new Map<Rule, readonly (ValueInit | Draft)[]>();
    for (const rule of grammar.rules) {
      if (depth === 0 && subject.fillable.has(rule) && random.chance(0.3)) continue;
      const count = countOf(rule, depth);
      if (count === 0) continue;
      left -= count;
      values.set(
        rule,
        Array.from({ length: count }, () => value(rule.avp, depth)),
      );
    }
    return { grammar, values, avps: othersFor(grammar, depth) };
  };
  const countOf = ({ min, max }: Rule, depth: number): number => {
    if (max === 0) return 0;
    const more = left > 0 && random.chance(fullness * 0.7 ** depth);
    if (!more) return min;
    return Math.min(max, Math.max(1, min) + (random.chance(0.5) ? random.below(3) : 0));
  };
  const value = (avp: AvpDefinition, depth: number): ValueInit | Draft => {
    const group = groupOf(subject, avp);
    return group === undefined ? simpleValue(avp, random) : draw(group.grammar, depth + 1);
  };
  const othersFor = (grammar: Grammar, depth: number): Avp[] => {
    const open = grammar.wildcard || grammar.loose;
    const raw = depth > 0 && grammar.wildcard && !grammar.loose && grammar.rules.length === 0;
    const count = random.chance(raw ? 0.8 : fullness * 0.3) ? random.between(1, 3) : 0;
    return Array.from({ length: count }, () => stranger(subject, grammar, random, open, raw));
  };
  return draw(subject.grammar, 0);
}

/** An AVP that the grammar does not name and bears: known ones may have the M bit where the grammar is open, unknown ones may not. */
function stranger(subject: Subject, grammar: Grammar, random: Random, open: boolean, any: boolean): Avp {
  const named = new Set(grammar.rules.map(({ avp }) => avpKey(avp.vendorId, avp.code)));
  const known = [...subject.application.avps, ...subject.extensions].filter(
    (avp) => !named.has(avpKey(avp.vendorId, avp.code)),
  );
  const length = random.of([0, 1, 4, 65]);
  if (known.length > 0 && random.chance(0.5)) {
    const { code, vendorId } = random.of(known);
    const flags = (vendorId === 0 ? 0 : 0x80) | (open && random.chance(0.5) ? 0x40 : 0);
    return new Avp(code, vendorId, flags, random.octets(length));
  }
  const vendorId = random.of([0, 99999]);
  const flags = (vendorId === 0 ? 0 : 0x80) | (any && random.chance(0.5) ? 0x40 : 0) | random.of([0, 0x20, 0x1f]);
  return new Avp(random.between(9_000_000, 9_000_010), vendorId, flags, random.octets(length));
}

/** The Init of the generated class. */
export function asInit(subject: Subject, draft: Draft, place: GrammarPlace = subject.place): Record<string, unknown> {
  const init: Record<string, unknown> = { avps: draft.avps };
  for (const { avp, many, property } of fieldsIn(draft.grammar, place)) {
    const values = valuesOf(draft, avp);
    if (values === undefined) continue;
    const within = groupOf(subject, avp)?.place;
    const made = values.map((one) => (isDraft(one) && within !== undefined ? asInit(subject, one, within) : one));
    init[property] = many ? made : made[0];
  }
  return init;
}

/** What the interpreting codec creates a message from. */
export function asGroupInit(draft: Draft): GroupInit {
  const init: Record<string, ValueInit | readonly ValueInit[]> = {};
  for (const [{ avp, max }, values] of draft.values) {
    const made = values.map((one): ValueInit => (isDraft(one) ? asGroupInit(one) : one));
    init[avpKey(avp.vendorId, avp.code)] = max > 1 ? made : (made[0] as ValueInit);
  }
  return { ...init, avps: draft.avps } as GroupInit;
}

function valuesOf(draft: Draft, avp: AvpDefinition): readonly (ValueInit | Draft)[] | undefined {
  for (const [rule, values] of draft.values) if (rule.avp === avp) return values;
  return undefined;
}

function isDraft(value: ValueInit | Draft): value is Draft {
  return typeof value === "object" && "values" in value && value.values instanceof Map;
}
