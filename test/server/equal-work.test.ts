/** An unknown user costs what a wrong password costs: the same lookups, hashes and comparisons. Counted, not timed. */

import type * as crypto from "node:crypto";
import { expect, test, vi } from "vitest";
import { authenticate } from "../../server/src/authentication/index.js";
import {
  computeHa1Columns,
  DIGEST_ALGORITHMS,
  type DigestSecrets,
  findDigestAlgorithm,
} from "../../server/src/digest/index.js";

const counts = vi.hoisted(() => ({ hashes: 0, comparisons: 0 }));

vi.mock(import("node:crypto"), async (original) => {
  const real = await original();
  return {
    ...real,
    hash: ((...args: Parameters<typeof crypto.hash>) => {
      counts.hashes += 1;
      return real.hash(...args);
    }) as typeof crypto.hash,
    timingSafeEqual: (left: NodeJS.ArrayBufferView, right: NodeJS.ArrayBufferView) => {
      counts.comparisons += 1;
      return real.timingSafeEqual(left, right);
    },
  };
});

// Whether there is such a hash is asked once.
for (const { name } of DIGEST_ALGORITHMS) findDigestAlgorithm(name);

const USERS: readonly (readonly [string, DigestSecrets | undefined])[] = [
  ["unknown", undefined],
  ["with every HA1", computeHa1Columns("alice", "r", "wonderland")],
  ["with a password", { password: "wonderland" }],
  ["with both", { password: "wonderland", ...computeHa1Columns("alice", "r", "wonderland") }],
  ["without any secret", { password: "", ha1: "", ha1Sha256: "", ha1Sha512t256: "" }],
];

const FORMS = [
  ["no qop", {}],
  ["qop auth", { qop: "auth", cnonce: "c", nonceCount: "00000001" }],
  ["qop auth-int", { qop: "auth-int", cnonce: "c", nonceCount: "00000001", entityBodyHash: "0".repeat(64) }],
  ["no such qop", { qop: "x", cnonce: "c", nonceCount: "00000001" }],
  ["nothing of what qop needs", { qop: "auth" }],
] as const;

test.each(
  DIGEST_ALGORITHMS.flatMap(({ name, digits }) => FORMS.map(([form, more]) => [name, form, digits, more] as const)),
)("%s, %s", async (algorithm, form, digits, more) => {
  const credentials = { username: "alice", realm: "r", nonce: "n", uri: "sip:r", method: "REGISTER", algorithm };
  const work: unknown[] = [];
  for (const [, secrets] of USERS) {
    counts.hashes = 0;
    counts.comparisons = 0;
    let lookups = 0;
    const find = async () => {
      lookups += 1;
      return secrets;
    };
    const response = "0".repeat(digits);
    const result = await authenticate({ cnonce: "c", ...credentials, ...more, response }, { find });
    expect(result.accepted).toBe(false);
    work.push({ lookups, ...counts });
  }
  if (form === "no qop") expect(counts).toEqual({ hashes: algorithm.endsWith("-sess") ? 4 : 3, comparisons: 1 });
  expect(new Set(work.map((one) => JSON.stringify(one))).size).toBe(1);
});
