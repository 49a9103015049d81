/** One JSON for a record everywhere: in the column `record`, in the spool, in files of JSON lines, in messages of NATS. */

import type { AccountingRecord } from "./accounting-record.js";
import type { AvpJson } from "./avp-json.js";

/** The properties of AccountingRecord; times as ISO 8601 in UTC with milliseconds, Accounting-Sub-Session-Id as a decimal string; what is undefined is absent. */
export interface AccountingRecordJson
  extends Omit<
    AccountingRecord,
    "subSessionId" | "receivedFrom" | "receivedAt" | "eventTimestamp" | "time" | "created"
  > {
  readonly subSessionId?: string;
  readonly receivedFrom?: string;
  readonly receivedAt: string;
  readonly eventTimestamp?: string;
  readonly time: string;
  readonly created?: string;
}

/** Throws RangeError for a time that is no date. */
export function toRecordJson(record: AccountingRecord): AccountingRecordJson {
  const { subSessionId, receivedFrom, receivedAt, eventTimestamp, time, created, avps, ...rest } = record;
  return {
    ...rest,
    ...(subSessionId !== undefined && { subSessionId: subSessionId.toString() }),
    ...(receivedFrom !== undefined && { receivedFrom }),
    receivedAt: receivedAt.toISOString(),
    ...(eventTimestamp !== undefined && { eventTimestamp: eventTimestamp.toISOString() }),
    time: time.toISOString(),
    ...(created !== undefined && { created: created.toISOString() }),
    avps,
  };
}

/** Throws where this is no such JSON. */
export function fromRecordJson(json: AccountingRecordJson): AccountingRecord {
  const { subSessionId, receivedFrom, receivedAt, eventTimestamp, time, created, avps, ...rest } = json;
  if (typeof rest.sessionId !== "string" || !Array.isArray(avps)) throw new TypeError("this is no accounting record");
  return {
    ...rest,
    subSessionId: subSessionId === undefined ? undefined : BigInt(subSessionId),
    receivedFrom,
    receivedAt: date(receivedAt),
    eventTimestamp: eventTimestamp === undefined ? undefined : date(eventTimestamp),
    time: date(time),
    created: created === undefined ? undefined : date(created),
    avps: avps as readonly AvpJson[],
  };
}

function date(text: string): Date {
  const result = new Date(text);
  if (Number.isNaN(result.getTime())) throw new TypeError("an accounting record has a time that is none");
  return result;
}
