import { type MultimediaAuthRequest, type SipAuthDataItemInit, SipAuthenticationScheme } from "@diamgen/sdk/sip";
import type { Decision } from "./decision.js";

/** SIP-Auth-Data-Item of the answer: a challenge (RFC 4740 section 9.5.3), or our own proof to a user who was right (9.5.5). */
export function dataItems(
  result: Decision,
  request: MultimediaAuthRequest,
): readonly SipAuthDataItemInit[] | undefined {
  const sipAuthenticationScheme = SipAuthenticationScheme.DIGEST;
  if ("challenge" in result) {
    const { realm, nonce, algorithm, qop, stale, ha1 } = result.challenge;
    const sipAuthenticate = {
      digestRealm: realm,
      digestNonce: nonce,
      digestStale: stale ? "true" : undefined,
      digestAlgorithm: algorithm,
      digestQoP: qop,
      digestHa1: ha1,
    };
    return [{ sipAuthenticationScheme, sipAuthenticate }];
  }
  const credentials = request.sipAuthDataItem?.sipAuthorization;
  if (!result.accepted || credentials?.digestQoP === undefined || credentials.digestQoP === "") return undefined;
  const { digestQoP, digestCNonce, digestNonceCount } = credentials;
  // With auth-int, that we send none tells the SIP server to compute it.
  const digestResponseAuth = result.responseAuth;
  return [
    {
      sipAuthenticationScheme,
      sipAuthenticationInfo: { digestQoP, digestResponseAuth, digestCNonce, digestNonceCount },
    },
  ];
}
