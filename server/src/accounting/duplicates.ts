/**
 * When are two accounting records one?
 *
 * RFC 6733 section 9.4: detection "MUST be based on the inspection of the Session-Id and Accounting-Record-Number AVP
 * pairs", which section 9.8.3 calls globally unique; section 9.8.6 adds Accounting-Sub-Session-Id. We take
 * Accounting-Record-Type into the identification too: a conforming client never sends two types under one number, and
 * where another one does (START 0 and STOP 0, say), these are two records, and dropping the second would lose a call.
 *
 * Under one identification, a record is a duplicate where
 *
 * - its request has the T flag: "possibly retransmitted" (section 3), sent after a failover or a reboot, and then even
 *   with other content: section 9.4 has a client adapt "termination cause, session length, and other relevant
 *   information" in what it sends again;
 * - or the one that is stored came with the T flag: the original may arrive after its retransmission (appendix C);
 * - or the contents are equal, apart from what agents change on the way. Gateways from RADIUS do not set T.
 *
 * What is left, equal numbers and different contents without any T, is a client's mistake (OpenSIPS makes none: every
 * record of its has number 0 and a Session-Id of its own). We keep both, the later one with a `collision` number:
 * what is kept twice can be settled later (appendix C lets detection wait for post-processing), what is dropped after
 * DIAMETER_SUCCESS is gone, for the client deletes its copy.
 */

import { hash } from "node:crypto";
import type { AccountingRecord } from "./accounting-record.js";

/** What the decision needs of a record. */
export interface RecordContent {
  readonly retransmitted: boolean;
  readonly contentHash: string;
}

/** @param stored the records under the same identification: at least one */
export function isDuplicate(incoming: RecordContent, stored: readonly RecordContent[]): boolean {
  if (incoming.retransmitted) return true;
  return stored.some((record) => record.retransmitted || record.contentHash === incoming.contentHash);
}

/**
 * AVPs that differ between two ways of one request (RFC 6733 sections 6.1.9, 6.5, 6.7): Route-Record, Proxy-Info,
 * and Destination-Host, which a failover may change.
 */
const OF_THE_WAY: ReadonlySet<number> = new Set([282, 284, 293]);

/** SHA-256, hex, of what the client itself said. */
export function contentHash(record: Pick<AccountingRecord, "avps">): string {
  const content = record.avps.filter(({ code, vendorId }) => vendorId !== 0 || !OF_THE_WAY.has(code));
  return hash("sha256", JSON.stringify(content.map(({ code, vendorId, value }) => [code, vendorId, value])));
}
