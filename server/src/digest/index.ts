export {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestSecrets,
  digestHash,
  findDigestAlgorithm,
} from "./algorithms.js";
export { computeHa1, computeHa1Columns, type Ha1Columns, storedHa1 } from "./ha1.js";
export { type NonceOptions, type NonceState, Nonces } from "./nonce.js";
export { NonceUses, type NonceUsesOptions } from "./nonce-uses.js";
export { type DigestInputs, expectedResponse } from "./response.js";
export { responseAuth } from "./response-auth.js";
export { type DigestAttribute, type DigestOutcome, type DigestParameters, verifyDigest } from "./verify.js";
