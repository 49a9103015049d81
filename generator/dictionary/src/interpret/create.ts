import type { Avp } from "@diamgen/runtime/codec";
import { EncodeError } from "@diamgen/runtime/codec";
import { type Application, type AvpDefinition, avpKey, type Grammar, type Rule } from "../model/dictionary.js";
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

const AUTH_APPLICATION_ID = 258;
const ACCT_APPLICATION_ID = 259;
const VENDOR_SPECIFIC_APPLICATION_ID = 260;
const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const VENDOR_ID = 266;
const ORIGIN_REALM = 296;

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
  const { id, vendorId, kind } = application;
  return (rule) => {
    const { avp } = rule;
    if (avp.vendorId !== 0 || rule.max > 1) return undefined;
    // An application of a vendor names itself in Vendor-Specific-Application-Id (RFC 6733 section 6.11), unless the plain AVP is required.
    const plain = rule.min > 0 || vendorId === 0;
    switch (avp.code) {
      case SESSION_ID:
        return filling.sessionId;
      case ORIGIN_HOST:
        return filling.originHost;
      case ORIGIN_REALM:
        return filling.originRealm;
      case AUTH_APPLICATION_ID:
        return kind === "auth" && plain ? id : undefined;
      case ACCT_APPLICATION_ID:
        return kind === "acct" && plain ? id : undefined;
      case VENDOR_SPECIFIC_APPLICATION_ID: {
        if (vendorId === 0) return undefined;
        const applicationId = avpKey(0, kind === "acct" ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID);
        return { [avpKey(0, VENDOR_ID)]: vendorId, [applicationId]: id };
      }
      default:
        return undefined;
    }
  };
}
