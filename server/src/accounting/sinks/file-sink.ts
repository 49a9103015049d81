/**
 * A file of lines that is part of a transaction. Beside it lies a ledger, an SQLite file: which records the file has, and how
 * long the file is. A commit of the ledger says both at once, after the lines are synced; what stands in the file beyond the
 * length of the ledger was being written when the process ended, was not acknowledged, and is cut off. So a record is in the file
 * once, whatever crashes, and several processes can write to it: the ledger's lock lets one at a time.
 */

import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  type Stats,
  writeSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Kept } from "../../store/accounting-store.js";
import { type CommitOutcome, GroupCommit } from "../../store/group-commit.js";
import { SqliteConnection } from "../../store/sqlite/connection.js";
import { StoreError } from "../../store/store-error.js";
import type { AccountingRecord } from "../accounting-record.js";
import { contentHash, identityHash, judge } from "../duplicates.js";
import { diskError } from "../spool/disk.js";
import { Ledger } from "./ledger.js";
import type { LineFormat } from "./line-formats.js";
import type { Sink } from "./sink.js";

export interface FileSinkConfig {
  readonly name: string;
  readonly path: string;
  readonly format: LineFormat;
  /** Octets after which a new file begins. Default: none. */
  readonly maxBytes?: number | undefined;
  /** A new file each day, by local time. Default true. */
  readonly daily?: boolean | undefined;
  /** Days for which records are remembered. Default 30. */
  readonly rememberDays?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

interface Item {
  readonly record: AccountingRecord;
  readonly identity: string;
  readonly contentHash: string;
  readonly retransmitted: boolean;
  readonly line: Buffer;
}

interface OpenFile {
  readonly descriptor: number;
  readonly size: number;
  /** Local date of its beginning. */
  readonly day: string;
}

export class FileSink implements Sink {
  readonly name: string;
  readonly path: string;
  readonly #config: FileSinkConfig;
  readonly #connection: SqliteConnection;
  readonly #ledger: Ledger;
  readonly #group: GroupCommit<Item, Kept>;
  readonly #now: () => number;
  #descriptor: number | undefined;

  /** Throws a StoreError. */
  constructor(config: FileSinkConfig) {
    this.name = config.name;
    this.path = resolve(config.path);
    this.#config = config;
    this.#now = config.now ?? Date.now;
    const ledger = join(dirname(this.path), `.${basename(this.path)}.ledger`);
    this.#connection = new SqliteConnection({ path: ledger });
    try {
      this.#ledger = new Ledger(this.#connection);
      this.#connection.transaction(() => this.#open());
    } catch (thrown) {
      this.#connection.close();
      throw diskError(thrown, this.path);
    }
    this.#group = new GroupCommit({ commit: (items) => this.#commit(items) });
  }

