/**
 * The requests of OpenSIPS 3.2.17, as captured, over a socket: what it reads of our answers. The numbers in the titles are
 * those of "What our server must do" in opensips.md (of the project's reference notes), and its facts are cited here.
 */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { type DissectedMessage, dissect, findAvp, resultCode } from "../../support/dissect.js";
import { bytesOf, type CaptureName, capture, golden } from "../../support/golden.js";
import { RawClient } from "../../support/raw-client.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { avp, changed, MANDATORY, replaced, without } from "./compose.js";
import {
  ACR,
  cerOf,
  connectAs,
  DWR,
  MAR,
  peersGone,
  Recorder,
  type RunningServer,
  requestsOf,
  SERVER,
  startServer,
} from "./support.js";

/** Captures in which OpenSIPS connects; in the remaining one it is connected to. */
const CAPTURES: readonly CaptureName[] = [
  "opensips-3.2-acct",
  "opensips-3.2-auth",
  "opensips-3.2-missed",
  "opensips-3.2-qop",
  "opensips-3.2-uri-exist",
];
const RECONNECT: CaptureName = "opensips-3.2-server-dpr-reconnect";

/** Digest-QoP "auth": app_opensips computed without qop and said 4001. */
const QOP_AUTH = golden("opensips-3.2-qop", 9);
const REGISTER = golden("opensips-3.2-auth", 9);

const recorder = new Recorder();
let running: RunningServer;

beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running[Symbol.asyncDispose]());

/** All connections here are of one OpenSIPS, which has one at a time. */
async function connect(cer?: CaptureName | Uint8Array): Promise<RawClient> {
  await peersGone(running.server.node);
  return connectAs(running.port, recorder, cer);
}

async function ask(request: Uint8Array | string): Promise<DissectedMessage> {
  await using client = await connect();
  return dissect(await client.exchange(request));
}

describe("opensips.md 6.1: the CEA lets OpenSIPS route both applications to us", () => {
  const applications = (message: DissectedMessage) =>
    message.avps
      .filter(({ code }) => code === 258 || code === 259)
      .map(({ code, data }) => [code, data.readUInt32BE(0)]);

  test.each(CAPTURES)("opensips.md 6.1: Acct 3, Acct 6 and Auth 6 for the CER of %s", async (name) => {
    await peersGone(running.server.node);
    await using client = recorder.record(await RawClient.connect(running.port));
    client.send(cerOf(name));
    const cea = dissect(await client.next());
    const { hopByHop, endToEnd } = golden(name, 1);
    expect(cea).toMatchObject({ code: 257, applicationId: 0, flags: 0, hopByHop, endToEnd });
    expect(resultCode(cea)).toBe(2001);
    expect(new Set(applications(cea).map(String))).toEqual(new Set(["259,3", "259,6", "258,6"]));
    // Another name than its ConnectPeer makes freeDiameter, and so OpenSIPS, refuse the connection.
    expect(findAvp(cea, 264)?.data.toString()).toBe(SERVER.originHost);
    expect(findAvp(cea, 296)?.data.toString()).toBe(SERVER.originRealm);
  });

  test("opensips.md 6.1: a CER without Relay, with application 6 as an accounting one only (NoRelay)", async () => {
    const cer = changed(cerOf("opensips-3.2-auth"), { avps: (avps) => without(avps, 258) });
    expect(applications(dissect(cer))).toEqual([
      [259, 3],
      [259, 6],
    ]);
    await using client = await connect(cer);
    expect(resultCode(dissect(await client.exchange(REGISTER.hex)))).toBe(2006);
  });

  test("opensips.md 6.1: a CER with application 6 alone, as an accounting one", async () => {
    const cer = changed(cerOf("opensips-3.2-auth"), {
      avps: (avps) => [...without(avps, 258, 259), avp(259, 6)],
    });
    await using client = await connect(cer);
    expect(resultCode(dissect(await client.exchange(REGISTER.hex)))).toBe(2006);
  });
});

const MARS = [...CAPTURES, RECONNECT].flatMap((name) =>
  requestsOf(name, MAR).map((request) => [name, request.number, request] as const),
);

