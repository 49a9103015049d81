/**
 * Many callers, few commits. A commit waits for the disk, which takes as long for one record as for hundreds; so what
 * arrives while the event loop turns once, or while a commit is under way, shares the next one.
 */

import { StoreError, toStoreError } from "./store-error.js";

/** What became of one item of a commit that succeeded as a whole. */
export type CommitOutcome<Result> = { readonly result: Result } | { readonly error: StoreError };

export interface GroupCommitOptions<Item, Result> {
  /**
   * Stores all items durably, in order, and gives one outcome for each. Throwing (or rejecting) means that nothing
   * of any item was stored.
   */
  readonly commit: (
    items: readonly Item[],
  ) => readonly CommitOutcome<Result>[] | Promise<readonly CommitOutcome<Result>[]>;
  /** Items in one commit: bounds how long a synchronous database holds up the event loop. Default 512. */
  readonly maxBatch?: number | undefined;
  /** Items waiting; further ones are rejected with STORE_BUSY. Default 50000. */
  readonly maxPending?: number | undefined;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: StoreError) => void;
}

export class GroupCommit<Item, Result> {
  readonly #commit: GroupCommitOptions<Item, Result>["commit"];
  readonly #maxBatch: number;
  readonly #maxPending: number;
  #waiting: Waiting<Item, Result>[] = [];
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(options: GroupCommitOptions<Item, Result>) {
    this.#commit = options.commit;
    this.#maxBatch = options.maxBatch ?? 512;
    this.#maxPending = options.maxPending ?? 50_000;
  }

  /** Resolves after the commit that holds the item. */
  submit(item: Item): Promise<Result> {
    if (this.#closed) return Promise.reject(new StoreError("STORE_CLOSED", "the store is closed"));
    if (this.#waiting.length >= this.#maxPending) {
      return Promise.reject(new StoreError("STORE_BUSY", `${this.#waiting.length} records are waiting already`));
    }
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Takes nothing more; resolves when everything submitted has its outcome. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      // Let the poll phase deliver all that the sockets have before the disk is asked; between two batches,
      // let the event loop serve everybody else.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const batch = this.#waiting.slice(0, this.#maxBatch);
      this.#waiting = this.#waiting.slice(batch.length);
      await this.#store(batch);
    }
    // No await between the test of the loop and here, so that no submission falls in between.
    this.#running = undefined;
  }

  async #store(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const outcomes = await this.#commit(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined) reject(new StoreError("STORE_FAILED", "the commit gave no outcome for this record"));
        else if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.result);
      }
    } catch (thrown) {
      const error = toStoreError(thrown, "storing records");
      for (const { reject } of batch) reject(error);
    }
  }
}
