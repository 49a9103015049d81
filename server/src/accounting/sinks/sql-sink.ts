import type { AccountingStore } from "../../store/accounting-store.js";
import type { AccountingRecord } from "../accounting-record.js";
import type { Sink } from "./sink.js";

/** The database. It belongs to whoever opened it. */
export class SqlSink implements Sink {
  readonly name = "sql";
  readonly #store: AccountingStore;

  constructor(store: AccountingStore) {
    this.#store = store;
  }

  write(record: AccountingRecord): Promise<"stored" | "duplicate"> {
    return this.#store.record(record);
  }

  async close(): Promise<void> {}
}
