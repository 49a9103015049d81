/**
 * Location-Info-Request to result: RFC 4740 section 8.6.
 *
 * | the SIP-AOR                                            | Result-Code | with                         |
 * |--------------------------------------------------------|-------------|------------------------------|
 * | has a SIP server, registered or not                    | 2001        | SIP server                   |
 * | has none, its user has services for unregistered users | 2005        | capabilities where there are |
 * | has none                                               | 5034        |                              |
 */

import { needsCapabilities, type UserAuthorization } from "./authorize-user.js";
import { ResultCode } from "./result-codes.js";
import { aorOf } from "./servers.js";
import type { UserRecord } from "./types.js";

/** `aor` is canonical, and the user's. */
export function locate(record: UserRecord, aor: string): UserAuthorization {
  const { profile } = record;
  const server = aorOf(record, aor)?.server;
  if (server !== undefined) return { resultCode: ResultCode.DIAMETER_SUCCESS, serverUri: server.uri };
  if (!profile.unregisteredService) return { resultCode: ResultCode.DIAMETER_ERROR_IDENTITY_NOT_REGISTERED };
  return {
    resultCode: ResultCode.DIAMETER_UNREGISTERED_SERVICE,
    capabilities: needsCapabilities(profile) ? profile : undefined,
  };
}
