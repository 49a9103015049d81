/** Several processes, one folder: each takes a slot of its own, and what a process that is gone has left. */

import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { SqliteConnection } from "../../store/sqlite/connection.js";
import { StoreError } from "../../store/store-error.js";
import { diskError } from "./disk.js";
import { isSegmentFile, SpoolQueue, type SpoolQueueOptions } from "./spool-queue.js";

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

/** A slot that is ours: nobody else reads or writes it until the lock is released. */
interface Held {
  readonly slot: string;
  readonly queue: SpoolQueue;
  readonly lock: SlotLock;
}

/** The queues of one sink that belong to this process. */
export class SpoolFolder {
  readonly #options: SpoolQueueOptions;
  readonly #own: Held;
  readonly #left: Held[] = [];

  private constructor(options: SpoolQueueOptions, own: Held) {
    this.#options = options;
    this.#own = own;
  }

  /** Takes a slot of our own, and what is left in slots that are nobody's. Rejects with a StoreError. */
  static async open(options: SpoolQueueOptions): Promise<SpoolFolder> {
    const { folder } = options;
    let opened: SpoolFolder | undefined;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (let slot = 0; slot < MAX_SLOTS && opened === undefined; slot++) {
        const own = await take(options, String(slot));
        if (own !== undefined) opened = new SpoolFolder(options, own);
      }
      if (opened === undefined) throw new StoreError("STORE_BUSY", `all ${MAX_SLOTS} slots of ${folder} are taken`);
      await opened.adopt();
      return opened;
    } catch (thrown) {
      await opened?.close();
      throw diskError(thrown, `the spool ${folder}`);
    }
  }

  /** Ours, to append to. */
  get own(): SpoolQueue {
    return this.#own.queue;
  }

  /** What others have left, to be replayed before ours. */
  get left(): readonly SpoolQueue[] {
    return this.#left.map(({ queue }) => queue);
  }

  /**
   * Takes slots with records whose processes have ended: they may not come back, or not soon. Resolves with the number of those records.
   * Rejects with a StoreError; what was taken before is ours then, too.
   */
  async adopt(): Promise<number> {
    const { folder } = this.#options;
    let records = 0;
    try {
      const present = (await readdir(folder)).filter((name) => /^\d+$/.test(name));
      const ours = new Set([this.#own, ...this.#left].map(({ slot }) => slot));
      for (const slot of present) {
        // Looking costs less than a lock; that of a process that lives would be refused.
        if (ours.has(slot) || !(await hasSegments(join(folder, slot)))) continue;
        const held = await take(this.#options, slot);
        if (held === undefined) continue;
        if (held.queue.records === 0) await release(held);
        else {
          this.#left.push(held);
          records += held.queue.records;
        }
      }
      return records;
    } catch (thrown) {
      throw diskError(thrown, `the spool ${folder}`);
    }
  }

  /** Gives up what others have left and is empty now: the slots are anybody's again. */
  async giveUp(): Promise<void> {
    for (const held of [...this.#left]) {
      if (held.queue.records > 0) continue;
      this.#left.splice(this.#left.indexOf(held), 1);
      await release(held);
    }
  }

  async close(): Promise<void> {
    for (const held of [this.#own, ...this.#left]) await release(held);
  }
}

/** Undefined where another process has it. Rejects with a StoreError or the system's error. */
async function take(options: SpoolQueueOptions, slot: string): Promise<Held | undefined> {
  const folder = join(options.folder, slot);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = SlotLock.take(folder);
  if (lock === undefined) return undefined;
  try {
    return { slot, lock, queue: await SpoolQueue.open({ ...options, folder }) };
  } catch (thrown) {
    lock.release();
    throw thrown;
  }
}

async function release({ queue, lock }: Held): Promise<void> {
  try {
    await queue.close();
  } finally {
    lock.release();
  }
}

async function hasSegments(folder: string): Promise<boolean> {
  return (await readdir(folder)).some(isSegmentFile);
}
