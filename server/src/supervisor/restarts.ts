/** When a worker that has ended is started again, and when that is no use any more. Pure. */

/** Milliseconds before the first attempt, doubled with each that fails. */
const FIRST_MS = 100;
const LONGEST_MS = 30_000;
/** A worker that has served for so long begins anew. */
const SOUND_MS = 60_000;
/** Workers that ended before they served, one after the other, while nobody serves: then there is no use. */
export const MOST_FAILED_STARTS = 5;

export class Restarts {
  readonly #failures = new Map<number, number>();
  #failedStarts = 0;

  /** A worker serves. */
  ready(): void {
    this.#failedStarts = 0;
  }

  /**
   * The worker of that slot has ended without being told to.
   *
   * @param servedMs how long it has served; undefined where it never did
   * @param serving workers that serve now
   * @returns milliseconds until it is started again; undefined: give up
   */
  ended(slot: number, servedMs: number | undefined, serving: number): number | undefined {
    if (servedMs === undefined) this.#failedStarts += 1;
    if (serving === 0 && this.#failedStarts >= MOST_FAILED_STARTS) return undefined;
    const failures = servedMs !== undefined && servedMs >= SOUND_MS ? 0 : (this.#failures.get(slot) ?? 0);
    this.#failures.set(slot, failures + 1);
    return Math.min(FIRST_MS * 2 ** failures, LONGEST_MS);
  }
}
