/**
 * One JSON for every message: properties as they are, and what JSON has no form for as an object with one key:
 *
 *   Integer64, Unsigned64   {"$bigint":"18446744073709551615"}      decimal
 *   OctetString             {"$octets":"0a0b"}                      lower-case hexadecimal
 *   Time                    {"$time":"2026-11-21T23:05:17.000Z"}    ISO 8601, UTC
 *   Float32/64              {"$float":"NaN"}                        "NaN", "Infinity", "-Infinity", "-0"; other floats are numbers
 *
 * What is absent is left out. `fromJson` gives back an equal message. Both are functions, not methods: a `toJSON()` in every class would
 * put 750 octets into every bundle, for JSON or not. `JSON.stringify(toJson(message))` is the form.
 */
import type { Codec } from "../codegen/types.js";
import { Avp } from "./avp.js";
import { Header } from "./header.js";
import { NONE } from "./input.js";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Plain data for JSON.stringify. Takes messages, groups, and values of AVPs; never throws for these. */
export function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $float: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return { $bigint: String(value) };
    case "object":
      break;
    default:
      return null;
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return { $octets: hexOf(value) };
  if (value instanceof Date) return { $time: value.toJSON() };
  if (Array.isArray(value)) return value.map(toJson);
  const entries: [string, JsonValue][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || (Array.isArray(member) && member.length === 0)) continue;
    entries.push([key, toJson(member)]);
  }
  return Object.fromEntries(entries);
}

/**
 * The message that `toJson` was given, header included; what was absent stays absent, also where a node would fill it in. From JSON written by
 * hand, the header may be left out.
 *
 * @throws {SyntaxError} with the path, where a value is none of the forms above, or a property is none of the message's. Types and ranges, and
 * what is required and missing, show when the message is encoded.
 */
// biome-ignore lint/suspicious/noExplicitAny: the Init of any command
export function fromJson<T>(codec: Codec<T, any>, json: JsonValue): T {
  const init = revive(json, "");
  if (!isObject(init)) throw wrong(codec.name, json);
  const { header, ...fields } = init;
  const message = created(codec, fields) as Record<string, unknown>;
  requireProperties(fields, message, "");
  for (const [name, value] of Object.entries(message))
    if (!Object.hasOwn(init, name)) message[name] = Array.isArray(value) ? NONE : name === "header" ? value : undefined;
  if (header !== undefined) message.header = headerOf(header);
  return message as T;
}

// biome-ignore lint/suspicious/noExplicitAny: the Init of any command
function created<T>(codec: Codec<T, any>, init: object): T {
  try {
    return codec.create(init, { sessionId: "", originHost: "", originRealm: "" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SyntaxError(`${codec.name}: a required group is missing, or a value has another type`, { cause: error });
  }
}

/** What `create` would lose without a word: a slip of the pen in a message or group, one value for a list, a list for one value. */
function requireProperties(init: object, made: object, path: string): void {
  // A new instance tells which of its properties are lists, whatever was put into this one.
  const blank = new (made.constructor as new () => Record<string, unknown>)();
  for (const [name, value] of Object.entries(init)) {
    const inner = Array.isArray(init) ? `${path}[${name}]` : member(path, name);
    if (!Object.hasOwn(made, name)) throw new SyntaxError(`${inner}: there is no such property`);
    const taken = (made as Record<string, unknown>)[name];
    if (Object.hasOwn(blank, name) && Array.isArray(blank[name]) !== Array.isArray(value))
      throw new SyntaxError(`${inner}: ${Array.isArray(value) ? "one value" : "a list"} was expected`);
    // What is taken over as it is: texts, numbers, octets, addresses, AVPs. Lists and groups are made anew.
    if (Object.is(value, taken)) continue;
    if (!isInstance(value) || !isInstance(taken)) throw wrong(inner, value);
    requireProperties(value, taken, inner);
  }
}

function isInstance(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function revive(json: JsonValue, path: string): unknown {
  if (typeof json === "string" || typeof json === "number") return json;
  if (Array.isArray(json)) return json.map((element, i) => revive(element as JsonValue, `${path}[${i}]`));
  if (!isObject(json)) throw wrong(path, json);
  const entries = Object.entries(json) as [string, JsonValue][];
  const [tag = ""] = entries[0] ?? [];
  if (entries.length === 1 && tag.startsWith("$")) return untagged(tag, json, path);
  // Not by assignment: a key may be "__proto__".
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const inner = member(path, name);
      if (name === "avps" && Array.isArray(value)) return [name, value.map((avp, i) => avpOf(avp, `${inner}[${i}]`))];
      return [name, revive(value, inner)];
    }),
  );
}

function untagged(tag: string, json: Record<string, unknown>, path: string): unknown {
  const value = json[tag];
  if (typeof value === "string") {
    if (tag === "$bigint" && /^-?\d+$/.test(value)) return BigInt(value);
    if (tag === "$octets" && /^(?:[0-9a-f]{2})*$/i.test(value)) return octetsOf(value);
    if (tag === "$time" && TIME.test(value) && !Number.isNaN(Date.parse(value))) return new Date(value);
    if (tag === "$float" && /^(?:NaN|-?Infinity|-0)$/.test(value)) return Number(value);
  }
  throw wrong(path, json);
}

/** As Date.prototype.toISOString writes it: Date.parse alone takes far more. */
const TIME = /^(?:\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function avpOf(json: JsonValue, path: string): Avp {
  const value = revive(json, path);
  if (!isObject(value)) throw wrong(path, json);
  const { code, vendorId, flags, data } = value;
  if (!isCount(code, 0xffffffff) || !isCount(vendorId, 0xffffffff) || !isCount(flags, 0xff)) throw wrong(path, json);
  if (!(data instanceof Uint8Array)) throw wrong(path, json);
  return new Avp(code, vendorId, flags, data);
}

function headerOf(value: unknown): Header {
  if (!isObject(value)) throw wrong("header", value);
  const { flags, commandCode, applicationId, hopByHop, endToEnd } = value;
  const sound =
    isCount(flags, 0xff) &&
    isCount(commandCode, 0xffffff) &&
    isCount(applicationId, 0xffffffff) &&
    isCount(hopByHop, 0xffffffff) &&
    isCount(endToEnd, 0xffffffff);
  if (!sound) throw wrong("header", value);
  return new Header(flags, commandCode, applicationId, hopByHop, endToEnd);
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}

function member(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function wrong(path: string, value: unknown): SyntaxError {
  const shown = JSON.stringify(toJson(value));
  const cut = shown.length > 60 ? `${shown.slice(0, 60)}...` : shown;
  return new SyntaxError(`${path === "" ? "" : `${path}: `}${cut} is no value`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

function hexOf(octets: Uint8Array): string {
  let hex = "";
  for (const octet of octets) hex += (octet < 16 ? "0" : "") + octet.toString(16);
  return hex;
}

function octetsOf(hex: string): Uint8Array {
  const octets = new Uint8Array(hex.length / 2);
  for (let i = 0; i < octets.length; i++) octets[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16);
  return octets;
}
