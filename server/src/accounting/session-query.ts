/** The sessions of a database, one after the other: no more than one is held in memory. */

import type {
  AccountingSessionPage,
  AccountingStore,
  ReceivedCursor,
  ReceivedPage,
  StoredAccountingRecord,
} from "../store/accounting-store.js";
import { AccountingRecordType } from "./accounting-record.js";
import { type AccountingSession, SessionRecords, type SessionSupervision } from "./sessions.js";

export interface SessionQuery extends SessionSupervision {
  /** Of this Session-Id alone. */
  readonly sessionId?: string | undefined;
  /** Those with a record that was received then or later; all of their records count. */
  readonly since?: Date | undefined;
  /** Those with a record that was received before. */
  readonly until?: Date | undefined;
}

type Store = Pick<AccountingStore, "list" | "newest" | "bySession" | "sessionsReceived">;

/** Rows of which no more than a place is read, in one page; sessions whose records are read in one. */
const PLACES = 10_000;
const SESSIONS = 128;
/** Sessions that are known to have been seen: more would be no mistake, but read again. */
const MAX_SEEN = 50_000;

/**
 * All sessions that were accounted for by START, INTERIM and STOP; what is accounted for by EVENT is over at once, and left out. By Session-Id; with
 * `since` or `until`, in the order in which their first record of that time was received.
 *
 * Reads every record once, or with `since` or `until` those of that time and what else their sessions have: page by page, so that no statement takes
 * long. Throws a StoreError.
 */
export async function* accountingSessions(store: Store, query: SessionQuery): AsyncGenerator<AccountingSession, void> {
  const { sessionId, since, until } = query;
  const isWanted = ({ receivedAt }: StoredAccountingRecord) =>
    (since === undefined || receivedAt >= since) && (until === undefined || receivedAt < until);
  const groups =
    sessionId !== undefined
      ? grouped(ofOne(store, sessionId), isWanted)
      : since !== undefined || until !== undefined
        ? ofTime(store, { since, until }, isWanted)
        : grouped(bySession(store), isWanted);
  for await (const { session, first } of groups) if (first !== undefined) yield* session.sessions(query);
}

interface Group {
  readonly session: SessionRecords;
  /** The first of its records that are wanted, in the order of receipt. */
  readonly first: ReceivedCursor | undefined;
}

type Begun = Group & { readonly first: ReceivedCursor };

/** @param records those of a session together */
async function* grouped(
  records: AsyncIterable<StoredAccountingRecord>,
  isWanted: (record: StoredAccountingRecord) => boolean,
): AsyncGenerator<Group, void> {
  let session: SessionRecords | undefined;
  let first: ReceivedCursor | undefined;
  for await (const record of records) {
    if (record.recordType === AccountingRecordType.EVENT_RECORD) continue;
    if (session?.sessionId !== record.sessionId) {
      if (session !== undefined) yield { session, first };
      session = new SessionRecords(record.sessionId);
      first = undefined;
    }
    session.add(record);
    if (isWanted(record) && (first === undefined || isBehind(first, record))) first = record;
  }
  if (session !== undefined) yield { session, first };
}

/**
 * Each session comes where its first record of the time does, and only there: what has come need not be remembered. That some are is for those with
 * many records.
 */
async function* ofTime(
  store: Store,
  time: Pick<ReceivedPage, "since" | "until">,
  isOfTime: (record: StoredAccountingRecord) => boolean,
): AsyncGenerator<Group, void> {
  // What is stored meanwhile may have been received before: it must not make a session look as if it had come.
  const lastId = (await store.newest(1)).at(-1)?.id ?? 0;
  const isWanted = (record: StoredAccountingRecord) => record.id <= lastId && isOfTime(record);
  const seen = new Set<string>();
  for (let after: ReceivedCursor | undefined; ; ) {
    const page = await store.sessionsReceived({ ...time, after, limit: PLACES });
    const fresh = [...new Set(page.sessions)].filter((session) => !seen.has(session));
    for (let start = 0; start < fresh.length; start += SESSIONS) {
      const sessions = fresh.slice(start, start + SESSIONS);
      const groups: Begun[] = [];
      for await (const { session, first } of grouped(bySession(store, sessions), isWanted))
        if (first !== undefined && (after === undefined || isBehind(first, after))) groups.push({ session, first });
      yield* groups.sort((a, b) => (isBehind(a.first, b.first) ? 1 : -1));
    }
    if (page.next === undefined) return;
    for (const session of fresh) seen.add(session);
    for (const session of seen) {
      if (seen.size <= MAX_SEEN) break;
      seen.delete(session);
    }
    after = page.next;
  }
}

/** `place` is behind `before`, in the order of receipt. */
function isBehind(place: ReceivedCursor, before: ReceivedCursor): boolean {
  const ms = place.receivedAt.getTime() - before.receivedAt.getTime();
  return ms > 0 || (ms === 0 && place.id > before.id);
}

async function* bySession(
  store: Pick<AccountingStore, "bySession">,
  sessions?: readonly string[],
): AsyncGenerator<StoredAccountingRecord, void> {
  for (let after: AccountingSessionPage["next"]; ; ) {
    const page = await store.bySession({ sessions, after });
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
