/** A record as a line. */

import type { AccountingRecord } from "../accounting-record.js";
import type { AvpJson } from "../avp-json.js";
import { toRecordJson } from "../record-json.js";

export interface LineFormat {
  /** First line of each file, with its end; "" for none. */
  readonly header: string;
  line(record: AccountingRecord): Buffer;
}

const EVENT_TIMESTAMP = 55;

/**
 * The acc.log of freeDiameter's app_opensips: the values of all AVPs in the order of the wire, joined by commas, at the end the
 * peer that the request came from, which freeDiameter appends as a Route-Record. Texts and octets as they are; integers in
 * decimal, of 32 bits, unsigned; Event-Timestamp in Unix seconds. Nothing is quoted.
 *
 * Where app_opensips would crash, or write what its memory happens to have: the members of a grouped AVP are written as JSON, an empty value
 * as nothing.
 */
export const accLog: LineFormat = {
  header: "",
  line({ avps, receivedFrom, originHost }) {
    const fields = avps.flatMap((avp) => [accLogValue(avp), COMMA]);
    return Buffer.concat([...fields, Buffer.from(`${receivedFrom ?? originHost}\n`)]);
  },
};

const COMMA = Buffer.from(",");

function accLogValue({ code, vendorId, value, type }: AvpJson): Buffer {
  if (type === "octets") return Buffer.from(String(value), "hex");
  if (type === "integer64") return Buffer.from(BigInt.asUintN(32, BigInt(String(value))).toString());
  if (type === "time" && code === EVENT_TIMESTAMP && vendorId === 0) {
    return Buffer.from(String(Math.trunc(Date.parse(String(value)) / 1000)));
  }
  if (typeof value === "number") return Buffer.from(String(Number.isInteger(value) ? value >>> 0 : value));
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
}

const CSV_COLUMNS = [
  "session_id",
  "sub_session_id",
  "record_number",
  "record_type",
  "retransmitted",
  "origin_host",
  "origin_realm",
  "received_from",
  "received_at",
  "event_timestamp",
  "time",
  "method",
  "from_tag",
  "to_tag",
  "callid",
  "sip_code",
  "sip_reason",
  "duration",
  "ms_duration",
  "setuptime",
  "created",
  "avps",
] as const;

/** RFC 4180: a header, fields in quotes where they need them, CRLF. Times in ISO 8601, the AVPs as JSON. */
export const csv: LineFormat = {
  header: `${CSV_COLUMNS.join(",")}\r\n`,
  line(record) {
    const json = toRecordJson(record);
    const values: Readonly<Record<(typeof CSV_COLUMNS)[number], unknown>> = {
      session_id: json.sessionId,
      sub_session_id: json.subSessionId,
      record_number: json.recordNumber,
      record_type: json.recordType,
      retransmitted: json.retransmitted ? 1 : 0,
      origin_host: json.originHost,
      origin_realm: json.originRealm,
      received_from: json.receivedFrom,
      received_at: json.receivedAt,
      event_timestamp: json.eventTimestamp,
      time: json.time,
      method: json.method,
      from_tag: json.fromTag,
      to_tag: json.toTag,
      callid: json.callId,
      sip_code: json.sipCode,
      sip_reason: json.sipReason,
      duration: json.duration,
      ms_duration: json.msDuration,
      setuptime: json.setupTime,
      created: json.created,
      avps: JSON.stringify(json.avps),
    };
    return Buffer.from(`${CSV_COLUMNS.map((column) => quoted(values[column])).join(",")}\r\n`);
  },
};

function quoted(value: unknown): string {
  const text = value === undefined ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One object a line: see record-json.ts. */
export const jsonLines: LineFormat = {
  header: "",
  line: (record) => Buffer.from(`${JSON.stringify(toRecordJson(record))}\n`),
};