describe("opensips.md 6.2: what OpenSIPS needs in a Multimedia-Auth-Answer", () => {
  test.each(MARS)("opensips.md 6.2: the answer to %s message %i", async (_name, _number, request) => {
    const mar = dissect(bytesOf(request));
    const maa = await ask(request.hex);
    expect(maa.avps[0]).toEqual(findAvp(mar, 263)); // Session-Id, first of all
    expect(findAvp(maa, 258)?.data.readUInt32BE(0)).toBe(6);
    expect(findAvp(maa, 277)).toEqual(findAvp(mar, 277));
    expect(findAvp(maa, 264)?.data.toString()).toBe(SERVER.originHost);
    expect(findAvp(maa, 296)?.data.toString()).toBe(SERVER.originRealm);
    expect(findAvp(maa, 44)).toEqual(findAvp(mar, 44)); // Acct-Session-Id: its only key
    expect(maa.error).toBe(false);
    // Error-Message, without M, says "refused", whatever the Result-Code; and it is absent from success.
    const accepted = resultCode(maa) === 2006;
    expect(findAvp(maa, 281)?.flags).toBe(accepted ? undefined : 0);
    for (const once of [263, 258, 268, 277, 264, 296, 44]) {
      expect(maa.avps.filter(({ code }) => code === once)).toHaveLength(1);
    }
  });

  test.each<readonly [string, number, Readonly<Record<number, string>>]>([
    ["accepted", 2006, {}],
    ["a wrong password", 4001, { 103: "0".repeat(32) }],
    ["an unknown user", 5032, { 115: "mallory", 1: "mallory@sipdomain.invalid" }],
    ["another User-Name", 5033, { 1: "mallory@sipdomain.invalid" }],
  ])("opensips.md 6.2: %s is %i", async (_title, code, values) => {
    const maa = await ask(changed(REGISTER.hex, { avps: (avps) => replaced(avps, values) }));
    expect(resultCode(maa)).toBe(code);
    expect(findAvp(maa, 281) === undefined).toBe(code === 2006);
    expect(findAvp(maa, 44)?.data).toEqual(findAvp(dissect(bytesOf(REGISTER)), 44)?.data);
  });

  const NO_UTF8 = Buffer.from("616c6963ff", "hex");

  test("opensips.md 6.2: a Digest AVP that is no UTF-8 is refused in the same layout", async () => {
    const maa = await ask(changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 109: NO_UTF8 }) }));
    expect(maa.avps.map(({ code }) => code)).toEqual([263, 258, 268, 277, 264, 296, 281, 44, 279]);
    expect(resultCode(maa)).toBe(5004);
    expect(findAvp(maa, 281)?.data.toString()).toBe("DIAMETER_INVALID_AVP_VALUE");
  });

  // Who registers as "alic\xff" has OpenSIPS send this.
  test("opensips.md 6.2: a User-Name that is no UTF-8 is refused in the same layout", async () => {
    const values = { 1: NO_UTF8, 115: NO_UTF8, 122: NO_UTF8 };
    const maa = await ask(changed(REGISTER.hex, { avps: (avps) => replaced(avps, values) }));
    expect(maa.avps.map(({ code }) => code)).toEqual(expect.arrayContaining([263, 258, 268, 277, 264, 296, 281, 44]));
  });
});

