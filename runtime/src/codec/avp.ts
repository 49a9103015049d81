/**
 * RFC 6733 section 4.1:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                           AVP Code                            |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |V M P r r r r r|                  AVP Length                   |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                        Vendor-ID (opt)                        |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |    Data ...
 */

/** AVP Flags: V, M, P of RFC 6733 section 4.1. */
export const AvpFlag = { VENDOR: 0x80, MANDATORY: 0x40, PROTECTED: 0x20 } as const;

// A constant of its own: bundlers keep an object whole, for one of its properties too.
const VENDOR = 0x80;

/** An AVP as it is on the wire: what no grammar names, and what is put where a grammar says `* [ AVP ]`. */
export class Avp {
  declare readonly code: number;
  /** 0 for IETF. */
  declare readonly vendorId: number;
  /** All eight bits, reserved ones too: an AVP that is kept is sent again as it came. */
  declare readonly flags: number;
  /** Without header and padding; the AVP owns it. */
  declare readonly data: Uint8Array;

  constructor(code: number, vendorId: number, flags: number, data: Uint8Array) {
    this.code = code;
    this.vendorId = vendorId;
    this.flags = flags;
    this.data = data;
  }
}

/** Octets of the AVP with header and padding. */
export function avpLength(avp: Avp): number {
  return ((avp.flags & VENDOR ? 12 : 8) + avp.data.length + 3) & ~3;
}

/** Writes `avps` at `at`, padding zeroed; returns the offset behind them. The room must be there: see `avpLength`. */
export function writeAvps(bytes: Uint8Array, view: DataView, at: number, avps: readonly Avp[]): number {
  for (let i = 0; i < avps.length; i++) {
    const avp = avps[i] as Avp;
    const data = avp.flags & VENDOR ? at + 12 : at + 8;
    const end = data + avp.data.length;
    view.setUint32(at, avp.code);
    view.setUint32(at + 4, (avp.flags << 24) | (end - at));
    if (avp.flags & VENDOR) view.setUint32(at + 8, avp.vendorId);
    bytes.set(avp.data, data);
    at = end;
    while (at & 3) bytes[at++] = 0;
  }
  return at;
}

/** The AVPs as octets: the data of a Grouped AVP. */
export function encodeAvps(avps: readonly Avp[]): Uint8Array {
  let length = 0;
  for (let i = 0; i < avps.length; i++) length += avpLength(avps[i] as Avp);
  const bytes = new Uint8Array(length);
  writeAvps(bytes, new DataView(bytes.buffer), 0, avps);
  return bytes;
}
