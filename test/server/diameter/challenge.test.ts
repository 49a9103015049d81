/** RFC 4740 as its own clients use it: challenges from us (sections 6.2, 6.3, 8.8, 11), credentials in SIP-Auth-Data-Item. */

import { randomBytes } from "node:crypto";
import { ErrorMessage } from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as sip from "@diamgen/sdk/sip";
import { afterAll, describe, expect, test } from "vitest";
import { DiameterNode } from "../../../runtime/src/index.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { computeHa1, expectedResponse, findDigestAlgorithm } from "../../../server/src/digest/index.js";
import type { SipServerOptions } from "../../../server/src/index.js";
import type { AorRecord } from "../../../server/src/registration/index.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { ALICE, Recorder, SERVER, startServer } from "./support.js";
import { AOR, asking, challengeOf, credentials, USER } from "./user-agent.js";

const URI = `sip:${ALICE.domain}`;
const recorder = new Recorder();
const key = randomBytes(32);

/** A server with challenges, and a client of RFC 4740 that is connected to it. */
async function connected(options: Partial<SipServerOptions> = {}) {
  const server = await startServer({ challenge: { key }, ...options });
  const client = new DiameterNode({
    originHost: "sip.diameter.test",
    originRealm: SERVER.originRealm,
    applications: [sip.application],
    extensions: [digest.avps],
    peers: [{ host: "127.0.0.1", port: server.port }],
  });
  recorder.tap(server.server.node);
  await client.start();
  const ask = asking(client);
  return {
    ask,
    stores: server.stores,
    async [Symbol.asyncDispose]() {
      await client.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe("section 6.2: the Diameter server authenticates", () => {
  test("a request without credentials is challenged: 2008, one SIP-Auth-Data-Item, no H(A1)", async () => {
    await using peer = await connected();
    const answer = await peer.ask({ sipNumberAuthItems: 1 });
    expect(answer.resultCode).toBe(2008);
    expect(answer.sipAuthDataItem).toHaveLength(1);
    expect(ErrorMessage.find(answer)).toBeUndefined();
    expect(challengeOf(answer)).toMatchObject({
      digestRealm: ALICE.domain,
      digestNonce: expect.stringMatching(/^[\w-]{40}$/),
      digestAlgorithm: "MD5",
      digestQoP: "auth",
      digestStale: undefined,
      digestHa1: undefined,
    });
  });

  test("whatever session a client wants, there is none that it would have to end", async () => {
    await using peer = await connected();
    const authSessionState = sip.AuthSessionState.STATE_MAINTAINED;
    const challenged = await peer.ask({ sipNumberAuthItems: 1, authSessionState });
    const answered = await peer.ask({ ...credentials(challengeOf(challenged)), authSessionState });
    const states = [challenged, answered].map((answer) => [answer.resultCode, answer.authSessionState]);
    expect(states).toEqual([
      [2008, sip.AuthSessionState.NO_STATE_MAINTAINED],
      [2006, sip.AuthSessionState.NO_STATE_MAINTAINED],
    ]);
  });

  test("with a SIP-Server-URI: 1001", async () => {
    await using peer = await connected();
    expect((await peer.ask({ sipServerUri: "sip:s2.example" })).resultCode).toBe(1001);
  });

  test.each(["MD5", "SHA-256", "SHA-512-256", "MD5-sess"])(
    "%s: the answer to it is right, with rspauth",
    async (algorithm) => {
      await using peer = await connected({ challenge: { key, algorithm } });
      const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
      expect(challenge.digestAlgorithm).toBe(algorithm);
      const init = credentials(challenge, algorithm.endsWith("-sess") ? {} : { nonceCount: "00000001" });
      const answer = await peer.ask(init);
      expect(answer.resultCode).toBe(2006);
      const [item] = answer.sipAuthDataItem;
      expect(item?.sipAuthenticationInfo).toMatchObject({ digestQoP: "auth", digestCNonce: "0a4f113b" });
      const authorization = init.sipAuthDataItem?.sipAuthorization;
      const found = findDigestAlgorithm(algorithm);
      if (found === undefined || authorization === undefined) throw new Error("no such algorithm");
      // RFC 7616 section 3.5: as the response, with an empty method.
      expect(item?.sipAuthenticationInfo?.digestResponseAuth).toBe(
        expectedResponse(found, computeHa1(found, ALICE.username, ALICE.domain, ALICE.password), {
          nonce: challenge.digestNonce,
          uri: URI,
          method: "",
          qop: "auth",
          cnonce: "0a4f113b",
          nonceCount: "00000001",
        }),
      );
    },
  );

  test("auth-int: right with the hash of the body; rspauth is the SIP server's to compute (9.5.5)", async () => {
    await using peer = await connected({ challenge: { key, qop: "auth,auth-int" } });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    expect(challenge.digestQoP).toBe("auth,auth-int");
    const answer = await peer.ask(
      credentials(challenge, { qop: "auth-int", body: "d41d8cd98f00b204e9800998ecf8427e" }),
    );
    expect(answer.resultCode).toBe(2006);
    const info = answer.sipAuthDataItem[0]?.sipAuthenticationInfo;
    expect([info?.digestQoP, info?.digestResponseAuth]).toEqual(["auth-int", undefined]);
  });

  test("a wrong password: 4001 with Error-Message, and nothing else of a challenge", async () => {
    await using peer = await connected();
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    const answer = await peer.ask(credentials(challenge, { password: "wrong" }));
    expect([answer.resultCode, ErrorMessage.find(answer), answer.sipAuthDataItem.length]).toEqual([
      4001,
      "DIAMETER_AUTHENTICATION_REJECTED",
      0,
    ]);
  });

  test("replay of a nonce count: stale, with a new nonce; the next count is good", async () => {
    await using peer = await connected();
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    expect((await peer.ask(credentials(challenge))).resultCode).toBe(2006);
    const again = await peer.ask(credentials(challenge));
    expect(again.resultCode).toBe(2008);
    expect(challengeOf(again).digestStale).toBe("true");
    expect(challengeOf(again).digestNonce).not.toBe(challenge.digestNonce);
    expect((await peer.ask(credentials(challenge, { nonceCount: "00000002" }))).resultCode).toBe(2006);
    expect((await peer.ask(credentials(challengeOf(again)))).resultCode).toBe(2006);
  });

  test("without qop (RFC 2069), a nonce is good once", async () => {
    await using peer = await connected({ challenge: { key, qop: "" } });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    expect(challenge.digestQoP).toBeUndefined();
    const first = await peer.ask(credentials(challenge));
    expect([first.resultCode, first.sipAuthDataItem.length]).toEqual([2006, 0]);
    expect((await peer.ask(credentials(challenge))).resultCode).toBe(2008);
  });

  test("an old nonce: stale for the right password, 4001 for a wrong one", async () => {
    const clock = new VirtualClock();
    await using peer = await connected({ challenge: { key, lifetimeMs: 60_000, now: () => clock.now() } });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    clock.advance(60_000);
    const answer = await peer.ask(credentials(challenge));
    expect([answer.resultCode, challengeOf(answer).digestStale]).toEqual([2008, "true"]);
    expect((await peer.ask(credentials(challenge, { password: "wrong" }))).resultCode).toBe(4001);
  });

  test("a nonce that is not ours is worth nothing, though the response is right", async () => {
    await using peer = await connected();
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    const answer = await peer.ask(credentials({ ...challenge, digestNonce: "made up" } as sip.SipAuthenticate));
    expect([answer.resultCode, challengeOf(answer).digestStale]).toEqual([2008, "true"]);
  });
});

describe("whose credentials they are", () => {
  const MALLORY = { username: ALICE.username, domain: "evil.test", password: "evil" };
  const aor = { sipAor: AOR, sipMethod: "REGISTER" };

  test("REGISTER without User-Name: the SIP-AOR must be of who has proved to be somebody", async () => {
    await using peer = await connected();
    await peer.stores.subscribers.add({ ...ALICE, username: "bob" });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1, userName: undefined }));
    const own = await peer.ask({ ...credentials(challenge), userName: undefined, ...aor });
    expect(own.resultCode).toBe(2006);
    const others = credentials(challenge, { nonceCount: "00000002" });
    const stolen = await peer.ask({ ...others, userName: undefined, sipAor: `sip:bob@${ALICE.domain}` });
    expect([stolen.resultCode, ErrorMessage.find(stolen)]).toEqual([5033, "DIAMETER_ERROR_IDENTITIES_DONT_MATCH"]);
  });

  test("REGISTER as a user of one domain, with the password of the same name in another", async () => {
    await using peer = await connected();
    await peer.stores.subscribers.add(MALLORY);
    const own = { sipAor: `sip:${MALLORY.username}@${MALLORY.domain}`, userName: `alice@${MALLORY.domain}` };
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1, ...own }));
    const evil = (nonceCount: string) =>
      credentials(challenge, { realm: MALLORY.domain, password: MALLORY.password, nonceCount });
    expect((await peer.ask({ ...evil("00000001"), ...own })).resultCode).toBe(2006);
    expect((await peer.ask({ ...evil("00000002"), userName: USER, ...aor })).resultCode).toBe(5033);
    expect((await peer.ask({ ...evil("00000003"), userName: "alice", ...aor })).resultCode).toBe(5033);
  });

  test("one realm for all domains says nothing of the domain, and no other realm will do", async () => {
    const realm = "sip.test";
    await using peer = await connected({ challenge: { key, realm } });
    await peer.stores.subscribers.add({ ...ALICE, domain: realm });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    expect(challenge.digestRealm).toBe(realm);
    const count = (number: number) => ({ realm, nonceCount: `0000000${number}` });
    expect((await peer.ask({ ...credentials(challenge, count(1)), ...aor })).resultCode).toBe(2006);
    const nameless = { ...credentials(challenge, count(2)), userName: undefined, ...aor };
    expect((await peer.ask(nameless)).resultCode).toBe(2006);
    expect((await peer.ask({ ...nameless, sipAor: `sip:bob@${ALICE.domain}` })).resultCode).toBe(5033);
    await peer.stores.subscribers.add(MALLORY);
    const evil = credentials(challenge, { realm: MALLORY.domain, password: MALLORY.password });
    expect((await peer.ask({ ...evil, ...aor })).resultCode).toBe(5033);
  });

  test("a SIP-AOR in another domain that was given to a user: asked for and answered in the user's realm", async () => {
    await using peer = await connected();
    const user = { username: ALICE.username, domain: ALICE.domain };
    await peer.stores.registrations.update(user, (record) => ({
      record: { ...record, aors: [...record.aors, { ...(record.aors[0] as AorRecord), aor: "sip:info@shop.test" }] },
    }));
    const shop = { sipAor: "sip:info@shop.test" };
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1, ...shop }));
    expect(challenge.digestRealm).toBe(ALICE.domain);
    expect((await peer.ask({ ...credentials(challenge), ...shop })).resultCode).toBe(2006);
  });

  test("an answer to a weaker algorithm than the one that was asked for is worth a new challenge", async () => {
    await using peer = await connected({ challenge: { key, algorithm: "SHA-256" } });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    const weak = credentials({ ...challenge, digestAlgorithm: "MD5" } as sip.SipAuthenticate);
    const answer = await peer.ask(weak);
    expect([answer.resultCode, challengeOf(answer).digestAlgorithm]).toEqual([2008, "SHA-256"]);
    expect((await peer.ask(credentials(challengeOf(answer)))).resultCode).toBe(2006);
  });
});

