/**
 * What generated decoders read from. The message under decoding is module state: decoding is synchronous, and a reader object handed
 * from function to function costs more than the reading. Helpers take numbers only, so that many decoders in one process share
 * one compiled shape. `at` is the offset of an AVP's header, `data` that of its data, `next` the offset behind its data, unpadded.
 *
 * Nothing here throws: what is wrong is noted by offset (`issues.ts` works out path and Failed-AVP afterwards, on the cold path).
 */
import type { KnownAvps } from "../codegen/types.js";
import { Avp } from "./avp.js";
import { type Address, readAddress } from "./data/address.js";
import { readTime } from "./data/time.js";
import { type DiameterURI, parseDiameterURI } from "./data/uri.js";
import { decodeLimits } from "./decode-limits.js";
import { cachedIdentity as cachedIdentity_ } from "./identity-cache.js";
import { latin1Reader } from "./latin1.js";
import {
  AVP_NOT_ALLOWED,
  AVP_OCCURS_TOO_MANY_TIMES,
  AVP_UNSUPPORTED,
  INVALID_AVP_LENGTH,
  INVALID_AVP_VALUE,
  MISSING_AVP,
  SUCCESS,
  UNABLE_TO_COMPLY,
} from "./result-code.js";

// What is imported is looked up at each use, a constant of this module is not.
const cachedIdentity = cachedIdentity_;

const NO_BYTES = new Uint8Array(0);

/** The shared empty array of fields that may repeat and do not occur. */
export const NONE: readonly never[] = /*@__PURE__*/ Object.freeze([]);

/** A field's values with one more. */
export function added<T>(list: readonly T[], value: T): readonly T[] {
  if (list === NONE) return [value];
  (list as T[]).push(value);
  return list;
}

/** How many issues are kept of one message; a hostile message could have thousands. */
const MAX_ISSUES = 16;

let bytes: Uint8Array = NO_BYTES;
let view: DataView = new DataView(NO_BYTES.buffer);
let known: readonly KnownAvps[] = NONE;
/** The octets of the message as latin1: ASCII fields are substrings of it. */
let text1 = "";
let textStart = 0;

/** An issue as it is noted: `at` is a header's offset, for missing AVPs the offset at which the lacking group's data begins. */
export interface Note {
  readonly resultCode: number;
  readonly at: number;
  /** Of a missing AVP. */
  readonly code: number;
  readonly vendorId: number;
  readonly minLength: number;
}

let notes: Note[] = [];
let depth = 0;
/** Groups within themselves, straight or by way of others; only groups that may hold themselves are counted. */
let deepest = decodeLimits.maxGroupedDepth;

/** Makes this message the one that is decoded. `end - start` is a multiple of 4. */
export function begin(
  b: Uint8Array,
  v: DataView,
  start: number,
  end: number,
  knownAvps: readonly KnownAvps[],
  maxDepth: number = decodeLimits.maxGroupedDepth,
): void {
  bytes = b;
  view = v;
  known = knownAvps;
  text1 = latin1Reader(b, start, end);
  textStart = start;
  depth = 0;
  deepest = maxDepth;
  if (notes.length !== 0) notes = [];
}

/** What was noted since `begin`; lets go of the message. */
export function finish(): Note[] {
  bytes = NO_BYTES;
  text1 = "";
  known = NONE;
  return notes;
}

function note(resultCode: number, at: number, code = 0, vendorId = 0, minLength = 0): void {
  if (notes.length < MAX_ISSUES) notes.push({ resultCode, at, code, vendorId, minLength });
}

/** AVP Length below its header's, or beyond what holds it: 5014; nothing behind it can be read. */
export function malformed(at: number): void {
  note(INVALID_AVP_LENGTH, at);
}

/**
 * To be called before the decoder of a group that may hold itself, and `ascend` behind it. False, and 5012, where it is nested deeper
 * than anybody means: the grammar allows it, but a message must not decide how deep our stack grows.
 */
export function descend(at: number): boolean {
  if (depth >= deepest) {
    note(UNABLE_TO_COMPLY, at);
    return false;
  }
  depth++;
  return true;
}

export function ascend(): void {
  depth--;
}

/** One AVP more than the grammar allows: 5009. */
export function repeated(at: number): void {
  note(AVP_OCCURS_TOO_MANY_TIMES, at);
}

/**
 * Required AVPs that did not occur: 5005. `lacking` has a bit for each of them; `required` has code, vendor id and minimum length of the data,
 * three numbers for each bit from the lowest on. `first` is where the data of the group, or the AVPs of the message, begin.
 */
