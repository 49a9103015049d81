/** Sessions of registrations (RFC 4740 section 6.7) with diameter 2.2.7 of Erlang/OTP 25 as the SIP server, and our server. */

import { afterAll, beforeAll, expect, test } from "vitest";
import type { SipServer } from "../../server/src/index.js";
import { ALICE, type RunningServer, startServer } from "../server/diameter/support.js";
import { ErlangPeer, erlangRequirements } from "../support/erlang-peer.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const ERLANG = "erlang.diameter.test";
const REALM = "diameter.test";
const USER = { username: ALICE.username, domain: ALICE.domain };
const AOR = `sip:${ALICE.username}@${ALICE.domain}`;
const COMMON = { "Auth-Application-Id": 6, "Destination-Realm": REALM } as const;
const STATE_MAINTAINED = 0;

let peer: ErlangPeer;
let running: RunningServer;
let server: SipServer;

/** Its SAR; what came back, and the Session-Id. */
async function register(type: number, more: Readonly<Record<string, string>> = {}) {
  const answer = await peer.call("sip", "SAR", {
    ...COMMON,
    "Auth-Session-State": STATE_MAINTAINED,
    "SIP-Server-Assignment-Type": type,
    "SIP-User-Data-Already-Available": 1,
    "User-Name": [ALICE.username],
    "SIP-Server-URI": [`sip:${ERLANG}`],
    "SIP-AOR": [AOR],
    ...more,
  });
  expect(answer).toMatchObject({ name: "SAA", errors: [] });
  return { answer, sessionId: String(answer.avps["Session-Id"]) };
}

const terminate = (sessionId: string, cause = 1) =>
  peer.call("sip", "STR", { ...COMMON, "Session-Id": sessionId, "Termination-Cause": cause });

async function state() {
  const { aors } = await running.stores.registrations.find(USER);
  return aors.map(({ registration, session }) => [registration, session?.id]);
}

describeWith(erlangRequirements, "Erlang/OTP's diameter as a SIP server whose registrations have sessions", () => {
  beforeAll(async () => {
    running = await startServer({ registration: { sessions: { maintain: "requested" } } });
    server = running.server;
    peer = await ErlangPeer.start({ identity: ERLANG, applications: ["sip"] });
    await peer.connect(running.port);
  }, 60_000);

  afterAll(async () => {
    await peer?.[Symbol.asyncDispose]();
    await running?.[Symbol.asyncDispose]();
  });

  test("SAR opens a session, another one goes on with it, STR ends it and the registration", async () => {
    const { answer, sessionId } = await register(1);
    expect(sessionId).toMatch(new RegExp(`^${ERLANG};`));
    const maintained = {
      "Result-Code": 2001,
      "Auth-Session-State": STATE_MAINTAINED,
      "Authorization-Lifetime": [3600],
      "Auth-Grace-Period": [60],
    };
    expect(answer.avps).toMatchObject(maintained);
    expect((await register(2, { "Session-Id": sessionId })).answer.avps).toMatchObject(maintained);
    expect(await state()).toEqual([["registered", sessionId]]);

    expect(await terminate(sessionId)).toMatchObject({
      ...{ name: "STA", errors: [] },
      avps: { "Result-Code": 2001, "Session-Id": sessionId },
    });
    expect(await state()).toEqual([["notRegistered", undefined]]);
    // The same once more, with the T bit.
    const octets = Buffer.from(peer.sent.findLast(({ name }) => name === "STR")?.hex ?? "", "hex");
    octets[4] = (octets[4] ?? 0) | 0x10;
    expect(await peer.callOctets("sip", octets)).toMatchObject({ name: "STA", avps: { "Result-Code": 2001 } });
    expect(await terminate(`${ERLANG};1;1`)).toMatchObject({ name: "STA", errors: [], avps: { "Result-Code": 5002 } });
  });

  test("the server's ASR is understood, and the STR that it brings about", async () => {
    const { sessionId } = await register(1);
    const from = peer.position;
    peer.serve("ASR", { answer: "ASA", avps: { "Result-Code": 5012 } });
    expect(await server.terminateRegistration(USER)).toMatchObject([{ sessionId, resultCode: 5012, ended: false }]);
    expect(await peer.message("recv", "ASR", { from })).toMatchObject({
      ...{ errors: [], flags: 0xc0, applicationId: 6 },
      avps: {
        "Session-Id": sessionId,
        "Destination-Host": ERLANG,
        "Destination-Realm": REALM,
        "Auth-Application-Id": 6,
        "User-Name": [`${ALICE.username}@${ALICE.domain}`],
      },
    });
    expect(await state()).toEqual([["registered", sessionId]]);

    peer.serve("ASR", { answer: "ASA", avps: { "Result-Code": 2001 } });
    expect(await server.terminateRegistration(USER)).toMatchObject([{ sessionId, resultCode: 2001, ended: true }]);
    // DIAMETER_ADMINISTRATIVE.
    expect(await terminate(sessionId, 4)).toMatchObject({ errors: [], avps: { "Result-Code": 2001 } });
    expect(await state()).toEqual([["notRegistered", undefined]]);

    await register(1);
    peer.serve("ASR", { answer: "ASA", avps: { "Result-Code": 5002 } });
    expect(await server.terminateRegistration(USER)).toMatchObject([{ resultCode: 5002, ended: true }]);
    expect(await state()).toEqual([["notRegistered", undefined]]);
  });

  test("a SIP server that refuses by an answer-message, or says nothing: the session stays", async () => {
    const { sessionId } = await register(1);
    peer.serve("ASR", { error: 3004 });
    expect(await server.terminateRegistration(USER)).toMatchObject([{ resultCode: 3004, ended: false }]);
    expect(await state()).toEqual([["registered", sessionId]]);
    expect(await terminate(sessionId)).toMatchObject({ avps: { "Result-Code": 2001 } });
  });

  test("it found nothing wrong in any message of ours", () => {
    expect(peer.received.filter(({ errors }) => errors.length > 0)).toEqual([]);
    expect(new Set(peer.received.map(({ name }) => name))).toEqual(new Set(["CEA", "SAA", "STA", "ASR"]));
  });
});

describeWith([...erlangRequirements, ...tsharkRequirements], "tshark", () => {
  test("has nothing against any message that we sent above", async () => {
    const messages = await expectClean(peer.received.map(({ hex }) => Buffer.from(hex, "hex")));
    expect(new Set(messages.map(({ code }) => code))).toEqual(new Set([257, 274, 275, 284]));
  });
});
