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

/** SHA-256, hex, of what identifies a record: of fixed length, so that every database can hold it in a unique index, and compared octet by octet whatever its collation. */
export function identityHash(
  record: Pick<AccountingRecord, "sessionId" | "subSessionId" | "recordNumber" | "recordType">,
): string {
  const { sessionId, subSessionId, recordNumber, recordType } = record;
  return hash("sha256", JSON.stringify([sessionId, subSessionId?.toString() ?? null, recordNumber, recordType]));
}

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
 * AVPs that differ between two ways of one request (RFC 6733 sections 6.1.9, 6.5, 6.7): Route-Record, Proxy-Info, Destination-Host, which a
 * failover may change, and Acct-Delay-Time, for how long the client has been trying (RFC 7155 section 4.6.8).
 */
const OF_THE_WAY: ReadonlySet<number> = new Set([282, 284, 293, 41]);

/** SHA-256, hex, of what the client itself said. */
export function contentHash(record: Pick<AccountingRecord, "avps">): string {
  const content = record.avps.filter(({ code, vendorId }) => vendorId !== 0 || !OF_THE_WAY.has(code));
  return hash("sha256", JSON.stringify(content.map(({ code, vendorId, value }) => [code, vendorId, value])));
}

export interface IdentifiedContent extends RecordContent {
  readonly identity: string;
}

export interface StoredContent extends IdentifiedContent {
  readonly collision: number;
}

/** The collision number under which a record is stored; undefined for a duplicate. */
export type Judgement = number | undefined;

/**
 * Judges records that are to be stored together, in their order, those before them counting as stored.
 *
 * @param stored the records that share an identity with one of these
 */
export function judge(batch: readonly IdentifiedContent[], stored: readonly StoredContent[]): readonly Judgement[] {
  const known = new Map<string, StoredContent[]>();
  for (const one of stored) {
    const same = known.get(one.identity);
    if (same === undefined) known.set(one.identity, [one]);
    else same.push(one);
  }
  return batch.map((record) => {
    const same = known.get(record.identity);
    if (same === undefined) {
      known.set(record.identity, [{ ...record, collision: 0 }]);
      return 0;
    }
    if (isDuplicate(record, same)) return undefined;
    const collision = 1 + Math.max(...same.map((one) => one.collision));
    same.push({ ...record, collision });
    return collision;
  });
}
