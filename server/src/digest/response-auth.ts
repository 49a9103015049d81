/** The server's own proof that it knows the password: "rspauth" of RFC 7616 section 3.5. */

import { type DigestSecrets, findDigestAlgorithm } from "./algorithms.js";
import { computeHa1, storedHa1 } from "./ha1.js";
import { expectedResponse } from "./response.js";
import type { DigestParameters } from "./verify.js";

/**
 * The response-digest for a request whose own response was right: as its response, with an A2 that has no method.
 *
 * @returns undefined without qop, where it is not defined, and for "auth-int", where it covers the body of a SIP response that only the
 * SIP server has (RFC 4740 section 9.5.5)
 */
export function responseAuth(parameters: DigestParameters, secrets: DigestSecrets): string | undefined {
  const algorithm = findDigestAlgorithm(parameters.algorithm);
  if (algorithm === undefined || parameters.qop?.toLowerCase() !== "auth") return undefined;
  const { username, realm } = parameters;
  const ha1 = storedHa1(algorithm, secrets) ?? computeHa1(algorithm, username, realm, secrets.password ?? "");
  return expectedResponse(algorithm, ha1, {
    nonce: parameters.nonce ?? "",
    uri: parameters.uri ?? "",
    method: "",
    qop: parameters.qop,
    cnonce: parameters.cnonce,
    nonceCount: parameters.nonceCount,
  });
}
