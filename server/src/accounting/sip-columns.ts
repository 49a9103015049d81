/**
 * The columns of OpenSIPS's `acc` from the AVPs that its acc module sends. Their codes are RADIUS ones with vendor 0,
 * partly taken by nobody else, partly assigned otherwise since; so they are looked up by code, not by name.
 */

import type { AccountingRecord } from "./accounting-record.js";
import type { AccountingAvp, AvpValue } from "./avp-json.js";

type SipColumns = Pick<
  AccountingRecord,
  | "method"
  | "fromTag"
  | "toTag"
  | "callId"
  | "sipCode"
  | "sipReason"
  | "duration"
  | "msDuration"
  | "setupTime"
  | "created"
>;

const ACCT_SESSION_ID = 44;
const SIP_METHOD = 204;
const SIP_RESPONSE_CODE = 205;
const SIP_FROM_TAG = 206;
const SIP_TO_TAG = 207;
const SIP_CALL_DURATION = 227;
const SIP_CALL_SETUPTIME = 228;
const SIP_CALL_CREATED = 229;
const SIP_CALL_MSDURATION = 230;

/** OpenSIPS sends its internal bit of a method. 15 is INFO in its dictionary, which has the bit wrong. */
const METHODS: ReadonlyMap<number, string> = new Map([
  [1, "INVITE"],
  [2, "CANCEL"],
  [4, "ACK"],
  [8, "BYE"],
  [15, "INFO"],
  [16, "INFO"],
  [32, "OPTIONS"],
  [64, "UPDATE"],
  [128, "REGISTER"],
  [256, "MESSAGE"],
  [512, "SUBSCRIBE"],
  [1024, "NOTIFY"],
  [2048, "PRACK"],
  [4096, "REFER"],
  [8192, "PUBLISH"],
]);

/** OpenSIPS 3.3 and later read 32-bit integers as if they were floating point: they come as this, or as 0. */
const GARBAGE = 0x8000_0000;

/** 2001-09-09 in Unix seconds: durations are less, times of day are more. */
const FIRST_TIME = 1_000_000_000;

/** Reads what is there. Absent, zero and garbled integers give "", 0 or undefined. */
export function sipColumns(avps: readonly AccountingAvp[]): SipColumns {
  const values = new Map<number, AvpValue>();
  for (const { code, vendorId, value } of avps) {
    // Of a repeated AVP the first counts.
    if (vendorId === 0 && !values.has(code)) values.set(code, value);
  }
  const number = (code: number) => unsigned32(values.get(code));
  const created = number(SIP_CALL_CREATED);
  const setupTime = number(SIP_CALL_SETUPTIME);
  const sipCode = number(SIP_RESPONSE_CODE);
  return {
    method: methodName(values.get(SIP_METHOD)),
    fromTag: text(values.get(SIP_FROM_TAG)),
    toTag: text(values.get(SIP_TO_TAG)),
    callId: text(values.get(ACCT_SESSION_ID)),
    // 0 in the record of a whole call.
    sipCode: sipCode >= 100 && sipCode <= 699 ? String(sipCode) : "",
    // acc does not send it.
    sipReason: "",
    duration: number(SIP_CALL_DURATION),
    msDuration: number(SIP_CALL_MSDURATION),
    // Without a dialog OpenSIPS computes now - created with created = 0, and sends the time of day.
    setupTime: setupTime >= FIRST_TIME ? 0 : setupTime,
    created: created >= FIRST_TIME ? new Date(created * 1000) : undefined,
  };
}

function methodName(value: AvpValue | undefined): string {
  if (typeof value === "string") return value;
  const bit = unsigned32(value);
  return METHODS.get(bit) ?? (bit === 0 ? "" : String(bit));
}

/** 0 for everything that is no believable Unsigned32. Four octets are what a dictionary without the AVP gives. */
export function unsigned32(value: AvpValue | undefined): number {
  let result = 0;
  if (typeof value === "number") result = value;
  else if (typeof value === "bigint") result = Number(value);
  else if (value instanceof Uint8Array && value.byteLength === 4) {
    result = new DataView(value.buffer, value.byteOffset, 4).getUint32(0);
  }
  return Number.isInteger(result) && result > 0 && result <= 0xffff_ffff && result !== GARBAGE ? result : 0;
}

function text(value: AvpValue | undefined): string {
  if (typeof value === "string") return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : "";
}
