/** AVPs as JSON for the `avps` column: an array, since order and repetition mean something. */

/** An AVP as decoded. */
export interface AccountingAvp {
  /** As the dictionary names it; "" where it does not know the AVP. */
  readonly name: string;
  readonly code: number;
  /** 0 is the IETF. */
  readonly vendorId: number;
  readonly value: AvpValue;
}

/** A grouped AVP's value is the list of its members. */
export type AvpValue = string | number | bigint | Date | Uint8Array | readonly AccountingAvp[];

export interface AvpJson {
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  readonly value: AvpJsonValue;
  /** What a text stands for that is none: octets in hex, a Time, an integer of 64 bits. */
  readonly type?: "octets" | "time" | "integer64";
}

export type AvpJsonValue = string | number | readonly AvpJson[];

/** Deeper groups are cut off; the runtime refuses such messages at depth 16 before. */
const MAX_DEPTH = 32;

/**
 * 64-bit integers become decimal strings, octets lower-case hex, Time ISO 8601 in UTC; floats that JSON has no number
 * for ("NaN", "Infinity", "-Infinity") strings. Never throws: a Time that is no date becomes "".
 */
export function toAvpJson(avp: AccountingAvp, depth = 0): AvpJson {
  const type = typeOf(avp.value);
  return {
    name: avp.name,
    code: avp.code,
    vendorId: avp.vendorId,
    value: toJsonValue(avp.value, depth),
    ...(type && { type }),
  };
}

function typeOf(value: AvpValue): AvpJson["type"] {
  if (typeof value === "bigint") return "integer64";
  if (value instanceof Date) return "time";
  return value instanceof Uint8Array ? "octets" : undefined;
}

function toJsonValue(value: AvpValue, depth: number): AvpJsonValue {
  if (typeof value === "string") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex");
  return depth >= MAX_DEPTH ? [] : value.map((member) => toAvpJson(member, depth + 1));
}
