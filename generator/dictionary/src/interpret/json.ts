/**
 * Messages as JSON, for programs: what has no form in JSON is an object with one key, as the runtime's `toJson` has it.
 *
 *   Integer64, Unsigned64   {"$bigint":"18446744073709551615"}      decimal
 *   OctetString             {"$octets":"0a0b"}                      lower-case hexadecimal
 *   Time                    {"$time":"2026-11-21T23:05:17.000Z"}    ISO 8601, UTC
 *   Float32, Float64        {"$float":"NaN"}                        "NaN", "Infinity", "-Infinity", "-0"; other floats are numbers
 */
import type { Issue } from "@diamgen/runtime/codec";
import type { SimpleValue } from "./formats.js";
import type { AvpTree, MessageTree } from "./tree.js";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** A message as plain data for JSON.stringify. What is absent is left out. */
export function messageJson({ raw, application, command, avps }: MessageTree, issues: readonly Issue[] = []): Json {
  return {
    ...(application === undefined ? {} : { application: application.key }),
    ...(command === undefined ? {} : { command: `${command.name}-${raw.isRequest ? "Request" : "Answer"}` }),
    header: {
      length: raw.length,
      flags: raw.flags,
      commandCode: raw.commandCode,
      applicationId: raw.applicationId,
      hopByHop: raw.hopByHop,
      endToEnd: raw.endToEnd,
    },
    avps: avps.map(avpJson),
    ...(issues.length === 0 ? {} : { issues: issues.map(issueJson) }),
  };
}

/** `octets`, where there is no `value`: of AVPs that the dictionary does not know, and of those that are no value of their type. */
function avpJson({ avp, definition, members, value, problem }: AvpTree): Json {
  const { code, vendorId, flags } = avp;
  const name = typeof value === "number" ? definition?.enums.find((one) => one.code === value)?.name : undefined;
  return {
    ...(definition === undefined ? {} : { name: definition.name }),
    code,
    ...(vendorId === 0 ? {} : { vendorId }),
    flags,
    ...(members === undefined ? {} : { avps: members.map(avpJson) }),
    ...(value === undefined ? {} : { value: valueJson(value) }),
    ...(name === undefined ? {} : { valueName: name }),
    ...(members === undefined && value === undefined ? { octets: hex(avp.data) } : {}),
    ...(problem === undefined ? {} : { problem }),
  };
}

function issueJson({ resultCode, message, offset, path }: Issue): Json {
  return { resultCode, message, offset, path };
}

function valueJson(value: SimpleValue): Json {
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return { $bigint: `${value}` };
  if (typeof value === "number") {
    if (Object.is(value, -0)) return { $float: "-0" };
    return Number.isFinite(value) ? value : { $float: `${value}` };
  }
  if (value instanceof Uint8Array) return { $octets: hex(value) };
  if (value instanceof Date) return { $time: value.toISOString() };
  return { family: value.family, data: { $octets: hex(value.data) } };
}

function hex(octets: Uint8Array): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
