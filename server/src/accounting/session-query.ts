/** The sessions of a database, one after the other: no more than one is held in memory. */

import type { AccountingSessionPage, AccountingStore, StoredAccountingRecord } from "../store/accounting-store.js";
import { AccountingRecordType } from "./accounting-record.js";
import { type AccountingSession, SessionRecords, type SessionSupervision } from "./sessions.js";

export interface SessionQuery extends SessionSupervision {
  /** Of this Session-Id alone. */
  readonly sessionId?: string | undefined;
}

/**
 * All sessions that were accounted for by START, INTERIM and STOP, by Session-Id; what is accounted for by EVENT is over at once, and left out.
 * Reads every record once: page by page, so that no statement takes long. Throws a StoreError.
 */
export async function* accountingSessions(
  store: Pick<AccountingStore, "list" | "bySession">,
  query: SessionQuery,
): AsyncGenerator<AccountingSession, void> {
  let current: SessionRecords | undefined;
  for await (const record of query.sessionId === undefined ? all(store) : ofOne(store, query.sessionId)) {
    if (record.recordType === AccountingRecordType.EVENT_RECORD) continue;
    if (current?.sessionId !== record.sessionId) {
      if (current !== undefined) yield* current.sessions(query);
      current = new SessionRecords(record.sessionId);
    }
    current.add(record);
  }
  if (current !== undefined) yield* current.sessions(query);
}

async function* all(store: Pick<AccountingStore, "bySession">): AsyncGenerator<StoredAccountingRecord, void> {
  for (let after: AccountingSessionPage["next"]; ; ) {
    const page = await store.bySession({ after });
    yield* page.records;
    if (page.next === undefined) return;
    after = page.next;
  }
}

async function* ofOne(
  store: Pick<AccountingStore, "list">,
  sessionId: string,
): AsyncGenerator<StoredAccountingRecord, void> {
  for (let afterId = 0; ; ) {
    const page = await store.list({ sessionId, afterId });
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    afterId = last.id;
  }
}
