/** Messages put together apart from the codec under test: the way back from `dissect`. */

import { type DissectedAvp, type DissectedMessage, dissect } from "../../support/dissect.js";

/** Flags octet of an AVP. */
export const MANDATORY = 0x40;
export const VENDOR = 0x80;

/** A number is an Unsigned32. */
export function avp(code: number, value: Uint8Array | string | number, flags = MANDATORY, vendorId = 0): DissectedAvp {
  const data = typeof value === "number" ? unsigned32(value) : Buffer.from(value as string);
  return { code, vendorId, flags, length: ((flags & VENDOR) === 0 ? 8 : 12) + data.length, data };
}

/** A grouped AVP. */
export function group(code: number, members: readonly DissectedAvp[], flags = MANDATORY): DissectedAvp {
  return avp(code, Buffer.concat(members.map(octets)), flags);
}

export type MessageParts = Pick<
  DissectedMessage,
  "flags" | "code" | "applicationId" | "hopByHop" | "endToEnd" | "avps"
>;

export function compose({ flags, code, applicationId, hopByHop, endToEnd, avps }: MessageParts): Buffer {
  const header = Buffer.alloc(20);
  const body = Buffer.concat(avps.map(octets));
  header.writeUInt8(1, 0);
  header.writeUIntBE(20 + body.length, 1, 3);
  header.writeUInt8(flags, 4);
  header.writeUIntBE(code, 5, 3);
  header.writeUInt32BE(applicationId, 8);
  header.writeUInt32BE(hopByHop, 12);
  header.writeUInt32BE(endToEnd, 16);
  return Buffer.concat([header, body]);
}

/** A message with other header fields or AVPs. */
export function changed(
  message: Uint8Array | string,
  changes: Partial<Omit<MessageParts, "avps">> & {
    readonly avps?: (avps: readonly DissectedAvp[]) => readonly DissectedAvp[];
  },
): Buffer {
  const { avps: change = (avps) => avps, ...header } = changes;
  const parts = dissect(typeof message === "string" ? Buffer.from(message, "hex") : message);
  return compose({ ...parts, ...header, avps: change(parts.avps) });
}

/** With other values in the AVPs of vendor 0 that have these codes. */
export function replaced(
  avps: readonly DissectedAvp[],
  values: Readonly<Record<number, Uint8Array | string | number>>,
): readonly DissectedAvp[] {
  return avps.map((old) => {
    const value = old.vendorId === 0 ? values[old.code] : undefined;
    return value === undefined ? old : avp(old.code, value, old.flags);
  });
}

/** Without the AVPs of vendor 0 that have these codes. */
export function without(avps: readonly DissectedAvp[], ...codes: readonly number[]): readonly DissectedAvp[] {
  return avps.filter(({ code, vendorId }) => vendorId !== 0 || !codes.includes(code));
}

function octets({ code, vendorId, flags, data }: DissectedAvp): Buffer {
  const vendor = (flags & VENDOR) === 0 ? Buffer.alloc(0) : unsigned32(vendorId);
  const header = Buffer.alloc(8);
  header.writeUInt32BE(code, 0);
  header.writeUInt8(flags, 4);
  header.writeUIntBE(8 + vendor.length + data.length, 5, 3);
  const padding = Buffer.alloc((4 - (data.length % 4)) % 4);
  return Buffer.concat([header, vendor, data, padding]);
}

function unsigned32(value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return data;
}
