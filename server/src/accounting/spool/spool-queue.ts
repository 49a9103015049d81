/**
 * A queue on disk: what is appended is there after a crash at any moment, until it is removed from the front.
 *
 * Segments of our own rather than a database: the disk tells with its own words what it lacks (ENOSPC, EDQUOT), the event
 * loop goes on while it syncs, and the spool does not share the fate of the database that it stands in for.
 */

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { GroupCommit } from "../../store/group-commit.js";
import { StoreError } from "../../store/store-error.js";
import { diskError, syncFolder, writeAll } from "./disk.js";
import { encodeRecord, isSegment, MAGIC, nextRecord, readRecord } from "./segment.js";

export interface SpoolQueueOptions {
  /** Made with mode 0700 where it is missing. One process at a time: see spool-folder.ts. */
  readonly folder: string;
  /** Octets of all segments; an append beyond is refused with STORE_FULL. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Octets after which a new segment begins. Default 16 MiB. */
  readonly segmentBytes?: number | undefined;
  /** Called when a segment is not sound, with what was put aside. */
  readonly onDamage?: ((file: string, bytes: number) => void) | undefined;
}

/** Octets of records that are held in memory at once. */
const MAX_PEEK = 16 * 1024 * 1024;

/** 1 GiB. */
export const DEFAULT_MAX_BYTES = 2 ** 30;

interface Segment {
  readonly file: string;
  /** Octets that are written and synced. */
  bytes: number;
  /** Records that are not removed yet. */
  left: number;
}

/** A position in the queue. */
export interface Cursor {
  readonly segment: string;
  readonly offset: number;
}

export interface SpoolBatch {
  readonly payloads: readonly Uint8Array[];
  /** For `remove`: after each of the payloads. */
  readonly cursors: readonly Cursor[];
}

const SUFFIX = ".spool";

/** By the name of a file in a queue's folder. */
export function isSegmentFile(name: string): boolean {
  return name.endsWith(SUFFIX);
}

/** Octets: with less than that left, the spool counts as full before a record is refused. */
const ROOM = 64 * 1024;

export class SpoolQueue {
  readonly folder: string;
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #onDamage: SpoolQueueOptions["onDamage"];
  readonly #group: GroupCommit<Buffer, undefined>;
  /** Oldest first; the last one may be written to. */
  readonly #segments: Segment[] = [];
  #active: { readonly segment: Segment; readonly handle: FileHandle } | undefined;
  #cursor: Cursor = { segment: "", offset: 0 };
  #next = 1;
  #appending = 0;

  private constructor(options: SpoolQueueOptions) {
    this.folder = options.folder;
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#segmentBytes = options.segmentBytes ?? 2 ** 24;
    this.#onDamage = options.onDamage;
    this.#group = new GroupCommit({ commit: (records) => this.#commit(records) });
  }

