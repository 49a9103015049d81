import { StoreError } from "./store-error.js";

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 10_000;

/** The rows of one page. Throws STORE_INVALID outside 1 to 10000. */
export function pageLimit(limit: number = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new StoreError("STORE_INVALID", `a page has 1 to ${MAX_LIMIT} rows, not ${limit}`);
}
