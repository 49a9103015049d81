import { type Avp, AvpError, AvpFlag, type Issue, ResultCode } from "@diamgen/runtime/codec";
import { type AvpDefinition, avpKey, type Grammar, type Rule } from "../model/dictionary.js";
import { Faults, type Holder } from "./faults.js";
import { type InterpretedField, InterpretedGroup, type InterpretedValue } from "./message.js";
import type { GrammarIndex, Scope } from "./scope.js";
import { copyOf, unjudged } from "./unjudged.js";
import { readValue } from "./values.js";
import { type Occurrence, walk } from "./walk.js";

/** How often groups that may hold themselves are read within one another: a message must not decide how deep our stack grows. */
const MAX_NESTING = 16;

export interface DecodedGroup {
  readonly group: InterpretedGroup;
  /** Empty where all is well. */
  readonly issues: readonly Issue[];
}

/** Sorts AVPs by a grammar. `octets` begin at octet `offset` of the message. Never throws. */
export function decodeAvpsBy(grammar: Grammar, scope: Scope, octets: Uint8Array, offset: number): DecodedGroup {
  const decoding = new Decoding(scope);
  const group = decoding.members(scope.index(grammar), octets, offset, undefined);
  return { group, issues: decoding.faults.issues };
}

/** The value of one AVP, which stands at octet `offset`. Its flags, and whether it may stand there at all, are not looked at. */
export function decodeOne(
  definition: AvpDefinition,
  scope: Scope,
  avp: Occurrence,
): { readonly value: InterpretedValue | undefined; readonly issues: readonly Issue[] } {
  const decoding = new Decoding(scope);
  const value = decoding.value(definition, avp, undefined);
  return { value, issues: decoding.faults.issues };
}

class Decoding {
  readonly faults = new Faults();
  readonly #scope: Scope;
  #nesting = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  members(index: GrammarIndex, octets: Uint8Array, offset: number, holder: Holder | undefined): InterpretedGroup {
    if (index.raw && holder !== undefined)
      return new InterpretedGroup(index.grammar, new Map(), unjudged(octets, offset));
    const occurrences = new Map<Rule, number>();
    const values = new Map<Rule, InterpretedValue[]>();
    const others: Avp[] = [];
    for (const avp of walk(octets, offset)) {
      if (avp.impossible) {
        // "the message MUST be rejected" (RFC 6733 section 4.1); the octets behind it are not AVPs that anybody could find.
        this.faults.impossibleLength(avp, this.#scope.known(avp.vendorId, avp.code), holder);
        break;
      }
      const rule = index.rules.get(avpKey(avp.vendorId, avp.code));
      if (rule === undefined || rule.max === 0) {
        others.push(copyOf(avp));
        this.#unnamed(avp, index, rule, holder);
        continue;
      }
      const count = (occurrences.get(rule) ?? 0) + 1;
      occurrences.set(rule, count);
      if (count > rule.max) {
        const problem = `${rule.avp.name} occurs more than ${rule.max} times`;
        this.faults.offending(ResultCode.DIAMETER_AVP_OCCURS_TOO_MANY_TIMES, problem, avp, holder);
        continue;
      }
      const value = this.value(rule.avp, avp, holder);
      if (value === undefined) continue;
      const list = values.get(rule);
      if (list === undefined) values.set(rule, [value]);
      else list.push(value);
    }
    for (const rule of lacking(index.grammar, occurrences)) this.faults.missing(rule.avp, holder);
    return new InterpretedGroup(index.grammar, inOrder(index.grammar, values), others);
  }

  /** Undefined where there is none, which has been noted then. */
  value(definition: AvpDefinition, avp: Occurrence, holder: Holder | undefined): InterpretedValue | undefined {
    if (definition.type === "Grouped") return this.#group(definition, avp, holder);
    try {
      return readValue(definition, avp.data);
    } catch (error) {
      if (!(error instanceof AvpError)) throw error;
      this.faults.offending(error.resultCode, `${definition.name}: ${error.message}`, avp, holder);
      return undefined;
    }
  }

  #group(definition: AvpDefinition, avp: Occurrence, holder: Holder | undefined): InterpretedGroup | undefined {
    const scope = this.#scope;
    const deeper = holder !== undefined && scope.mayHoldItself(holder.definition) && scope.mayHoldItself(definition);
    if (deeper && this.#nesting >= MAX_NESTING) {
      const problem = `${definition.name} is nested more than ${MAX_NESTING} deep`;
      this.faults.offending(ResultCode.DIAMETER_UNABLE_TO_COMPLY, problem, avp, holder);
      return undefined;
    }
    if (deeper) this.#nesting++;
    const group = this.members(scope.groupOf(definition), avp.data, avp.dataOffset, { group: avp, definition, holder });
    if (deeper) this.#nesting--;
    return group;
  }

  /** An AVP that the grammar does not name, or names with a maximum of 0. */
  #unnamed(avp: Occurrence, index: GrammarIndex, rule: Rule | undefined, holder: Holder | undefined): void {
    const mandatory = (avp.flags & AvpFlag.MANDATORY) !== 0;
    const definition = rule?.avp ?? this.#scope.known(avp.vendorId, avp.code);
    if (rule !== undefined) {
      // RFC 6733 section 7.5: "the presence of an explicitly excluded AVP", whatever its flags.
      this.faults.offending(ResultCode.DIAMETER_AVP_NOT_ALLOWED, `${rule.avp.name} must not occur`, avp, holder);
    } else if (mandatory && definition === undefined) {
      this.faults.offending(ResultCode.DIAMETER_AVP_UNSUPPORTED, "unknown, and has the M bit", avp, holder);
    } else if (mandatory && definition !== undefined && !index.open) {
      this.faults.offending(ResultCode.DIAMETER_AVP_NOT_ALLOWED, `${definition.name} is not allowed here`, avp, holder);
    }
  }
}

/** Rules whose minimum is not met: those of which one is enough first, as the generated codecs report them. */
function lacking(grammar: Grammar, occurrences: ReadonlyMap<Rule, number>): Rule[] {
  const rules = grammar.rules.filter((rule) => rule.max > 0 && (occurrences.get(rule) ?? 0) < rule.min);
  return [...rules.filter(({ min }) => min === 1), ...rules.filter(({ min }) => min > 1)];
}

function inOrder(
  grammar: Grammar,
  values: ReadonlyMap<Rule, readonly InterpretedValue[]>,
): ReadonlyMap<string, InterpretedField> {
  const fields = new Map<string, InterpretedField>();
  for (const rule of grammar.rules) {
    const list = values.get(rule);
    if (list === undefined) continue;
    const key = avpKey(rule.avp.vendorId, rule.avp.code);
    fields.set(key, rule.max > 1 ? list : (list[0] as InterpretedValue));
  }
  return fields;
}
