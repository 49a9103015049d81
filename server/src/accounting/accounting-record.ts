/** An accounting record as the server keeps it: plain data, of no database and of no Diameter class. */

import type { AvpJson } from "./avp-json.js";

/** Accounting-Record-Type (480), RFC 6733 section 9.8.1. Other values are kept as they come. */
export const AccountingRecordType = {
  EVENT_RECORD: 1,
  START_RECORD: 2,
  INTERIM_RECORD: 3,
  STOP_RECORD: 4,
} as const;

export interface AccountingRecord {
  readonly sessionId: string;
  /** Accounting-Sub-Session-Id (287), Unsigned64. Absent is not 0. */
  readonly subSessionId: bigint | undefined;
  /** Accounting-Record-Number (485), Unsigned32. */
  readonly recordNumber: number;
  /** Accounting-Record-Type (480); see AccountingRecordType. */
  readonly recordType: number;
  /** The T flag of the request: it may have been sent before (RFC 6733 section 3). */
  readonly retransmitted: boolean;
  readonly originHost: string;
  readonly originRealm: string;
  /** The peer that it came from: the client, or the last agent on the way. undefined where that is not known. */
  readonly receivedFrom: string | undefined;
  /** When it came, by our clock. */
  readonly receivedAt: Date;
  /** Event-Timestamp (55) as sent, believable or not. */
  readonly eventTimestamp: Date | undefined;

  // From here on the columns of OpenSIPS's `acc`.

  /** When the event was: Event-Timestamp where it can be believed, else receivedAt. */
  readonly time: Date;
  /** SIP method, such as "INVITE"; "" where unknown. */
  readonly method: string;
  readonly fromTag: string;
  readonly toTag: string;
  readonly callId: string;
  /** SIP status code, such as "200"; "" where there is none. */
  readonly sipCode: string;
  readonly sipReason: string;
  /** Seconds. */
  readonly duration: number;
  /** Milliseconds. */
  readonly msDuration: number;
  /** Seconds. */
  readonly setupTime: number;
  /** When the call was created. */
  readonly created: Date | undefined;

  /** Every AVP of the request, in its order. Nothing that was sent is lost, whatever the columns above make of it. */
  readonly avps: readonly AvpJson[];
}