  async write(record: AccountingRecord): Promise<Kept> {
    let line: Buffer;
    try {
      line = this.#config.format.line(record);
    } catch (thrown) {
      throw new StoreError("STORE_INVALID", "the record cannot be written as a line", { cause: thrown });
    }
    const { retransmitted } = record;
    return this.#group.submit({
      record,
      identity: identityHash(record),
      contentHash: contentHash(record),
      retransmitted,
      line,
    });
  }

  /** After SIGHUP: whoever rotates files has moved ours away. The next record goes to a file of the old name. */
  reopen(): void {
    this.#close();
  }

  async close(): Promise<void> {
    await this.#group.close();
    this.#close();
    this.#connection.close();
  }

  #commit(items: readonly Item[]) {
    try {
      for (;;) {
        const outcomes = this.#connection.transaction(() => this.#store(items));
        if (outcomes !== undefined) return outcomes;
        // Which file it is must be in the ledger before a line is in the file, or nobody knows what of it a crash has left.
        this.#connection.transaction(() => this.#begin(items.reduce((sum, { line }) => sum + line.length, 0)));
      }
    } catch (thrown) {
      this.#cutOff();
      throw diskError(thrown, this.path);
    }
  }

  /** Within the transaction. undefined, with nothing done, where another file has to begin first. */
  #store(items: readonly Item[]): readonly CommitOutcome<Kept>[] | undefined {
    const identities = [...new Set(items.map(({ identity }) => identity))];
    const judgements = judge(
      items,
      identities.flatMap((identity) => this.#ledger.find(identity)),
    );
    const fresh = items.flatMap((item, index) => {
      const collision = judgements[index];
      return collision === undefined ? [] : [{ ...item, collision }];
    });
    if (fresh.length > 0) {
      const lines = Buffer.concat(fresh.map(({ line }) => line));
      const file = this.#known();
      if (file === undefined || this.#isOver(file, lines.length)) return undefined;
      this.#append(file, lines);
      for (const item of fresh) this.#ledger.add(item, this.#now());
    }
    this.#ledger.forget(this.#now(), (this.#config.rememberDays ?? 30) * 86_400_000);
    return judgements.map((collision) => ({ result: collision === undefined ? "duplicate" : "stored" }));
  }

  #append({ descriptor, size, day }: OpenFile, lines: Buffer): void {
    const data = size === 0 ? Buffer.concat([Buffer.from(this.#config.format.header), lines]) : lines;
    for (let done = 0; done < data.length; ) done += writeSync(descriptor, data, done);
    fdatasyncSync(descriptor);
    const stats = fstatSync(descriptor);
    const begun = size === 0 ? localDay(this.#now()) : day;
    this.#ledger.setState({ file: fileOf(stats), size: stats.size, day: begun });
  }

  #isOver({ size, day }: OpenFile, more: number): boolean {
    const { maxBytes, daily = true } = this.#config;
    if (size === 0) return false;
    return (daily && day !== localDay(this.#now())) || (maxBytes !== undefined && size + more > maxBytes);
  }

  /** Within the transaction: the file that lines go to from now on. */
  #begin(more: number): void {
    const file = this.#open();
    if (!this.#isOver(file, more)) return;
    this.#rotate(file.day);
    this.#open();
  }

  /** The file that is open, where the ledger means the same; cut off where a crash has left more. */
  #known(): OpenFile | undefined {
    const { state } = this.#ledger;
    const descriptor = this.#descriptor;
    if (state === undefined || descriptor === undefined) return undefined;
    const stats = fstatSync(descriptor);
    if (fileOf(stats) !== state.file) return undefined;
    if (stats.size > state.size) {
      ftruncateSync(descriptor, state.size);
      fsyncSync(descriptor);
    }
    return { descriptor, size: Math.min(stats.size, state.size), day: state.day };
  }

  /** The same; opened anew where another process has rotated, or somebody has moved it away. What a file has that is new to the ledger stays. */
  #open(): OpenFile {
    if (this.#known() === undefined) {
      this.#close();
      const flags = constants.O_CREAT | constants.O_APPEND | constants.O_RDWR;
      this.#descriptor = openSync(this.path, flags, 0o640);
      syncFolder(dirname(this.path));
    }
    const known = this.#known();
    if (known !== undefined) return known;
    const descriptor = this.#descriptor as number;
    const stats = fstatSync(descriptor);
    const day = localDay(this.#now());
    this.#ledger.setState({ file: fileOf(stats), size: stats.size, day });
    return { descriptor, size: stats.size, day };
  }

  /** Half a line of a full disk: before somebody moves the file away, as far as that is possible now. */
  #cutOff(): void {
    try {
      this.#connection.transaction(() => this.#known());
    } catch {
      // The next commit tries again.
    }
  }

  /** The name is reserved first (O_EXCL), so that the rename overwrites nothing but our own empty file. */
  #rotate(day: string): void {
    this.#close();
    const exclusive = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY;
    for (let number = 1; ; number++) {
      const target = `${this.path}.${day}.${number}`;
      try {
        closeSync(openSync(target, exclusive, 0o640));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === "EEXIST") continue;
        throw thrown;
      }
      renameSync(this.path, target);
      syncFolder(dirname(this.path));
      return;
    }
  }

  #close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function fileOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

/** "2026-11-22". */
function localDay(ms: number): string {
  const date = new Date(ms);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
