/**
 * Which rows of a growing table are new. A row gets its id before its transaction commits, so that a higher id may be seen first: ids that are missing
 * are waited for, for a while. Most never come, for databases leave gaps.
 */

/** What is waited for, and how long: transactions take less. */
const PATIENCE_MS = 5_000;
const MAX_MISSING = 1_000;

export class Follower<Row extends { readonly id: number }> {
  #highest: number;
  /** Until when they are waited for; in the order of ids. */
  readonly #missing = new Map<number, number>();

  /** @param highest the id of the last row that is known; what is before it is not asked for */
  constructor(highest: number) {
    this.#highest = highest;
  }

  /** Ask for the rows behind this id. */
  get afterId(): number {
    for (const [id] of this.#missing) return id - 1;
    return this.#highest;
  }

  /** Those of a page that were not there before. `page`: in the order of ids; `now`: milliseconds. */
  take(page: readonly Row[], now: number): Row[] {
    const fresh = page.filter(({ id }) => this.#isNew(id, now));
    for (const [id, until] of this.#missing) if (until <= now) this.#missing.delete(id);
    return fresh;
  }

  #isNew(id: number, now: number): boolean {
    if (id <= this.#highest) return this.#missing.delete(id);
    for (let between = Math.max(this.#highest + 1, id - MAX_MISSING); between < id; between++)
      this.#missing.set(between, now + PATIENCE_MS);
    for (const [oldest] of this.#missing) {
      if (this.#missing.size <= MAX_MISSING) break;
      this.#missing.delete(oldest);
    }
    this.#highest = id;
    return true;
  }
}
