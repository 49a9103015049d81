/** One record that the database will not have does not keep the others out, nor does it turn one commit into hundreds. */

import type { CommitOutcome } from "./group-commit.js";
import { StoreError, type StoreErrorCode, toStoreError } from "./store-error.js";

/** What may lie in one record of a transaction: the database is there, has answered, and did not like something. */
const OWN_ERRORS: ReadonlySet<StoreErrorCode> = new Set(["STORE_INVALID", "STORE_EXISTS", "STORE_FAILED"]);

/**
 * Stores all items in one transaction; where that fails for what may be one item's fault, in two, and so on: one bad item among 512 costs some
 * ten transactions more.
 *
 * @param store a transaction: when it rejects, nothing of it is stored
 */
export async function isolating<Item, Result>(
  items: readonly Item[],
  store: (items: readonly Item[]) => readonly Result[] | Promise<readonly Result[]>,
): Promise<readonly CommitOutcome<Result>[]> {
  try {
    return (await store(items)).map((result) => ({ result }));
  } catch (thrown) {
    if (!(thrown instanceof StoreError) || !OWN_ERRORS.has(thrown.code)) throw thrown;
    if (items.length === 1) return [{ error: thrown }];
  }
  const half = items.length >> 1;
  const first = await isolating(items.slice(0, half), store);
  try {
    return [...first, ...(await isolating(items.slice(half), store))];
  } catch (thrown) {
    // The first half is stored: its items have their outcomes, whatever becomes of the others.
    const error = toStoreError(thrown, "storing records");
    return [...first, ...items.slice(half).map(() => ({ error }))];
  }
}
