/**
 * Server-Assignment-Request to result and new state: RFC 4740 section 8.4; SIP-Server-Assignment-Type is in section 9.4. `this` is the SIP
 * server that asks, `other` another one. The first row that fits decides.
 *
 * | type                       | the user                                            | Result-Code | then                         |
 * |----------------------------|-----------------------------------------------------|-------------|------------------------------|
 * | 0, 1, 2, 3, 9, 10          | the request has several SIP-AORs                    | 5009        |                              |
 * | 9, 10                      | the request has none                                | 5009        |                              |
 * | 0, 1, 2, 3                 | the request has none                                | 5005        |                              |
 * | any                        | one SIP-AOR is not the user's                       | 5033        |                              |
 * | 1, 2, 3                    | the request has no SIP-Server-URI                   | 5005        |                              |
 * | 1, 2                       | may not register the SIP-AOR                        | 5003        |                              |
 * | 1, 2                       | is registered at other, this is not pending         | 5036        |                              |
 * | 1, 2                       |                                                     | 2001        | registered at this           |
 * | 3                          | is registered at this                               | 5038        |                              |
 * | 3                          | has other assigned                                  | 5036        |                              |
 * | 3                          |                                                     | 2001        | unregistered, this assigned  |
 * | 0                          | the SIP-AOR has not this assigned                   | 5012        |                              |
 * | 0                          |                                                     | 2001        |                              |
 * | 4, 5, 6, 7, 8, 11          | one SIP-AOR has other assigned                      | 5012        |                              |
 * | 4, 5, 8, 11                |                                                     | 2001        | not registered, none assigned|
 * | 6, 7                       | SIP servers are kept, and all SIP-AORs have one     | 2001        | not registered, this kept    |
 * | 6, 7                       |                                                     | 2006        | not registered, none assigned|
 * | 9, 10                      | this is pending, other assigned                     | 2001        | nothing pending              |
 * | 9, 10                      |                                                     | 2001        | not registered, none assigned|
 *
 * A deregistration without SIP-AOR is of all that the user has, as in an RTR (section 8.9). Whatever succeeds, NO_ASSIGNMENT apart, which
 * leaves the state alone (section 9.4), ends pending authentication. Where the user was registered at other, and has authenticated at this
 * meanwhile, all registrations there end: `superseded` is to be told NEW_SIP_SERVER_ASSIGNED (section 8.10), as is every SIP server that loses a
 * session. What becomes of sessions is in sessions.ts: whoever is registered, or served, is in the session of the request, or in none.
 */

import { SipServerAssignmentType } from "@diamgen/sdk/sip";
import { ResultCode, type ResultCodeName } from "./result-codes.js";
import { aorOf, assignedServer, CLEARED, changeAors, registeredServer } from "./servers.js";
import { openSession } from "./sessions.js";
import { type Serving, servings } from "./terminate.js";
import type { AorRecord, RegistrationSession, SipServerNode, UserData, UserRecord } from "./types.js";
import { chooseUserData } from "./user-data.js";

export interface AssignServer {
  readonly type: SipServerAssignmentType;
  /** Canonical. */
  readonly aors: readonly string[];
  /** undefined: no SIP-Server-URI. */
  readonly server: SipServerNode | undefined;
  /** SIP-User-Data-Already-Available. */
  readonly hasUserData: boolean;
  /** SIP-Supported-User-Data-Type, in the order of the request. */
  readonly userDataTypes: readonly string[];
  /** The session of the request from now on, where it is in one. */
  readonly session?: RegistrationSession | undefined;
  /** Where it is in none, this opens it. Default false. */
  readonly opens?: boolean | undefined;
}

export interface AssignServerOptions {
  /** false: a SIP server that asks to be kept for a user who is no longer registered is not. Default true. */
  readonly keepServers?: boolean | undefined;
}

export interface ServerAssignment {
  readonly resultCode: number;
  /** The new state; the old one where nothing changes. */
  readonly record: UserRecord;
  /** The AVP that is missing, or there too often. */
  readonly failed?: "SIP-AOR" | "SIP-Server-URI" | undefined;
  readonly userData?: readonly UserData[] | undefined;
  /** SIP-Supported-User-Data-Type of the answer, where no type is common. */
  readonly ourUserDataTypes?: readonly string[] | undefined;
  /** True where SIP-Accounting-Information belongs into the answer. */
  readonly serves?: boolean | undefined;
  /** What other SIP servers had, and are to be told. */
  readonly superseded?: readonly Serving[] | undefined;
}

