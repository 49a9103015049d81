/** Accounting records out of whichever database. */
import type {
  AccountingPage,
  AccountingSessionPage,
  ReceivedPage,
  ReceivedRecords,
  ReceivedSessions,
  SessionPage,
  StoredAccountingRecord,
} from "../accounting-store.js";
import { pageLimit } from "../page.js";
import type { SqlExecutor, SqlValue } from "./executor.js";
import {
  afterValues,
  fromRow,
  placeOf,
  type ReceivedSessionRow,
  type RecordRow,
  receivedOfValues,
  receivedValues,
  type SessionRow,
  sessionKey,
  wantedRecords,
} from "./record-row.js";
import { type AccountingStatements, parts } from "./statements.js";

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
    return this.#records(statement, [afterId, ...session]);
  }

  async newest(limit?: number): Promise<readonly StoredAccountingRecord[]> {
    return (await this.#records(this.#statements.newest(pageLimit(limit)), [])).toReversed();
  }

  async byIds(ids: readonly number[]): Promise<readonly StoredAccountingRecord[]> {
    const found: StoredAccountingRecord[] = [];
    for (const part of parts(ids)) found.push(...(await this.#records(this.#statements.byIds(part.length), part)));
    return found.sort((a, b) => a.id - b.id);
  }

  async received(page: ReceivedPage = {}): Promise<ReceivedRecords> {
    const limit = pageLimit(page.limit);
    const records = await this.#received(page, limit);
    const last = records.length < limit ? undefined : records.at(-1);
    return { records, next: last && { receivedAt: last.receivedAt, id: last.id } };
  }

  #received(page: ReceivedPage, limit: number): Promise<readonly StoredAccountingRecord[]> {
    const { since, until, sessionId, after } = page;
    const { dialect } = this.#executor;
    if (sessionId !== undefined)
      return this.#records(this.#statements.receivedOf(limit, page), receivedOfValues(sessionId, page, dialect));
    if (since === undefined && until === undefined) return this.list({ afterId: after?.id, limit });
    return this.#records(this.#statements.received(limit, page), receivedValues(page, dialect));
  }

  async sessionsReceived(page: ReceivedPage): Promise<ReceivedSessions> {
    const limit = pageLimit(page.limit);
    const values = receivedValues(page, this.#executor.dialect);
    const { rows } = await this.#executor.execute(this.#statements.sessionsReceived(limit, page), values);
    const found = rows as unknown as readonly ReceivedSessionRow[];
    const last = found.length < limit ? undefined : found.at(-1);
    const sessions = found.flatMap(({ session_id }) => (session_id === null ? [] : [session_id]));
    return { sessions, next: last && placeOf(last) };
  }

  async bySession({ sessions = [], after, limit }: SessionPage = {}): Promise<AccountingSessionPage> {
    const size = pageLimit(limit);
    const statement = this.#statements.bySession(size, sessions.length);
    const { rows } = await this.#executor.execute(statement, [...afterValues(after), ...sessions]);
    const found = rows as unknown as readonly SessionRow[];
    const last = found.length < size ? undefined : found.at(-1);
    return { records: wantedRecords(found), next: last && { session: last.session_id, id: last.id } };
  }

  async #records(statement: string, values: readonly SqlValue[]): Promise<readonly StoredAccountingRecord[]> {
    const { rows } = await this.#executor.execute(statement, values);
    return (rows as unknown as readonly RecordRow[]).map(fromRow);
  }
}
