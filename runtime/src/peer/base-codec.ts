/**
 * A codec by table for the messages that peers exchange among themselves (RFC 6733 sections 5.3 to 5.5): a handful per connection, so small
 * beats fast. Commands of applications have generated codecs instead.
 */
import { Avp, AvpFlag, encodeAvps } from "../codec/avp.js";
import { address, readAddress } from "../codec/data/address.js";
import { failedAvpOf } from "../codec/failed-avp.js";
import { HEADER_LENGTH } from "../codec/header.js";
import type { Issue } from "../codec/issue.js";
import type { RawMessage } from "../codec/raw-message.js";
import { decodeAvps } from "../codec/raw-message.js";
import {
  AVP_OCCURS_TOO_MANY_TIMES,
  AVP_UNSUPPORTED,
  INVALID_AVP_LENGTH,
  INVALID_AVP_VALUE,
  MISSING_AVP,
} from "../codec/result-code.js";
import type { KnownAvps } from "../codegen/types.js";
import { isBaseAvp, readIdentity, readText, readUnsigned32, text, unsigned32 } from "./base-avps.js";

/** A type of data: octets to value (undefined: not a value of this type) and back, and the fewest octets (for Failed-AVP). */
interface FieldType {
  readonly min: number;
  readonly fixed?: true;
  readonly read: (data: Uint8Array) => unknown;
  readonly write: (value: never) => Uint8Array;
  /** Grouped: what it holds. */
  readonly fields?: readonly Field[];
}

/** One line of a Command Code Format: `{ X }` is 1..1, `[ X ]` 0..1, `* [ X ]` 0..many (RFC 6733 section 3.2). */
export interface Field {
  readonly name: string;
  readonly code: number;
  readonly type: FieldType;
  readonly flags: number;
  readonly min: 0 | 1;
  readonly many: boolean;
}

export const U32: FieldType = { min: 4, fixed: true, read: readUnsigned32, write: unsigned32 };
export const TEXT: FieldType = { min: 0, read: readText, write: text };
export const IDENTITY: FieldType = { min: 1, read: readIdentity, write: text };
/** IP addresses as text, other families as octets: RFC 6733 section 4.3.1. */
export const ADDRESS: FieldType = { min: 6, read: (data) => readAddress(data, 0, data.length), write: address.encode };
/** AVPs as they are: Failed-AVP is never decoded further. */
export const AVPS: FieldType = { min: 0, read: decodeAvps, write: encodeAvps };

export function grouped(fields: readonly Field[]): FieldType {
  return { min: 0, fields, read: decodeAvps, write: (value: Values) => encodeAvps(writeFields(fields, value)) };
}

/** `{ name }`; "?" makes it `[ name ]`, "*" `* [ name ]`, "+" `1* { name }`. */
export function field(
  name: string,
  code: number,
  type: FieldType,
  count: "" | "?" | "*" | "+" = "",
  flags = 0x40,
): Field {
  return { name, code, type, flags, min: count === "" || count === "+" ? 1 : 0, many: count === "*" || count === "+" };
}

type Values = Readonly<Record<string, unknown>>;

/** What a message says, or what is wrong with it beside what could be read. Decoding never throws. */
export type BaseDecoded<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly message: Partial<T>; readonly issues: readonly [Issue, ...Issue[]] };

const MAX_ISSUES = 16;

/** Reads the AVPs of `raw` by `fields`; `known`: further AVPs that may carry the M bit. */
export function decodeFields<T>(
  fields: readonly Field[],
  raw: RawMessage,
  known: readonly KnownAvps[],
  maxFailedAvpBytes: number,
): BaseDecoded<T> {
  const octets = raw.toBytes();
  const issues: Issue[] = [];
  const values = readFields(fields, octets, HEADER_LENGTH, {
    ...{ issues, known, maxFailedAvpBytes },
    ...{ wrap: (avp: Avp) => avp, path: "", group: 0 },
  });
  const [first, ...more] = issues;
  if (first === undefined) return { ok: true, message: values as T };
  return { ok: false, message: values as Partial<T>, issues: [first, ...more] };
}

interface Reading {
  readonly issues: Issue[];
  readonly known: readonly KnownAvps[];
  readonly maxFailedAvpBytes: number;
  /** Puts an offending AVP into the groups that it stands in: RFC 6733 section 7.5. */
  readonly wrap: (avp: Avp) => Avp;
  readonly path: string;
  /** Offset of the message or group itself. */
  readonly group: number;
}

