import type { AccountingRecord } from "../accounting-record.js";

/** A place that records go to. */
export interface Sink {
  /** Letters, digits and "-": also the name of its folder in the spool. */
  readonly name: string;
  /**
   * Resolves when the record is durable there; "duplicate" when it was before. A record may come more than once: after a timeout,
   * after a crash. Rejects with a StoreError, STORE_INVALID where trying again cannot help.
   */
  write(record: AccountingRecord): Promise<"stored" | "duplicate">;
  /** Opens files anew, after somebody has moved them away. */
  reopen?(): void;
  close(): Promise<void>;
}
