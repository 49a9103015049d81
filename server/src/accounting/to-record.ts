/** An Accounting-Request, taken apart, to the record that is stored. */

import type { AccountingRecord } from "./accounting-record.js";
import { type AccountingAvp, toAvpJson } from "./avp-json.js";
import { sipColumns, unsigned32 } from "./sip-columns.js";

/** What a record needs of a request by name, as a generated Accounting-Request has it; such an object can be passed as it is. */
export interface AccountingRequestFields {
  readonly sessionId: string;
  readonly originHost: string;
  readonly originRealm: string;
  readonly accountingRecordType: number;
  readonly accountingRecordNumber: number;
  readonly accountingSubSessionId?: bigint | undefined;
  readonly eventTimestamp?: Date | undefined;
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

/**
 * Makes the record. Never throws.
 *
 * @param avps all of the request, in the order of the wire
 */
export function toAccountingRecord(
  request: AccountingRequestFields,
  avps: readonly AccountingAvp[],
  receipt: Receipt,
): AccountingRecord {
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
    time: timeOf(request.eventTimestamp, avps, receipt.receivedAt),
    ...sipColumns(avps),
    avps: avps.map((avp) => toAvpJson(avp)),
  };
}

const ACCT_DELAY_TIME = 41;

/** Event-Timestamp where it can be believed; else when the record came, less the time for which the client could not send it (RFC 7155 section 4.6.8). */
function timeOf(timestamp: Date | undefined, avps: readonly AccountingAvp[], receivedAt: Date): Date {
  if (isBelievable(timestamp, receivedAt)) return timestamp;
  const delay = avps.find(({ code, vendorId }) => code === ACCT_DELAY_TIME && vendorId === 0)?.value;
  const time = new Date(receivedAt.getTime() - 1000 * unsigned32(delay));
  return isBelievable(time, receivedAt) ? time : receivedAt;
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
