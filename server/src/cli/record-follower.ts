/**
 * Which rows of a growing table are new. A row gets its id before its transaction commits, so that a higher id may be seen first: ids that are missing
 * are asked for again, for a while. Most never come, for databases leave gaps. (SQLite has one transaction at a time: there, no row is late.)
 */

/**
 * What is waited for, and how long. A transaction of the server has a few statements with a deadline each (`statementTimeoutMs`, 5 s), and in the end a
 * commit, which a standby may hold up.
 */
const PATIENCE_MS = 60_000;
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
  get highest(): number {
    return this.#highest;
  }

  /** Ask for these too. `now`: milliseconds. */
  missing(now: number): readonly number[] {
    for (const [id, until] of this.#missing) if (until <= now) this.#missing.delete(id);
    return [...this.#missing.keys()];
  }

  /** Those of some rows that were not there before. `rows`: in the order of ids; `now`: milliseconds. */
  take(rows: readonly Row[], now: number): Row[] {
    return rows.filter(({ id }) => this.#isNew(id, now));
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
