/** Rows 11 and 12, and what else an answer may be: sent by a peer that the node has asked something. */

import { encodeMessage } from "@diamgen/runtime/codec";
import { application, creditControl } from "@diamgen/sdk/credit-control";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Header } from "../../../runtime/src/codec/header.js";
import { avpOctets, nestedAvps, withAvps, withHeader } from "../../../runtime/src/testing/index.js";
import { dissect } from "../../support/dissect.js";
import type { RawClient } from "../../support/raw-client.js";
import { RawListener } from "../../support/raw-listener.js";
import { Arena, ATTACKER } from "./arena.js";

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.open();
});
afterAll(() => arena[Symbol.asyncDispose]());

const INIT = {
  destinationRealm: "test",
  destinationHost: ATTACKER.originHost,
  serviceContextId: "32251@3gpp.org",
  ccRequestType: 1,
  ccRequestNumber: 0,
} as const;

/** The node asks the attacker; its request, and how that ends. */
async function asked(attacker: RawClient) {
  const answer = arena.node.request(creditControl, INIT, { timeoutMs: 10_000 });
  const settled = answer.then(
    ({ ccRequestNumber }) => ccRequestNumber,
    (error: { code?: string }) => error,
  );
  const request = await attacker.nextOf(creditControl.code, "request");
  return { request, settled };
}

/** A sound answer to it. */
function answerTo(request: Buffer, ccRequestNumber = 0): Uint8Array {
  const { hopByHop, endToEnd, avps } = dissect(request);
  const sessionId = avps[0]?.data.toString() as string;
  const init = { resultCode: 2001, ccRequestType: 1, ccRequestNumber };
  const message = creditControl.answer.create(init, { sessionId, ...ATTACKER });
  message.header = new Header(0x40, creditControl.code, application.id, hopByHop, endToEnd);
  return encodeMessage(creditControl.answer, message);
}

const pending = () => arena.baseLine.pending;
const word = (octets: Uint8Array, at: number) => Buffer.from(octets).readUInt32BE(at);

describe("row 11: an answer that answers nothing is dropped and counted; the request goes on waiting (sections 3 and 6.2.1)", () => {
  test.each<[string, (sound: Uint8Array) => Uint8Array]>([
    ["another Hop-by-Hop Identifier", (sound) => withHeader(sound, { hopByHop: word(sound, 12) ^ 1 })],
    ["another End-to-End Identifier", (sound) => withHeader(sound, { endToEnd: word(sound, 16) ^ 1 })],
    ["another command", (sound) => withHeader(sound, { commandCode: 258 })],
    ["another application", (sound) => withHeader(sound, { applicationId: 77 })],
    ["a DWA that nobody waits for", (sound) => withHeader(sound, { commandCode: 280, applicationId: 0, flags: 0 })],
    ["a CEA on an open connection", (sound) => withHeader(sound, { commandCode: 257, applicationId: 0, flags: 0 })],
    ["a DPA without a DPR", (sound) => withHeader(sound, { commandCode: 282, applicationId: 0, flags: 0 })],
    [
      "an error answer to nothing, which nobody answers (section 7.2)",
      (sound) => withHeader(sound, { flags: 0x20, hopByHop: 1 }),
    ],
  ])("%s", async (_name, change) => {
    await arena.serves();
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const { request, settled } = await asked(attacker);
    const sound = answerTo(request, 7);
    const counted = await arena.counted(async () => {
      attacker.send(change(sound));
      await Promise.all([arena.serves(), arena.alive(attacker)]);
      expect(pending()).toBe(1);
    });
    expect(counted).toEqual({ "answer:unexpected": 1 });
    attacker.send(sound);
    expect(await settled).toBe(7);
    expect(pending()).toBe(0);
    await arena.serves();
    await arena.backTo(before);
  });
});

test("row 12: the second answer to one request is dropped and counted", async () => {
  const before = arena.baseLine;
  const attacker = await arena.attacker();
  const { request, settled } = await asked(attacker);
  const counted = await arena.counted(async () => {
    attacker.send(Buffer.concat([answerTo(request, 1), answerTo(request, 2), answerTo(request, 3)]));
    expect(await settled).toBe(1);
    await Promise.all([arena.serves(), arena.alive(attacker)]);
  });
  expect(counted).toEqual({ "answer:unexpected": 2 });
  await arena.backTo(before);
});

