/**
 * Changes to the octets of a message that no encoder makes. Message Length always says what is there, unless a function is for lying about it.
 */
import { HEADER_LENGTH } from "../codec/header.js";

/** Fields of the header as they are to be; what is left out stays. */
export interface HeaderChange {
  readonly version?: number | undefined;
  /** Message Length, whatever the length of the message. */
  readonly length?: number | undefined;
  /** Command Flags, all eight. */
  readonly flags?: number | undefined;
  readonly commandCode?: number | undefined;
  readonly applicationId?: number | undefined;
  readonly hopByHop?: number | undefined;
  readonly endToEnd?: number | undefined;
}

/** The message with another header. */
export function withHeader(message: Uint8Array, change: HeaderChange): Uint8Array {
  // Not slice(): that of a Buffer is no copy.
  const octets = new Uint8Array(message);
  const view = viewOf(octets);
  const { version, length, flags, commandCode, applicationId, hopByHop, endToEnd } = change;
  if (version !== undefined) view.setUint8(0, version);
  if (length !== undefined) view.setUint32(0, ((view.getUint8(0) << 24) | (length & 0xffffff)) >>> 0);
  if (commandCode !== undefined) view.setUint32(4, ((view.getUint8(4) << 24) | (commandCode & 0xffffff)) >>> 0);
  if (flags !== undefined) view.setUint8(4, flags);
  if (applicationId !== undefined) view.setUint32(8, applicationId);
  if (hopByHop !== undefined) view.setUint32(12, hopByHop);
  if (endToEnd !== undefined) view.setUint32(16, endToEnd);
  return octets;
}

/** The AVPs at the top level of a sound message, each with header and padding. @throws {RangeError} it is not sound */
export function avpsIn(message: Uint8Array): Uint8Array[] {
  const view = viewOf(message);
  const avps: Uint8Array[] = [];
  for (let at = HEADER_LENGTH; at < message.length; ) {
    const next = message.length - at < 8 ? at : at + (((view.getUint32(at + 4) & 0xffffff) + 3) & ~3);
    if (next < at + 8 || next > message.length) throw new RangeError(`at octet ${at} there is no sound AVP`);
    avps.push(new Uint8Array(message.subarray(at, next)));
    at = next;
  }
  return avps;
}

/** The message with other AVPs: what `edit` makes of them, or anything else that is to stand behind the header. */
export function withAvps(message: Uint8Array, edit: (avps: Uint8Array[]) => readonly Uint8Array[]): Uint8Array {
  const octets = concatenated([message.subarray(0, HEADER_LENGTH), ...edit(avpsIn(message))]);
  return withHeader(octets, { length: octets.length });
}

export interface AvpOctets {
  /** V, M, P and the reserved bits; M where left out, and V where there is a vendor. */
  readonly flags?: number | undefined;
  readonly vendorId?: number | undefined;
  /** AVP Length, whatever the length of the data. */
  readonly length?: number | undefined;
  /** What the padding is made of; 0 where left out. */
  readonly padding?: number | undefined;
}

/** An AVP as it stands in a message, padding included. */
export function avpOctets(code: number, data: Uint8Array, options: AvpOctets = {}): Uint8Array {
  const { vendorId = 0, flags = vendorId === 0 ? 0x40 : 0xc0, padding = 0 } = options;
  const header = flags & 0x80 ? 12 : 8;
  const length = header + data.length;
  const octets = new Uint8Array((length + 3) & ~3).fill(padding, length);
  const view = viewOf(octets);
  view.setUint32(0, code);
  view.setUint32(4, ((flags << 24) | ((options.length ?? length) & 0xffffff)) >>> 0);
  if (header === 12) view.setUint32(8, vendorId);
  octets.set(data, header);
  return octets;
}

/** AVPs of one code within one another, `depth` of them, the innermost with `inner` in it; in linear time. */
export function nestedAvps(code: number, depth: number, inner: Uint8Array = new Uint8Array(0)): Uint8Array {
  const octets = new Uint8Array(8 * depth + ((inner.length + 3) & ~3));
  const view = viewOf(octets);
  for (let at = 0; at < 8 * depth; at += 8) {
    view.setUint32(at, code);
    view.setUint32(at + 4, (0x40000000 | (8 * depth + inner.length - at)) >>> 0);
  }
  octets.set(inner, 8 * depth);
  return octets;
}

/** AVP Code of what `avpsIn` gives. */
export function codeOf(avp: Uint8Array): number {
  return viewOf(avp).getUint32(0);
}

/** Data of what `avpsIn` gives. */
export function dataOf(avp: Uint8Array): Uint8Array {
  const word = viewOf(avp).getUint32(4);
  return new Uint8Array(avp.subarray(word & 0x80000000 ? 12 : 8, word & 0xffffff));
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}
