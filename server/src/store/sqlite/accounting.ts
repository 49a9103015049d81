/** Accounting records in SQLite. */

import { type AccountingRecord, judge } from "../../accounting/index.js";
import type {
  AccountingPage,
  AccountingSessionPage,
  AccountingStore,
  Kept,
  SessionPage,
  StoredAccountingRecord,
} from "../accounting-store.js";
import { type CommitOutcome, GroupCommit } from "../group-commit.js";
import { pageLimit } from "../page.js";
import type { SqlNames } from "../sql/names.js";
import {
  accValues,
  afterValues,
  type ContentRow,
  contentOf,
  fromRow,
  type RecordRow,
  recordValues,
  type SessionRow,
  type StorableRecord,
  sessionKey,
  sessionPage,
  storable,
} from "../sql/record-row.js";
import { AccountingStatements } from "../sql/statements.js";
import { StoreError, type StoreErrorCode } from "../store-error.js";
import type { SqliteConnection } from "./connection.js";

/** Errors of one record; with any other the whole transaction has failed. */
const OWN_ERRORS: ReadonlySet<StoreErrorCode> = new Set(["STORE_INVALID", "STORE_EXISTS"]);

export class SqliteAccountingStore implements AccountingStore {
  readonly #connection: SqliteConnection;
  readonly #statements: AccountingStatements;
  readonly #group: GroupCommit<StorableRecord, Kept>;

  constructor(connection: SqliteConnection, names: SqlNames, options: { readonly maxBatch?: number | undefined }) {
    this.#connection = connection;
    this.#statements = new AccountingStatements("sqlite", names);
    this.#group = new GroupCommit({
      maxBatch: options.maxBatch,
      commit: (records) => connection.transaction(() => records.map((record) => this.#store(record))),
    });
  }

  async record(record: AccountingRecord): Promise<Kept> {
    this.#connection.assertOpen();
    return this.#group.submit(storable(record));
  }

  async list(page: AccountingPage = {}): Promise<readonly StoredAccountingRecord[]> {
    const { sessionId, afterId = 0 } = page;
    const statement = this.#connection.prepare(this.#statements.list(pageLimit(page.limit), sessionId !== undefined));
    const session = sessionId === undefined ? [] : [sessionKey(sessionId)];
    return (statement.all([afterId, ...session]) as RecordRow[]).map(fromRow);
  }

  async bySession({ after, limit }: SessionPage = {}): Promise<AccountingSessionPage> {
    const size = pageLimit(limit);
    const statement = this.#connection.prepare(this.#statements.bySession(size));
    return sessionPage(statement.all(afterValues(after)) as SessionRow[], size);
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
