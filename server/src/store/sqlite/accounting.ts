/** Accounting records in SQLite. */

import { type AccountingRecord, judge } from "../../accounting/index.js";
import type { AccountingStore, Kept } from "../accounting-store.js";
import { type CommitOutcome, GroupCommit } from "../group-commit.js";
import { AccountingReader } from "../sql/accounting-reader.js";
import type { SqlNames } from "../sql/names.js";
import {
  accValues,
  type ContentRow,
  contentOf,
  recordValues,
  type StorableRecord,
  storable,
} from "../sql/record-row.js";
import { AccountingStatements } from "../sql/statements.js";
import { StoreError, type StoreErrorCode } from "../store-error.js";
import type { SqliteConnection } from "./connection.js";
import { SqliteExecutor } from "./executor.js";

/** Errors of one record; with any other the whole transaction has failed. */
const OWN_ERRORS: ReadonlySet<StoreErrorCode> = new Set(["STORE_INVALID", "STORE_EXISTS"]);

export class SqliteAccountingStore extends AccountingReader implements AccountingStore {
  readonly #connection: SqliteConnection;
  readonly #statements: AccountingStatements;
  readonly #group: GroupCommit<StorableRecord, Kept>;

  constructor(connection: SqliteConnection, names: SqlNames, options: { readonly maxBatch?: number | undefined }) {
    const statements = new AccountingStatements("sqlite", names);
    super(new SqliteExecutor(connection), statements);
    this.#connection = connection;
    this.#statements = statements;
    this.#group = new GroupCommit({
      maxBatch: options.maxBatch,
      commit: (records) => connection.transaction(() => records.map((record) => this.#store(record))),
    });
  }

  async record(record: AccountingRecord): Promise<Kept> {
    this.#connection.assertOpen();
    return this.#group.submit(storable(record));
  }

  /** Takes nothing more, and resolves when everything submitted has its outcome. */
  drain(): Promise<void> {
    return this.#group.close();
  }

  /** Within the transaction. */
  #store(record: StorableRecord): CommitOutcome<Kept> {
    try {
      const same = this.#connection.prepare(this.#statements.selectSame(1)).all([record.identity]) as ContentRow[];
      const [collision] = judge([record], same.map(contentOf));
      if (collision === undefined) return { result: "duplicate" };
      this.#connection.prepare(this.#statements.insertRecords(1)).run(recordValues(record, collision, "sqlite"));
      const acc = this.#statements.insertAcc(1);
      if (acc !== undefined) this.#connection.prepare(acc).run(accValues(record, this.#statements.accColumns));
      return { result: "stored" };
    } catch (thrown) {
      if (thrown instanceof StoreError && OWN_ERRORS.has(thrown.code)) return { error: thrown };
      throw thrown;
    }
  }
}
