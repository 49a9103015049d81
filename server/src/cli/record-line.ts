/** An accounting record in a line, for people. */

import { printable } from "../printable.js";
import type { StoredAccountingRecord } from "../store/index.js";

/** Accounting-Record-Type, RFC 6733 section 9.8.1. */
const TYPES: Readonly<Record<number, string>> = { 1: "EVENT", 2: "START", 3: "INTERIM", 4: "STOP" };

/** `2026-11-22T10:00:00.250Z EVENT client.example.net INVITE 200 3s call@lab client;1;1 #0`. */
export function recordLine(record: StoredAccountingRecord): string {
  const { receivedAt, recordType, originHost, method, sipCode, duration, callId, sessionId, recordNumber } = record;
  const parts = [
    receivedAt.toISOString(),
    TYPES[recordType] ?? String(recordType),
    originHost,
    method || "-",
    sipCode || "-",
    `${duration}s`,
    callId || "-",
    sessionId,
    `#${recordNumber}`,
    ...(record.collision > 0 ? ["collides with another"] : []),
  ];
  return `${printable(parts.join(" "))}\n`;
}
