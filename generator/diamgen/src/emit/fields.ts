import type { AvpDefinition, Grammar, Rule } from "@diamgen/dictionary";
import { avpKey } from "@diamgen/dictionary";
import { DATA_TYPES, encodePrimitive, minLength } from "./data-types.js";
import type { Folder, GroupPlace, Layout } from "./layout.js";
import { camelCase, comment, Scope } from "./names.js";
import { MEMBER_NAMES } from "./reserved.js";
import { ruleText } from "./rules.js";

/** One property of a command or group class, with all that the templates say of it. */
export interface Field {
  readonly property: string;
  readonly avp: AvpDefinition;
  readonly doc: string;
  readonly many: boolean;
  readonly optional: boolean;
  /** Type of one value, of the property, and of the property in the Init. */
  readonly type: string;
  readonly propertyType: string;
  readonly initType: string;
  readonly initOptional: boolean;
  readonly initial: string;
  /** Expression that reads one value from `at`, `data`, `next`; the statements to be put before it. */
  readonly read: string;
  readonly prepare: readonly string[];
  /** The value's decoder may call this one again. */
  readonly recursive: boolean;
  /** Octets that its data must have before `read` may read it; undefined where `read` sees to that. */
  readonly checkedSize?: number | undefined;
  /** Statement that writes a value, or one that writes it unless it is undefined. */
  readonly write: (value: string, present: boolean) => string;
  /** Expression that makes the property from `init`. */
  readonly create: string;
  /** That expression reads `fill`. */
  readonly usesFill: boolean;
  /** "seen" or "seen2"..., and its bit; none where any number may come. */
  readonly seen?: string | undefined;
  readonly bit: number;
  readonly required: boolean;
  /** More than this many are 5009; only for fields that repeat. */
  readonly max?: number | undefined;
  /** Fewer than this many are 5005; only where one is not enough. */
  readonly min?: number | undefined;
  readonly vendorId: number;
  readonly code: number;
}

/** What a field may be filled with when the caller leaves it out; expression in `fill`, or a literal. */
export type FillExpression = (rule: Rule) => string | undefined;

/** Where a grammar is: its folder, and the group that it is of. */
export interface GrammarPlace {
  readonly folder: Folder;
  readonly layout: Layout;
  readonly group?: GroupPlace | undefined;
}

/** Small integers of V8 have 31 bits with the sign. */
const BITS = 30;

export function fieldsOf(grammar: Grammar, place: GrammarPlace, fill: FillExpression = () => undefined): Field[] {
  const scope = new Scope(MEMBER_NAMES);
  let bits = 0;
  // Required ones take the lowest bits, so that one comparison tells whether all are there.
  const rules = grammar.rules.filter((rule) => rule.max > 0);
  const ordered = [...rules.filter((rule) => rule.min > 0), ...rules.filter((rule) => rule.min === 0)];
  const bitOf = new Map<Rule, number>();
  // Where one is not enough, the values are counted instead.
  for (const rule of ordered) if (rule.min === 1 || rule.max === 1) bitOf.set(rule, bits++);
  return rules.map((rule) => field(rule, bitOf.get(rule), scope, place, fill));
}

/** AVPs that the grammar names in order to forbid them: `*0 [ X ]`. */
export function excludedFrom(grammar: Grammar): AvpDefinition[] {
  return grammar.rules.filter((rule) => rule.max === 0).map((rule) => rule.avp);
}

function field(
  rule: Rule,
  bit: number | undefined,
  scope: Scope,
  { folder, layout, group: holder }: GrammarPlace,
  fill: FillExpression,
): Field {
  const { avp } = rule;
  const key = avpKey(avp.vendorId, avp.code);
  const property = scope.claim(camelCase(avp.name), layout.suffixes(avp));
  const many = rule.max > 1;
  const optional = rule.min === 0 && !many;
  const place = avp.type === "Grouped" ? folder.groups.get(key) : undefined;
  const group = place?.className;
  const type = group ?? typeOf(avp, folder);
  const filled = many ? undefined : fill(rule);
  const element = many ? listType(type, rule) : type;
  const initElement = group === undefined ? type : `${group}Init`;
  const word = bit === undefined ? 0 : Math.floor(bit / BITS);
  return {
    property,
    avp,
    doc: comment(`\`${ruleText(rule)}\` ${avpOrigin(avp)}`),
    many,
    optional,
    type,
    propertyType: optional ? `${element} | undefined` : element,
    initType: many ? listType(initElement, rule) : initElement,
    initOptional: rule.min === 0 || filled !== undefined,
    initial: initialOf(avp, rule),
    read: group === undefined ? readOf(avp) : `decode${group}(v, data, next)`,
    prepare: avp.type === "Integer64" || avp.type === "Unsigned64" ? READ_HALVES : [],
    checkedSize:
      avp.type === "Grouped" || DATA_TYPES[avp.type].view === undefined ? undefined : DATA_TYPES[avp.type].size,
    recursive: place?.circular === true && holder?.circular === true,
    write: (value, present) => writeOf(avp, group, value, present),
    create: createOf(property, rule, group, filled),
    usesFill: filled?.startsWith("fill.") === true,
    seen: bit === undefined ? undefined : word === 0 ? "seen" : `seen${word + 1}`,
    bit: bit === undefined ? 0 : 1 << (bit % BITS),
    required: rule.min > 0,
    max: many && Number.isFinite(rule.max) ? rule.max : undefined,
    min: many && rule.min > 1 ? rule.min : undefined,
    vendorId: avp.vendorId,
    code: avp.code,
  };
}