export function missing(first: number, lacking: number, required: readonly number[]): void {
  for (let i = 0; i < required.length; i += 3, lacking >>>= 1) {
    if (lacking & 1) {
      const code = required[i] as number;
      note(MISSING_AVP, first, code, required[i + 1] as number, required[i + 2] as number);
    }
  }
}

/** An AVP that the grammar does not name, where it says `* [ AVP ]`: kept; 5001 when it has the M bit and nobody knows it. */
export function unknown(list: readonly Avp[], at: number, next: number): readonly Avp[] {
  return keep(list, at, next, SUCCESS);
}

/** An AVP that the grammar does not name, where it allows no others: 5008 with the M bit if it is known, 5001 if it is not. */
export function forbidden(list: readonly Avp[], at: number, next: number): readonly Avp[] {
  return keep(list, at, next, AVP_NOT_ALLOWED);
}

/** An AVP that the grammar names only to exclude it, `*0 [ X ]`: 5008 whatever its flags (RFC 6733 section 7.1.5). */
export function excluded(list: readonly Avp[], at: number, next: number): readonly Avp[] {
  note(AVP_NOT_ALLOWED, at);
  return append(list, at, next);
}

function keep(list: readonly Avp[], at: number, next: number, ifKnown: number): readonly Avp[] {
  const word = view.getInt32(at + 4);
  if (word & 0x40000000) {
    if (knownMinLength(view.getUint32(at), word < 0 ? view.getUint32(at + 8) : 0, known) === undefined)
      note(AVP_UNSUPPORTED, at);
    else if (ifKnown !== SUCCESS) note(ifKnown, at);
  }
  return append(list, at, next);
}

function append(list: readonly Avp[], at: number, next: number): readonly Avp[] {
  const code = view.getUint32(at);
  const word = view.getInt32(at + 4);
  const vendorId = word < 0 ? view.getUint32(at + 8) : 0;
  return added(list, new Avp(code, vendorId, word >>> 24, octets(at, word < 0 ? at + 12 : at + 8, next)));
}

/**
 * The AVPs of a group that may hold any (Failed-AVP), as they are and unjudged: what is in it may be the very thing that cannot be decoded.
 * From where an AVP's length is impossible, the rest is one AVP's data.
 */
export function opaque(at: number, end: number): readonly Avp[] {
  const list: Avp[] = [];
  while (end - at >= 8) {
    const word = view.getInt32(at + 4);
    const vendor = word < 0 && end - at >= 12;
    const data = vendor ? at + 12 : at + 8;
    const next = at + (word & 0xffffff);
    const sound = next >= data && next <= end;
    const last = sound ? next : end;
    list.push(new Avp(view.getUint32(at), vendor ? view.getUint32(at + 8) : 0, word >>> 24, octets(at, data, last)));
    at = (last + 3) & ~3;
  }
  return list.length === 0 ? NONE : list;
}

/** Minimum length of the data of a known AVP. */
export function knownMinLength(code: number, vendorId: number, sets: readonly KnownAvps[]): number | undefined {
  for (let i = 0; i < sets.length; i++) {
    const length = sets[i]?.get(vendorId)?.get(code);
    if (length !== undefined) return length;
  }
  return undefined;
}

export function octets(_at: number, data: number, next: number): Uint8Array {
  const length = next - data;
  const copy = new Uint8Array(length);
  if (length > 64) copy.set(bytes.subarray(data, next));
  else for (let i = 0; i < length; i++) copy[i] = bytes[data + i] as number;
  return copy;
}

export function time(at: number, data: number, next: number): Date {
  if (next - data !== 4) {
    malformed(at);
    return new Date(0);
  }
  return readTime(view.getUint32(data));
}

export function address(at: number, data: number, next: number): Address {
  // AddressType 1 and four octets: RFC 6733 section 4.3.1.
  if (next - data === 6 && view.getUint16(data) === 1)
    return `${bytes[data + 2]}.${bytes[data + 3]}.${bytes[data + 4]}.${bytes[data + 5]}`;
  const address = readAddress(bytes, data, next);
  if (address === undefined) {
    if (next - data < 2) malformed(at);
    else note(INVALID_AVP_VALUE, at);
    return "";
  }
  return address;
}

/**
 * Short texts seen on the wire, by their octets: "REGISTER", "MD5", "0800", country and network codes are the same in message after message.
 * One that is here needs no check of its octets and no new string. 256 places, the last one takes the place; 12 octets at most, which
 * V8 copies out of the message's string anyway: nothing here pins a message.
 */
