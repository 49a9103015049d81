/**
 * What generated encoders write to: one slab, reused, from offset 0. It is as long as the longest message that Message Length can say, and a
 * constant, which lets V8 fold its address and length into the code; the system gives memory only to the pages that are written.
 * Numbers are written with DataView, which throws a RangeError behind the slab's end: so no write checks for room.
 *
 * `o` is the offset at which an AVP begins; each function returns the offset behind its padding. `flags` are the AVP's, one octet. The V
 * variants write a Vendor-ID too.
 */
import { EncodeError } from "../errors.js";
import { type Avp, avpLength, writeAvps } from "./avp.js";
import { type Address, writeAddress } from "./data/address.js";
import { ntpSeconds } from "./data/time.js";
import { utf8Writer } from "./utf8.js";

/** The longest message: 24 bits of Message Length, which is a multiple of four. */
export const MAX_MESSAGE_LENGTH = 0xfffffc;

const bytes = new Uint8Array(MAX_MESSAGE_LENGTH + 4);
const view = new DataView(bytes.buffer);
const write = utf8Writer(bytes);

/** Octets and view of the slab; what is in them is valid until the next encoding. */
export const slab: { readonly bytes: Uint8Array; readonly view: DataView } = { bytes, view };

function overflow(): never {
  throw new RangeError("behind the end of the slab");
}

function invalid(code: number, problem: string): never {
  throw new EncodeError(`AVP ${code}`, problem);
}

/** Characters of `s` at `o`, padded with zeros; returns the end without padding. */
function put(o: number, s: string, code: number): number {
  const n = s.length;
  // Longer ones are faster in one call, the more so if they are parts of a decoded message's string, whose characters V8 reaches indirectly.
  if (n <= 24) {
    // The last word first: what the characters leave of it is the padding.
    view.setInt32(o + (n & ~3), 0);
    for (let i = 0; i < n; i++) {
      const c = s.charCodeAt(i);
      if (c > 127) return putUtf8(o, s, code);
      bytes[o + i] = c;
    }
    return o + n;
  }
  return putUtf8(o, s, code);
}

function putUtf8(o: number, s: string, code: number): number {
  if (o + s.length * 3 + 4 > bytes.length) overflow();
  const written = write(s, o);
  if (written !== s.length && !isWellFormed(s))
    invalid(code, "the text has a lone surrogate, which UTF-8 cannot carry");
  const end = o + written;
  for (let p = end; p & 3; p++) bytes[p] = 0;
  return end;
}

/** String.prototype.isWellFormed is ES2024; Node 20 has it, the language level that we compile to has not. */
function isWellFormed(s: string): boolean {
  return !/\p{Surrogate}/u.test(s);
}

export function text(o: number, code: number, flags: number, value: string): number {
  const end = put(o + 8, value, code);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  return (end + 3) & ~3;
}

export function textV(o: number, code: number, flags: number, vendorId: number, value: string): number {
  const end = put(o + 12, value, code);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  view.setUint32(o + 8, vendorId);
  return (end + 3) & ~3;
}

function putOctets(o: number, value: Uint8Array): number {
  const n = value.length;
  const end = o + n;
  if (end + 4 > bytes.length) overflow();
  if (n > 64) bytes.set(value, o);
  else for (let i = 0; i < n; i++) bytes[o + i] = value[i] as number;
  for (let p = end; p & 3; p++) bytes[p] = 0;
  return end;
}

