/** One message through both codecs: where they differ, in words; nothing where they agree. */

import { type AvpDefinition, avpKey, type InterpretedGroup, type InterpretedValue } from "@diamgen/dictionary";
import { type Avp, decodeAvps, encodeAvps, type Issue, RawMessage } from "@diamgen/runtime/codec";
import { DATA_TYPES, minLength } from "../../generator/diamgen/src/emit/data-types.js";
import type { GrammarPlace } from "../../generator/diamgen/src/emit/fields.js";
import { decodeMessage, encodeMessage } from "../../runtime/src/codec/message.js";
import { fieldsIn, groupOf, type Subject } from "./subjects.js";

/** Decodes, compares, and where both accept the message encodes it again, and compares that. */
export function differences(subject: Subject, raw: RawMessage): string[] {
  const { generated, interpreting } = subject;
  const before = hex(raw.toBytes());
  const one = decodeMessage(generated, raw, subject.known);
  const other = interpreting.decode(raw);
  if (hex(raw.toBytes()) !== before) return ["a decoder wrote into the message"];
  if (!one.ok || !other.ok) {
    const left = one.ok ? [] : one.issues.map((issue) => issueText(subject, issue));
    const right = other.ok ? [] : other.issues.map((issue) => issueText(subject, issue));
    if (awaitsFilterRules(subject, other.ok ? [] : other.issues)) return [];
    return left.join("\n") === right.join("\n")
      ? []
      : [`generated:\n${left.join("\n")}\ninterpreting:\n${right.join("\n")}`];
  }
  const found = groupDifferences(subject, one.message, other.message, subject.place, "");
  if (JSON.stringify(one.message.header) !== JSON.stringify(other.message.header)) found.push("the headers differ");
  const again = hex(encodeMessage(generated, one.message));
  const byOther = hex(interpreting.encode(other.message));
  if (again !== byOther) found.push(`encoded again:\n${again}\n${byOther}`);
  return found;
}

export function groupDifferences(
  subject: Subject,
  one: Record<string, unknown>,
  other: InterpretedGroup,
  place: GrammarPlace,
  path: string,
): string[] {
  const found: string[] = [];
  for (const { avp, property, many } of fieldsIn(other.grammar, place)) {
    const field = other.fields.get(avpKey(avp.vendorId, avp.code));
    const left = (many ? one[property] : one[property] === undefined ? [] : [one[property]]) as readonly unknown[];
    const right = (many ? (field ?? []) : field === undefined ? [] : [field]) as readonly InterpretedValue[];
    const where = `${path}${property}`;
    if (left.length !== right.length) found.push(`${where}: ${left.length} and ${right.length} values`);
    else
      for (const [i, value] of left.entries())
        found.push(...valueDifferences(subject, avp, value, right[i] as InterpretedValue, `${where}[${i}]`));
  }
  const [left, right] = [avpsText(one.avps as readonly Avp[]), avpsText(other.avps)];
  if (left !== right) found.push(`${path}avps: ${left} and ${right}`);
  return found;
}

function valueDifferences(
  subject: Subject,
  avp: AvpDefinition,
  one: unknown,
  other: InterpretedValue,
  path: string,
): string[] {
  const group = groupOf(subject, avp);
  if (group !== undefined) {
    const members = one as Record<string, unknown>;
    return groupDifferences(subject, members, other as InterpretedGroup, group.place, `${path}.`);
  }
  return text(one) === text(other) ? [] : [`${path}: ${text(one)} and ${text(other)}`];
}

/** A value with its type: 1 is not 1n, -0 is not 0. */
function text(value: unknown): string {
  if (value instanceof Uint8Array) return `octets ${hex(value)}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : `${value}`;
  if (typeof value === "object" && value !== null && "family" in value && "data" in value)
    return `family ${value.family} ${hex(value.data as Uint8Array)}`;
  return JSON.stringify(value) ?? "undefined";
}

function avpsText(avps: readonly Avp[]): string {
  return avps.map((avp) => `${avp.vendorId}:${avp.code} ${avp.flags} ${hex(avp.data)}`).join(", ");
}

function issueText(subject: Subject, { resultCode, offset, path, failedAvp }: Issue): string {
  const failed = failedAvp === undefined ? "" : hex(encodeAvps([withoutZeros(subject, failedAvp)]));
  return `${resultCode} @${offset} ${path} ${failed}`;
}

export function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("hex");
}

/** A copy of the message somewhere in a larger chunk, as a socket gives it. */
export function inChunk(octets: Uint8Array, before: number): RawMessage {
  const chunk = new Uint8Array(before + octets.length + 8).fill(0xa5);
  chunk.set(octets, before);
  return new RawMessage(chunk, new DataView(chunk.buffer), before, before + octets.length);
}

// What is still open between the two: both of these say nothing any more when the emitter's table of data types is as RFC 6733 has it.

/** The emitter has a shortest length of 0 for a DiameterIdentity (1) and a DiameterURI (7: "aaa://x"): zeros of these are not compared then. */
function withoutZeros(subject: Subject, avp: Avp): Avp {
  const definition = subject.dictionary.avps.get(avpKey(avp.vendorId, avp.code));
  if (definition === undefined) return avp;
  const data =
    definition.type === "Grouped"
      ? encodeAvps(decodeAvps(avp.data).map((inner) => withoutZeros(subject, inner)))
      : minLength(definition.type) === 0 && avp.data.every((octet) => octet === 0) && isIdentity(definition)
        ? new Uint8Array(0)
        : avp.data;
  return { code: avp.code, vendorId: avp.vendorId, flags: avp.flags, data };
}

function isIdentity({ type }: AvpDefinition): boolean {
  return type === "DiameterIdentity" || type === "DiameterURI";
}

/** The emitter reads an IPFilterRule as UTF-8, where RFC 6733 section 4.3.1 says ASCII: messages with such text are not compared then. */
function awaitsFilterRules(subject: Subject, issues: readonly Issue[]): boolean {
  if (DATA_TYPES.IPFilterRule.primitive !== "Text") return false;
  return issues.some(({ resultCode, path }) => {
    const [vendorOrCode = "", code] = (path.split("/").at(-1) ?? "").split(":");
    const key = code === undefined ? `0:${vendorOrCode}` : `${vendorOrCode}:${code}`;
    const type = subject.dictionary.avps.get(key)?.type;
    return resultCode === 5004 && (type === "IPFilterRule" || type === "QoSFilterRule");
  });
}
