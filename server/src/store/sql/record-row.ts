/** AccountingRecord to and from rows: one of our table, with all of it, and one of OpenSIPS's `acc`. */

import { hash } from "node:crypto";
import {
  type AccountingRecord,
  type AccountingRecordJson,
  contentHash,
  fromRecordJson,
  identityHash,
  type StoredContent,
  toRecordJson,
} from "../../accounting/index.js";
import type { ReceivedCursor, ReceivedPage, SessionCursor, StoredAccountingRecord } from "../accounting-store.js";
import type { AccColumn } from "../options.js";
import { StoreError } from "../store-error.js";
import type { Dialect, SqlValue } from "./executor.js";

/** Our columns, but for `id`, in the order of `recordValues`. */
export const RECORD_COLUMNS = [
  "identity",
  "collision",
  "content_hash",
  "retransmitted",
  "session_id",
  "sub_session_id",
  "record_number",
  "record_type",
  "origin_host",
  "origin_realm",
  "received_at",
  "record",
] as const;

/** A record that any of the databases takes. */
export interface StorableRecord {
  readonly record: AccountingRecord;
  readonly identity: string;
  readonly contentHash: string;
  readonly retransmitted: boolean;
  readonly json: string;
}

/** Throws STORE_INVALID for what no column can keep. */
export function storable(record: AccountingRecord): StorableRecord {
  const invalid = (what: string) => new StoreError("STORE_INVALID", `an accounting record ${what}`);
  if (record.sessionId === "") throw invalid("without Session-Id");
  for (const number of ["recordNumber", "recordType", "duration", "msDuration", "setupTime"] as const) {
    if (!Number.isSafeInteger(record[number])) throw invalid(`whose ${number} is no integer`);
  }
  for (const time of ["receivedAt", "time", "created", "eventTimestamp"] as const) {
    if (Number.isNaN(record[time]?.getTime())) throw invalid(`whose ${time} is no time`);
  }
  return {
    record,
    identity: identityHash(record),
    contentHash: contentHash(record),
    retransmitted: record.retransmitted,
    json: JSON.stringify(toRecordJson(record)),
  };
}

/** @param ascii for databases whose character set is not Unicode: the JSON loses nothing by it */
export function recordValues(
  { record, identity, contentHash, retransmitted, json }: StorableRecord,
  collision: number,
  dialect: Dialect,
  ascii = false,
): SqlValue[] {
  const column = (text: string) => (ascii ? asciiOnly(cut(text, 255)) : cut(text, 255));
  return [
    identity,
    collision,
    contentHash,
    retransmitted ? 1 : 0,
    sessionKey(record.sessionId),
    record.subSessionId?.toString() ?? null,
    record.recordNumber,
    record.recordType,
    column(record.originHost),
    column(record.originRealm),
    instant(record.receivedAt, dialect),
    ascii ? escaped(json) : json,
  ];
}

/** What the column `received_at` has. */
function instant(time: Date, dialect: Dialect): string {
  const text = time.toISOString();
  return dialect === "mariadb" ? text.slice(0, 23).replace("T", " ") : text;
}

/** A time that the column `received_at` has, as each dialect shows it. */
function fromInstant(text: string): Date {
  return new Date(text.replace(/^(\S{10})[ T]([\d:.]+).*$/, "$1T$2Z"));
}

/** For the statements `received` and `sessionsReceived`. Throws STORE_INVALID for what is no time. */
export function receivedValues({ since, until, after }: ReceivedPage, dialect: Dialect): SqlValue[] {
  const at = (time: Date) => instantOf(time, dialect);
  return [
    ...(after ? [at(after.receivedAt), at(after.receivedAt), after.id] : since ? [at(since)] : []),
    ...(until ? [at(until)] : []),
  ];
}

/** For the statement `receivedOf`. Throws STORE_INVALID for what is no time. */
export function receivedOfValues(
  sessionId: string,
  { since, until, after }: ReceivedPage,
  dialect: Dialect,
): SqlValue[] {
  const times = [since, until].filter((time) => time !== undefined);
  return [sessionKey(sessionId), after?.id ?? 0, ...times.map((time) => instantOf(time, dialect))];
}

