/** Accounting records in SQLite. */

import { type Kysely, sql } from "kysely";
import { type AccountingRecord, isDuplicate } from "../../accounting/index.js";
import type { AccountingPage, AccountingStore, StoredAccountingRecord } from "../accounting-store.js";
import { type CommitOutcome, GroupCommit } from "../group-commit.js";
import type { Schema } from "../schema.js";
import { StoreError, type StoreErrorCode, toStoreError } from "../store-error.js";
import { type AccRow, fromRow, toRow } from "./acc-row.js";
import type { SqliteConnection } from "./connection.js";
import { pageLimit } from "./page.js";

/** Errors of one record; with any other the whole transaction has failed. */
const OWN_ERRORS: ReadonlySet<StoreErrorCode> = new Set(["STORE_INVALID", "STORE_EXISTS"]);

type Outcome = CommitOutcome<"stored" | "duplicate">;

export class SqliteAccountingStore implements AccountingStore {
  readonly #connection: SqliteConnection;
  readonly #kysely: Kysely<Schema>;
  readonly #group: GroupCommit<AccRow, "stored" | "duplicate">;
  #insert: string | undefined;
  readonly #findSame: string;

  constructor(
    connection: SqliteConnection,
    kysely: Kysely<Schema>,
    options: { readonly maxBatch?: number | undefined },
  ) {
    this.#connection = connection;
    this.#kysely = kysely;
    this.#group = new GroupCommit({
      maxBatch: options.maxBatch,
      commit: (rows) => connection.transaction(() => rows.map((row) => this.#store(row))),
    });
    this.#findSame = kysely
      .selectFrom("acc")
      .select(["retransmitted", "content_hash", "collision"])
      .where("session_id", "=", "")
      .where("sub_session_id", "=", "")
      .where("record_number", "=", 0)
      .where("record_type", "=", 0)
      // The index is for rows with a Session-Id only, and SQLite must see that these have one.
      .where(sql<boolean>`session_id <> ''`)
      .compile().sql;
  }

  async record(record: AccountingRecord): Promise<"stored" | "duplicate"> {
    this.#connection.assertOpen();
    if (record.sessionId === "") throw new StoreError("STORE_INVALID", "an accounting record without Session-Id");
    return this.#group.submit(toRow(record));
  }

  async list(page: AccountingPage = {}): Promise<readonly StoredAccountingRecord[]> {
    this.#connection.assertOpen();
    let query = this.#kysely
      .selectFrom("acc")
      .selectAll()
      .where("session_id", "<>", "")
      .where("id", ">", page.afterId ?? 0)
      .orderBy("id")
      .limit(pageLimit(page.limit));
    if (page.sessionId !== undefined) query = query.where("session_id", "=", page.sessionId);
    try {
      return (await query.execute()).map(fromRow);
    } catch (thrown) {
      throw toStoreError(thrown, "accounting");
    }
  }

  /** Takes nothing more, and resolves when everything submitted has its outcome. */
  drain(): Promise<void> {
    return this.#group.close();
  }

  /** Within the transaction. */
  #store(row: AccRow): Outcome {
    try {
      if (this.#insertRow(row)) return { result: "stored" };
      const same = this.#rowsLike(row);
      const incoming = { retransmitted: row.retransmitted === 1, contentHash: row.content_hash };
      if (isDuplicate(incoming, same)) return { result: "duplicate" };
      this.#insertRow({ ...row, collision: same.length });
      return { result: "stored" };
    } catch (thrown) {
      if (thrown instanceof StoreError && OWN_ERRORS.has(thrown.code)) return { error: thrown };
      throw thrown;
    }
  }

  /** @returns false where a row with the same identification and collision is there */
  #insertRow(row: AccRow): boolean {
    this.#insert ??= this.#kysely
      .insertInto("acc")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .compile().sql;
    return Number(this.#connection.prepare(this.#insert).run(Object.values(row)).changes) > 0;
  }

  #rowsLike(row: AccRow): { readonly retransmitted: boolean; readonly contentHash: string }[] {
    const rows = this.#connection
      .prepare(this.#findSame)
      .all([row.session_id, row.sub_session_id, row.record_number, row.record_type]) as {
      readonly retransmitted: number;
      readonly content_hash: string;
    }[];
    return rows.map(({ retransmitted, content_hash }) => ({
      retransmitted: retransmitted === 1,
      contentHash: content_hash,
    }));
  }
}
