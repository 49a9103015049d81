/**
 * Many lookups, few statements. Each way to a database and back costs far more than one row more; so what is asked for while the event loop turns
 * once, or while enough statements are under way, is asked for together.
 */

import { isolating } from "./isolate.js";
import { StoreError } from "./store-error.js";

export interface GroupLookupOptions<Key, Found> {
  /** Finds all of them in one statement: a result for each key, in their order. Where it rejects for what may be one key's fault, that one is sought out. */
  readonly lookUp: (keys: readonly Key[]) => Promise<readonly (Found | undefined)[]>;
  /** Keys of one statement. Default 64. */
  readonly maxBatch?: number | undefined;
  /** Statements under way. Default 4, so that one that is slow does not hold up all. */
  readonly maxRunning?: number | undefined;
  /** Keys that wait for a statement; further ones are rejected with STORE_BUSY. Default 50000. */
  readonly maxWaiting?: number | undefined;
}

interface Waiting<Key, Found> {
  readonly key: Key;
  readonly resolve: (found: Found | undefined) => void;
  readonly reject: (error: unknown) => void;
}

export class GroupLookup<Key, Found> {
  readonly #lookUp: GroupLookupOptions<Key, Found>["lookUp"];
  readonly #maxBatch: number;
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  #waiting: Waiting<Key, Found>[] = [];
  #running = 0;
  #isScheduled = false;

  constructor(options: GroupLookupOptions<Key, Found>) {
    this.#lookUp = options.lookUp;
    this.#maxBatch = options.maxBatch ?? 64;
    this.#maxRunning = options.maxRunning ?? 4;
    this.#maxWaiting = options.maxWaiting ?? 50_000;
  }

  /** Rejects as `lookUp` does, or with STORE_BUSY. */
  find(key: Key): Promise<Found | undefined> {
    if (this.#waiting.length >= this.#maxWaiting)
      return Promise.reject(new StoreError("STORE_BUSY", `${this.#waiting.length} lookups are waiting already`));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, resolve, reject });
      this.#schedule();
    });
  }

  /** Lets the poll phase deliver all that the sockets have first. */
  #schedule(): void {
    if (this.#isScheduled || this.#running >= this.#maxRunning) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      while (this.#waiting.length > 0 && this.#running < this.#maxRunning) {
        const batch = this.#waiting.slice(0, this.#maxBatch);
        this.#waiting = this.#waiting.slice(batch.length);
        this.#running += 1;
        void this.#run(batch).finally(() => {
          this.#running -= 1;
          if (this.#waiting.length > 0) this.#schedule();
        });
      }
    });
  }

  async #run(batch: readonly Waiting<Key, Found>[]): Promise<void> {
    try {
      const outcomes = await isolating(batch, (part) => this.#lookUp(part.map(({ key }) => key)));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome !== undefined && "error" in outcome) reject(outcome.error);
        else resolve(outcome?.result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