const SHORT = 12;
const PLACES = 256;
/** Four for each place: the octets as three words in this machine's order, zeros behind the last, and how many there are. */
const shortWords = new Int32Array(PLACES * 4);
const shortTexts: string[] = new Array(PLACES).fill("");

const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;

/**
 * UTF8String: ASCII is told word by word (padding lies within the message), all else, and long ones with NUL, are validated. One function, too long for V8 to take it into
 * the decoders: there it would take the room of constructors, which cost more to call.
 */
export function text(at: number, data: number, next: number): string {
  // A variable of the module would be loaded, and its type checked, for each word.
  const v = view;
  const length = next - data;
  /** Keeps what the last word has of the text. */
  const mask = -1 >>> ((-length & 3) << 3);
  if (length <= SHORT) {
    let a = length > 0 ? v.getInt32(data, true) : 0;
    let b = length > 4 ? v.getInt32(data + 4, true) : 0;
    let c = length > 8 ? v.getInt32(data + 8, true) : 0;
    if (length > 8) c &= mask;
    else if (length > 4) b &= mask;
    else a &= mask;
    const place = Math.imul(a ^ Math.imul(b ^ (c << 5) ^ length, 0x9e3779b1), 0x85ebca6b) >>> 24;
    const base = place << 2;
    if (
      shortWords[base] === a &&
      shortWords[base + 1] === b &&
      shortWords[base + 2] === c &&
      shortWords[base + 3] === length
    )
      return shortTexts[place] as string;
    if ((a | b | c) & HIGH_BITS) return utf8(at, data, next);
    const value = text1.substring(data - textStart, next - textStart);
    shortWords[base] = a;
    shortWords[base + 1] = b;
    shortWords[base + 2] = c;
    shortWords[base + 3] = length;
    shortTexts[place] = value;
    return value;
  }
  // Less one in each octet has the high bit where there was NUL, and of ASCII nowhere else. Four words a round: V8 checks the view in each.
  let bad = 0;
  let o = data;
  for (const fours = next - 15; o < fours; o += 16) {
    const a = v.getInt32(o, true);
    const b = v.getInt32(o + 4, true);
    const c = v.getInt32(o + 8, true);
    const d = v.getInt32(o + 12, true);
    bad |= a | b | c | d | (a - ONES) | (b - ONES) | (c - ONES) | (d - ONES);
  }
  for (; o < next; o += 4) {
    let a = v.getInt32(o, true);
    if (next - o < 4) a = (a & mask) | (ONES & ~mask);
    bad |= a | (a - ONES);
  }
  return (bad & HIGH_BITS) === 0 ? text1.substring(data - textStart, next - textStart) : utf8(at, data, next);
}

/** Session-Id: a UTF8String without NUL, which would cut it short in half the world's implementations. */
export function sessionId(at: number, data: number, next: number): string {
  const value = text(at, data, next);
  // `text` has seen to it in long ones, but for those that it left to `utf8`.
  if ((next - data <= SHORT || at === lastUtf8) && value.includes("\0")) note(INVALID_AVP_VALUE, at);
  return value;
}

/** DiameterIdentity: printable ASCII, not empty. Hosts and realms repeat on every message, so they come from a cache. */
export function identity(at: number, data: number, next: number): string {
  const value = cachedIdentity(bytes, view, data, next);
  if (value === undefined) {
    note(INVALID_AVP_VALUE, at);
    return "";
  }
  return value;
}

/** DiameterURI, kept as text. */
export function uri(at: number, data: number, next: number): DiameterURI {
  const value = text(at, data, next);
  // What is not even UTF-8 has been noted.
  if (parseDiameterURI(value) === undefined && notes[notes.length - 1]?.at !== at) note(INVALID_AVP_VALUE, at);
  return value as DiameterURI;
}

/** IPFilterRule (RFC 6733 section 4.3.1), QoSFilterRule (RFC 7155 section 4.1.1): ASCII, line breaks and tabs included. */
export function rule(at: number, data: number, next: number): string {
  const value = text(at, data, next);
  if (!/^[\t\r\n -~]*$/.test(value)) note(INVALID_AVP_VALUE, at);
  return value;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The AVP that `utf8` read last. */
let lastUtf8 = -1;

function utf8(at: number, data: number, next: number): string {
  lastUtf8 = at;
  try {
    return decoder.decode(bytes.subarray(data, next));
  } catch {
    note(INVALID_AVP_VALUE, at);
    return "";
  }
}
