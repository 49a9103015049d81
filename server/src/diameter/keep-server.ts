/** SIP-Server-URI in a Multimedia-Auth-Request: RFC 4740 section 8.8. */

import type { MultimediaAuthRequest } from "@diamgen/sdk/sip";
import * as authentication from "../authentication/index.js";
import { isServerUri, type SipServerNode } from "../registration/index.js";

/** Whose request it is: RFC 4740 has it in User-Name, and in SIP-AOR where it is a REGISTER. */
export interface Identified {
  readonly userName: string | undefined;
  readonly aor: string;
}

/**
 * The decision once the SIP server is kept. Right credentials are then DIAMETER_SUCCESS, not DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED. A
 * refusal keeps nothing: or whoever guesses passwords could point users to other SIP servers.
 */
export async function withServerKept(
  request: MultimediaAuthRequest,
  decided: Promise<authentication.Decision>,
  keep: ((request: Identified, server: SipServerNode) => Promise<void>) | undefined,
): Promise<authentication.Decision> {
  const result = await decided;
  const { sipServerUri: uri, originHost, originRealm, sipAor: aor } = request;
  if (
    keep === undefined ||
    uri === undefined ||
    !isServerUri(uri) ||
    (!result.accepted && result.errorMessage !== undefined)
  )
    return result;
  const userName = result.accepted ? `${result.username}@${result.realm}` : request.userName;
  // Nobody has said who is to be challenged, and the SIP-AOR of another request is who is called.
  if (userName === undefined && request.sipMethod !== "REGISTER") return result;
  try {
    await keep({ userName, aor }, { uri, originHost, originRealm });
  } catch (cause) {
    const errorMessage = "DIAMETER_UNABLE_TO_COMPLY";
    const { [errorMessage]: resultCode } = authentication.ResultCode;
    return { accepted: false, resultCode, errorMessage, reason: "storeFailed", cause };
  }
  return result.accepted ? { ...result, resultCode: authentication.ResultCode.DIAMETER_SUCCESS } : result;
}
