import type { Avp } from "@diamgen/runtime/codec";
import { EncodeError } from "@diamgen/runtime/codec";
import { type Application, type AvpDefinition, avpKey, type Grammar, type Rule } from "../model/dictionary.js";
import { filledWith } from "../model/filled.js";
import type { SimpleValue } from "./formats.js";
import { type InterpretedField, InterpretedGroup, type InterpretedValue, isList, ruleOf } from "./message.js";
import type { Scope } from "./scope.js";

/** A value as a caller writes it: groups as plain objects. */
export type ValueInit = SimpleValue | InterpretedGroup | GroupInit;

/**
 * AVPs by name ("SIP-AOR"), or by "10415:1032" where one name stands for two; an array where the grammar allows several. `avps`: AVPs that the
 * grammar does not name.
 */
export interface GroupInit {
  readonly avps?: readonly Avp[] | undefined;
  readonly [name: string]: ValueInit | readonly ValueInit[] | readonly Avp[] | undefined;
}

/** What a node knows and a caller need not say. */
export interface Filling {
  readonly sessionId?: string | undefined;
  readonly originHost?: string | undefined;
  readonly originRealm?: string | undefined;
}

/**
 * A group, sorted by its grammar. What is required is looked for when the group is encoded.
 *
 * @throws {EncodeError} for a name that the grammar does not have
 */
export function createGroup(
  grammar: Grammar,
  scope: Scope,
  init: GroupInit,
  fill: (rule: Rule) => ValueInit | undefined = () => undefined,
): InterpretedGroup {
  const given = new Map<Rule, ValueInit | readonly ValueInit[]>();
  for (const [name, value] of Object.entries(init)) {
    if (name === "avps" || value === undefined) continue;
    const rule = ruleOf(grammar, name);
    if (rule === undefined) throw new EncodeError(name, "the grammar has no such AVP; put it into avps");
    given.set(rule, value as ValueInit | readonly ValueInit[]);
  }
  const fields = new Map<string, InterpretedField>();
  for (const rule of grammar.rules) {
    const value = given.get(rule) ?? fill(rule);
    if (value === undefined) continue;
    const list = (Array.isArray(value) ? value : [value]) as readonly ValueInit[];
    if (list.length === 0) continue;
    const made = list.map((one) => createValue(rule.avp, scope, one));
    const key = avpKey(rule.avp.vendorId, rule.avp.code);
    fields.set(key, rule.max > 1 || made.length > 1 ? made : (made[0] as InterpretedValue));
  }
  return new InterpretedGroup(grammar, fields, [...(init.avps ?? [])]);
}

/** One value; a plain object becomes the group that the AVP is. */
export function createValue(avp: AvpDefinition, scope: Scope, value: ValueInit): InterpretedValue {
  if (avp.type !== "Grouped" || value instanceof InterpretedGroup) return value as InterpretedValue;
  if (typeof value !== "object" || isList(value as InterpretedField))
    throw new EncodeError(avp.name, "this is no group");
  return createGroup(scope.groupOf(avp).grammar, scope, value as GroupInit);
}

/** Session-Id, origin and application id, where the grammar names them and the caller says nothing. */
export function fillingOf(application: Application, filling: Filling): (rule: Rule) => ValueInit | undefined {
  return (rule) => {
    const filled = filledWith(application, rule);
    if (typeof filled === "string") return filling[filled];
    if (typeof filled !== "object") return filled;
    return Object.fromEntries([...filled].map(([code, value]) => [avpKey(0, code), value]));
  };
}
