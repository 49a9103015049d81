/** Is this the response of somebody who knows the password? Pure: no clock, no nonce state, no input or output. */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { type DigestAlgorithm, type DigestSecrets, findDigestAlgorithm } from "./algorithms.js";
import { computeHa1, storedHa1 } from "./ha1.js";
import { expectedResponse } from "./response.js";

/**
 * The digest directives of one request, as the Digest-* AVPs carry them (RFC 4740 section 9.5.6): without quotes,
 * otherwise as the client sent them. undefined is an absent AVP; an empty string is a present one.
 */
export interface DigestParameters {
  readonly username: string;
  readonly realm: string;
  readonly nonce?: string | undefined;
  readonly uri?: string | undefined;
  readonly method?: string | undefined;
  /** Hex; upper-case digits are accepted, though RFC 7616 section 3.4 has LHEX. */
  readonly response?: string | undefined;
  readonly algorithm?: string | undefined;
  /** Absent or empty: the RFC 2069 form. */
  readonly qop?: string | undefined;
  readonly cnonce?: string | undefined;
  readonly nonceCount?: string | undefined;
  /** Digest-Entity-Body-Hash: H(entity-body), hex. */
  readonly entityBodyHash?: string | undefined;
}

/** A directive that a request can lack. */
export type DigestAttribute = "nonce" | "uri" | "method" | "response" | "nonceCount" | "cnonce";

export type DigestOutcome =
  | { readonly outcome: "accepted" }
  /** `attribute`: what the request lacks besides. */
  | { readonly outcome: "rejected"; readonly reason: "unknownUser"; readonly attribute?: DigestAttribute }
  | { readonly outcome: "rejected"; readonly reason: "missing"; readonly attribute: DigestAttribute }
  | { readonly outcome: "rejected"; readonly reason: "unsupportedAlgorithm"; readonly algorithm: string }
  /** Also "auth-int" without the hash of the body, which a server cannot verify. */
  | { readonly outcome: "rejected"; readonly reason: "unsupportedQop"; readonly qop: string }
  /** The subscriber exists, but has neither a password nor the HA1 of this algorithm. */
  | { readonly outcome: "rejected"; readonly reason: "noCredential" }
  | { readonly outcome: "rejected"; readonly reason: "wrongResponse" };

/** What an unknown user's password is in the calculation. Knowing it would not help: the outcome is fixed. */
const DUMMY_PASSWORD = randomBytes(16).toString("hex");

/**
 * Verifies a digest response.
 *
 * An unknown user costs what a wrong password costs: the same hashes over inputs of the same length, and one
 * comparison in constant time, so that the time of an answer does not tell who is a subscriber.
 *
 * @param secrets what is stored for the user; undefined where there is no such user
 */
export function verifyDigest(parameters: DigestParameters, secrets: DigestSecrets | undefined): DigestOutcome {
  const algorithm = findDigestAlgorithm(parameters.algorithm);
  const refusal = refuse(parameters, algorithm);
  if (refusal !== undefined || algorithm === undefined) {
    if (secrets !== undefined) return refusal ?? unsupportedAlgorithm(parameters);
    const attribute = refusal?.outcome === "rejected" && refusal.reason === "missing" ? refusal.attribute : undefined;
    return { outcome: "rejected", reason: "unknownUser", ...(attribute && { attribute }) };
  }

  const stored = secrets === undefined ? undefined : storedHa1(algorithm, secrets);
  // An empty password column is how OpenSIPS says "HA1 only": it must never become the HA1 of the empty password.
  const password = secrets?.password === "" ? undefined : secrets?.password;
  // Computed even where a stored HA1 makes it superfluous, for the equal cost promised above.
  const computed = computeHa1(algorithm, parameters.username, parameters.realm, password ?? DUMMY_PASSWORD);
  const expected = expectedResponse(algorithm, stored ?? computed, {
    nonce: parameters.nonce ?? "",
    uri: parameters.uri ?? "",
    method: parameters.method ?? "",
    qop: qopOf(parameters),
    cnonce: parameters.cnonce,
    nonceCount: parameters.nonceCount,
    entityBodyHash: isAuthInt(parameters) ? parameters.entityBodyHash?.toLowerCase() : undefined,
  });
  const equal = equalInConstantTime(expected, (parameters.response ?? "").toLowerCase());

  if (secrets === undefined) return { outcome: "rejected", reason: "unknownUser" };
  if (stored === undefined && password === undefined) return { outcome: "rejected", reason: "noCredential" };
  return equal ? { outcome: "accepted" } : { outcome: "rejected", reason: "wrongResponse" };
}

/** What keeps a request from being calculated at all. The order of the attributes is app_opensips's. */
function refuse(parameters: DigestParameters, algorithm: DigestAlgorithm | undefined): DigestOutcome | undefined {
  for (const attribute of ["nonce", "uri", "method", "response"] as const) {
    if (parameters[attribute] === undefined) return { outcome: "rejected", reason: "missing", attribute };
  }
  if (algorithm === undefined) return unsupportedAlgorithm(parameters);
  const qop = qopOf(parameters);
  if (qop !== undefined) {
    const name = qop.toLowerCase();
    const verifiable = name === "auth" || (name === "auth-int" && (parameters.entityBodyHash ?? "") !== "");
    if (!verifiable) return { outcome: "rejected", reason: "unsupportedQop", qop };
    // With qop, nc and cnonce are obligatory: RFC 7616 section 3.4.
    if (parameters.nonceCount === undefined) return { outcome: "rejected", reason: "missing", attribute: "nonceCount" };
  }
  if ((qop !== undefined || algorithm.session) && parameters.cnonce === undefined) {
    return { outcome: "rejected", reason: "missing", attribute: "cnonce" };
  }
  return undefined;
}

function unsupportedAlgorithm(parameters: DigestParameters): DigestOutcome {
  return { outcome: "rejected", reason: "unsupportedAlgorithm", algorithm: parameters.algorithm ?? "MD5" };
}

function qopOf(parameters: DigestParameters): string | undefined {
  return parameters.qop === "" ? undefined : parameters.qop;
}

function isAuthInt(parameters: DigestParameters): boolean {
  return parameters.qop?.toLowerCase() === "auth-int";
}

function equalInConstantTime(expected: string, given: string): boolean {
  const left = Buffer.from(expected);
  const right = Buffer.from(given);
  // timingSafeEqual needs equal lengths; the length of a digest is no secret.
  if (left.length !== right.length) return false;
  return timingSafeEqual(left, right);
}
