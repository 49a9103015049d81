/** Rows 14 and 28, and the handlers of row 30: more requests than can be served, answers that nobody reads, handlers that fail. */

import { afterEach, describe, expect, test } from "vitest";
import { Avp } from "../../../runtime/src/codec/avp.js";
import { encodeDPR, encodeDWR } from "../../../runtime/src/peer/base-messages.js";
import { withHeader } from "../../../runtime/src/testing/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { next } from "../../support/nodes.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { Arena, ATTACKER, request, SERVER, until } from "./arena.js";

const arenas: Arena[] = [];
afterEach(async () => {
  await Promise.all(arenas.splice(0).map((arena) => arena[Symbol.asyncDispose]()));
});

const refused: Buffer[] = [];

type Context = { answer(init: object): object };
const CCA = { resultCode: 2001, ccRequestType: 1, ccRequestNumber: 0 };

/** Handlers that answer when they are let go, in the order in which they were called. */
async function held(limits: object) {
  const release: (() => void)[] = [];
  const handler = (_request: unknown, context: Context) =>
    new Promise((resolve) => release.push(() => resolve(context.answer(CCA))));
  const arena = await Arena.open({ limits }, handler as never);
  arenas.push(arena);
  return { arena, release };
}

const numbered = (hopByHop: number, change: Parameters<typeof request>[0] = {}) =>
  withHeader(request(change), { hopByHop, endToEnd: hopByHop });
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
const dwr = () => encodeDWR({ ...ATTACKER, originStateId: undefined }, { hopByHop: 0xd, endToEnd: 0xd }).bytes;

test("row 14: two requests with one Hop-by-Hop Identifier in flight are both answered, whatever the order", async () => {
  const { arena, release } = await held({});
  await arena.serves();
  const before = arena.baseLine;
  const attacker = await arena.attacker();
  const same = (endToEnd: number) => withHeader(request(), { hopByHop: 5, endToEnd });
  attacker.send(Buffer.concat([same(1), same(2)]));
  await until(() => release.length === 2, "both handlers");
  release[1]?.();
  release[0]?.();
  const answers = [dissect(await attacker.next()), dissect(await attacker.next())];
  expect(answers.map(({ hopByHop, endToEnd }) => [hopByHop, endToEnd])).toEqual([
    [5, 2],
    [5, 1],
  ]);
  await arena.serves();
  arena.clock.advance(30_000);
  await arena.backTo(before);
});

describe("row 28: a flood of requests, with limits.maxPending being served", () => {
  test("for our Destination-Host: 3004 at once (section 7.1.3), and nothing else stops", async () => {
    const { arena } = await held({ maxPending: 4 });
    await arena.serves();
    const attacker = await arena.attacker();
    const counted = await arena.counted(async () => {
      const flood = numbers(0, 50).map((n) => numbered(n, { destinationHost: SERVER.originHost }));
      attacker.send(Buffer.concat([...flood, dwr()]));
      const meanwhile = arena.serves();
      for (const n of numbers(4, 50)) {
        const bytes = await attacker.next();
        refused.push(bytes);
        const answer = dissect(bytes);
        expect([answer.hopByHop, answer.error, resultCode(answer)]).toEqual([n, true, 3004]);
      }
      const dwa = dissect(await attacker.next());
      expect([dwa.code, resultCode(dwa)]).toEqual([280, 2001]);
      await meanwhile;
    });
    expect(counted).toEqual({ "request:refused": 46 });
    expect(arena.handled).toHaveLength(4);
    expect(arena.baseLine.serving).toBe(4);
  });

  test("for anybody's: they wait, DWR and DPR do not, and each is answered once and in its turn", async () => {
    const { arena, release } = await held({ maxPending: 4 });
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const counted = await arena.counted(async () => {
      attacker.send(Buffer.concat([...numbers(0, 500).map((n) => numbered(n)), dwr()]));
      expect(dissect(await attacker.next()).code).toBe(280);
      await arena.serves();
      expect(arena.handled).toHaveLength(4);
      expect(arena.baseLine.serving).toBe(4);
      for (const n of numbers(0, 500)) {
        await until(() => release.length > n, `handler ${n}`);
        release[n]?.();
        expect(dissect(await attacker.next())).toMatchObject({ hopByHop: n, endToEnd: n });
        expect(arena.baseLine.serving).toBeLessThanOrEqual(4);
      }
    });
    expect(counted).toEqual({});
    expect(arena.handled).toHaveLength(500);
    arena.clock.advance(30_000);
    await arena.backTo(before);
  });

  test("beyond limits.maxWaitingBytes: 5012, reading pauses, and what waits is bounded", async () => {
    const { length } = numbered(0);
    const { arena, release } = await held({ maxPending: 4, maxWaitingBytes: 10 * length });
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    attacker.send(Buffer.concat(numbers(0, 100).map((n) => numbered(n))));
    for (const n of numbers(14, 100)) {
      // A pause lasts a second, behind which another chunk is read; how the system cuts chunks is its own business.
      const bytes = attacker.next();
      const ticking = setInterval(() => arena.clock.advance(1_000), 20);
      const answer = dissect(await bytes);
      clearInterval(ticking);
      expect([answer.hopByHop, resultCode(answer)]).toEqual([n, 5012]);
    }
    expect(arena.handled).toHaveLength(4);
    await arena.serves();
    for (const n of numbers(0, 14)) {
      await until(() => release.length > n, `handler ${n}`);
      release[n]?.();
      expect(dissect(await attacker.next()).hopByHop).toBe(n);
    }
    arena.clock.advance(30_000);
    await arena.backTo(before);
  });

  test("a peer that goes takes what waits with it", async () => {
    const { arena, release } = await held({ maxPending: 4 });
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    attacker.send(Buffer.concat(numbers(0, 100).map((n) => numbered(n))));
    await until(() => release.length === 4, "the handlers");
    const closed = next(arena.node, "peer:close");
    await attacker.close({ reset: true });
    await closed;
    for (const answer of release) answer();
    await arena.serves();
    expect(arena.handled).toHaveLength(4);
    arena.clock.advance(30_000);
    await arena.backTo(before);
  });
});

