/** ../shared/reference/hostile-inputs.md, rows 1 to 25: requests that are wrong, sent by a peer, while another peer is served. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HostileInput, hostileRequests } from "../../../runtime/src/testing/index.js";
import { type DissectedMessage, dissect, findAvp, resultCode } from "../../support/dissect.js";
import { next } from "../../support/nodes.js";
import { describeWith } from "../../support/require.js";
import { tshark, tsharkRequirements } from "../../support/tshark.js";
import { Arena, cer, request, SERVER, until } from "./arena.js";

const inputs = hostileRequests(request());

/** What was answered, for tshark. */
const answered: { readonly input: HostileInput; readonly bytes: Buffer }[] = [];

let arena: Arena;
beforeAll(async () => {
  arena = await Arena.open();
});
afterAll(() => arena[Symbol.asyncDispose]());

/** Section 6.2: what every answer takes from its request. */
function expectAnswer(answer: DissectedMessage, { octets, resultCode: expected, failedAvp }: HostileInput): void {
  const asked = Buffer.from(octets);
  expect(answer).toMatchObject({
    version: 1,
    request: false,
    retransmitted: false,
    // Sections 7.1.5 and 7.2: none keeps to its command's grammar.
    error: true,
    code: asked.readUIntBE(5, 3),
    applicationId: asked.readUInt32BE(8),
    hopByHop: asked.readUInt32BE(12),
    endToEnd: asked.readUInt32BE(16),
  });
  expect(resultCode(answer)).toBe(expected);
  expect(findAvp(answer, 264)?.data.toString()).toBe(SERVER.originHost);
  expect(findAvp(answer, 296)?.data.toString()).toBe(SERVER.originRealm);
  if (failedAvp !== undefined) expect(findAvp(answer, 279)?.data.toString("hex")).toBe(hex(failedAvp));
  // Section 7.5: one Failed-AVP at most, and what is echoed is bounded.
  expect(answer.avps.filter(({ code }) => code === 279).length).toBeLessThanOrEqual(1);
  expect(answer.length).toBeLessThan(1500);
}

const hex = (octets: Uint8Array) => Buffer.from(octets).toString("hex");

describe("from a peer", () => {
  test.each(inputs.map((input) => [input.name, input] as const))("%s", async (_name, input) => {
    await arena.serves();
    const before = arena.baseLine;
    const counted = await arena.counted(async () => {
      const attacker = await arena.attacker();
      const closed = next(arena.node, "peer:close");
      attacker.send(input.octets);
      const meanwhile = arena.serves();
      switch (input.outcome) {
        case "served":
          expect(resultCode(dissect(await attacker.next()))).toBe(2001);
          await arena.alive(attacker);
          break;
        case "refused":
        case "refused and closed": {
          const bytes = await attacker.next();
          answered.push({ input, bytes });
          expectAnswer(dissect(bytes), input);
          if (input.outcome === "refused") await arena.alive(attacker);
          else await attacker.waitClosed();
          break;
        }
        case "closed":
          await attacker.waitClosed();
          break;
        case "waits":
          await until(() => arena.clock.pending > before.timers + 1, "the timer against messages that never end");
          arena.clock.advance(10_000);
          await attacker.waitClosed();
          break;
      }
      await meanwhile;
      await attacker.close();
      const [, reason] = await closed;
      if (input.outcome === "refused and closed") expect(reason.message).toMatch(/what is not Diameter/);
      if (input.outcome === "waits") expect(reason.message).toMatch(/not complete within 10000 ms/);
    });
    // One event says what happened; a peer that came and went are the other two.
    const refused = input.outcome === "refused";
    expect(counted).toEqual({ "peer:open": 1, "peer:close": 1, ...(refused && { "request:refused": 1 }) });
    await arena.serves();
    await arena.backTo(before);
  });
});

describe("before the CER (section 5.6.1): closed without a word", () => {
  test.each(inputs.map((input) => [input.name, input] as const))("%s", async (_name, input) => {
    const before = arena.baseLine;
    const counted = await arena.counted(async () => {
      const refused = next(arena.node, "connection:refused");
      const stranger = await arena.connect();
      stranger.send(input.octets);
      const meanwhile = arena.serves();
      if (input.outcome === "waits") {
        await until(() => arena.clock.pending > before.timers + 1, "the timers against those who say nothing");
        arena.clock.advance(10_000);
      }
      await stranger.waitClosed();
      await expect(stranger.next()).rejects.toThrow();
      await meanwhile;
      await refused;
    });
    expect(counted).toEqual({ "connection:refused": 1 });
    await arena.serves();
    await arena.backTo(before);
  });
});

describe("as the first message, made of a CER: answered, or closed without a word, and never a peer", () => {
  const ofCER = hostileRequests(cer()).filter(({ outcome }) => outcome !== "served" && outcome !== "waits");
  test.each(ofCER.map((input) => [input.name, input] as const))("%s", async (_name, input) => {
    const before = arena.baseLine;
    const refused = next(arena.node, "connection:refused");
    const stranger = await arena.connect();
    stranger.send(input.octets);
    await stranger.waitClosed();
    await refused;
    expect(arena.node.peers.size).toBe(before.peers);
    await arena.serves();
    await arena.backTo(before);
  });
});

describeWith(tsharkRequirements, "tshark, of the answers above", () => {
  test("reads Result-Code and Failed-AVP as they were meant", async () => {
    expect(answered.length).toBe(inputs.filter(({ resultCode: expected }) => expected !== undefined).length);
    const messages = await tshark(answered.map(({ bytes }) => ({ bytes })));
    for (const [index, message] of messages.entries()) {
      const { input } = answered[index] as (typeof answered)[number];
      expect([input.name, message.avp("Result-Code")?.showname]).toEqual([
        input.name,
        expect.stringMatching(new RegExp(`\\(${input.resultCode}\\)`)),
      ]);
      const [first] = message.avp("Failed-AVP")?.avps ?? [];
      if (input.failedAvp !== undefined) {
        const view = Buffer.from(input.failedAvp);
        expect([input.name, first?.code, first?.length]).toEqual([
          input.name,
          view.readUInt32BE(0),
          view.readUIntBE(5, 3),
        ]);
      }
    }
    const complaints = messages.flatMap((message, index) =>
      message.complaints
        .filter(({ severity, text }) => severity !== "note" && !ECHOED.test(text))
        .map(({ text }) => `${answered[index]?.input.name}: ${text}`),
    );
    expect(complaints).toEqual([]);
  });
});

/** What Failed-AVP shows as it came, and what nobody's dictionary has. */
const ECHOED =
  /^(Trailing stray characters|Unknown AVP 4294967280|Unknown Vendor|Unknown command|Unknown Application|Bad Unsigned32 Length|Malformed Packet|Trying to fetch an unsigned integer with length 5|Data is empty|.*[Pp]adding)/;
