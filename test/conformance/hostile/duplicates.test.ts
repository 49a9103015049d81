/** Row 13: a request that comes again (RFC 6733 sections 3 and 5.5.4), with the T bit or without, on the same connection or another one. */

import { afterEach, describe, expect, test } from "vitest";
import { Avp, encodeAvps } from "../../../runtime/src/codec/avp.js";
import { avpOctets, withAvps, withHeader } from "../../../runtime/src/testing/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { next } from "../../support/nodes.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { Arena, request, until } from "./arena.js";

const arenas: Arena[] = [];
afterEach(async () => {
  await Promise.all(arenas.splice(0).map((arena) => arena[Symbol.asyncDispose]()));
});

const sent: Buffer[] = [];

type Answer = { readonly ccRequestNumber: number };

/** A node that keeps answers, and answers each request with another number: an answer that is made anew would differ. */
async function keeping(options: Parameters<typeof Arena.open>[0] = {}, held = false) {
  let count = 0;
  const release: (() => void)[] = [];
  const signals: AbortSignal[] = [];
  const handler = (_request: unknown, context: { answer(init: object): Answer; signal: AbortSignal }) => {
    count++;
    signals.push(context.signal);
    const answer = () => context.answer({ resultCode: 2001, ccRequestType: 1, ccRequestNumber: count });
    return held ? new Promise((resolve) => release.push(() => resolve(answer()))) : answer();
  };
  const arena = await Arena.open(options, handler as never, { duplicates: true });
  arenas.push(arena);
  return { arena, release, signals, count: () => count };
}

const T = 0x10;
const again = (octets: Uint8Array, hopByHop: number, flags = 0xc0 | T) => withHeader(octets, { hopByHop, flags });
const number = (answer: Buffer) => findAvp(dissect(answer), 415)?.data.readUInt32BE(0);

