/** Digest verification against the examples of the RFCs, and against what curl 7.88 and Python's hashlib computed. */

import { expect, test } from "vitest";
import {
  computeHa1,
  computeHa1Columns,
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestParameters,
  expectedResponse,
  findDigestAlgorithm,
  verifyDigest,
} from "../../server/src/digest/index.js";

interface Vector {
  readonly source: string;
  readonly parameters: DigestParameters;
  readonly password: string;
}

/** curl --digest -u 'bob:pa:ss w0rd' http://.../a/b?c=d; SHA-512-256, which this curl has wrong, by Python. */
const byOthers: readonly (readonly [string, string | undefined, string | undefined, string | undefined, string])[] = [
  ["curl", undefined, undefined, undefined, "e333e16b8e57e6685f0bd3b1635898be"],
  ["curl", undefined, "auth", "MTQ5MGFlNzU3MTFiYTgwMDdlNGEyYjc1NTkxMzI0OWU=", "cd8e9dd1bcd92727f0c89aef6d93b726"],
  ["curl", undefined, "auth-int", "NjQwMmRjNWJmODc0MjZiNDNjMmQyZjUyYmEzNDdiZmY=", "4c6f4fc00f28238e32f38e55680c8c68"],
  ["curl", "MD5", undefined, undefined, "e333e16b8e57e6685f0bd3b1635898be"],
  ["curl", "MD5", "auth", "Nzg1YzlhNjk5YzM0ZDE2MmUxNDZlMThkZjllMjAzZjE=", "dc12d75f86fac6a293d5bbd628f63846"],
  ["curl", "MD5", "auth-int", "YjhkOTkzYmU2MmRkYzY2NDA2YWRlMTY5M2I4MDE5ODE=", "8df838ca12565f1248bf8bb25187295f"],
  ["Python", "MD5-sess", undefined, "MGZiMmEyMzAyN2NkZGFi", "e02cc78e240212eaf6a813c11fa1b28f"],
  ["curl", "MD5-sess", "auth", "MTAzODEwZmM5NTc0OWRkYjI4NTdiZDc2YTc2NGIwZTg=", "71c0bfd93b4a36c8afa89d0e367858a9"],
  ["curl", "MD5-sess", "auth-int", "ZTk1YjA1ZGJiZTk0NzBlMTAxZDQwZDJkZGYzNWRkMTU=", "ec934126dc4aafcf6a94d0405811e242"],
  ["curl", "SHA-256", undefined, undefined, "619f38511ead2e6f24c145a02f771de7e5bc568e3622266918e787358af97a3e"],
  [
    "curl",
    "SHA-256",
    "auth",
    "ZTEzMzZhMzUwZThkY2ZmM2E2OTE4N2FhYmUzOGE2Mzk=",
    "f3cd8eb38bc20a1c60e118423de848f49fe22e7d0369975f29334a80199b9145",
  ],
  [
    "curl",
    "SHA-256",
    "auth-int",
    "NGYyZTkwMGU2NTZkYWVmMjkxZDljNzhkYWI2NDQ4ZGI=",
    "672faff3e3ce4cf4a26c7e015846917253e4b6c3f175f7959f4a15ef2d308fc2",
  ],
  [
    "Python",
    "SHA-256-sess",
    undefined,
    "MGZiMmEyMzAyN2NkZGFi",
    "404a844b578ac27664bf969f9a849633c22bedfe1a201c3d462a6d03745654f1",
  ],
  [
    "curl",
    "SHA-256-sess",
    "auth",
    "MzNjZTdmNGNhOTM1N2Y5NWQzZDZiOGRhYTE0NGYxMjE=",
    "929aa733cddf397900cd00f867840d4e1f9c3f867eb8c51312f28e5a34bb154a",
  ],
  [
    "curl",
    "SHA-256-sess",
    "auth-int",
    "ZmVmOTIxYWJjY2Q2ZjE1ODU5NmM0NjBiZmJjNDA2MGE=",
    "b7a4d9a0be67fa2ad2fc47fbe44900c226aa94adc75ec05ff4f28a5df0496d74",
  ],
  ["Python", "SHA-512-256", undefined, undefined, "9de266ed675a000e4e78ed8fce40201a08246c5c5bfa85830347f98b69d6ce92"],
  [
    "Python",
    "SHA-512-256",
    "auth",
    "MGZiMmEyMzAyN2NkZGFi",
    "3128ed79e2fb85c7a4a7cf73e8c2d0084d96fbdc68f7e2eb7553cca1ef5dd331",
  ],
  [
    "Python",
    "SHA-512-256",
    "auth-int",
    "MGZiMmEyMzAyN2NkZGFi",
    "c6468e44b30c460ce4338bd7d0236e6264203157937e91f68ec666a98e6966e0",
  ],
  [
    "Python",
    "SHA-512-256-sess",
    undefined,
    "MGZiMmEyMzAyN2NkZGFi",
    "664174e430ae4bff265b11591e87332b8f337297a21426aed2123d3fce148583",
  ],
  [
    "Python",
    "SHA-512-256-sess",
    "auth",
    "MGZiMmEyMzAyN2NkZGFi",
    "3f58f8bc45397bd5984ddec06fc0f8a1af77005958472e02c9ef0a27312180f1",
  ],
  [
    "Python",
    "SHA-512-256-sess",
    "auth-int",
    "MGZiMmEyMzAyN2NkZGFi",
    "bc445ab4aabb889da7f0e0073a37e128305fff95244cefadb94924dd67fd3bd3",
  ],
];

