/** Accounting records in SQLite. */

import { type AccountingRecord, judge } from "../../accounting/index.js";
import type { AccountingStore, Kept } from "../accounting-store.js";
import { GroupCommit } from "../group-commit.js";
import { isolating } from "../isolate.js";
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
import type { SqliteConnection } from "./connection.js";
import { SqliteExecutor } from "./executor.js";

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
      commit: (records) =>
        isolating(records, (part) => connection.transaction(() => part.map((record) => this.#store(record)))),
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
  #store(record: StorableRecord): Kept {
    const same = this.#connection.prepare(this.#statements.selectSame(1)).all([record.identity]) as ContentRow[];
    const [collision] = judge([record], same.map(contentOf));
    if (collision === undefined) return "duplicate";
    this.#connection.prepare(this.#statements.insertRecords(1)).run(recordValues(record, collision, "sqlite"));
    const acc = this.#statements.insertAcc(1);
    if (acc !== undefined) this.#connection.prepare(acc).run(accValues(record, this.#statements.accColumns));
    return "stored";
  }
}
