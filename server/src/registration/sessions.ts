/**
 * Diameter sessions of registrations: RFC 4740 section 6.7, by the machine of a server that maintains state of RFC 6733 section 8.1. A session
 * is `open` while a SIP-AOR has it. `ended` is ours: it is remembered for a while, so that an STR that comes again, or that an ASR or the end
 * of a lifetime brings about, is answered as the first one was. Who is not the SIP server of a session does not know it.
 *
 * | state | event                                                          | state | with                                           |
 * |-------|----------------------------------------------------------------|-------|------------------------------------------------|
 * | none  | SAR 1, 2, 3: 2001, and the server wants a session              | open  | STATE_MAINTAINED                               |
 * | none  | STR                                                            | none  | 5002                                           |
 * | open  | SAR 1, 2, 3 in it: 2001                                        | open  | STATE_MAINTAINED, the lifetime begins anew     |
 * | open  | SAR 1, 2, 3 in another session, or in none, of its last SIP-AOR| ended | the registration is the other one's            |
 * | open  | SAR 0 in it: 2001                                              | open  | STATE_MAINTAINED, what is left of the lifetime |
 * | open  | SAR 1, 2, 3 in it: the user is not authorized                  | ended | STATE_MAINTAINED, the registration ends        |
 * | open  | SAR 4 to 11 of its last SIP-AOR: 2xxx                          | ended | NO_STATE_MAINTAINED                            |
 * | open  | STR                                                            | ended | 2001, the registration ends                    |
 * | open  | ASA: it has ended there, or is not known there                 | ended | the registration ends                          |
 * | open  | Authorization-Lifetime and Auth-Grace-Period are over          | ended | the registration ends                          |
 * | open  | the SIP server has a higher Origin-State-Id                    | ended | the registration ends                          |
 * | ended | STR                                                            | ended | 2001                                           |
 * | ended | some minutes later                                             | none  |                                                |
 *
 * Whether the server wants a session is asked when there is none: after STATE_MAINTAINED, NO_STATE_MAINTAINED must be in no answer to a
 * re-authorization (RFC 6733 section 8), whatever the request or the configuration say by then.
 */

import { ResultCode } from "./result-codes.js";
import { CLEARED, changeAors } from "./servers.js";
import type { AorRecord, RegistrationSession, UserRecord } from "./types.js";

/** What may change while the server runs. */
export interface SessionSettings {
  /** `requested`: where the SIP server's Auth-Session-State is STATE_MAINTAINED. Default `never`. */
  readonly maintain?: "never" | "requested" | undefined;
  /** Authorization-Lifetime, seconds: 1 to 4294967295, which is no limit. Default 3600. */
  readonly authorizationLifetimeSeconds?: number | undefined;
  /** Auth-Grace-Period, seconds: 0 to 4294967295. Default 60. */
  readonly authGracePeriodSeconds?: number | undefined;
}

/** What a SAR says of sessions. */
export interface SessionRequest {
  /** Session-Id. */
  readonly id: string;
  readonly originHost: string;
  readonly originRealm: string;
  /** undefined: none, or 0, which is for nobody to draw conclusions from (RFC 6733 section 8.16). */
  readonly originStateId: number | undefined;
  /** Its Auth-Session-State is STATE_MAINTAINED. */
  readonly wanted: boolean;
  /** Its Authorization-Lifetime, seconds: more is not for the server to give (RFC 6733 section 8.9). */
  readonly lifetime: number | undefined;
}

/** All bits set: no re-authorization is expected (RFC 6733 section 8.9). */
export const NO_LIMIT = 0xffff_ffff;
/** The longest Session-Id that the store keeps; a session with a longer one is not maintained. */
const MAX_ID_LENGTH = 255;

/** Whether a SAR opens a session, where it is in none. */
export function wantsSession({ id, wanted }: SessionRequest, { maintain = "never" }: SessionSettings): boolean {
  return maintain === "requested" && wanted && isKeepable(id);
}

/** The session of a SAR from now on, where it is in one. */
export function sessionFrom(
  { id, originHost, originRealm, originStateId, lifetime = NO_LIMIT }: SessionRequest,
  { authorizationLifetimeSeconds = 3600, authGracePeriodSeconds = 60 }: SessionSettings,
  now: number,
): RegistrationSession {
  const session = { id, originHost, originRealm, originStateId };
  const seconds = Math.min(lifetime, authorizationLifetimeSeconds);
  if (seconds === NO_LIMIT) return { ...session, authorizedUntil: undefined, expiresAt: undefined };
  const authorizedUntil = now + seconds * 1000;
  return { ...session, authorizedUntil, expiresAt: authorizedUntil + authGracePeriodSeconds * 1000 };
}

