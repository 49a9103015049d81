/** Where accounting records go, seen from outside. */

import type { AccountingRecord } from "../accounting/index.js";

export interface StoredAccountingRecord extends AccountingRecord {
  readonly id: number;
  /**
   * 0; or 1, 2, ... for records that came under an identification in use, with other content, which a conforming
   * client does not send: see accounting/duplicates.ts. Billing should look at these.
   */
  readonly collision: number;
}

export interface AccountingPage {
  readonly sessionId?: string | undefined;
  /** Rows with a greater id: pass the last id of the page before. Default 0. */
  readonly afterId?: number | undefined;
  /** 1 to 10000, default 1000. */
  readonly limit?: number | undefined;
}

/** A place between two records in the order of receipt. */
export interface ReceivedCursor {
  readonly receivedAt: Date;
  readonly id: number;
}

export interface ReceivedPage {
  /** Received then or later. */
  readonly since?: Date | undefined;
  /** Received before. */
  readonly until?: Date | undefined;
  readonly sessionId?: string | undefined;
  /** `next` of the page before. */
  readonly after?: ReceivedCursor | undefined;
  /** 1 to 10000, default 1000. */
  readonly limit?: number | undefined;
}

export interface ReceivedRecords {
  readonly records: readonly StoredAccountingRecord[];
  /** undefined: this is the last page. */
  readonly next: ReceivedCursor | undefined;
}

export interface ReceivedSessions {
  /** As the column `session_id` has them, in the order of receipt; one of several records comes several times. */
  readonly sessions: readonly string[];
  /** undefined: this is the last page. */
  readonly next: ReceivedCursor | undefined;
}

/** A place between two records in the order of sessions. */
export interface SessionCursor {
  /** As the column `session_id` has it. */
  readonly session: string;
  readonly id: number;
}

export interface SessionPage {
  /** Of these alone, as the column `session_id` has them; 512 at most. */
  readonly sessions?: readonly string[] | undefined;
  /** `next` of the page before. */
  readonly after?: SessionCursor | undefined;
  /** 1 to 10000, default 1000. */
  readonly limit?: number | undefined;
}

export interface AccountingSessionPage {
  /** Fewer than `limit`, or none, where there are EVENT records in between. */
  readonly records: readonly StoredAccountingRecord[];
  /** undefined: this is the last page. */
  readonly next: SessionCursor | undefined;
}

/** "duplicate" when an equal record was durable before (RFC 6733 section 9.4). */
export type Kept = "stored" | "duplicate";

export interface AccountingStore {
  /**
   * Keeps a record once. Resolves only when it survives a crash of the machine, so that an Accounting-Answer with
   * DIAMETER_SUCCESS may follow.
   *
   * Rejects with a StoreError; then nothing of the record is stored, unless the connection to a database broke while it
   * committed: storing it again tells.
   */
  record(record: AccountingRecord): Promise<Kept>;
  /** In the order of ids, which is the order of storing. */
  list(page?: AccountingPage): Promise<readonly StoredAccountingRecord[]>;
  /** Those of some ids, as far as they are there, in the order of ids. */
  byIds(ids: readonly number[]): Promise<readonly StoredAccountingRecord[]>;
  /**
   * Those that were received in a time, by an index: in the order of receipt, or of ids where neither `since` nor `until` is there, or `sessionId` is.
   * What was received before may be stored after, by way of the spool.
   */
  received(page?: ReceivedPage): Promise<ReceivedRecords>;
  /** The sessions of records that were received in a time, those of EVENT_RECORDs left out. `sessionId` is of no use here. */
  sessionsReceived(page: ReceivedPage): Promise<ReceivedSessions>;
  /** The last ones that were stored, 1000 where `limit` says nothing, in the order of ids. */
  newest(limit?: number): Promise<readonly StoredAccountingRecord[]>;
  /** All records but EVENT_RECORDs, those of a session together and in the order of storing. */
  bySession(page?: SessionPage): Promise<AccountingSessionPage>;
}