function readFields(fields: readonly Field[], octets: Uint8Array, start: number, reading: Reading): Values {
  const values: Record<string, unknown> = {};
  for (const { name, many } of fields) if (many) values[name] = [];
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const note = (resultCode: number, message: string, offset: number, avp: Avp) => {
    if (reading.issues.length >= MAX_ISSUES) return;
    const path = reading.path + (avp.vendorId === 0 ? `${avp.code}` : `${avp.vendorId}:${avp.code}`);
    reading.issues.push({
      resultCode,
      message,
      offset,
      path,
      failedAvp: reading.wrap(failedAvpOf(avp, reading.maxFailedAvpBytes)),
    });
  };
  for (let at = start; at < octets.length; ) {
    const vendor = octets.length - at >= 12 && (octets[at + 4] as number) & AvpFlag.VENDOR ? view.getUint32(at + 8) : 0;
    if (octets.length - at < 8) {
      // Less than a header: padded with zeros to one (RFC 6733 section 7.1.5, 5014).
      const padded = new Uint8Array(8);
      padded.set(octets.subarray(at));
      const header = new DataView(padded.buffer);
      note(
        INVALID_AVP_LENGTH,
        `${octets.length - at} octets are left, an AVP header has 8`,
        at,
        new Avp(header.getUint32(0), 0, (padded[4] as number) & ~AvpFlag.VENDOR, new Uint8Array(0)),
      );
      break;
    }
    const code = view.getUint32(at);
    const flags = octets[at + 4] as number;
    const length = view.getUint32(at + 4) & 0xffffff;
    const header = flags & AvpFlag.VENDOR ? 12 : 8;
    const known = vendor === 0 ? fields.find((candidate) => candidate.code === code) : undefined;
    if (length < header || length > octets.length - at) {
      note(
        INVALID_AVP_LENGTH,
        `AVP Length ${length} of AVP ${code}`,
        at,
        new Avp(code, vendor, flags, new Uint8Array(known?.type.min ?? 0)),
      );
      break;
    }
    const avp = new Avp(code, vendor, flags, octets.slice(at + header, at + length));
    if (known !== undefined) readField(known, avp, at, values, reading, note);
    else if (flags & AvpFlag.MANDATORY && !isBaseAvp(code, vendor) && !isKnown(reading.known, code, vendor))
      note(AVP_UNSUPPORTED, `AVP ${code} of vendor ${vendor} is not known`, at, avp);
    at += (length + 3) & ~3;
  }
  for (const { name, code, type, flags, min } of fields) {
    const value = values[name];
    if (min === 1 && (value === undefined || (Array.isArray(value) && value.length === 0 && !failed(reading, code))))
      note(MISSING_AVP, `AVP ${code} is missing`, reading.group, new Avp(code, 0, flags, new Uint8Array(type.min)));
  }
  return values;
}

function readField(
  { name, type, many }: Field,
  avp: Avp,
  at: number,
  values: Record<string, unknown>,
  reading: Reading,
  note: (resultCode: number, message: string, offset: number, avp: Avp) => void,
): void {
  const before = values[name];
  if (!many && before !== undefined) {
    note(AVP_OCCURS_TOO_MANY_TIMES, `AVP ${avp.code} occurs more than once`, at, avp);
    return;
  }
  let value: unknown;
  if (type.fields !== undefined) {
    value = readFields(type.fields, avp.data, 0, {
      issues: reading.issues,
      known: reading.known,
      maxFailedAvpBytes: reading.maxFailedAvpBytes,
      wrap: (inner) => reading.wrap(new Avp(avp.code, avp.vendorId, avp.flags, encodeAvps([inner]))),
      path: `${reading.path}${avp.code}/`,
      group: at,
    });
  } else {
    value = type.read(avp.data);
    if (value === undefined) {
      const length = type.fixed ? avp.data.length !== type.min : avp.data.length < type.min;
      note(
        length ? INVALID_AVP_LENGTH : INVALID_AVP_VALUE,
        length
          ? `AVP ${avp.code} has ${avp.data.length} octets of data`
          : `AVP ${avp.code} has a value that its type does not allow`,
        at,
        avp,
      );
      // It is there: not to be reported as missing too.
      if (!many) values[name] = null;
      return;
    }
  }
  if (many) (before as unknown[]).push(value);
  else values[name] = value;
}

function failed(reading: Reading, code: number): boolean {
  return reading.issues.some((issue) => issue.path === `${reading.path}${code}`);
}

function isKnown(known: readonly KnownAvps[], code: number, vendorId: number): boolean {
  return known.some((avps) => avps.get(vendorId)?.has(code));
}

/** The values as AVPs, in the order of the fields; undefined is left out. */
export function writeFields(fields: readonly Field[], values: Values): Avp[] {
  const avps: Avp[] = [];
  for (const { name, code, type, flags, many } of fields) {
    const value = values[name];
    if (value === undefined || value === null) continue;
    for (const one of many ? (value as readonly unknown[]) : [value])
      avps.push(new Avp(code, 0, flags, type.write(one as never)));
  }
  return avps;
}