function instantOf(time: Date, dialect: Dialect): string {
  if (!Number.isNaN(time.getTime())) return instant(time, dialect);
  throw new StoreError("STORE_INVALID", "since and until must be times");
}

/**
 * What the column `session_id` has: the Session-Id, or its beginning and a hash, where it is longer than any index takes, or has characters that not every
 * database has, or compares as octets: MariaDB takes no notice of spaces at the end.
 */
export function sessionKey(sessionId: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(sessionId)) return sessionId;
  return `${sessionId.slice(0, 180).replace(/[^\x21-\x7e]/g, "?")}#${hash("sha256", JSON.stringify(sessionId))}`;
}

/** What `acc` has: whole seconds in UTC; texts and numbers as its columns take them. */
export function accValues({ record }: StorableRecord, columns: readonly AccColumn[], ascii = false): SqlValue[] {
  const text = (value: string, width: number) => (ascii ? asciiOnly(cut(value, width)) : cut(value, width));
  const values: Readonly<Record<AccColumn, SqlValue>> = {
    method: text(record.method, 16),
    from_tag: text(record.fromTag, 64),
    to_tag: text(record.toTag, 64),
    callid: text(record.callId, 64),
    sip_code: text(record.sipCode, 3),
    sip_reason: text(record.sipReason, 32),
    time: dateTime(record.time),
    duration: integer(record.duration),
    ms_duration: integer(record.msDuration),
    setuptime: integer(record.setupTime),
    created: record.created === undefined ? null : dateTime(record.created),
  };
  return columns.map((column) => values[column]);
}

/** A row of our table as selected for `list`. */
export interface RecordRow {
  readonly id: number;
  readonly collision: number;
  readonly record: string;
}

export function fromRow({ id, collision, record }: RecordRow): StoredAccountingRecord {
  return { id, collision, ...fromRecordJson(JSON.parse(record) as AccountingRecordJson) };
}

/** A row as selected for `bySession`: of an EVENT_RECORD no more than its place. */
export interface SessionRow extends Omit<RecordRow, "record"> {
  readonly session_id: string;
  readonly record: string | null;
}

/** A row as selected for `sessionsReceived`: of an EVENT_RECORD no more than its place. */
export interface ReceivedSessionRow {
  readonly id: number;
  readonly received_at: string;
  readonly session_id: string | null;
}

export function placeOf({ received_at, id }: ReceivedSessionRow): ReceivedCursor {
  return { receivedAt: fromInstant(received_at), id: Number(id) };
}

/** The parameters of `bySession`. */
export function afterValues({ session, id }: SessionCursor = { session: "", id: 0 }): SqlValue[] {
  return [session, session, id];
}

export function wantedRecords(rows: readonly SessionRow[]): readonly StoredAccountingRecord[] {
  return rows.flatMap(({ record, ...row }) => (record === null ? [] : [fromRow({ ...row, record })]));
}

/** A row as selected to judge by. */
export interface ContentRow {
  readonly identity: string;
  readonly collision: number;
  readonly content_hash: string;
  readonly retransmitted: number;
}

export function contentOf(row: ContentRow): StoredContent {
  return {
    identity: row.identity,
    collision: row.collision,
    contentHash: row.content_hash,
    retransmitted: row.retransmitted === 1,
  };
}

/** No database has NUL in a text, nor half of a surrogate pair. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** A text as columns take it; one that is too long is cut. */
function cut(value: string, width: number): string {
  const text = UNSTORABLE.test(value) ? value.replace(/[\0\p{Surrogate}]/gu, "\uFFFD") : value;
  return text.length <= width ? text : [...text].slice(0, width).join("");
}

function asciiOnly(value: string): string {
  return value.replace(/[^\0-\x7f]/gu, "?");
}

/** JSON in ASCII. */
function escaped(json: string): string {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The narrowest of the databases' columns is PostgreSQL's, with 31 bits. */
function integer(value: number): number {
  return Math.min(Math.max(value, 0), 0x7fff_ffff);
}

function dateTime(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}
