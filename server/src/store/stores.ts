/** What the server needs of a database, whichever it is. SQLite is the embedded one: see sqlite/. */

import type { AccountingStore } from "./accounting-store.js";
import type { SubscriberStore } from "./subscriber-store.js";

export interface Stores {
  readonly subscribers: SubscriberStore;
  readonly accounting: AccountingStore;
  /** Finishes what is waiting to be stored, then closes. Calls after it reject with STORE_CLOSED. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
