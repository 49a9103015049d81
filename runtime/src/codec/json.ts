/**
 * One JSON for every message: properties as they are, and what JSON has no form for as an object with one key:
 *
 *   Integer64, Unsigned64   {"$bigint":"18446744073709551615"}      decimal
 *   OctetString             {"$octets":"0a0b"}                      lower-case hexadecimal
 *   Time                    {"$time":"2026-11-21T23:05:17.000Z"}    ISO 8601, UTC
 *   Float32/64              {"$float":"NaN"}                        "NaN", "Infinity", "-Infinity", "-0"; other floats are numbers
 *
 * What is absent is left out. `fromJson` gives back an equal message.
 */
import type { Codec, Message } from "../codegen/types.js";
import { Avp } from "./avp.js";
import { Header } from "./header.js";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Plain data for JSON.stringify. Takes messages, groups, and values of AVPs. */
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
  if (value instanceof Date) return { $time: value.toISOString() };
  if (Array.isArray(value)) return value.map(toJson);
  const entries: [string, JsonValue][] = [];
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined || (Array.isArray(member) && member.length === 0)) continue;
    entries.push([key, toJson(member)]);
  }
  return Object.fromEntries(entries);
}

/**
 * The message that `toJson` was given, header included. Throws SyntaxError where a value is none of the forms above; a property that
 * is missing shows when the message is encoded.
 */
// biome-ignore lint/suspicious/noExplicitAny: the Init of any command
export function fromJson<T>(codec: Codec<T, any>, json: JsonValue): T {
  const init = revive(json, "");
  if (!isObject(init)) throw new SyntaxError(`${codec.name}: an object was expected`);
  if (Array.isArray(init.avps)) init.avps = init.avps.map(avpOf);
  const message = codec.create(init, { sessionId: "", originHost: "", originRealm: "" });
  const { header } = init;
  if (isObject(header)) {
    const { flags, commandCode, applicationId, hopByHop, endToEnd } = header as unknown as Header;
    (message as Message).header = new Header(flags, commandCode, applicationId, hopByHop, endToEnd);
  }
  return message;
}

function revive(json: JsonValue, path: string): unknown {
  if (Array.isArray(json)) return json.map((element, i) => revive(element as JsonValue, `${path}[${i}]`));
  if (!isObject(json)) return json;
  const keys = Object.keys(json);
  const [tag = ""] = keys;
  if (keys.length === 1 && tag.startsWith("$")) return untagged(tag, json[tag], path);
  const members = Object.entries(json).map(([key, member]) => [
    key,
    revive(member as JsonValue, path === "" ? key : `${path}.${key}`),
  ]);
  const object = Object.fromEntries(members) as Record<string, unknown>;
  // AVPs that no grammar names may stand in groups too.
  if (path !== "" && Array.isArray(object.avps)) object.avps = object.avps.map(avpOf);
  return object;
}

function untagged(tag: string, value: unknown, path: string): unknown {
  if (typeof value === "string") {
    if (tag === "$bigint" && /^-?\d+$/.test(value)) return BigInt(value);
    if (tag === "$octets" && /^(?:[0-9a-f]{2})*$/i.test(value)) return octetsOf(value);
    if (tag === "$time" && !Number.isNaN(Date.parse(value))) return new Date(value);
    if (tag === "$float") return Number(value);
  }
  throw new SyntaxError(`${path}: ${JSON.stringify({ [tag]: value })} is no value`);
}

function avpOf(value: unknown): Avp {
  const { code, vendorId, flags, data } = value as Avp;
  return new Avp(code, vendorId, flags, data ?? new Uint8Array(0));
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
