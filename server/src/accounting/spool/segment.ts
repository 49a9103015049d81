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
 * written when the power went: it was never acknowledged. What is not sound between two records is the disk's fault; the records behind it are none the
 * worse, and are found by looking for the next CRC that is right.
 */

import { open } from "node:fs/promises";
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
  /** Where it begins. */
  readonly start: number;
  readonly payload: Uint8Array;
  /** Offset of what follows. */
  readonly end: number;
}

/** The record at `offset`; undefined where there is no whole and sound one. */
export function decodeRecord(segment: Buffer, offset: number): DecodedRecord | undefined {
  if (offset + HEADER > segment.length) return undefined;
  const length = segment.readUInt32BE(offset);
  const end = offset + HEADER + length;
  // None is empty: zeros are what a file has that grew before it was written.
  if (length === 0 || length > MAX_PAYLOAD || end > segment.length) return undefined;
  const record = segment.subarray(offset, end);
  if (record.readUInt32BE(4) !== checksum(record)) return undefined;
  return { start: offset, payload: record.subarray(HEADER), end };
}

/** Octets that may be looked at more than once in search of one record: garbage has many lengths that could be. */
const SEARCH = 256 * 1024 * 1024;

/** The first whole and sound record at `offset` or behind it. */
export function nextRecord(segment: Buffer, offset: number): DecodedRecord | undefined {
  let left = SEARCH;
  for (let start = offset; start + HEADER <= segment.length; start++) {
    const length = segment.readUInt32BE(start);
    if (start + HEADER + length > segment.length) continue;
    const record = decodeRecord(segment, start);
    if (record !== undefined) return record;
    left -= length;
    if (left < 0) return undefined;
  }
  return undefined;
}

/** The record at `offset` of a file, read alone; undefined where there is no whole and sound one. Rejects with the system's error. */
export async function readRecord(path: string, offset: number): Promise<Uint8Array | undefined> {
  const handle = await open(path, "r");
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(HEADER), position: offset });
    const length = bytesRead < HEADER ? MAX_PAYLOAD + 1 : buffer.readUInt32BE(0);
    if (length > MAX_PAYLOAD) return undefined;
    const record = Buffer.alloc(HEADER + length);
    await handle.read({ buffer: record, position: offset });
    return decodeRecord(record, 0)?.payload;
  } finally {
    await handle.close();
  }
}

function checksum(record: Buffer): number {
  return crc32(record.subarray(HEADER), crc32(record.subarray(0, 4)));
}

/** Whether this begins as a segment does. */
export function isSegment(content: Buffer): boolean {
  return content.subarray(0, MAGIC.length).equals(MAGIC);
}