describe("row 28: a peer that never reads", () => {
  test("is not read from either, holds no more than limits.maxOutputBytes, and is disconnected", async () => {
    const limits = { highWaterBytes: 65_536, maxOutputBytes: 1_048_576 };
    const bulk = new Avp(9_999_999, 0, 0, new Uint8Array(65_536));
    const handler = (_request: unknown, context: Context) => context.answer({ ...CCA, avps: [bulk] });
    const arena = await Arena.open({ limits }, handler as never);
    arenas.push(arena);
    await arena.serves();
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    attacker.socket.pause();
    let most = 0;
    const closed = next(arena.node, "peer:close");
    const counted = await arena.counted(async () => {
      attacker.send(Buffer.concat(numbers(0, 2_000).map((n) => numbered(n))));
      const ticking = setInterval(() => {
        most = Math.max(most, arena.baseLine.buffered);
        arena.clock.advance(1_000);
      }, 5);
      await arena.serves();
      const [, reason] = await closed;
      clearInterval(ticking);
      expect(reason.message).toMatch(/octets wait to be sent, more than 1048576/);
    });
    // A pause may have come and gone more than once.
    expect(counted).toEqual({ "peer:close": 1, "connection:paused": expect.toSatisfy((count) => count > 0) });
    expect(most).toBeLessThanOrEqual(limits.maxOutputBytes);
    // Neither was all of the flood worked on: the answers of 130 MB would have been made for nobody.
    expect(arena.handled.length).toBeLessThan(1_000);
    await arena.serves();
    await arena.backTo(before);
  });
});

describe("row 30: handlers", () => {
  const failing = async (handler: (request: unknown, context: Context) => unknown) => {
    const arena = await Arena.open({}, handler as never);
    arenas.push(arena);
    await arena.serves();
    return arena;
  };

  test.each<[string, (request: unknown, context: Context) => unknown]>([
    [
      "throws",
      () => {
        throw new Error("the password is secret");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the password is secret"))],
    [
      "throws what is no error",
      () => {
        throw null;
      },
    ],
    ["gives nothing", () => undefined],
    ["gives what cannot be encoded", (_request, context) => context.answer({ ...CCA, resultCode: 2 ** 40 })],
  ])("one that %s: 5012, one event, nothing of it on the wire", async (_name, handler) => {
    const arena = await failing(handler);
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const counted = await arena.counted(async () => {
      attacker.send(request());
      const meanwhile = arena.serves();
      const bytes = await attacker.next();
      refused.push(bytes);
      expect(resultCode(dissect(bytes))).toBe(5012);
      expect(bytes.includes("secret")).toBe(false);
      await meanwhile;
    });
    expect(counted).toEqual({ "handler:error": 1 });
    arena.clock.advance(30_000);
    await arena.backTo(before);
  });

  test("one that hangs: 5012 after limits.handlerTimeoutMs; what it says later is dropped and counted", async () => {
    const { arena, release } = await held({});
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    attacker.send(request());
    await until(() => release.length === 1, "the handler");
    const counted = await arena.counted(async () => {
      arena.clock.advance(30_000);
      const bytes = await attacker.next();
      refused.push(bytes);
      expect([resultCode(dissect(bytes)), findAvp(dissect(bytes), 281)?.data.toString()]).toEqual([
        5012,
        "internal error",
      ]);
      release[0]?.();
      await arena.serves();
    });
    expect(counted).toEqual({ "handler:error": 1, "answer:dropped": 1 });
    await arena.backTo(before);
  });

  test.each([-3_600_000, 3_600_000])(
    "a clock that jumps by %i ms does not hasten the timeout, and at most doubles it",
    async (jump) => {
      const { arena, release } = await held({});
      const attacker = await arena.attacker();
      attacker.send(request());
      await until(() => release.length === 1, "the handler");
      arena.clock.jump(jump);
      arena.clock.advance(29_999);
      await arena.serves();
      expect(arena.baseLine.serving).toBe(1);
      arena.clock.advance(30_001);
      expect(resultCode(dissect(await attacker.next()))).toBe(5012);
    },
  );
});

test("row 29: a DPR while a request is being served: the DPA at once, then its answer, and the connection stays for it (section 5.4)", async () => {
  const { arena, release } = await held({});
  const before = arena.baseLine;
  const attacker = await arena.attacker();
  attacker.send(numbered(1));
  await until(() => release.length === 1, "the handler");
  attacker.send(encodeDPR({ ...ATTACKER, disconnectCause: 0 }, { hopByHop: 2, endToEnd: 2 }).bytes);
  expect(dissect(await attacker.next())).toMatchObject({ code: 282, hopByHop: 2 });
  release[0]?.();
  expect(dissect(await attacker.next())).toMatchObject({ code: 272, hopByHop: 1 });
  arena.clock.advance(30_000);
  await attacker.waitClosed();
  await arena.serves();
  arena.clock.advance(30_000);
  await arena.backTo(before);
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against the answers above", async () => {
    expect(refused.length).toBeGreaterThan(40);
    for (const message of await expectClean(refused.slice(-20)))
      expect(message.avp("Result-Code")?.showname).toMatch(/DIAMETER_(TOO_BUSY|UNABLE_TO_COMPLY)/);
  });
});
