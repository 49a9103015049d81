/** An Accounting-Request, taken apart, to the record that is stored. */

import type { AccountingRecord } from "./accounting-record.js";
import { type AccountingAvp, type AvpValue, toAvpJson } from "./avp-json.js";
import { sipColumns } from "./sip-columns.js";

/**
 * The AVPs that RFC 6733 section 9.7.1 names, under the names that a generated Accounting-Request has; such an object
 * can be passed as it is.
 */
export interface AccountingRequestFields {
  readonly sessionId: string;
  readonly originHost: string;
  readonly originRealm: string;
  readonly destinationRealm?: string | undefined;
  readonly accountingRecordType: number;
  readonly accountingRecordNumber: number;
  readonly acctApplicationId?: number | undefined;
  readonly userName?: string | undefined;
  readonly destinationHost?: string | undefined;
  readonly accountingSubSessionId?: bigint | undefined;
  readonly acctSessionId?: Uint8Array | undefined;
  readonly acctMultiSessionId?: string | undefined;
  readonly acctInterimInterval?: number | undefined;
  readonly accountingRealtimeRequired?: number | undefined;
  readonly originStateId?: number | undefined;
  readonly eventTimestamp?: Date | undefined;
  readonly routeRecord?: readonly string[] | undefined;
}

/** What is known of a request beyond its AVPs. */
export interface Receipt {
  /** When it came, by our clock. */
  readonly receivedAt: Date;
  /** The T flag of its header. */
  readonly retransmitted: boolean;
  /** Identity of the peer that it came from. */
  readonly receivedFrom?: string | undefined;
}

const FIELDS: readonly (readonly [property: keyof AccountingRequestFields, name: string, code: number])[] = [
  ["sessionId", "Session-Id", 263],
  ["originHost", "Origin-Host", 264],
  ["originRealm", "Origin-Realm", 296],
  ["destinationRealm", "Destination-Realm", 283],
  ["accountingRecordType", "Accounting-Record-Type", 480],
  ["accountingRecordNumber", "Accounting-Record-Number", 485],
  ["acctApplicationId", "Acct-Application-Id", 259],
  ["userName", "User-Name", 1],
  ["destinationHost", "Destination-Host", 293],
  ["accountingSubSessionId", "Accounting-Sub-Session-Id", 287],
  ["acctSessionId", "Acct-Session-Id", 44],
  ["acctMultiSessionId", "Acct-Multi-Session-Id", 50],
  ["acctInterimInterval", "Acct-Interim-Interval", 85],
  ["accountingRealtimeRequired", "Accounting-Realtime-Required", 483],
  ["originStateId", "Origin-State-Id", 278],
  ["eventTimestamp", "Event-Timestamp", 55],
  ["routeRecord", "Route-Record", 282],
];

/**
 * Makes the record. Never throws.
 *
 * @param avps AVPs that `request` has no field for, or simply all: a field is added only where its AVP is not among
 * them, so nothing is kept twice, and the order of the wire survives where all are given
 */
export function toAccountingRecord(
  request: AccountingRequestFields,
  avps: readonly AccountingAvp[],
  receipt: Receipt,
): AccountingRecord {
  const all = [...fieldAvps(request, avps), ...avps];
  return {
    sessionId: request.sessionId,
    subSessionId: request.accountingSubSessionId,
    recordNumber: request.accountingRecordNumber,
    recordType: request.accountingRecordType,
    retransmitted: receipt.retransmitted,
    originHost: request.originHost,
    originRealm: request.originRealm,
    receivedFrom: receipt.receivedFrom,
    receivedAt: receipt.receivedAt,
    eventTimestamp: isDate(request.eventTimestamp) ? request.eventTimestamp : undefined,
    time: isBelievable(request.eventTimestamp, receipt.receivedAt) ? request.eventTimestamp : receipt.receivedAt,
    ...sipColumns(all),
    avps: all.map((avp) => toAvpJson(avp)),
  };
}

function fieldAvps(request: AccountingRequestFields, avps: readonly AccountingAvp[]): AccountingAvp[] {
  const present = new Set(avps.filter(({ vendorId }) => vendorId === 0).map(({ code }) => code));
  return FIELDS.flatMap(([property, name, code]) => {
    const value = request[property];
    if (value === undefined || present.has(code)) return [];
    const values: readonly AvpValue[] = isList(value) ? value : [value];
    return values.map((single) => ({ name, code, vendorId: 0, value: single }));
  });
}

function isList(
  value: NonNullable<AccountingRequestFields[keyof AccountingRequestFields]>,
): value is readonly string[] {
  return Array.isArray(value);
}

const YEAR_2000 = Date.UTC(2000, 0, 1);
const ONE_DAY_MS = 86_400_000;

/**
 * OpenSIPS 3.3 and later garble Event-Timestamp to 0 or 0x80000000, which are in 1900, 1968 or 2036. Records may be
 * old, having waited in a client's memory (RFC 6733 section 9.4), but not from a future beyond clocks that differ.
 */
function isBelievable(timestamp: Date | undefined, receivedAt: Date): timestamp is Date {
  if (!isDate(timestamp)) return false;
  const time = timestamp.getTime();
  return time >= YEAR_2000 && time <= receivedAt.getTime() + ONE_DAY_MS;
}

function isDate(timestamp: Date | undefined): timestamp is Date {
  return timestamp !== undefined && !Number.isNaN(timestamp.getTime());
}