describe("with `duplicates`", () => {
  test.each([
    ["with the T bit", 0xc0 | T],
    ["without it", 0xc0],
  ])(
    "a duplicate %s gets the same octets but for the Hop-by-Hop Identifier; the handler runs once",
    async (_name, flags) => {
      const { arena, count } = await keeping();
      const before = arena.baseLine;
      await arena.serves();
      const attacker = await arena.attacker();
      attacker.send(request());
      const first = await attacker.next();
      const counted = await arena.counted(async () => {
        attacker.send(again(request(), 0x77777777, flags));
        const second = await attacker.next();
        sent.push(first, second);
        expect(dissect(second).hopByHop).toBe(0x77777777);
        expect(second.subarray(0, 12).equals(first.subarray(0, 12))).toBe(true);
        expect(second.subarray(16).equals(first.subarray(16))).toBe(true);
        // Section 3: no answer has the T bit.
        expect(dissect(second).retransmitted).toBe(false);
      });
      expect(counted).toEqual({ "request:duplicate": 1 });
      expect(count()).toBe(1);
      await arena.serves();
      // The timer of the cache goes with what it keeps.
      arena.clock.advance(240_000);
      await arena.backTo(before);
    },
  );

  test("on another connection, of another host: a failover (section 5.5.4)", async () => {
    const { arena, count } = await keeping();
    const one = await arena.attacker();
    one.send(request());
    const first = await one.next();
    await one.close({ reset: true });
    const two = await arena.attacker({ originHost: "agent.test" });
    two.send(again(request(), 1));
    expect(number(await two.next())).toBe(number(first));
    expect(count()).toBe(1);
  });

  test("while the first is still being served: both get one answer", async () => {
    const { arena, count, release } = await keeping({}, true);
    const one = await arena.attacker();
    const two = await arena.attacker({ originHost: "agent.test" });
    one.send(request());
    await until(() => count() === 1, "the handler");
    const duplicate = next(arena.node, "request:duplicate");
    two.send(again(request(), 2));
    expect((await duplicate)[0]).toMatchObject({ waits: true, endToEnd: 0x01020304 });
    expect([...arena.node.peers].map(({ serving }) => serving).sort()).toEqual([0, 1, 1]);
    await arena.serves();
    release[0]?.();
    const [first, second] = await Promise.all([one.next(), two.next()]);
    expect([dissect(first).hopByHop, dissect(second).hopByHop]).toEqual([0x0a0b0c0d, 2]);
    expect(number(second)).toBe(number(first));
    expect(arena.baseLine.serving).toBe(0);
  });

  test("while the first is still being served, and its connection is gone: the handler goes on for the second", async () => {
    const { arena, count, release, signals } = await keeping({}, true);
    const one = await arena.attacker();
    one.send(request());
    await until(() => count() === 1, "the handler");
    const closed = next(arena.node, "peer:close");
    await one.close({ reset: true });
    await closed;
    expect(signals[0]?.aborted).toBe(false);
    const two = await arena.attacker();
    const duplicate = next(arena.node, "request:duplicate");
    two.send(again(request(), 3));
    await duplicate;
    release[0]?.();
    expect(dissect(await two.next()).hopByHop).toBe(3);
    expect(count()).toBe(1);
  });

  test("a handler that hangs: 5012 for both, once each, and no third run", async () => {
    const { arena, count } = await keeping({}, true);
    const one = await arena.attacker();
    one.send(request());
    await until(() => count() === 1, "the handler");
    const duplicate = next(arena.node, "request:duplicate");
    one.send(again(request(), 4));
    await duplicate;
    arena.clock.advance(30_000);
    const answers = [dissect(await one.next()), dissect(await one.next())];
    expect(answers.map(resultCode)).toEqual([5012, 5012]);
    one.send(again(request(), 5));
    expect(resultCode(dissect(await one.next()))).toBe(5012);
    expect(count()).toBe(1);
  });

  test("one that waits and goes is forgotten", async () => {
    const { arena, count, release } = await keeping({}, true);
    const one = await arena.attacker();
    const two = await arena.attacker({ originHost: "agent.test" });
    one.send(request());
    await until(() => count() === 1, "the handler");
    const duplicate = next(arena.node, "request:duplicate");
    two.send(again(request(), 2));
    await duplicate;
    const closed = next(arena.node, "peer:close");
    await two.close({ reset: true });
    await closed;
    release[0]?.();
    await one.next();
    expect(arena.baseLine.serving).toBe(0);
  });

  test.each<[string, Uint8Array]>([
    ["another End-to-End Identifier", request({}, { endToEnd: 5 })],
    ["another Session-Id: no answer of a session is shown to another", request({ sessionId: "attacker.test;1;2" })],
    ["another Origin-Host", withOriginHost("other.test")],
  ])("%s is no duplicate", async (_name, octets) => {
    const { arena, count } = await keeping();
    const attacker = await arena.attacker();
    attacker.send(request());
    await attacker.next();
    attacker.send(octets);
    await attacker.next();
    expect(count()).toBe(2);
  });

  test("Origin-Host in another case is the same (section 4.3.1)", async () => {
    const { arena, count } = await keeping();
    const attacker = await arena.attacker();
    attacker.send(request());
    await attacker.next();
    attacker.send(withOriginHost("ATTACKER.test"));
    await attacker.next();
    expect(count()).toBe(1);
  });

  test("after four minutes it is a new request", async () => {
    const { arena, count } = await keeping();
    const attacker = await arena.attacker();
    attacker.send(request());
    await attacker.next();
    arena.clock.advance(239_999);
    attacker.send(again(request(), 1));
    await attacker.next();
    expect(count()).toBe(1);
    arena.clock.advance(1);
    attacker.send(again(request(), 2));
    await attacker.next();
    expect(count()).toBe(2);
  });

  test("limits.maxDuplicateCacheBytes: the oldest answers go first", async () => {
    const { arena, count } = await keeping({ limits: { maxDuplicateCacheBytes: 5_000 } });
    const attacker = await arena.attacker();
    for (let endToEnd = 1; endToEnd <= 50; endToEnd++) {
      attacker.send(request({}, { endToEnd }));
      await attacker.next();
    }
    attacker.send(request({}, { endToEnd: 50 }));
    await attacker.next();
    expect(count()).toBe(50);
    attacker.send(request({}, { endToEnd: 1 }));
    await attacker.next();
    expect(count()).toBe(51);
  });

  test("section 6.2: Proxy-Info is that of the request which is answered", async () => {
    const { arena } = await keeping();
    const attacker = await arena.attacker();
    const by = (name: string) =>
      withAvps(request(), (avps) => [
        ...avps,
        avpOctets(284, encodeAvps([new Avp(280, 0, 0x40, Buffer.from(name)), new Avp(33, 0, 0x40, Buffer.from("s"))])),
      ]);
    const proxies: (string | undefined)[] = [];
    for (const octets of [by("one.test"), by("two.test"), request()]) {
      attacker.send(octets);
      const answer = await attacker.next();
      sent.push(answer);
      proxies.push(findAvp(dissect(answer), 284)?.data.subarray(8, 16).toString());
    }
    expect(proxies).toEqual(["one.test", "two.test", undefined]);
  });
});

test("without `duplicates` the handler runs again: opt-in", async () => {
  const arena = await Arena.open();
  arenas.push(arena);
  const attacker = await arena.attacker();
  for (const flags of [0xc0, 0xc0 | T]) {
    attacker.send(withHeader(request(), { flags }));
    await attacker.next();
  }
  expect(arena.handled).toHaveLength(2);
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against the answers above", async () => {
    expect(sent.length).toBeGreaterThan(0);
    await expectClean(sent);
  });
});

function withOriginHost(originHost: string): Uint8Array {
  return withAvps(request(), (avps) =>
    avps.map((avp) => (Buffer.from(avp).readUInt32BE(0) === 264 ? avpOctets(264, Buffer.from(originHost)) : avp)),
  );
}