  /** Reads what is there. Rejects with a StoreError. */
  static async open(options: SpoolQueueOptions): Promise<SpoolQueue> {
    const queue = new SpoolQueue(options);
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      await queue.#load();
    } catch (thrown) {
      throw diskError(thrown, `the spool ${options.folder}`);
    }
    return queue;
  }

  /** Records that are not removed yet, those being appended among them. */
  get records(): number {
    return this.#segments.reduce((sum, { left }) => sum + left, this.#appending);
  }

  /** Octets on the disk. */
  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Resolves when the payload is on disk: written and synced (fdatasync). Rejects with STORE_FULL, or another StoreError; then it is not kept. */
  async append(payload: Uint8Array): Promise<void> {
    this.#appending += 1;
    try {
      await this.#group.submit(encodeRecord(payload));
    } finally {
      this.#appending -= 1;
    }
  }

  /** The oldest, up to so many, and up to 16 MiB where they are large; they stay. Empty where there are none that are synced. Rejects with the system's error. */
  async peek(limit: number): Promise<SpoolBatch> {
    const payloads: Uint8Array[] = [];
    const cursors: Cursor[] = [];
    let room = MAX_PEEK;
    for (const segment of [...this.#segments]) {
      const { file, bytes } = segment;
      if (payloads.length >= limit || room <= 0) break;
      if (file < this.#cursor.segment || segment.left === 0) continue;
      const before = payloads.length;
      const content = (await readFile(join(this.folder, file))).subarray(0, bytes);
      let offset = file === this.#cursor.segment ? this.#cursor.offset : MAGIC.length;
      while (payloads.length < limit && room > 0 && offset < content.length) {
        const record = nextRecord(content, offset);
        await this.#putAside(file, content, offset, record?.start ?? content.length);
        offset = record?.end ?? content.length;
        if (record === undefined) break;
        payloads.push(record.payload);
        room -= record.payload.length;
        cursors.push({ segment: file, offset });
      }
      if (payloads.length > before) continue;
      // It was sound when it was written, and has nothing any more; unless more was appended meanwhile.
      if (segment.bytes === bytes) segment.left = 0;
    }
    return { payloads, cursors };
  }

  /** The oldest alone, without reading more than that. */
  async front(): Promise<Uint8Array | undefined> {
    for (const { file, bytes } of this.#segments) {
      if (file < this.#cursor.segment) continue;
      const offset = file === this.#cursor.segment ? this.#cursor.offset : MAGIC.length;
      if (offset < bytes) return readRecord(join(this.folder, file), offset);
    }
    return undefined;
  }

  /**
   * Rejects where an append would, as far as can be known without one: STORE_FULL with less than 64 KiB left of `maxBytes` or of the disk, or
   * another StoreError where the folder cannot be written to. Leaves nothing behind.
   */
  async check(): Promise<void> {
    if (this.bytes + ROOM > this.#maxBytes)
      throw new StoreError("STORE_FULL", `${this.bytes} of ${this.#maxBytes} octets are used`);
    try {
      const { bavail, bsize } = await statfs(this.folder);
      if (bavail * bsize < ROOM) throw new StoreError("STORE_FULL", `the disk has ${bavail * bsize} octets left`);
      const probe = join(this.folder, "probe");
      await writeFile(probe, "\n", { mode: 0o600, flush: true });
      await rm(probe, { force: true });
    } catch (thrown) {
      throw diskError(thrown, `the spool ${this.folder}`);
    }
  }

  /**
   * Removes everything up to a cursor of `peek`. After a crash some of it may come again: whoever takes it must know what it has
   * had.
   */
  async remove(cursor: Cursor, count: number): Promise<void> {
    this.#cursor = cursor;
    let taken = count;
    for (const segment of this.#segments) {
      if (segment.file > cursor.segment) break;
      const of = segment.file === cursor.segment ? Math.min(taken, segment.left) : segment.left;
      segment.left -= of;
      taken -= of;
    }
    try {
      for (const segment of [...this.#segments]) {
        const done =
          segment.file < cursor.segment || (segment.file === cursor.segment && cursor.offset >= segment.bytes);
        // What is being appended goes to the active segment; it is removed when nothing is.
        if (!done || (segment === this.#active?.segment && this.#appending > 0)) break;
        if (segment === this.#active?.segment) await this.#closeActive();
        await rm(join(this.folder, segment.file), { force: true });
        this.#segments.splice(this.#segments.indexOf(segment), 1);
      }
    } catch (thrown) {
      throw diskError(thrown, `the spool ${this.folder}`);
    }
    await this.#writeCursor();
  }

  /** Finishes what is being appended. What is in the queue stays on the disk. */
  async close(): Promise<void> {
    await this.#group.close();
    await this.#closeActive();
  }

  async #load(): Promise<void> {
    const files = (await readdir(this.folder)).filter(isSegmentFile).sort();
    const last = files.at(-1);
    this.#next = last === undefined ? 1 : Number.parseInt(last, 10) + 1;
    this.#cursor = await this.#readCursor();
    // A cursor of a segment that is gone counts for none.
    this.#next = Math.max(this.#next, (Number.parseInt(this.#cursor.segment, 10) || 0) + 1);
    for (const file of files) {
      const segment = await this.#check(file);
      if (segment !== undefined) this.#segments.push(segment);
    }
    await syncFolder(this.folder);
  }

  /** Neither synced nor sure, on a full disk for one: a cursor that is too old brings back what is known already. */
  async #writeCursor(): Promise<void> {
    const temporary = join(this.folder, "cursor.new");
    try {
      await writeFile(temporary, JSON.stringify(this.#cursor), { mode: 0o600 });
      await rename(temporary, join(this.folder, "cursor"));
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  async #readCursor(): Promise<Cursor> {
    try {
      const { segment, offset } = JSON.parse(await readFile(join(this.folder, "cursor"), "utf8")) as Partial<Cursor>;
      if (typeof segment === "string" && typeof offset === "number") return { segment, offset };
    } catch {
      // None yet, or cut off: everything comes again.
    }
    return { segment: "", offset: 0 };
  }

  /**
   * Counts the records after the cursor; where there are none, the segment goes. Of what is not sound a copy is put aside, and what was being written at
   * the end is cut off.
   */
  async #check(file: string): Promise<Segment | undefined> {
    const path = join(this.folder, file);
    if (file < this.#cursor.segment) {
      await rm(path);
      return undefined;
    }
    const content = await readFile(path);
    const done = file === this.#cursor.segment ? this.#cursor.offset : 0;
    let [offset, left] = [isSegment(content) ? MAGIC.length : 0, 0];
    for (let record = nextRecord(content, offset); record !== undefined; record = nextRecord(content, offset)) {
      if (record.end > done) {
        await this.#putAside(file, content, offset, record.start);
        left += 1;
      }
      offset = record.end;
    }
    const kept = await this.#putAside(file, content, offset, content.length);
    if (left === 0) {
      if (kept) await rm(path);
      return undefined;
    }
    if (kept && offset < content.length) {
      const handle = await open(path, "r+");
      try {
        await handle.truncate(offset);
        await handle.sync();
      } finally {
        await handle.close();
      }
    }
    return { file, bytes: offset, left };
  }

  /**
   * A copy of what is not sound, under a name that says what it is: it is told of once. The segment stays as it is.
   *
   * @returns false where the disk has no room for it
   */
  async #putAside(file: string, content: Buffer, from: number, to: number): Promise<boolean> {
    if (from === to) return true;
    const damaged = content.subarray(from, to);
    const path = join(this.folder, file);
    try {
      const name = `${path}.damaged-${from}-${crc32(damaged).toString(16).padStart(8, "0")}`;
      await writeFile(name, damaged, { flag: "wx", mode: 0o600, flush: true });
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return true;
      if (diskError(thrown, "").code !== "STORE_FULL") throw thrown;
      this.#onDamage?.(path, damaged.length);
      return false;
    }
    this.#onDamage?.(path, damaged.length);
    return true;
  }

  async #commit(records: readonly Buffer[]): Promise<readonly { readonly result: undefined }[]> {
    const data = Buffer.concat(records);
    if (this.bytes + data.length > this.#maxBytes) {
      throw new StoreError("STORE_FULL", `the spool ${this.folder} has reached its ${this.#maxBytes} octets`);
    }
    try {
      if (this.#active !== undefined && this.#active.segment.bytes >= this.#segmentBytes) await this.#closeActive();
      this.#active ??= await this.#begin();
      const { segment, handle } = this.#active;
      try {
        await writeAll(handle, data, segment.bytes);
        await handle.datasync();
      } catch (thrown) {
        await this.#abandon(segment, handle);
        throw thrown;
      }
      segment.bytes += data.length;
      segment.left += records.length;
    } catch (thrown) {
      throw diskError(thrown, `the spool ${this.folder}`);
    }
    return records.map(() => ({ result: undefined }));
  }

  /** Its name is on disk before a record in it is acknowledged. */
  async #begin(): Promise<{ readonly segment: Segment; readonly handle: FileHandle }> {
    const file = `${String(this.#next).padStart(16, "0")}${SUFFIX}`;
    this.#next += 1;
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR;
    const handle = await open(join(this.folder, file), flags, 0o600);
    try {
      await writeAll(handle, MAGIC, 0);
      await syncFolder(this.folder);
    } catch (thrown) {
      await handle.close();
      await rm(join(this.folder, file), { force: true });
      throw thrown;
    }
    const segment = { file, bytes: MAGIC.length, left: 0 };
    this.#segments.push(segment);
    return { segment, handle };
  }

  /**
   * After a failed sync nobody knows what is on the disk, and a second sync that succeeds says nothing about it: the segment ends at
   * what was synced before, and the next append begins another one.
   */
  async #abandon(segment: Segment, handle: FileHandle): Promise<void> {
    this.#active = undefined;
    try {
      await handle.truncate(segment.bytes);
      await handle.sync();
    } catch {
      // The rest is read as damaged, or comes again although it was refused: then it is stored once more, and known.
    }
    await handle.close().catch(() => {});
    if (segment.bytes === MAGIC.length) {
      this.#segments.splice(this.#segments.indexOf(segment), 1);
      await rm(join(this.folder, segment.file), { force: true }).catch(() => {});
    }
  }

  async #closeActive(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    await active?.handle.close();
  }
}
