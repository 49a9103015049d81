export {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestSecrets,
  digestHash,
  findDigestAlgorithm,
} from "./algorithms.js";
export { computeHa1, computeHa1Columns, type Ha1Columns } from "./ha1.js";
export { type DigestInputs, expectedResponse } from "./response.js";
export { type DigestAttribute, type DigestOutcome, type DigestParameters, verifyDigest } from "./verify.js";