export function assignServer(
  record: UserRecord,
  request: AssignServer,
  options: AssignServerOptions = {},
): ServerAssignment {
  const refuse = (name: ResultCodeName, failed?: ServerAssignment["failed"]): ServerAssignment => ({
    resultCode: ResultCode[name],
    record,
    failed,
  });
  const cardinality = checkAors(request);
  if (cardinality !== undefined) return refuse(cardinality, "SIP-AOR");
  if (request.aors.some((aor) => aorOf(record, aor) === undefined))
    return refuse("DIAMETER_ERROR_IDENTITIES_DONT_MATCH");
  const { type, server } = request;
  const chosen = (aor: AorRecord) => request.aors.length === 0 || request.aors.includes(aor.aor);
  const elsewhere = (aor: AorRecord) =>
    aor.server !== undefined && server !== undefined && aor.server.uri !== server.uri;
  const affected = record.aors.filter(chosen);
  switch (type) {
    case SipServerAssignmentType.REGISTRATION:
    case SipServerAssignmentType.RE_REGISTRATION: {
      if (server === undefined) return refuse("DIAMETER_MISSING_AVP", "SIP-Server-URI");
      if (affected.some(({ mayRegister }) => !mayRegister)) return refuse("DIAMETER_AUTHORIZATION_REJECTED");
      const registered = registeredServer(record);
      const moves = registered !== undefined && registered.uri !== server.uri;
      if (moves && record.pending?.uri !== server.uri) return refuse("DIAMETER_ERROR_IDENTITY_ALREADY_REGISTERED");
      // One SIP server for the user: what another one had, or kept, ends.
      const left = changeAors({ ...record, pending: undefined }, elsewhere, CLEARED);
      const superseded = servings({ aors: record.aors.filter(elsewhere) }).filter(
        ({ server: { uri }, aors }) => uri === registered?.uri || aors.some(({ session }) => session !== undefined),
      );
      return { ...served(serving(left, chosen, "registered", server, request), request), superseded };
    }
    case SipServerAssignmentType.UNREGISTERED_USER: {
      if (server === undefined) return refuse("DIAMETER_MISSING_AVP", "SIP-Server-URI");
      const assigned = assignedServer(record);
      if (assigned !== undefined && assigned.uri !== server.uri)
        return refuse("DIAMETER_ERROR_IDENTITY_ALREADY_REGISTERED");
      if (affected.some(({ registration }) => registration === "registered"))
        return refuse("DIAMETER_ERROR_IN_ASSIGNMENT_TYPE");
      return served(serving({ ...record, pending: undefined }, chosen, "unregistered", server, request), request);
    }
    case SipServerAssignmentType.NO_ASSIGNMENT:
      if (server === undefined || affected.some((aor) => aor.server?.uri !== server.uri))
        return refuse("DIAMETER_UNABLE_TO_COMPLY");
      return served(record, request);
    case SipServerAssignmentType.AUTHENTICATION_FAILURE:
    case SipServerAssignmentType.AUTHENTICATION_TIMEOUT: {
      const next = { ...record, pending: undefined };
      // Who fails at a new SIP server does not end what is at the old one.
      if (record.pending !== undefined && record.pending.uri === server?.uri && affected.some(elsewhere))
        return success(next);
      return affected.some(elsewhere)
        ? refuse("DIAMETER_UNABLE_TO_COMPLY")
        : success(changeAors(next, chosen, CLEARED));
    }
    case SipServerAssignmentType.TIMEOUT_DEREGISTRATION_STORE_SERVER_NAME:
    case SipServerAssignmentType.USER_DEREGISTRATION_STORE_SERVER_NAME: {
      if (affected.some(elsewhere)) return refuse("DIAMETER_UNABLE_TO_COMPLY");
      const keep = options.keepServers !== false && affected.every((aor) => aor.server !== undefined);
      const next = changeAors(
        { ...record, pending: undefined },
        chosen,
        keep ? { registration: "notRegistered", session: undefined } : CLEARED,
      );
      return keep ? success(next) : { resultCode: ResultCode.DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED, record: next };
    }
    case SipServerAssignmentType.TIMEOUT_DEREGISTRATION:
    case SipServerAssignmentType.USER_DEREGISTRATION:
    case SipServerAssignmentType.ADMINISTRATIVE_DEREGISTRATION:
    case SipServerAssignmentType.DEREGISTRATION_TOO_MUCH_DATA:
      if (affected.some(elsewhere)) return refuse("DIAMETER_UNABLE_TO_COMPLY");
      return success(changeAors({ ...record, pending: undefined }, chosen, CLEARED));
    default:
      return refuse("DIAMETER_INVALID_AVP_VALUE");
  }
}

/** Whether an assignment type takes a list of SIP-AORs; the others take exactly one (section 8.3). */
export function isDeregistration(type: SipServerAssignmentType): boolean {
  return (type >= 4 && type <= 8) || type === SipServerAssignmentType.DEREGISTRATION_TOO_MUCH_DATA;
}

/** Whether an assignment type gives the user to the SIP server, so that a session may come of it. */
export function serves(type: SipServerAssignmentType): boolean {
  return type >= SipServerAssignmentType.REGISTRATION && type <= SipServerAssignmentType.UNREGISTERED_USER;
}

/** Section 8.4; for authentication failures and timeouts it has "too many" for none too. */
export function checkAors({ type, aors }: Pick<AssignServer, "type" | "aors">): ResultCodeName | undefined {
  if (isDeregistration(type) || aors.length === 1) return undefined;
  const failure =
    type === SipServerAssignmentType.AUTHENTICATION_FAILURE || type === SipServerAssignmentType.AUTHENTICATION_TIMEOUT;
  return aors.length > 1 || failure ? "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES" : "DIAMETER_MISSING_AVP";
}

/** This SIP server has these SIP-AORs from now on, in its session where one is maintained; others in that session follow it. */
function serving(
  record: UserRecord,
  chosen: (aor: AorRecord) => boolean,
  registration: "registered" | "unregistered",
  server: SipServerNode,
  request: AssignServer,
): UserRecord {
  const { userDataTypes, opens = false } = request;
  const goesOn = request.session !== undefined && openSession(record, request.session) !== undefined;
  const session = opens || goesOn ? request.session : undefined;
  const next = changeAors(record, chosen, { registration, server, userDataTypes, session });
  return session === undefined ? next : changeAors(next, (aor) => aor.session?.id === session.id, { session });
}

function success(record: UserRecord): ServerAssignment {
  return { resultCode: ResultCode.DIAMETER_SUCCESS, record };
}

function served(record: UserRecord, { hasUserData, userDataTypes }: AssignServer): ServerAssignment {
  const result = { ...success(record), serves: true };
  if (hasUserData) return result;
  const userData = chooseUserData(record.userData, userDataTypes);
  const ourUserDataTypes = userData.length === 0 ? record.userData.map(({ type }) => type) : undefined;
  return { ...result, userData, ourUserDataTypes };
}