test("row 8: the T bit, and reserved bits, in an answer are nobody's business", async () => {
  const before = arena.baseLine;
  const attacker = await arena.attacker();
  const { request, settled } = await asked(attacker);
  attacker.send(withHeader(answerTo(request, 4), { flags: 0x40 | 0x10 | 0x0f }));
  expect(await settled).toBe(4);
  await arena.backTo(before);
});

test("row 30: an answer with the E bit, 3006 among them, rejects the call once: nothing is sent to Redirect-Host", async () => {
  await arena.serves();
  const before = arena.baseLine;
  await using elsewhere = await RawListener.listen();
  const attacker = await arena.attacker();
  const { request, settled } = await asked(attacker);
  // Redirect-Host, Redirect-Host-Usage ALL_SESSION, section 6.12 and 6.13: for whoever follows it.
  const redirect = (answer: Uint8Array) =>
    withAvps(withHeader(answer, { flags: 0x60 }), (avps) => [
      ...avps.map((avp) => (word(avp, 0) === 268 ? avpOctets(268, Uint8Array.of(0, 0, 0x0b, 0xbe)) : avp)),
      avpOctets(292, Buffer.from(`aaa://127.0.0.1:${elsewhere.port}`)),
      avpOctets(261, Uint8Array.of(0, 0, 0, 1)),
    ]);
  const counted = await arena.counted(async () => {
    attacker.send(redirect(answerTo(request)));
    expect(await settled).toMatchObject({ code: "ERR_DIAMETER_ERROR_ANSWER", answer: { resultCode: 3006 } });
    await Promise.all([arena.serves(), arena.alive(attacker)]);
  });
  expect(counted).toEqual({});
  expect(elsewhere.count).toBe(0);
  await arena.backTo(before);
});

describe("an answer that breaks its grammar settles its request, once", () => {
  const added = (sound: Uint8Array, ...avps: Uint8Array[]) => withAvps(sound, (before) => [...before, ...avps]);
  const tiny = (count: number) =>
    Buffer.concat(Array<Uint8Array>(count).fill(avpOctets(9_999_999, new Uint8Array(0), { flags: 0 })));
  test.each<[string, (sound: Uint8Array) => Uint8Array, number]>([
    ["row 21: 100,000 empty AVPs", (sound) => added(sound, tiny(100_000)), 5012],
    ["row 21: 100,000 empty AVPs within Failed-AVP", (sound) => added(sound, avpOctets(279, tiny(100_000))), 5012],
    ["row 21: the same with the E bit", (sound) => withHeader(added(sound, tiny(100_000)), { flags: 0x60 }), 5012],
    ["row 24: an unknown AVP with the M bit", (sound) => added(sound, avpOctets(9_999_999, new Uint8Array(4))), 5001],
    ["row 15: AVP Length 0", (sound) => added(sound, avpOctets(1, new Uint8Array(4), { length: 0 })), 5014],
    ["row 17: four octets behind the last AVP", (sound) => added(sound, new Uint8Array(4)), 5014],
    ["row 22: two Result-Codes", (sound) => added(sound, avpOctets(268, new Uint8Array(4))), 5009],
    ["row 23: nothing at all", (sound) => withAvps(sound, () => []), 5005],
  ])("%s", async (_name, change, expected) => {
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const { request, settled } = await asked(attacker);
    attacker.send(change(answerTo(request)));
    const error = (await settled) as { code: string; issues: readonly { resultCode: number }[] };
    expect(error.code).toBe("ERR_DIAMETER_INVALID_ANSWER");
    expect(error.issues[0]?.resultCode).toBe(expected);
    expect(pending()).toBe(0);
    await Promise.all([arena.serves(), arena.alive(attacker)]);
    await arena.backTo(before);
  });

  test.each<[string, (sound: Uint8Array) => Uint8Array]>([
    [
      "row 20: an unknown group of 10,000 levels",
      (sound) => added(sound, avpOctets(9_999_999, nestedAvps(9_999_999, 10_000), { flags: 0 })),
    ],
    ["row 20: Failed-AVP of 10,000 levels (freeDiameter #88)", (sound) => added(sound, nestedAvps(279, 10_000))],
    [
      "row 25: an Address of family 8 in an AVP that nobody reads (OTP #5463)",
      (sound) => added(sound, avpOctets(257, Uint8Array.of(0, 8, 0x34), { flags: 0 })),
    ],
  ])("%s is kept, and harms nobody", async (_name, change) => {
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const { request, settled } = await asked(attacker);
    attacker.send(change(answerTo(request, 5)));
    expect(await settled).toBe(5);
    await arena.serves();
    await arena.backTo(before);
  });
});