describe("opensips.md 6.3: every request is answered, and in time", () => {
  test("opensips.md 6.3: when the database hangs, after 1.5 s, before OpenSIPS from 3.3 on gives up, and only once", async () => {
    const clock = new VirtualClock();
    let asked = (): void => {};
    let answerLate = (): void => {};
    const hangs = new Promise<undefined>((resolve) => {
      answerLate = () => resolve(undefined);
    });
    const whenAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { stores } = running;
    const hanging = {
      ...stores,
      accounting: stores.accounting,
      subscribers: Object.assign(Object.create(stores.subscribers), {
        find: () => {
          asked();
          return hangs;
        },
      }),
    };
    await using own = await startServer({ clock, stores: hanging });
    await using client = await connectAs(own.port, recorder);
    const dwr = golden("opensips-3.2-auth", 3).hex;
    client.send(REGISTER.hex);
    await whenAsked;
    clock.advance(1499);
    client.send(dwr);
    expect(dissect(await client.next()).code).toBe(DWR); // and nothing before it
    clock.advance(1);
    const maa = dissect(await client.next());
    expect(resultCode(maa)).toBe(5012);
    expect(findAvp(maa, 281)?.data.toString()).toBe("DIAMETER_UNABLE_TO_COMPLY");
    expect(findAvp(maa, 44)).toEqual(findAvp(dissect(bytesOf(REGISTER)), 44));

    answerLate();
    client.send(dwr);
    expect(dissect(await client.next()).code).toBe(DWR);
  });

  test("opensips.md 6.3: when the database fails, at once", async () => {
    await using own = await startServer();
    await own.stores.close();
    await using client = await connectAs(own.port, recorder);
    const maa = dissect(await client.exchange(REGISTER.hex));
    expect(resultCode(maa)).toBe(5012);
    expect(findAvp(maa, 281)).toBeDefined();
  });
});

describe("opensips.md 6.4: no AVP with the M bit that OpenSIPS does not know", () => {
  /** What OpenSIPS 3.2.17 was sent with M, and took; and Acct-Application-Id, of the base protocol. */
  const known = new Set([
    259,
    ...CAPTURES.flatMap((name) => capture(name))
      .filter(({ from, code }) => from === "server" && (code === MAR || code === ACR))
      .flatMap(({ avps }) => avps.filter(({ flags }) => flags.includes("M")).map(({ code }) => code)),
  ]);

  test("opensips.md 6.4: in no answer to what it sends", async () => {
    expect(known).not.toContain(379); // SIP-Authenticate
    expect(known).not.toContain(381); // SIP-Authentication-Info
    for (const name of CAPTURES) {
      for (const { hex } of requestsOf(name)) {
        const mandatory = (await ask(hex)).avps.filter(({ flags }) => (flags & MANDATORY) !== 0);
        for (const { code } of mandatory) expect(known).toContain(code);
      }
    }
  });
});

describe("opensips.md 6.5: what it sends beside the letter of RFC 6733", () => {
  test("opensips.md 6.5: Session-Id anywhere", async () => {
    for (const request of [REGISTER, golden("opensips-3.2-acct", 11)]) {
      const answer = await ask(changed(request.hex, { avps: ([sessionId, ...avps]) => [...avps, sessionId!] }));
      expect(resultCode(answer)).toBe(request.code === MAR ? 2006 : 2001);
      expect(answer.avps[0]).toEqual(findAvp(dissect(bytesOf(request)), 263));
    }
  });

  test('opensips.md 6.5: a Route-Record "server" is no loop; our own name would be one', async () => {
    expect(findAvp(dissect(bytesOf(REGISTER)), 282)?.data.toString()).toBe("server");
    expect(resultCode(await ask(REGISTER.hex))).toBe(2006);
    const looped = changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 282: SERVER.originHost }) });
    expect(await ask(looped)).toMatchObject({ error: true });
    expect(resultCode(await ask(looped))).toBe(3005);
  });

  test("opensips.md 6.5: Cisco's AVP 1 is no User-Name", async () => {
    expect(findAvp(dissect(bytesOf(REGISTER)), 1, 9)?.data.toString()).toMatch(/^call-id=/);
    const first = changed(REGISTER.hex, { avps: (avps) => [...avps].sort((a, b) => b.vendorId - a.vendorId) });
    expect(resultCode(await ask(first))).toBe(2006);
  });

  test("opensips.md 6.5: EVENT_RECORD with number 0", async () => {
    const acr = golden("opensips-3.2-acct", 11);
    const aca = await ask(acr.hex);
    expect(resultCode(aca)).toBe(2001);
    expect(findAvp(aca, 480)?.data.readUInt32BE(0)).toBe(1);
    expect(findAvp(aca, 485)?.data.readUInt32BE(0)).toBe(0);
  });
});

