/** Several processes, one folder: each takes a slot of its own, and what a process that is gone has left. */

import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { SqliteConnection } from "../../store/sqlite/connection.js";
import { StoreError } from "../../store/store-error.js";
import { diskError } from "./disk.js";
import { SpoolQueue, type SpoolQueueOptions } from "./spool-queue.js";

/** A lock that the kernel takes back when its holder ends, however that ends: SQLite's on a file of its own. */
class SlotLock {
  readonly #connection: SqliteConnection;

  private constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  /** undefined where another process has it. */
  static take(folder: string): SlotLock | undefined {
    const connection = new SqliteConnection({ path: join(folder, "lock.db"), busyTimeoutMs: 0 });
    try {
      connection.exec("BEGIN EXCLUSIVE");
      return new SlotLock(connection);
    } catch (thrown) {
      connection.close();
      if (thrown instanceof StoreError && thrown.code === "STORE_BUSY") return undefined;
      throw thrown;
    }
  }

  release(): void {
    this.#connection.exec("ROLLBACK");
    this.#connection.close();
  }
}

const MAX_SLOTS = 256;

/** The queues of one sink that belong to this process. */
export class SpoolFolder {
  /** Ours, to append to. */
  readonly own: SpoolQueue;
  /** What others have left, to be replayed before ours. */
  readonly left: readonly SpoolQueue[];
  readonly #locks: readonly SlotLock[];

  private constructor(own: SpoolQueue, left: readonly SpoolQueue[], locks: readonly SlotLock[]) {
    this.own = own;
    this.left = left;
    this.#locks = locks;
  }

  /** Rejects with a StoreError. */
  static async open(options: SpoolQueueOptions): Promise<SpoolFolder> {
    const { folder } = options;
    const locks: SlotLock[] = [];
    const open: SpoolQueue[] = [];
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const present = new Set((await readdir(folder)).filter((name) => /^\d+$/.test(name)));
      let own: SpoolQueue | undefined;
      for (let slot = 0; slot < MAX_SLOTS; slot++) {
        if (own !== undefined && !present.has(String(slot))) continue;
        const path = join(folder, String(slot));
        await mkdir(path, { recursive: true, mode: 0o700 });
        const lock = SlotLock.take(path);
        if (lock === undefined) continue;
        const queue = await SpoolQueue.open({ ...options, folder: path });
        if (own === undefined) own = queue;
        else if (queue.records === 0) {
          await queue.close();
          lock.release();
          continue;
        } else open.push(queue);
        locks.push(lock);
      }
      if (own === undefined) throw new StoreError("STORE_BUSY", `all ${MAX_SLOTS} slots of ${folder} are taken`);
      return new SpoolFolder(own, open, locks);
    } catch (thrown) {
      for (const lock of locks) lock.release();
      throw diskError(thrown, `the spool ${folder}`);
    }
  }

  async close(): Promise<void> {
    for (const queue of [this.own, ...this.left]) await queue.close();
    for (const lock of this.#locks) lock.release();
  }
}
