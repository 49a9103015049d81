/** H(A1) without nonce: what a server stores in place of a password (RFC 7616 sections 3.4.2 and 5.2). */

import { DIGEST_ALGORITHMS, type DigestAlgorithm, type DigestSecrets, digestHash } from "./algorithms.js";

/** The three `ha1*` columns of OpenSIPS's `subscriber` table. */
export type Ha1Columns = { readonly [column in DigestAlgorithm["ha1"]]: string };

/** H(username:realm:password) as lower-case hex. For a "-sess" algorithm, what its A1 starts with. */
export function computeHa1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return digestHash(algorithm, `${username}:${realm}:${password}`);
}

/** Every `ha1*` column for one password. Throws where OpenSSL refuses one of the hashes (FIPS mode). */
export function computeHa1Columns(username: string, realm: string, password: string): Ha1Columns {
  const columns = { ha1: "", ha1Sha256: "", ha1Sha512t256: "" };
  for (const algorithm of DIGEST_ALGORITHMS) {
    if (!algorithm.session) columns[algorithm.ha1] = computeHa1(algorithm, username, realm, password);
  }
  return columns;
}

const HEX = /^[0-9a-f]+$/i;

/**
 * The stored H(username:realm:password) for an algorithm, as lower-case hex.
 *
 * @returns undefined where the column is empty or holds something else than a digest of this algorithm's size.
 */
export function storedHa1(algorithm: DigestAlgorithm, secrets: DigestSecrets): string | undefined {
  const value = secrets[algorithm.ha1];
  if (value === undefined || value.length !== algorithm.digits || !HEX.test(value)) return undefined;
  return value.toLowerCase();
}
