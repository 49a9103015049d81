/** The result table of authentication, and the captures of the server that ours replaces. */

import { describe, expect, test } from "vitest";
import { authenticate, type DigestCredentials, ResultCode } from "../../server/src/authentication/index.js";
import { StoreError, type Subscriber } from "../../server/src/store/index.js";
import { answerTo, type CaptureName, capture, type GoldenMessage, golden } from "../support/golden.js";
import { credentialsOf, openStores } from "./support.js";

const errorAnswers: CaptureName = "freediameter-app_opensips-error-answers";

/** Message 3 of the capture: alice, whose password is "secret", without qop. */
const good = credentialsOf(golden(errorAnswers, 3));

async function subscribers() {
  const stores = openStores();
  await stores.subscribers.add({ username: "alice", domain: "sipdomain.invalid", password: "secret" });
  return stores.subscribers;
}

const rejected = (errorMessage: keyof typeof ResultCode, reason: string, missingAvp?: object) => ({
  accepted: false,
  resultCode: ResultCode[errorMessage],
  errorMessage,
  reason,
  ...(missingAvp === undefined ? {} : { missingAvp }),
});

const missing = (name: string, code: number) => rejected("DIAMETER_MISSING_AVP", "missing", { name, code });

const table: readonly (readonly [string, Partial<DigestCredentials>, object])[] = [
  ["everything right", {}, { accepted: true, resultCode: 2006, username: "alice", realm: "sipdomain.invalid" }],
  ["User-Name absent", { userName: undefined }, { accepted: true, resultCode: 2006 }],
  ["User-Name without realm", { userName: "alice" }, { accepted: true, resultCode: 2006 }],
  ["Digest-Username missing", { username: undefined }, missing("Digest-Username", 115)],
  [
    "another User-Name",
    { userName: "bob@sipdomain.invalid" },
    rejected("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "identitiesDontMatch"),
  ],
  [
    "a User-Name that begins like it",
    { userName: "alic@x" },
    rejected("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "identitiesDontMatch"),
  ],
  ["an empty User-Name", { userName: "" }, rejected("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "identitiesDontMatch")],
  ["Digest-Realm missing", { realm: undefined }, missing("Digest-Realm", 104)],
  [
    "no such subscriber",
    { username: "bob", userName: "bob@x" },
    rejected("DIAMETER_ERROR_USER_UNKNOWN", "unknownUser"),
  ],
  [
    "a subscriber of another domain",
    { realm: "other.invalid" },
    rejected("DIAMETER_ERROR_USER_UNKNOWN", "unknownUser"),
  ],
  [
    "a name with a NUL",
    { username: "alice\0", userName: undefined },
    rejected("DIAMETER_ERROR_USER_UNKNOWN", "unknownUser"),
  ],
  ["Digest-Nonce missing", { nonce: undefined }, missing("Digest-Nonce", 105)],
  ["Digest-URI missing", { uri: undefined }, missing("Digest-URI", 109)],
  ["Digest-Method missing", { method: undefined }, missing("Digest-Method", 108)],
  ["Digest-Response missing", { response: undefined }, missing("Digest-Response", 103)],
  ["qop=auth, Digest-Nonce-Count missing", { qop: "auth", cnonce: "cn" }, missing("Digest-Nonce-Count", 114)],
  ["qop=auth, Digest-CNonce missing", { qop: "auth", nonceCount: "00000001" }, missing("Digest-CNonce", 113)],
  ["a wrong response", { response: "0".repeat(32) }, rejected("DIAMETER_AUTHENTICATION_REJECTED", "wrongResponse")],
  ["another method", { method: "INVITE" }, rejected("DIAMETER_AUTHENTICATION_REJECTED", "wrongResponse")],
  [
    "qop=auth-int without body hash",
    { qop: "auth-int", nonceCount: "00000001", cnonce: "cn" },
    rejected("DIAMETER_AUTHENTICATION_REJECTED", "unsupportedQop"),
  ],
  [
    "an unknown algorithm",
    { algorithm: "SHA-1" },
    rejected("DIAMETER_AUTHENTICATION_REJECTED", "unsupportedAlgorithm"),
  ],

  // Which check comes first.
  [
    "Digest-Username before everything",
    { username: undefined, realm: undefined, userName: "bob", nonce: undefined },
    missing("Digest-Username", 115),
  ],
  [
    "identities before Digest-Realm",
    { userName: "bob", realm: undefined },
    rejected("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "identitiesDontMatch"),
  ],
  [
    "the subscriber before Digest-Nonce",
    { username: "bob", userName: undefined, nonce: undefined },
    rejected("DIAMETER_ERROR_USER_UNKNOWN", "unknownUser"),
  ],
  ["Digest-Nonce before Digest-Response", { nonce: undefined, response: undefined }, missing("Digest-Nonce", 105)],
  [
    "no Digest-* at all, as of aaa_does_uri_exist()",
    Object.fromEntries(Object.keys(good).map((key) => [key, undefined])),
    missing("Digest-Username", 115),
  ],
];

describe("the result table", () => {
  test.each(table)("%s", async (_title, change, expected) => {
    const result = await authenticate({ ...good, ...change }, await subscribers());
    if ("errorMessage" in expected) expect(result).toEqual(expected);
    else expect(result).toMatchObject(expected);
  });

  test("a database that fails is 5012, with its error for the log", async () => {
    const stores = openStores();
    await stores.close();
    const result = await authenticate(good, stores.subscribers);
    expect(result).toMatchObject(rejected("DIAMETER_UNABLE_TO_COMPLY", "storeFailed"));
    expect(result).toHaveProperty("cause.code", "STORE_CLOSED");
  });

  test("a lookup that throws at once is 5012 too", async () => {
    const failing = {
      find(): Promise<Subscriber | undefined> {
        throw new StoreError("STORE_BUSY", "busy");
      },
    };
    await expect(authenticate(good, failing)).resolves.toMatchObject({ resultCode: 5012 });
  });

  test("the database is not asked before the request is in order", async () => {
    let asked = 0;
    const lookup = {
      async find(): Promise<Subscriber | undefined> {
        asked += 1;
        return undefined;
      },
    };
    await authenticate({ ...good, username: undefined }, lookup);
    await authenticate({ ...good, userName: "bob" }, lookup);
    await authenticate({ ...good, realm: undefined }, lookup);
    expect(asked).toBe(0);
  });

  test("an unknown user can be made to look like a wrong password", async () => {
    const result = await authenticate({ ...good, realm: "other.invalid" }, await subscribers(), {
      revealUnknownUser: false,
    });
    expect(result).toEqual(rejected("DIAMETER_AUTHENTICATION_REJECTED", "unknownUser"));
  });

  test.each<[string, Partial<typeof good>]>([
    ["no Digest-Nonce", { nonce: undefined }],
    ["qop=auth without cnonce", { qop: "auth", nonceCount: "00000001", cnonce: undefined }],
    ["qop=auth without nonce count", { qop: "auth", nonceCount: undefined }],
    ["no such algorithm", { algorithm: "ROT13" }],
    ["no such qop", { qop: "both" }],
    ["a wrong response", { response: "0".repeat(32) }],
  ])("then %s is answered to a known user as to an unknown one", async (_title, changes) => {
    const answer = async (username: string) => {
      const credentials = { ...good, userName: undefined, ...changes, username };
      const result = await authenticate(credentials, await subscribers(), { revealUnknownUser: false });
      return { ...result, reason: "" };
    };
    expect(await answer("nobody")).toEqual(await answer("alice"));
  });

  test.each(["a' OR '1'='1", "alice'--", 'alice" --', "alice\\' OR 1=1;--", "%", "_lice", "alice%00", "ALICE"])(
    "user %j is unknown",
    async (username) => {
      const result = await authenticate({ ...good, username, userName: undefined }, await subscribers());
      expect(result).toEqual(rejected("DIAMETER_ERROR_USER_UNKNOWN", "unknownUser"));
    },
  );
});

/** Where we give another answer than app_opensips did: see authenticate.ts. */
const differences: ReadonlyMap<number, readonly [string, number]> = new Map([
  [13, ["upper-case hex", 2006]],
  [35, ["qop=auth", 2006]],
  [41, ["a name too long for its buffer", 5032]],
]);

describe("the answers of app_opensips", () => {
  const requests = capture(errorAnswers).filter(({ code, flags }) => code === 286 && flags.startsWith("R"));
  // Answers with Failed-AVP or the E bit came from freeDiameter itself, before app_opensips was asked.
  const own = requests.flatMap((request): (readonly [number, GoldenMessage, GoldenMessage])[] => {
    const answer = answerTo(errorAnswers, request);
    const core = answer === undefined || answer.flags.includes("E") || answer.avps.some(({ code }) => code === 279);
    return core ? [] : [[request.number, request, answer]];
  });

  test("there are some of each kind", () => {
    const codes = own.map(([, , answer]) => printed(answer, 268));
    expect(new Set(codes)).toEqual(new Set(["2006", "4001", "5005", "5012", "5032", "5033"]));
  });

  test.each(own)("request %i", async (number, request, answer) => {
    const result = await authenticate(credentialsOf(request), await subscribers());
    const difference = differences.get(number);
    if (difference !== undefined) {
      expect(result.resultCode).toBe(difference[1]);
      return;
    }
    expect(result.resultCode).toBe(Number(printed(answer, 268)));
    expect(result.accepted ? undefined : `'${result.errorMessage}'`).toBe(printed(answer, 281));
  });
});

describe("requests of a real OpenSIPS", () => {
  test.each([["opensips-3.2-auth"], ["opensips-3.2-acct"], ["opensips-3.2-uri-exist"]] as const)(
    "%s: every request gets the answer that app_opensips gave",
    async (name) => {
      const store = await subscribers();
      const requests = capture(name).filter(({ code, flags }) => code === 286 && flags.startsWith("R"));
      expect(requests.length).toBeGreaterThan(0);
      for (const request of requests) {
        const answer = answerTo(name, request) as GoldenMessage;
        const { resultCode } = await authenticate(credentialsOf(request), store);
        expect(resultCode).toBe(Number(printed(answer, 268)));
      }
    },
  );

  test("qop=auth, which app_opensips always refused, is verified; auth-int is refused", async () => {
    const store = await subscribers();
    const results = [];
    for (const request of capture("opensips-3.2-qop").filter(
      ({ code, flags }) => code === 286 && flags.startsWith("R"),
    )) {
      results.push(await authenticate(credentialsOf(request), store));
    }
    expect(results).toMatchObject([{ resultCode: 2006 }, { resultCode: 4001, reason: "unsupportedQop" }]);
  });
});

function printed(message: GoldenMessage, code: number): string | undefined {
  return message.avps.find((avp) => avp.code === code)?.value;
}
