/**
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian:
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                          Block Type                           |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                      Block Total Length                       |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  body; options: code (2), length (2), value, padding to 4 ...
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                      Block Total Length                       |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 */
const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

/** LINKTYPE_WIRESHARK_UPPER_PDU: tags that say how to dissect, then a message. */
const UPPER_PDU = 252;
/** The longest packet that Wireshark reads; a file with a longer one it refuses as a whole. */
export const MOST_CAPTURED = 262_144;

const COMMENT = 1;
const PACKET_FLAGS = 2;
const PACKET_DROP_COUNT = 4;
const INTERFACE_NAME = 2;
const INTERFACE_DESCRIPTION_TEXT = 3;
const SECTION_APPLICATION = 4;
const STATISTICS_START = 2;
const STATISTICS_END = 3;
const STATISTICS_RECEIVED = 4;
const STATISTICS_DROPPED = 5;
/** No comment of people is longer; an option could hold 65,535 octets. */
const MOST_TEXT = 4_096;

const encoder = new TextEncoder();

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

/** The beginning of a section, which ends with the file or where the next one begins. */
export function sectionHeader(application: string): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = viewOf(fixed);
  view.setUint32(0, 0x1a2b3c4d, true);
  view.setUint16(4, 1, true);
  // Section Length: not known.
  view.setBigInt64(8, -1n, true);
  return block(SECTION_HEADER, [fixed], [text(SECTION_APPLICATION, application)]);
}

/** The interface that packets belong to; times are in microseconds, which is what holds where nothing is said. */
export function interfaceDescription(name: string, description: string): Uint8Array {
  const fixed = new Uint8Array(8);
  const view = viewOf(fixed);
  view.setUint16(0, UPPER_PDU, true);
  view.setUint32(4, MOST_CAPTURED, true);
  return block(
    INTERFACE_DESCRIPTION,
    [fixed],
    [text(INTERFACE_NAME, name), text(INTERFACE_DESCRIPTION_TEXT, description)],
  );
}

export interface Packet {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Its octets, in parts that follow one another. */
  readonly parts: readonly Uint8Array[];
  readonly inbound: boolean;
  readonly comment: string | undefined;
  /** Packets that are missing between the one before and this. */
  readonly lost: number;
}

/** What is beyond `MOST_CAPTURED` is left out; the block says how long the packet was. */
export function enhancedPacket({ time, parts, inbound, comment, lost }: Packet): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const captured = Math.min(length, MOST_CAPTURED);
  const fixed = new Uint8Array(20);
  const view = viewOf(fixed);
  setTime(view, 4, time);
  view.setUint32(12, captured, true);
  view.setUint32(16, length, true);
  const flags = new Uint8Array(4);
  viewOf(flags).setUint32(0, inbound ? 1 : 2, true);
  const options: Option[] = [{ code: PACKET_FLAGS, value: flags }];
  if (comment) options.push(text(COMMENT, comment));
  if (lost > 0) options.push({ code: PACKET_DROP_COUNT, value: count(lost) });
  let room = captured;
  const kept = parts.map((part) => {
    const piece = part.subarray(0, room);
    room -= piece.length;
    return piece;
  });
  return block(ENHANCED_PACKET, [fixed, ...kept], options);
}

/** The end of a capture: from when to when, how many packets came, and how many of those are not in the file. */
export function interfaceStatistics(from: number, to: number, received: number, dropped: number): Uint8Array {
  const fixed = new Uint8Array(12);
  setTime(viewOf(fixed), 4, to);
  return block(
    INTERFACE_STATISTICS,
    [fixed],
    [
      { code: STATISTICS_START, value: timestamp(from) },
      { code: STATISTICS_END, value: timestamp(to) },
      { code: STATISTICS_RECEIVED, value: count(received) },
      { code: STATISTICS_DROPPED, value: count(dropped) },
    ],
  );
}

function block(type: number, body: readonly Uint8Array[], options: readonly Option[]): Uint8Array {
  const data = padded(body.reduce((sum, part) => sum + part.length, 0));
  // Each with its header, and opt_endofopt, which is four zeros.
  const tail = options.length === 0 ? 0 : options.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
  const octets = new Uint8Array(12 + data + tail);
  const view = viewOf(octets);
  view.setUint32(0, type, true);
  view.setUint32(4, octets.length, true);
  let at = 8;
  for (const part of body) {
    octets.set(part, at);
    at += part.length;
  }
  at = 8 + data;
  for (const { code, value } of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    octets.set(value, at + 4);
    at += 4 + padded(value.length);
  }
  view.setUint32(octets.length - 4, octets.length, true);
  return octets;
}

/** Cut at a whole character where it is too long. */
function text(code: number, value: string): Option {
  const octets = new Uint8Array(Math.min(MOST_TEXT, 3 * value.length));
  return { code, value: octets.subarray(0, encoder.encodeInto(value, octets).written) };
}

function count(value: number): Uint8Array {
  const octets = new Uint8Array(8);
  viewOf(octets).setBigUint64(0, BigInt(value), true);
  return octets;
}

function timestamp(ms: number): Uint8Array {
  const octets = new Uint8Array(8);
  setTime(viewOf(octets), 0, ms);
  return octets;
}

/** Microseconds since 1970 in two words, the high one first whatever the order of octets. */
function setTime(view: DataView, at: number, ms: number): void {
  const microseconds = Math.max(0, Math.round(ms * 1000));
  view.setUint32(at, Math.floor(microseconds / 0x1_0000_0000), true);
  view.setUint32(at + 4, microseconds % 0x1_0000_0000, true);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}