/** H("") of each hash function: the entity body of a GET. */
const emptyBody: Readonly<Record<string, string>> = {
  md5: "d41d8cd98f00b204e9800998ecf8427e",
  sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "sha512-256": "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a",
};

const mufasa7616: DigestParameters = {
  username: "Mufasa",
  realm: "http-auth@example.org",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  uri: "/dir/index.html",
  method: "GET",
  qop: "auth",
  nonceCount: "00000001",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
};

const vectors: readonly Vector[] = [
  {
    source: "RFC 2617 section 3.5, MD5, qop=auth",
    password: "Circle Of Life",
    parameters: {
      username: "Mufasa",
      realm: "testrealm@host.com",
      nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
      uri: "/dir/index.html",
      method: "GET",
      qop: "auth",
      nonceCount: "00000001",
      cnonce: "0a4f113b",
      response: "6629fae49393a05397450978507c4ef1",
    },
  },
  {
    source: "RFC 2069 section 2.4 with its erratum, no qop",
    password: "CircleOfLife",
    parameters: {
      username: "Mufasa",
      realm: "testrealm@host.com",
      nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
      uri: "/dir/index.html",
      method: "GET",
      response: "1949323746fe6a43ef61f9606e7febea",
    },
  },
  {
    source: "RFC 7616 section 3.9.1, MD5, qop=auth",
    password: "Circle of Life",
    parameters: { ...mufasa7616, algorithm: "MD5", response: "8ca523f5e9506fed4657c9700eebdbec" },
  },
  {
    source: "RFC 7616 section 3.9.1, SHA-256, qop=auth",
    password: "Circle of Life",
    parameters: {
      ...mufasa7616,
      algorithm: "SHA-256",
      response: "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    },
  },
  {
    source: "RFC 7616 section 3.9.2 with erratum 4897, SHA-512-256, qop=auth, a name beyond ASCII",
    password: "Secret, or not?",
    parameters: {
      username: "J\u00e4s\u00f8n Doe",
      realm: "api@example.org",
      nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
      uri: "/doe.json",
      method: "GET",
      algorithm: "SHA-512-256",
      qop: "auth",
      nonceCount: "00000001",
      cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
      response: "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
    },
  },
  ...byOthers.map(([source, algorithm, qop, cnonce, response]): Vector => {
    return {
      source: `${source}, ${algorithm ?? "no algorithm"}, ${qop === undefined ? "no qop" : `qop=${qop}`}`,
      password: "pa:ss w0rd",
      parameters: {
        username: "bob",
        realm: "sip.example.test",
        nonce: "bm9uY2Ux",
        uri: "/a/b?c=d",
        method: "GET",
        algorithm,
        qop,
        cnonce,
        nonceCount: qop === undefined ? undefined : "00000001",
        entityBodyHash: qop === "auth-int" ? emptyBody[findDigestAlgorithm(algorithm)?.hash ?? ""] : undefined,
        response,
      },
    };
  }),
];

test("the vectors cover every algorithm with every qop", () => {
  const covered = new Set(byOthers.map(([, algorithm, qop]) => `${algorithm} ${qop}`));
  for (const { name } of DIGEST_ALGORITHMS) {
    for (const qop of [undefined, "auth", "auth-int"]) expect(covered).toContain(`${name} ${qop}`);
  }
});

test.each(vectors)("$source", ({ parameters, password }) => {
  const ha1 = computeHa1Columns(parameters.username, parameters.realm, password);
  expect(verifyDigest(parameters, { password })).toEqual({ outcome: "accepted" });
  expect(verifyDigest(parameters, { ...ha1, password: "" })).toEqual({ outcome: "accepted" });

  const wrong = { outcome: "rejected", reason: "wrongResponse" };
  expect(verifyDigest(parameters, { password: `${password}.` })).toEqual(wrong);
  expect(verifyDigest({ ...parameters, nonce: `${parameters.nonce}.` }, ha1)).toEqual(wrong);
  expect(verifyDigest({ ...parameters, uri: `${parameters.uri}.` }, ha1)).toEqual(wrong);
  expect(verifyDigest({ ...parameters, method: "REGISTER" }, ha1)).toEqual(wrong);
  if (parameters.qop !== undefined) {
    expect(verifyDigest({ ...parameters, cnonce: `${parameters.cnonce}.` }, ha1)).toEqual(wrong);
    expect(verifyDigest({ ...parameters, nonceCount: "00000002" }, ha1)).toEqual(wrong);
  }
  expect(verifyDigest(parameters, undefined)).toEqual({ outcome: "rejected", reason: "unknownUser" });
});

test("the HA1 columns are what Python's hashlib gives", () => {
  expect(computeHa1Columns("bob", "sip.example.test", "pa:ss w0rd")).toEqual({
    ha1: "64254bcd99cebc698d5a7e4a36cdedf1",
    ha1Sha256: "6eda8a9f235ef1552396a882724ae10759836251538bc17708e9529979a5f9d6",
    ha1Sha512t256: "c2d0b6513ba61b877fa3734317f94868fd60b59ff544aec093a010c2d82a2f68",
  });
});

const right = vectors[0]?.parameters as DigestParameters;
const password = "Circle Of Life";

test("hex may be upper case, in the response, in the column and in the hash of the body", () => {
  const { ha1 } = computeHa1Columns(right.username, right.realm, password);
  expect(verifyDigest({ ...right, response: right.response?.toUpperCase() }, { ha1: ha1.toUpperCase() }).outcome).toBe(
    "accepted",
  );
  const authInt = vectors.find(({ parameters }) => parameters.qop === "auth-int") as Vector;
  const shouted = { ...authInt.parameters, entityBodyHash: authInt.parameters.entityBodyHash?.toUpperCase() };
  expect(verifyDigest(shouted, authInt).outcome).toBe("accepted");
});

test.each(["nonce", "uri", "method", "response", "nonceCount", "cnonce"] as const)("%s missing", (attribute) => {
  expect(verifyDigest({ ...right, [attribute]: undefined }, { password })).toEqual({
    outcome: "rejected",
    reason: "missing",
    attribute,
  });
});

test("a -sess algorithm needs cnonce also without qop", () => {
  const parameters = { ...right, qop: undefined, nonceCount: undefined, cnonce: undefined, algorithm: "MD5-sess" };
  expect(verifyDigest(parameters, { password })).toMatchObject({ reason: "missing", attribute: "cnonce" });
});

test.each([
  ["a response that is empty", { response: "" }],
  ["a response that is too short", { response: right.response?.slice(0, 31) }],
  ["a response that is too long", { response: `${right.response}0` }],
  ["a response with as many octets that are no hex", { response: "\u00e9".repeat(16) }],
  ["a response of another algorithm's length", { response: "0".repeat(64) }],
])("%s is wrong", (_title, change) => {
  expect(verifyDigest({ ...right, ...change }, { password })).toEqual({ outcome: "rejected", reason: "wrongResponse" });
});

test.each(["SHA-1", "AKAv1-MD5", "md5 ", "__proto__", "token"])("algorithm %j is not supported", (algorithm) => {
  expect(verifyDigest({ ...right, algorithm }, { password })).toEqual({
    outcome: "rejected",
    reason: "unsupportedAlgorithm",
    algorithm,
  });
});

test("algorithm names are compared without case, and an empty one is MD5", () => {
  expect(findDigestAlgorithm("sha-512-256-SESS")?.name).toBe("SHA-512-256-sess");
  expect(findDigestAlgorithm("")?.name).toBe("MD5");
});

test.each(["auth-int", "auth,auth-int", "auth-conf"])("qop=%s without the hash of the body is refused", (qop) => {
  const refusal = { outcome: "rejected", reason: "unsupportedQop", qop };
  expect(verifyDigest({ ...right, qop }, { password })).toEqual(refusal);
  expect(verifyDigest({ ...right, qop, entityBodyHash: "" }, { password })).toEqual(refusal);
});

test("the hash of a body is nothing to qop=auth", () => {
  expect(verifyDigest({ ...right, entityBodyHash: "00" }, { password }).outcome).toBe("accepted");
});

test.each([
  ["nothing", {}],
  ["empty columns", { password: "", ha1: "", ha1Sha256: "", ha1Sha512t256: "" }],
  ["the HA1 of another algorithm", { ha1Sha256: "0".repeat(64) }],
  ["something that is no digest", { ha1: "x".repeat(32) }],
])("a subscriber with %s stored cannot log in", (_title, secrets) => {
  // Least of all with the empty password, whose HA1 anybody can compute.
  const md5 = findDigestAlgorithm("MD5") as DigestAlgorithm;
  const empty = expectedResponse(md5, computeHa1(md5, right.username, right.realm, ""), {
    ...right,
    nonce: right.nonce ?? "",
    uri: right.uri ?? "",
    method: right.method ?? "",
  });
  for (const response of [right.response, empty]) {
    expect(verifyDigest({ ...right, response }, secrets)).toEqual({ outcome: "rejected", reason: "noCredential" });
  }
});

test("an unknown user is unknown, whatever else is wrong", () => {
  const unknown = { outcome: "rejected", reason: "unknownUser" };
  for (const change of [{}, { nonce: undefined }, { algorithm: "SHA-1" }, { qop: "auth-int" }]) {
    expect(verifyDigest({ ...right, ...change }, undefined)).toMatchObject(unknown);
  }
});
