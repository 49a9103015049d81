/** Users in every state, for tests of decisions. */

import type { RegistrationSession, SipServerNode, UserRecord } from "../../../server/src/registration/index.js";

export const OWN = "sip:alice@sipdomain.invalid";
export const OTHER = "sip:alice.work@sipdomain.invalid";

export const S1: SipServerNode = { uri: "sip:s1.test", originHost: "s1.test", originRealm: "test" };
export const S2: SipServerNode = { uri: "sip:s2.test", originHost: "s2.test", originRealm: "test" };

const aor = { mayRegister: true, registration: "notRegistered", server: undefined, userDataTypes: [] } as const;

/** Alice with two SIP-AORs, never registered. */
export const NEW: UserRecord = {
  user: { username: "alice", domain: "sipdomain.invalid" },
  profile: {
    visitedNetworks: undefined,
    mandatoryCapabilities: [],
    optionalCapabilities: [],
    unregisteredService: false,
  },
  pending: undefined,
  aors: [
    { ...aor, aor: OWN },
    { ...aor, aor: OTHER },
  ],
  userData: [],
};

/** OWN is registered at S1. */
export const REGISTERED = at(OWN, "registered", S1);
/** OWN is served by S1, unregistered. */
export const UNREGISTERED = at(OWN, "unregistered", S1);
/** OWN is not registered, and S1 is kept. */
export const KEPT = at(OWN, "notRegistered", S1);
/** Authentication is pending at S2. */
export const pending = (record: UserRecord, server = S2): UserRecord => ({ ...record, pending: server });

export function at(
  which: string,
  registration: "notRegistered" | "registered" | "unregistered",
  server: SipServerNode | undefined,
  record = NEW,
): UserRecord {
  return {
    ...record,
    aors: record.aors.map((one) => (one.aor === which ? { ...one, registration, server } : one)),
  };
}

export const barred = (record: UserRecord): UserRecord => ({
  ...record,
  aors: record.aors.map((one) => ({ ...one, mayRegister: false })),
});

export const withProfile = (record: UserRecord, profile: Partial<UserRecord["profile"]>): UserRecord => ({
  ...record,
  profile: { ...record.profile, ...profile },
});

/** A session of that SIP server without end. */
export const session = (id: string, { originHost, originRealm } = S1): RegistrationSession => ({
  ...{ id, originHost, originRealm },
  ...{ originStateId: undefined, authorizedUntil: undefined, expiresAt: undefined },
});

/** The record with a session for these of its SIP-AORs. */
export const inSession = (record: UserRecord, one: RegistrationSession, ...which: readonly string[]): UserRecord => ({
  ...record,
  aors: record.aors.map((aor) => (which.includes(aor.aor) ? { ...aor, session: one } : aor)),
});

/** "registered@s1#a notRegistered", where "a" is the session, and "pending@s2" where it is. */
export function summary({ aors, pending: aside }: UserRecord): string {
  const states = aors.map(
    ({ registration, server, session: has }) =>
      `${registration}${server ? `@${server.uri.slice(4, 6)}` : ""}${has ? `#${has.id}` : ""}`,
  );
  return [...states, ...(aside ? [`pending@${aside.uri.slice(4, 6)}`] : [])].join(" ");
}
