/**
 * The AVPs in a message or in a group, one behind the other: RFC 6733 section 4.1.
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
 *   |    Data, padded with zeros to a multiple of four octets ...
 */
import { AvpFlag } from "@diamgen/runtime/codec";

const HEADER = 8;
const HEADER_WITH_VENDOR = 12;

/** An AVP where it stands. */
export interface Occurrence {
  /** Octet of the message at which its header begins. */
  readonly offset: number;
  readonly code: number;
  /** 0 without the V bit. */
  readonly vendorId: number;
  readonly flags: number;
  /** A view, without padding; all that is left where the length is impossible. */
  readonly data: Uint8Array;
  /** Octet of the message at which the data begins. */
  readonly dataOffset: number;
  /** AVP Length is below that of the header, or goes beyond what holds it: nothing behind it can be found. The last one then. */
  readonly impossible: boolean;
}

/** `octets` begin at octet `offset` of the message. The padding of the last AVP may be missing. */
export function* walk(octets: Uint8Array, offset: number): Generator<Occurrence, void, undefined> {
  for (let rest = octets; rest.length > 0; ) {
    const one = occurrence(rest, offset);
    yield one;
    if (one.impossible) return;
    const length = one.dataOffset - offset + one.data.length;
    const padded = Math.ceil(length / 4) * 4;
    rest = rest.subarray(padded);
    offset += padded;
  }
}

function occurrence(octets: Uint8Array, offset: number): Occurrence {
  // RFC 6733 section 7.1.5, 5014: a header that is cut off reads as if zeros followed.
  const header = new Uint8Array(HEADER_WITH_VENDOR);
  header.set(octets.subarray(0, HEADER_WITH_VENDOR));
  const view = new DataView(header.buffer);
  const flags = view.getUint8(4);
  const length = view.getUint32(4) % 0x1000000;
  const hasVendor = (flags & AvpFlag.VENDOR) !== 0;
  const headerLength = hasVendor ? HEADER_WITH_VENDOR : HEADER;
  const impossible = octets.length < HEADER || length < headerLength || length > octets.length;
  return {
    offset,
    code: view.getUint32(0),
    vendorId: hasVendor ? view.getUint32(8) : 0,
    flags,
    data: octets.subarray(headerLength, impossible ? octets.length : length),
    dataOffset: offset + headerLength,
    impossible,
  };
}
