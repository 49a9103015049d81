/** Accounting records out of whichever database. */
import type {
  AccountingPage,
  AccountingSessionPage,
  ReceivedPage,
  ReceivedRecords,
  SessionPage,
  StoredAccountingRecord,
} from "../accounting-store.js";
import { pageLimit } from "../page.js";
import type { SqlExecutor } from "./executor.js";
import {
  afterValues,
  fromRow,
  type RecordRow,
  receivedValues,
  type SessionRow,
  sessionKey,
  type WantedRow,
  wantedRecords,
} from "./record-row.js";
import type { AccountingStatements } from "./statements.js";

export class AccountingReader {
  readonly #executor: SqlExecutor;
  readonly #statements: AccountingStatements;

  constructor(executor: SqlExecutor, statements: AccountingStatements) {
    this.#executor = executor;
    this.#statements = statements;
  }

  async list(page: AccountingPage = {}): Promise<readonly StoredAccountingRecord[]> {
    const { sessionId, afterId = 0 } = page;
    const session = sessionId === undefined ? [] : [sessionKey(sessionId)];
    const statement = this.#statements.list(pageLimit(page.limit), sessionId !== undefined);
    const { rows } = await this.#executor.execute(statement, [afterId, ...session]);
    return (rows as unknown as readonly RecordRow[]).map(fromRow);
  }

  async newest(limit?: number): Promise<readonly StoredAccountingRecord[]> {
    const { rows } = await this.#executor.execute(this.#statements.newest(pageLimit(limit)), []);
    return (rows as unknown as readonly RecordRow[]).map(fromRow).reverse();
  }

  async received(page: ReceivedPage = {}): Promise<ReceivedRecords> {
    const size = pageLimit(page.limit);
    const values = receivedValues(page, this.#executor.dialect);
    const { rows } = await this.#executor.execute(this.#statements.received(size, page), values);
    const last = rows.length < size ? undefined : rows.at(-1);
    return { records: wantedRecords(rows as unknown as readonly WantedRow[]), next: last && Number(last.id) };
  }

  async bySession({ after, limit }: SessionPage = {}): Promise<AccountingSessionPage> {
    const size = pageLimit(limit);
    const { rows } = await this.#executor.execute(this.#statements.bySession(size), afterValues(after));
    const found = rows as unknown as readonly SessionRow[];
    const last = found.length < size ? undefined : found.at(-1);
    return { records: wantedRecords(found), next: last && { session: last.session_id, id: last.id } };
  }
}