/** `1* { X }` has one at least; that two are there can be told only when it is decoded. */
function listType(type: string, rule: Rule): string {
  return rule.min > 0 ? `readonly [${type}, ...${type}[]]` : `readonly ${type}[]`;
}

/** Type of one value in TypeScript. */
function typeOf(avp: AvpDefinition, folder: Folder): string {
  if (avp.type === "Grouped") return "Uint8Array";
  return folder.enumerations.get(avpKey(avp.vendorId, avp.code))?.name ?? DATA_TYPES[avp.type].ts;
}

function initialOf(avp: AvpDefinition, rule: Rule): string {
  if (rule.max > 1) return rule.min > 0 ? "NONE as never" : "NONE";
  if (rule.min === 0) return "undefined";
  return avp.type === "Grouped" ? "undefined as never" : DATA_TYPES[avp.type].initial;
}

/** Session-Id is a UTF8String that must not hold NUL. */
const SESSION_ID = 263;

/** By way of a typed array: V8 makes getBigUint64 a call. */
const READ_HALVES = ["halves[HIGH] = v.getUint32(data);", "halves[LOW] = v.getUint32(data + 4);"];

function readOf(avp: AvpDefinition): string {
  if (avp.type === "Unsigned64") return "wide[0] as bigint";
  if (avp.type === "Integer64") return "wideSigned[0] as bigint";
  if (avp.vendorId === 0 && avp.code === SESSION_ID && avp.type === "UTF8String")
    return "readSessionId(at, data, next)";
  if (avp.type !== "Grouped" && DATA_TYPES[avp.type].view !== undefined)
    return `v.get${DATA_TYPES[avp.type].view}(data)`;
  return `read${avp.type === "Grouped" ? "Octets" : DATA_TYPES[avp.type].primitive}(at, data, next)`;
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(2, "0")}`;
}

export function flagsOf(avp: AvpDefinition): number {
  return (
    (avp.vendorId === 0 ? 0 : 0x80) | (avp.mandatory === "must" ? 0x40 : 0) | (avp.protected === "must" ? 0x20 : 0)
  );
}

function writeOf(avp: AvpDefinition, group: string | undefined, value: string, present: boolean): string {
  const vendor = avp.vendorId === 0 ? "" : `, ${avp.vendorId}`;
  const variant = avp.vendorId === 0 ? "" : "V";
  const primitive = avp.type === "Grouped" ? "Octets" : encodePrimitive(avp.type, avp.vendorId);
  const flags = hex(flagsOf(avp));
  const write =
    group === undefined
      ? `o = write${primitive}${variant}(o, ${avp.code}, ${flags}${vendor}, ${value});`
      : `o = writeGroup${variant}(o, encode${group}(${value}, o + ${vendor === "" ? 8 : 12}), ${avp.code}, ${flags}${vendor});`;
  return present ? write : `if (${value} !== undefined) ${write}`;
}

function createOf(property: string, rule: Rule, group: string | undefined, filled: string | undefined): string {
  const from = `init.${property}`;
  if (rule.max > 1) {
    const made = group === undefined ? `list(${from})` : `listOf(${from}, create${group})`;
    return rule.min > 0 ? `${made} as never` : made;
  }
  if (group === undefined) return filled === undefined ? from : `${from} ?? ${filled}`;
  if (filled !== undefined) return `create${group}(${from} ?? ${filled})`;
  return rule.min > 0 ? `create${group}(${from})` : `${from} === undefined ? undefined : create${group}(${from})`;
}

/** "AVP 122, UTF8String, RFC 4740 section 9.8", fit for a comment. */
export function avpOrigin(avp: AvpDefinition): string {
  const vendor = avp.vendorId === 0 ? "" : ` of vendor ${avp.vendorId}`;
  const place =
    avp.source === undefined ? "" : `, ${avp.source}${avp.section === undefined ? "" : ` section ${avp.section}`}`;
  return comment(`AVP ${avp.code}${vendor}, ${avp.typeName}${place}`);
}

/** Code, vendor id and shortest data: what is known of an AVP that is missing. */
export function missingNumbers({ code, vendorId, avp }: Field): number[] {
  return [code, vendorId, minLength(avp.type)];
}

/** Three numbers for each required field, by bit, for one word of bits. */
export function requiredNumbers(fields: readonly Field[], seen: string): { mask: number; numbers: number[] } {
  const required = fields.filter((field) => field.required && field.seen === seen).sort((a, b) => a.bit - b.bit);
  return {
    mask: required.reduce((mask, field) => mask | field.bit, 0),
    numbers: required.flatMap(missingNumbers),
  };
}
