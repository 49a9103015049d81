/** Which SIP server a user has. */

import type { AorRecord, SipServerNode, UserRecord } from "./types.js";

/** RFC 4740 assigns one SIP server to a user name: that of a registration where there is one, else one that is kept. */
export function assignedServer({ aors }: Pick<UserRecord, "aors">): SipServerNode | undefined {
  return registeredServer({ aors }) ?? aors.find(({ server }) => server !== undefined)?.server;
}

export function registeredServer({ aors }: Pick<UserRecord, "aors">): SipServerNode | undefined {
  return aors.find(({ registration, server }) => registration === "registered" && server !== undefined)?.server;
}

export function aorOf({ aors }: Pick<UserRecord, "aors">, aor: string): AorRecord | undefined {
  return aors.find((record) => record.aor === aor);
}

/** The record with changes to those of its SIP-AORs that are chosen. */
export function changeAors(
  record: UserRecord,
  chosen: (aor: AorRecord) => boolean,
  change: Partial<AorRecord>,
): UserRecord {
  return { ...record, aors: record.aors.map((aor) => (chosen(aor) ? { ...aor, ...change } : aor)) };
}

/** What a SIP-AOR is after its deregistration: neither registered nor served, and in no session. */
export const CLEARED = {
  registration: "notRegistered",
  server: undefined,
  userDataTypes: [],
  session: undefined,
} as const;
