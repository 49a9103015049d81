/** Where the digest of a Multimedia-Auth-Request stands. */
import * as digest from "@diamgen/sdk/digest";
import type { MultimediaAuthRequest, SipAuthorization } from "@diamgen/sdk/sip";
import type { AuthenticationRequest, DigestCredentials } from "../authentication/index.js";

/**
 * The digest of a request: in AVPs at the top level, as OpenSIPS sends them, or in SIP-Auth-Data-Item/SIP-Authorization,
 * as RFC 4740 section 9.5 has it. Throws AvpError for a Digest AVP at the top level that cannot be read.
 */
export function credentialsOf(request: MultimediaAuthRequest): DigestCredentials {
  const { userName } = request;
  const nested: SipAuthorization | undefined = request.sipAuthDataItem?.sipAuthorization;
  if (nested !== undefined)
    return {
      userName,
      username: nested.digestUsername,
      realm: nested.digestRealm,
      nonce: nested.digestNonce,
      uri: nested.digestUri,
      method: nested.digestMethod ?? request.sipMethod,
      response: nested.digestResponse,
      algorithm: nested.digestAlgorithm,
      qop: nested.digestQoP,
      cnonce: nested.digestCNonce,
      nonceCount: nested.digestNonceCount,
      entityBodyHash: nested.digestEntityBodyHash,
    };
  return {
    userName,
    username: digest.DigestUsername.find(request),
    realm: digest.DigestRealm.find(request),
    nonce: digest.DigestNonce.find(request),
    uri: digest.DigestUri.find(request),
    method: digest.DigestMethod.find(request),
    response: digest.DigestResponse.find(request),
    algorithm: digest.DigestAlgorithm.find(request),
    qop: digest.DigestQoP.find(request),
    cnonce: digest.DigestCNonce.find(request),
    nonceCount: digest.DigestNonceCount.find(request),
    entityBodyHash: digest.DigestEntityBodyHash.find(request),
  };
}

/** The request as authentication sees it. Throws as `credentialsOf` does. */
export function authenticationRequest(request: MultimediaAuthRequest, peer: string): AuthenticationRequest {
  const { sipAuthDataItem: item, sipServerUri: serverUri, userName, sipMethod, sipAor: aor } = request;
  const credentials = credentialsOf(request);
  const grouped = item?.sipAuthorization !== undefined;
  const none = credentials.username === undefined && credentials.response === undefined;
  // OpenSIPS sends none of these: its question whether a user exists has no digest either, and is answered as app_opensips does.
  const ofRfc4740 = item !== undefined || request.sipNumberAuthItems !== undefined || serverUri !== undefined;
  const scheme = item?.sipAuthenticationScheme;
  return { credentials, grouped, asks: none && ofRfc4740, scheme, userName, aor, sipMethod, serverUri, peer };
}
