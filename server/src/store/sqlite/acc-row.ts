/** AccountingRecord to and from a row of `acc`. */

import type { Insertable, Selectable } from "kysely";
import { type AccountingRecord, type AvpJson, contentHash } from "../../accounting/index.js";
import type { StoredAccountingRecord } from "../accounting-store.js";
import type { AccTable } from "../schema.js";

/** Every column but the id, in one order: the statement is compiled from one row and serves all. */
export type AccRow = Required<Omit<Insertable<AccTable>, "id">>;

export function toRow(record: AccountingRecord): AccRow {
  return {
    method: text(record.method),
    from_tag: text(record.fromTag),
    to_tag: text(record.toTag),
    callid: text(record.callId),
    sip_code: text(record.sipCode),
    sip_reason: text(record.sipReason),
    time: dateTime(record.time),
    duration: record.duration,
    ms_duration: record.msDuration,
    setuptime: record.setupTime,
    created: record.created === undefined ? null : dateTime(record.created),
    session_id: text(record.sessionId),
    sub_session_id: record.subSessionId?.toString() ?? "",
    record_number: record.recordNumber,
    record_type: record.recordType,
    collision: 0,
    retransmitted: record.retransmitted ? 1 : 0,
    content_hash: contentHash(record),
    origin_host: text(record.originHost),
    origin_realm: text(record.originRealm),
    received_at: record.receivedAt.toISOString(),
    event_timestamp: record.eventTimestamp?.toISOString() ?? null,
    avps: JSON.stringify(record.avps),
  };
}

export function fromRow(row: Selectable<AccTable>): StoredAccountingRecord {
  return {
    id: row.id,
    collision: row.collision,
    sessionId: row.session_id,
    subSessionId: row.sub_session_id === "" ? undefined : BigInt(row.sub_session_id),
    recordNumber: row.record_number,
    recordType: row.record_type,
    retransmitted: row.retransmitted === 1,
    originHost: row.origin_host,
    originRealm: row.origin_realm,
    receivedAt: new Date(row.received_at),
    eventTimestamp: row.event_timestamp === null ? undefined : new Date(row.event_timestamp),
    time: fromDateTime(row.time),
    method: row.method,
    fromTag: row.from_tag,
    toTag: row.to_tag,
    callId: row.callid,
    sipCode: row.sip_code,
    sipReason: row.sip_reason,
    duration: row.duration,
    msDuration: row.ms_duration,
    setupTime: row.setuptime,
    created: row.created === null ? undefined : fromDateTime(row.created),
    avps: JSON.parse(row.avps) as readonly AvpJson[],
  };
}

/** SQLite's text cannot hold NUL safely. The JSON of the AVPs, where it is escaped, keeps what was sent. */
function text(value: string): string {
  return value.replaceAll("\0", "\uFFFD");
}

/** SQL's form, whole seconds, UTC. */
function dateTime(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", " ");
}

function fromDateTime(value: string): Date {
  return new Date(`${value.replace(" ", "T")}Z`);
}