describe("section 6.3: the SIP server has the final check", () => {
  test("H(A1) comes along, and the user's response can be checked with it", async () => {
    await using peer = await connected({ challenge: { key, delegate: true, algorithm: "SHA-256" } });
    const answer = await peer.ask({ sipServerUri: "sip:s2.example" });
    expect(answer.resultCode).toBe(2001);
    const algorithm = findDigestAlgorithm("SHA-256");
    if (algorithm === undefined) throw new Error("no SHA-256");
    expect(challengeOf(answer).digestHa1).toBe(computeHa1(algorithm, ALICE.username, ALICE.domain, ALICE.password));
  });

  test("without User-Name: 4013", async () => {
    await using peer = await connected({ challenge: { key, delegate: true } });
    const answer = await peer.ask({ sipNumberAuthItems: 1, userName: undefined });
    expect([answer.resultCode, ErrorMessage.find(answer)]).toEqual([4013, "DIAMETER_USER_NAME_REQUIRED"]);
  });

  test("not with an algorithm whose H(A1) needs the client's nonce", async () => {
    await expect(connected({ challenge: { key, delegate: true, algorithm: "MD5-sess" } })).rejects.toThrow("6.3");
  });
});

describe("section 8.8: what is checked beside the digest", () => {
  test.each<[string, Partial<sip.MultimediaAuthRequestInit>, number, string | undefined]>([
    [
      "a user who is not there: 5032",
      { userName: `nobody@${ALICE.domain}`, sipAor: `sip:nobody@${ALICE.domain}` },
      5032,
      "DIAMETER_ERROR_USER_UNKNOWN",
    ],
    [
      "REGISTER of somebody else's SIP-AOR: 5033",
      { sipAor: `sip:bob@${ALICE.domain}` },
      5033,
      "DIAMETER_ERROR_IDENTITIES_DONT_MATCH",
    ],
    [
      "REGISTER in another domain: 5033",
      { sipAor: "sip:alice@elsewhere.test" },
      5033,
      "DIAMETER_ERROR_IDENTITIES_DONT_MATCH",
    ],
    [
      "INVITE to somebody else: a challenge",
      { sipAor: `sip:bob@${ALICE.domain}`, sipMethod: "INVITE" },
      2008,
      undefined,
    ],
    [
      "the own SIP-AOR, otherwise written: a challenge",
      { sipAor: `sips:alice@${ALICE.domain.toUpperCase()}:5061;transport=tls`, userName: "alice" },
      5032,
      "DIAMETER_ERROR_USER_UNKNOWN",
    ],
    [
      "another scheme: 5037",
      { sipAuthDataItem: { sipAuthenticationScheme: 7 as never } },
      5037,
      "DIAMETER_ERROR_AUTH_SCHEME_NOT_SUPPORTED",
    ],
  ])("%s", async (_name, init, resultCode, message) => {
    await using peer = await connected();
    const answer = await peer.ask({ sipNumberAuthItems: 1, ...init });
    expect([answer.resultCode, ErrorMessage.find(answer)]).toEqual([resultCode, message]);
  });

  test("an unknown user is challenged where names are not to be found out", async () => {
    await using peer = await connected({ authentication: { revealUnknownUser: false } });
    const nobody = { userName: `nobody@${ALICE.domain}`, sipAor: `sip:nobody@${ALICE.domain}` };
    expect((await peer.ask({ sipNumberAuthItems: 1, ...nobody })).resultCode).toBe(2008);
  });

  test("without a Challenger, or without AVPs of RFC 4740: 5005, as app_opensips says to OpenSIPS", async () => {
    await using without = await connected({ challenge: undefined });
    expect((await without.ask({ sipNumberAuthItems: 1 })).resultCode).toBe(5005);
    await using peer = await connected();
    expect((await peer.ask()).resultCode).toBe(5005);
  });
});

describe("guessing", () => {
  test("after so many wrong passwords even the right one is refused, for a while", async () => {
    const clock = new VirtualClock();
    const throttle = { perUser: 3, withinMs: 60_000, now: () => clock.now() };
    await using peer = await connected({ throttle });
    const challenge = challengeOf(await peer.ask({ sipNumberAuthItems: 1 }));
    for (let i = 0; i < 3; i++)
      expect((await peer.ask(credentials(challenge, { password: "wrong" }))).resultCode).toBe(4001);
    expect((await peer.ask(credentials(challenge))).resultCode).toBe(4001);
    clock.advance(60_000);
    expect((await peer.ask(credentials(challenge))).resultCode).toBe(2006);
  });
});

describeWith(tsharkRequirements, "tshark", () => {
  afterAll(() => recorder.messages.splice(0));
  test("dissects all answers without a complaint", async () => {
    expect(recorder.messages.length).toBeGreaterThan(20);
    await expectClean(recorder.messages);
  });
});
