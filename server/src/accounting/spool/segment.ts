/**
 * A segment of the spool: a file of records, written at its end only.
 *
 * ```
 *  0                8
 * +----------------+--------------------------------------------+-----
 * | "DGSPOOL1"     | record                                     | ...
 * +----------------+--------------------------------------------+-----
 *                  | length (4) | CRC-32 (4) | payload (length) |
 * ```
 *
 * Integers are big-endian; the CRC is over length and payload. What stands after the last record whose CRC is right was being
 * written when the power went: it was never acknowledged.
 */

import { crc32 } from "node:zlib";

export const MAGIC = Buffer.from("DGSPOOL1", "ascii");
const HEADER = 8;

/** Longer than any record: the runtime takes messages up to 16 MiB. A length beyond is no length. */
const MAX_PAYLOAD = 256 * 1024 * 1024;

export function encodeRecord(payload: Uint8Array): Buffer {
  const record = Buffer.alloc(HEADER + payload.length);
  record.writeUInt32BE(payload.length, 0);
  record.set(payload, HEADER);
  record.writeUInt32BE(checksum(record), 4);
  return record;
}

export interface DecodedRecord {
  readonly payload: Uint8Array;
  /** Offset of what follows. */
  readonly end: number;
}

/** The record at `offset`; undefined where there is no whole and sound one. */
export function decodeRecord(segment: Buffer, offset: number): DecodedRecord | undefined {
  if (offset + HEADER > segment.length) return undefined;
  const length = segment.readUInt32BE(offset);
  const end = offset + HEADER + length;
  if (length > MAX_PAYLOAD || end > segment.length) return undefined;
  const record = segment.subarray(offset, end);
  return record.readUInt32BE(4) === checksum(record) ? { payload: record.subarray(HEADER), end } : undefined;
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(HEADER), crc32(record.subarray(0, 4)));
}

/** Whether this begins as a segment does. */
export function isSegment(content: Buffer): boolean {
  return content.subarray(0, MAGIC.length).equals(MAGIC);
}
