/** What we say of a clause. Each section's file holds one judgement for each of its clauses, written by hand. */

export type Status = "met" | "partly" | "not applicable" | "open";

export interface Judgement {
  /** As in `Clause`, such as `6733-5.3-4`. */
  readonly id: string;
  /** The hash of the clause that was judged. */
  readonly hash: string;
  readonly status: Status;
  /** What we do, what is missing, or why it does not concern us. */
  readonly how: string;
  /** `file > title` or `file > describe > title`, below `test/`. */
  readonly tests: readonly string[];
}

/** We do so, and the tests named would fail if we did not. */
export function met(id: string, hash: string, how: string, ...tests: readonly string[]): Judgement {
  return { id, hash, status: "met", how, tests };
}

/** A part is done, and tested; `how` says what is not, and why. */
export function partly(id: string, hash: string, how: string, ...tests: readonly string[]): Judgement {
  return { id, hash, status: "partly", how, tests };
}

/** It does not concern an implementation such as ours; `reason` says why. Tests may show that we are not such a one. */
export function notApplicable(id: string, hash: string, reason: string, ...tests: readonly string[]): Judgement {
  return { id, hash, status: "not applicable", how: reason, tests };
}

/** We do not do so yet; `how` says what is there instead, or what it waits for. */
export function open(id: string, hash: string, how: string): Judgement {
  return { id, hash, status: "open", how, tests: [] };
}

/** The tests of one file, by their titles: `const wire = testsIn("runtime/peer/wire.test.ts"); met(..., ...wire("a", "b"))`. */
export function testsIn(file: string): (...titles: readonly string[]) => string[] {
  return (...titles) => titles.map((title) => `${file} > ${title}`);
}
