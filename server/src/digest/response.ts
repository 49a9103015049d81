/**
 * The request-digest (RFC 7616 section 3.4.1; without qop RFC 2069 section 2.1.2):
 *
 * ```
 * A1  = username:realm:password                                or, "-sess",  H(username:realm:password):nonce:cnonce
 * A2  = method:uri                                             or, "auth-int",           method:uri:H(entity-body)
 * response = H( H(A1):nonce:nc:cnonce:qop:H(A2) )              or, without qop,            H( H(A1):nonce:H(A2) )
 * ```
 */

import { type DigestAlgorithm, digestHash } from "./algorithms.js";

export interface DigestInputs {
  readonly nonce: string;
  readonly uri: string;
  readonly method: string;
  /** As the client sent it, its letter case included: it is hashed. undefined is the RFC 2069 form. */
  readonly qop?: string | undefined;
  /** For qop and for "-sess" algorithms. */
  readonly cnonce?: string | undefined;
  /** The eight hex digits of "nc", as sent. For qop only. */
  readonly nonceCount?: string | undefined;
  /** H(entity-body), hex: makes A2 that of "auth-int". */
  readonly entityBodyHash?: string | undefined;
}

/**
 * The response that a client in possession of the password sends, as lower-case hex.
 *
 * @param ha1 H(username:realm:password), lower-case hex, for "-sess" algorithms too
 */
export function expectedResponse(algorithm: DigestAlgorithm, ha1: string, inputs: DigestInputs): string {
  const { nonce, qop } = inputs;
  const cnonce = inputs.cnonce ?? "";
  const a1 = algorithm.session ? digestHash(algorithm, `${ha1}:${nonce}:${cnonce}`) : ha1;
  const body = inputs.entityBodyHash === undefined ? "" : `:${inputs.entityBodyHash}`;
  const a2 = digestHash(algorithm, `${inputs.method}:${inputs.uri}${body}`);
  if (qop === undefined) return digestHash(algorithm, `${a1}:${nonce}:${a2}`);
  return digestHash(algorithm, `${a1}:${nonce}:${inputs.nonceCount ?? ""}:${cnonce}:${qop}:${a2}`);
}
