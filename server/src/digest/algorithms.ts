/**
 * The digest algorithms of RFC 7616 section 3.3, and RFC 8760 for SIP, as data: adding one is adding a row.
 */

import { hash } from "node:crypto";

/** A password in the forms that OpenSIPS's `subscriber` table keeps it. An empty string counts as not stored. */
export interface DigestSecrets {
  /** The password itself; from it every algorithm can be served. */
  readonly password?: string | undefined;
  /** MD5(username:realm:password), 32 hex digits. */
  readonly ha1?: string | undefined;
  /** SHA-256(username:realm:password), 64 hex digits. */
  readonly ha1Sha256?: string | undefined;
  /** SHA-512/256(username:realm:password), 64 hex digits. */
  readonly ha1Sha512t256?: string | undefined;
}

export interface DigestAlgorithm {
  /** The token as RFC 7616 section 3.3 writes it. */
  readonly name: string;
  /** The hash function's OpenSSL name. */
  readonly hash: "md5" | "sha256" | "sha512-256";
  /** Hex digits of a digest, hence of a response. */
  readonly digits: 32 | 64;
  /** "-sess": A1 covers nonce and cnonce too (RFC 7616 section 3.4.2). */
  readonly session: boolean;
  /** Where H(username:realm:password) is stored. The -sess variants start from the same value. */
  readonly ha1: "ha1" | "ha1Sha256" | "ha1Sha512t256";
}

export const DIGEST_ALGORITHMS: readonly DigestAlgorithm[] = [
  { name: "MD5", hash: "md5", digits: 32, session: false, ha1: "ha1" },
  { name: "MD5-sess", hash: "md5", digits: 32, session: true, ha1: "ha1" },
  { name: "SHA-256", hash: "sha256", digits: 64, session: false, ha1: "ha1Sha256" },
  { name: "SHA-256-sess", hash: "sha256", digits: 64, session: true, ha1: "ha1Sha256" },
  { name: "SHA-512-256", hash: "sha512-256", digits: 64, session: false, ha1: "ha1Sha512t256" },
  { name: "SHA-512-256-sess", hash: "sha512-256", digits: 64, session: true, ha1: "ha1Sha512t256" },
];

const byName = new Map(DIGEST_ALGORITHMS.map((algorithm) => [algorithm.name.toLowerCase(), algorithm]));

/**
 * The algorithm of a Digest-Algorithm AVP. Absent or empty means MD5 (RFC 7616 section 3.3); letter case is ignored.
 *
 * @returns undefined where we do not know the name, or where OpenSSL refuses the hash (MD5 in FIPS mode).
 */
export function findDigestAlgorithm(name: string | undefined): DigestAlgorithm | undefined {
  const algorithm = byName.get((name === undefined || name === "" ? "MD5" : name).toLowerCase());
  return algorithm !== undefined && isAvailable(algorithm) ? algorithm : undefined;
}

/** H(data): the lower-case hex digest of a string's UTF-8 octets. */
export function digestHash(algorithm: DigestAlgorithm, data: string): string {
  return hash(algorithm.hash, data);
}

const availability = new Map<DigestAlgorithm["hash"], boolean>();

function isAvailable(algorithm: DigestAlgorithm): boolean {
  let available = availability.get(algorithm.hash);
  if (available === undefined) {
    try {
      hash(algorithm.hash, "");
      available = true;
    } catch {
      available = false;
    }
    availability.set(algorithm.hash, available);
  }
  return available;
}
