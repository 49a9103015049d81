/**
 * User-Authorization-Request to result: RFC 4740 section 8.2. The first row that fits decides.
 *
 * | type            | the user                                            | Result-Code | with                       |
 * |-----------------|-----------------------------------------------------|-------------|----------------------------|
 * | any             | has no such SIP-AOR                                 | 5033        |                            |
 * | REGISTRATION, R&C | may not roam to the visited network               | 5035        |                            |
 * | REGISTRATION, R&C | may not register the SIP-AOR                      | 5003        |                            |
 * | R&C             |                                                     | 2001        | capabilities               |
 * | REGISTRATION    | is registered, or authentication is pending         | 2004        | SIP server                 |
 * | REGISTRATION    | has a SIP server that is kept, needs capabilities   | 2007        | SIP server, capabilities   |
 * | REGISTRATION    | has a SIP server that is kept                       | 2004        | SIP server                 |
 * | REGISTRATION    |                                                     | 2003        | capabilities               |
 * | DEREGISTRATION  | has a SIP server for this SIP-AOR                   | 2001        | SIP server                 |
 * | DEREGISTRATION  |                                                     | 5034        |                            |
 *
 * When to return capabilities along with the SIP server is left to the server: a registration stays where it is, and a server that was
 * only kept may no longer do.
 */

import { SipUserAuthorizationType } from "@diamgen/sdk/sip";
import { ResultCode, type ResultCodeName } from "./result-codes.js";
import { aorOf, assignedServer, registeredServer } from "./servers.js";
import type { UserProfile, UserRecord } from "./types.js";

export interface AuthorizeUser {
  /** Canonical. */
  readonly aor: string;
  readonly type: SipUserAuthorizationType;
  readonly visitedNetwork: string | undefined;
}

export interface UserAuthorization {
  readonly resultCode: number;
  readonly serverUri?: string | undefined;
  readonly capabilities?: Pick<UserProfile, "mandatoryCapabilities" | "optionalCapabilities"> | undefined;
}

export function authorizeUser(record: UserRecord, request: AuthorizeUser): UserAuthorization {
  const { profile, pending } = record;
  const aor = aorOf(record, request.aor);
  if (aor === undefined) return only("DIAMETER_ERROR_IDENTITIES_DONT_MATCH");
  if (request.type === SipUserAuthorizationType.DEREGISTRATION) {
    if (aor.server === undefined) return only("DIAMETER_ERROR_IDENTITY_NOT_REGISTERED");
    return { ...only("DIAMETER_SUCCESS"), serverUri: aor.server.uri };
  }
  if (!mayRoam(profile, request.visitedNetwork)) return only("DIAMETER_ERROR_ROAMING_NOT_ALLOWED");
  if (!aor.mayRegister) return only("DIAMETER_AUTHORIZATION_REJECTED");
  const capabilities = profile;
  if (request.type === SipUserAuthorizationType.REGISTRATION_AND_CAPABILITIES)
    return { ...only("DIAMETER_SUCCESS"), capabilities };
  const active = registeredServer(record) ?? pending;
  if (active !== undefined) return { ...only("DIAMETER_SUBSEQUENT_REGISTRATION"), serverUri: active.uri };
  const kept = assignedServer(record);
  if (kept === undefined) return { ...only("DIAMETER_FIRST_REGISTRATION"), capabilities };
  return needsCapabilities(profile)
    ? { ...only("DIAMETER_SERVER_SELECTION"), serverUri: kept.uri, capabilities }
    : { ...only("DIAMETER_SUBSEQUENT_REGISTRATION"), serverUri: kept.uri };
}

export function needsCapabilities({ mandatoryCapabilities, optionalCapabilities }: UserProfile): boolean {
  return mandatoryCapabilities.length + optionalCapabilities.length > 0;
}

function mayRoam({ visitedNetworks }: UserProfile, visited: string | undefined): boolean {
  if (visited === undefined || visitedNetworks === undefined) return true;
  const wanted = visited.toLowerCase();
  return visitedNetworks.some((network) => network.toLowerCase() === wanted);
}

function only(name: ResultCodeName): { readonly resultCode: number } {
  return { resultCode: ResultCode[name] };
}
