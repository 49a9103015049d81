/** What the server needs of a database, whichever it is. */

import type { AccountingStore } from "./accounting-store.js";
import type { PoolHealth } from "./pool-health.js";
import type { RegistrationStore } from "./registration-store.js";
import type { SubscriberStore } from "./subscriber-store.js";

export interface Stores {
  readonly subscribers: SubscriberStore;
  readonly accounting: AccountingStore;
  /** Of a database behind connections; undefined for the embedded one. */
  readonly pool: PoolHealth | undefined;
  readonly registrations: RegistrationStore;
  /**
   * Makes our tables, and those of OpenSIPS, where they are missing, and adds to ours what an older diamgen did not make; OpenSIPS's are never
   * altered. Several processes may do so at once.
   * Rejects with STORE_SCHEMA where a newer diamgen made ours.
   */
  prepare(): Promise<void>;
  /** Finishes what is waiting to be stored, then closes. Calls after it reject with STORE_CLOSED. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