/** Authorization-Lifetime and Auth-Grace-Period of an answer, in seconds. */
export function lifetimesOf(
  { authorizedUntil, expiresAt }: RegistrationSession,
  now: number,
): { readonly authorizationLifetime?: number; readonly authGracePeriod?: number } {
  if (authorizedUntil === undefined || expiresAt === undefined) return {};
  return {
    authorizationLifetime: Math.max(0, Math.floor((authorizedUntil - now) / 1000)),
    authGracePeriod: (expiresAt - authorizedUntil) / 1000,
  };
}

/** The open session of that Session-Id, where the node that says so has it. */
export function openSession(
  record: Pick<UserRecord, "aors">,
  { id, originHost }: Pick<SessionRequest, "id" | "originHost">,
): RegistrationSession | undefined {
  const session = record.aors.find((aor) => aor.session?.id === id)?.session;
  return session !== undefined && isSameHost(session.originHost, originHost) ? session : undefined;
}

/** DiameterIdentities are names of hosts: their case does not count. */
export function isSameHost(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Sessions of a user, each with its SIP-AORs. */
export function openSessions({ aors }: Pick<UserRecord, "aors">): ReadonlyMap<string, readonly AorRecord[]> {
  const found = new Map<string, AorRecord[]>();
  for (const aor of aors) {
    if (aor.session === undefined) continue;
    const there = found.get(aor.session.id);
    if (there === undefined) found.set(aor.session.id, [aor]);
    else there.push(aor);
  }
  return found;
}

/** How many sessions a decision has opened, and how many it has ended. */
export function sessionChanges(
  before: UserRecord,
  after: UserRecord,
): { readonly opened: number; readonly ended: number } {
  const [old, now] = [openSessions(before), openSessions(after)];
  const without = (ids: Iterable<string>, others: ReadonlyMap<string, unknown>) =>
    [...ids].filter((id) => !others.has(id)).length;
  return { opened: without(now.keys(), old), ended: without(old.keys(), now) };
}

/** The session is over, and with it whatever the SIP server had by it. The same record where there is no such session. */
export function sessionEnded(record: UserRecord, id: string): UserRecord {
  const ended = record.aors.filter(({ session }) => session?.id === id);
  if (ended.length === 0) return record;
  const changed = changeAors(record, ({ session }) => session?.id === id, CLEARED);
  return ended.some(({ server }) => server !== undefined && server.uri === record.pending?.uri)
    ? { ...changed, pending: undefined }
    : changed;
}

/** The same where its time is over, as it may no longer be when this is asked. */
export function sessionExpired(record: UserRecord, id: string, now: number): UserRecord {
  const session = record.aors.find((aor) => aor.session?.id === id)?.session;
  if (session?.expiresAt !== undefined && session.expiresAt > now) return record;
  return sessionEnded(record, id);
}

/** A refusal that says that the user is not authorized, which ends an open session (RFC 6733 section 8.1); others say that the request is wrong. */
export function isUnauthorized(resultCode: number): boolean {
  return UNAUTHORIZED.has(resultCode);
}

const UNAUTHORIZED: ReadonlySet<number> = new Set([
  ResultCode.DIAMETER_AUTHORIZATION_REJECTED,
  ResultCode.DIAMETER_ERROR_USER_UNKNOWN,
  ResultCode.DIAMETER_ERROR_IDENTITIES_DONT_MATCH,
  ResultCode.DIAMETER_ERROR_IDENTITY_ALREADY_REGISTERED,
]);

/**
 * What the SIP server has made of an ASR (RFC 6733 section 8.5.2): ended, or not known there. After DIAMETER_LIMITED_SUCCESS it is still at it,
 * and its STR says when it is done.
 */
export function hasAborted(resultCode: number): boolean {
  return (
    (resultCode >= 2000 && resultCode < 3000 && resultCode !== ResultCode.DIAMETER_LIMITED_SUCCESS) ||
    resultCode === ResultCode.DIAMETER_UNKNOWN_SESSION_ID ||
    resultCode === ResultCode.DIAMETER_ERROR_USER_UNKNOWN ||
    resultCode === ResultCode.DIAMETER_ERROR_IDENTITY_NOT_REGISTERED
  );
}

/** Whether the store can have a session of that Session-Id: no database compares a space at the end, or keeps a NUL, as the others do. */
export function isKeepable(id: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return id.length <= MAX_ID_LENGTH && !/[\x00-\x1f\x7f]| $/.test(id);
}