export function octets(o: number, code: number, flags: number, value: Uint8Array): number {
  const end = putOctets(o + 8, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  return (end + 3) & ~3;
}

export function octetsV(o: number, code: number, flags: number, vendorId: number, value: Uint8Array): number {
  const end = putOctets(o + 12, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  view.setUint32(o + 8, vendorId);
  return (end + 3) & ~3;
}

export function u32(o: number, code: number, flags: number, value: number): number {
  if (value >>> 0 !== value) invalidU32(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 12);
  view.setUint32(o + 8, value);
  return o + 12;
}

export function u32V(o: number, code: number, flags: number, vendorId: number, value: number): number {
  if (value >>> 0 !== value) invalidU32(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setUint32(o + 8, vendorId);
  view.setUint32(o + 12, value);
  return o + 16;
}

export function i32(o: number, code: number, flags: number, value: number): number {
  if ((value | 0) !== value) invalidI32(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 12);
  view.setInt32(o + 8, value);
  return o + 12;
}

export function i32V(o: number, code: number, flags: number, vendorId: number, value: number): number {
  if ((value | 0) !== value) invalidI32(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setUint32(o + 8, vendorId);
  view.setInt32(o + 12, value);
  return o + 16;
}

/**
 * Where 64 bits go through, in both directions: what comes back from `wide` or `wideSigned` as it went in is within the range, and `halves` has
 * its two words. V8 makes calls of DataView's getBigUint64 and setBigUint64, and a second number on the heap of BigInt.asUintN.
 */
const eight = /*@__PURE__*/ new ArrayBuffer(8);
export const wide: BigUint64Array = /*@__PURE__*/ new BigUint64Array(eight);
export const wideSigned: BigInt64Array = /*@__PURE__*/ new BigInt64Array(eight);
export const halves: Uint32Array = /*@__PURE__*/ new Uint32Array(eight);
/** Which of the halves is which, in this machine's order. */
export const LOW: 0 | 1 = /*@__PURE__*/ lowHalf();
export const HIGH: 0 | 1 = LOW === 0 ? 1 : 0;

function lowHalf(): 0 | 1 {
  return new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 0 : 1;
}

export function u64(o: number, code: number, flags: number, value: bigint): number {
  wide[0] = value;
  if (wide[0] !== value) invalidU64(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setUint32(o + 8, halves[HIGH] as number);
  view.setUint32(o + 12, halves[LOW] as number);
  return o + 16;
}

export function u64V(o: number, code: number, flags: number, vendorId: number, value: bigint): number {
  wide[0] = value;
  if (wide[0] !== value) invalidU64(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 20);
  view.setUint32(o + 8, vendorId);
  view.setUint32(o + 12, halves[HIGH] as number);
  view.setUint32(o + 16, halves[LOW] as number);
  return o + 20;
}

export function i64(o: number, code: number, flags: number, value: bigint): number {
  wideSigned[0] = value;
  if (wideSigned[0] !== value) invalidI64(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setUint32(o + 8, halves[HIGH] as number);
  view.setUint32(o + 12, halves[LOW] as number);
  return o + 16;
}

export function i64V(o: number, code: number, flags: number, vendorId: number, value: bigint): number {
  wideSigned[0] = value;
  if (wideSigned[0] !== value) invalidI64(code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 20);
  view.setUint32(o + 8, vendorId);
  view.setUint32(o + 12, halves[HIGH] as number);
  view.setUint32(o + 16, halves[LOW] as number);
  return o + 20;
}

export function f32(o: number, code: number, flags: number, value: number): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 12);
  view.setFloat32(o + 8, value);
  return o + 12;
}

export function f32V(o: number, code: number, flags: number, vendorId: number, value: number): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setUint32(o + 8, vendorId);
  view.setFloat32(o + 12, value);
  return o + 16;
}

export function f64(o: number, code: number, flags: number, value: number): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setFloat64(o + 8, value);
  return o + 16;
}

export function f64V(o: number, code: number, flags: number, vendorId: number, value: number): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 20);
  view.setUint32(o + 8, vendorId);
  view.setFloat64(o + 12, value);
  return o + 20;
}

function invalidU32(code: number, value: number): never {
  invalid(code, `${value} is not an Unsigned32 (0 to 4294967295)`);
}

function invalidI32(code: number, value: number): never {
  invalid(code, `${value} is not an Integer32 (-2147483648 to 2147483647)`);
}

function invalidU64(code: number, value: bigint): never {
  invalid(code, `${value} is not an Unsigned64 (0 to 18446744073709551615)`);
}

function invalidI64(code: number, value: bigint): never {
  invalid(code, `${value} is not an Integer64 (-9223372036854775808 to 9223372036854775807)`);
}

function seconds(code: number, value: Date): number {
  try {
    return ntpSeconds(value);
  } catch (error) {
    throw named(code, error);
  }
}

/** The error of a data format, with the AVP. */
function named(code: number, error: unknown): unknown {
  return error instanceof EncodeError ? new EncodeError(`AVP ${code}`, error.problem, error) : error;
}

export function time(o: number, code: number, flags: number, value: Date): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 12);
  view.setUint32(o + 8, seconds(code, value));
  return o + 12;
}

export function timeV(o: number, code: number, flags: number, vendorId: number, value: Date): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | 16);
  view.setUint32(o + 8, vendorId);
  view.setUint32(o + 12, seconds(code, value));
  return o + 16;
}

function putAddress(o: number, code: number, value: Address): number {
  if (o + 64 + (typeof value === "string" ? 0 : value.data.length) > bytes.length) overflow();
  let end: number;
  try {
    end = writeAddress(bytes, o, value);
  } catch (error) {
    throw named(code, error);
  }
  for (let p = end; p & 3; p++) bytes[p] = 0;
  return end;
}

export function address(o: number, code: number, flags: number, value: Address): number {
  const end = putAddress(o + 8, code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  return (end + 3) & ~3;
}

export function addressV(o: number, code: number, flags: number, vendorId: number, value: Address): number {
  const end = putAddress(o + 12, code, value);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  view.setUint32(o + 8, vendorId);
  return (end + 3) & ~3;
}

/** Header of a group whose AVPs were written from `o + 8` to `end`. */
export function group(o: number, end: number, code: number, flags: number): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  return end;
}

/** The same from `o + 12`. */
export function groupV(o: number, end: number, code: number, flags: number, vendorId: number): number {
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (end - o));
  view.setUint32(o + 8, vendorId);
  return end;
}

/** AVPs that no grammar names, as they are. */
export function others(o: number, avps: readonly Avp[]): number {
  let length = 4;
  for (let i = 0; i < avps.length; i++) length += avpLength(avps[i] as Avp);
  if (o + length > bytes.length) overflow();
  return writeAvps(bytes, view, o, avps);
}