describe("opensips.md 6.6: qop", () => {
  test.each([
    ["without qop", REGISTER, 2006],
    ["qop=auth, which app_opensips could not", QOP_AUTH, 2006],
    ["qop=auth-int, whose body nobody sends", golden("opensips-3.2-qop", 11), 4001],
  ] as const)("opensips.md 6.6: %s", async (_title, request, code) => {
    expect(resultCode(await ask(request.hex))).toBe(code);
  });

  test("opensips.md 6.6: qop=auth with another nonce count is another response", async () => {
    const request = changed(QOP_AUTH.hex, { avps: (avps) => replaced(avps, { 114: "00000002" }) });
    expect(resultCode(await ask(request))).toBe(4001);
  });
});

test("opensips.md 6.7: aaa_does_uri_exist(), which has no Digest AVPs, gets 5005 and Error-Message", async () => {
  const request = golden("opensips-3.2-uri-exist", 3);
  expect(request.avps.filter(({ code }) => code >= 102 && code <= 121)).toEqual([]);
  const maa = await ask(request.hex);
  expect(resultCode(maa)).toBe(5005);
  expect(findAvp(maa, 281)?.data.toString()).toBe("DIAMETER_MISSING_AVP");
  expect(findAvp(maa, 44)).toEqual(findAvp(dissect(bytesOf(request)), 44));
});

// What acc.log of app_opensips has of OpenSIPS 3.3 and later.
describe.each([0, 0x8000_0000])("opensips.md 6.8: %i in every integer, as OpenSIPS from 3.3 on", (garbage) => {
  test("opensips.md 6.8: in an Accounting-Request, the time is our own", async () => {
    const clock = new VirtualClock(Date.UTC(2026, 10, 21, 12));
    await using own = await startServer({ clock });
    await using client = await connectAs(own.port, recorder);
    const values = Object.fromEntries([55, 40, 6, 205, 204, 227, 228, 229, 230].map((code) => [code, garbage]));
    const request = changed(golden("opensips-3.2-acct", 11).hex, { avps: (avps) => replaced(avps, values) });
    expect(resultCode(dissect(await client.exchange(request)))).toBe(2001);
    expect(await own.stores.accounting.list()).toMatchObject([
      {
        time: new Date("2026-11-21T12:00:00Z"),
        receivedAt: new Date("2026-11-21T12:00:00Z"),
        ...{ method: "", sipCode: "", duration: 0, msDuration: 0, setupTime: 0, created: undefined },
        ...{ callId: "call-cdr-1-2878@lab", fromTag: "2878u1", toTag: "2876s1" },
      },
    ]);
  });

  test("opensips.md 6.8: in the Service-Type of a Multimedia-Auth-Request", async () => {
    const request = changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 6: garbage }) });
    expect(resultCode(await ask(request))).toBe(2006);
  });
});

describe("opensips.md 6.9: OpenSIPS goes without DPR", () => {
  test.each(["FIN", "RST"])("opensips.md 6.9: with %s, in the middle of a request, and comes back", async (how) => {
    const first = await connect();
    first.send(REGISTER.hex);
    if (how === "RST") await first.close({ reset: true });
    else {
      first.end();
      await first.waitClosed();
    }
    await peersGone(running.server.node);
    expect(resultCode(await ask(REGISTER.hex))).toBe(2006);
  });

  test("opensips.md 6.9: a request cut off in the middle", async () => {
    const client = await connect();
    client.send(bytesOf(REGISTER).subarray(0, 100));
    client.end();
    await client.waitClosed();
    expect(resultCode(await ask(REGISTER.hex))).toBe(2006);
  });
});

describe("opensips.md 6.10: OpenSIPS from 3.5 on takes every answer for success", () => {
  // An answer is all it looks at, so the only refusal is silence; our server does not have that mode yet, and it answers.
  test("opensips.md 6.10: without a compatibility mode, a refused request is answered all the same", async () => {
    const maa = await ask(changed(REGISTER.hex, { avps: (avps) => replaced(avps, { 103: "0".repeat(32), 6: 0 }) }));
    expect(resultCode(maa)).toBe(4001);
    expect(findAvp(maa, 44)).toBeDefined();
  });
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages);
    expect(new Set(messages.map(({ code }) => code))).toEqual(new Set([257, 271, 280, 286]));
  });
});
