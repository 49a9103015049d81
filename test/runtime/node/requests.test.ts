/** Requests of ours: answers, errors, timeouts, routes and failover. RFC 6733 sections 3, 5.5.4, 6.1 and 7. */

import { describe, expect, test } from "vitest";
import { call } from "../../../runtime/src/codegen/call.js";
import {
  CommandFlag,
  ErrorAnswer,
  ErrorAnswerError,
  InvalidAnswerError,
  outcome,
  outcomeOf,
  RawMessage,
} from "../../../runtime/src/index.js";
import { createWorld, memoryPeer, next, PORT, type World } from "../../support/nodes.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

/** A server whose handler never answers; what it got is told by the function returned. */
async function silent(world: World, name: string) {
  const got: { retransmitted: boolean; raw: RawMessage }[] = [];
  const node = world.node(name, { listen: [{ host: name, port: PORT, transport: "memory" }], accept: "any" });
  node.handle(tiny, (_request, { retransmitted, raw }) => {
    got.push({ retransmitted, raw: raw.own() });
    return new Promise(() => {});
  });
  await node.start();
  return { node, got };
}

describe("request and answer", () => {
  test("typed there and back; the node fills in what it knows", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, (mr, context) => {
      expect(mr).toMatchObject({ originHost: "client.test", originRealm: "test", userName: "alice" });
      expect(context.peer).toMatchObject({ originHost: "client.test", originRealm: "test", productName: "diamgen" });
      return context.answer({ resultCode: 2001, userName: mr.userName.toUpperCase() });
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    const answer = await call(client, tiny, request);
    expect(answer).toMatchObject({ resultCode: 2001, userName: "ALICE", originHost: "server.test" });
    // 8.8: <DiameterIdentity>;<high 32 bits>;<low 32 bits>
    expect(answer.sessionId).toMatch(/^client\.test;\d+;0$/);
    expect((await client.request(tiny, request)).sessionId).toMatch(/^client\.test;\d+;1$/);
    expect((await client.request(tiny, { ...request, sessionId: "client.test;1;2;mine" })).sessionId).toBe(
      "client.test;1;2;mine",
    );
    expect(outcome(answer)).toEqual({ ok: true, resultCode: 2001 });
    // Before the first request of a session, by whoever has to know: none is given out twice.
    expect(client.newSessionId()).toMatch(/^client\.test;\d+;2$/);
    expect(client.newSessionId("call-7")).toMatch(/^client\.test;\d+;3;call-7$/);
    expect((await client.request(tiny, request)).sessionId).toMatch(/^client\.test;\d+;4$/);
  });

  test("the T bit from the start where the caller has sent it before; section 3", async () => {
    await using world = createWorld();
    const got: boolean[] = [];
    let first: RawMessage | undefined;
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, ({ userName }, context) => {
      got.push(context.retransmitted);
      first ??= context.raw.own();
      return context.answer({ resultCode: 2001, userName });
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    await client.request(tiny, request);
    await client.request(tiny, request, { retransmitted: true });
    await client.request(tiny, request, { retransmitted: false });
    await client.send(first as RawMessage, { retransmitted: true });
    await client.send(first as RawMessage);
    expect(got).toEqual([false, true, false, true, false]);
  });

  test("many at once, answered in another order", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    const held: (() => void)[] = [];
    server.handle(tiny, async ({ userName }, context) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return context.answer({ resultCode: 2001, userName });
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    const names = Array.from({ length: 50 }, (_, index) => `user${index}`);
    const answers = Promise.all(names.map((userName) => client.request(tiny, { ...request, userName })));
    await world.settle();
    expect(client.peers.list()[0]?.pending).toBe(50);
    expect(server.peers.list()[0]?.serving).toBe(50);
    for (const release of held.reverse()) release();
    expect((await answers).map(({ userName }) => userName)).toEqual(names);
    expect(client.peers.list()[0]?.pending).toBe(0);
  });

  test("send(): a raw request, its End-to-End Identifier kept, its answer owned", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = await world.client("client", ["server"]);
    let captured: RawMessage | undefined;
    const off = client.onMessage(({ direction, raw }) => {
      if (direction === "out") captured ??= raw.own();
    });
    await client.request(tiny, request);
    off();
    const raw = (captured as RawMessage).own();
    raw.view.setUint32(16, 0xabcdef01);
    const before = raw.hopByHop;
    const answer = await client.send(raw);
    expect(answer).toMatchObject({ isRequest: false, endToEnd: 0xabcdef01 });
    expect(raw.hopByHop).toBe(before);
    raw.view.setUint32(16, 0);
    expect((await client.send(raw)).endToEnd).not.toBe(0);
    await expect(client.send(answer)).rejects.toMatchObject({ code: "ERR_DIAMETER_CONFIGURATION" });
  });

  test("a value that cannot be encoded rejects before anything is sent", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = await world.client("client", ["server"]);
    await expect(client.request(tiny, { ...request, userName: "\ud800" })).rejects.toMatchObject({
      code: "ERR_DIAMETER_ENCODE",
    });
    expect(client.peers.list()[0]?.pending).toBe(0);
  });
});

describe("answers that are errors", () => {
  async function answeredBy(world: World, make: (raw: RawMessage) => Uint8Array) {
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, (_request, { raw }) => {
      const bytes = make(raw);
      // A handler whose "answer" is whatever the test wants on the wire.
      return { encode: () => RawMessage.from(bytes), __proto__: ErrorAnswer.prototype } as unknown as ErrorAnswer;
    });
    await server.start();
    return world.client("client", ["server"]);
  }
  const errorAnswer = (raw: RawMessage, resultCode: number) =>
    ErrorAnswer.to(raw, { originHost: "server.test", originRealm: "test", resultCode, errorMessage: "no" }).encode()
      .bytes;

  test("7.2: the E bit rejects with the answer", async () => {
    await using world = createWorld();
    const client = await answeredBy(world, (raw) => errorAnswer(raw, 3004));
    const error = await client.request(tiny, request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ErrorAnswerError);
    expect((error as ErrorAnswerError).answer).toMatchObject({
      resultCode: 3004,
      errorMessage: "no",
      originHost: "server.test",
    });
  });

  test.each([
    ["as ours do", 0x60, undefined],
    ["also where the E bit is missing", 0x40, { code: "ERR_DIAMETER_INVALID_ANSWER" }],
  ])("7.1.5: a permanent failure in the layout of 7.2 rejects with the answer, %s", async (_how, flags, cause) => {
    await using world = createWorld();
    const client = await answeredBy(world, (raw) => {
      const bytes = errorAnswer(raw, 5012);
      expect(bytes[4]).toBe(0x60);
      bytes[4] = flags;
      return bytes;
    });
    const error = await client.request(tiny, request).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ERR_DIAMETER_ERROR_ANSWER", answer: { resultCode: 5012, header: { flags } } });
    expect((error as Error).cause).toEqual(cause && expect.objectContaining(cause));
  });

  test("a failure that keeps to the command's grammar resolves", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, (_request, context) => context.answer({ resultCode: 4001, userName: "no" }));
    await server.start();
    const client = await world.client("client", ["server"]);
    const answer = await client.request(tiny, request);
    expect(outcome(answer)).toEqual({ ok: false, resultCode: 4001 });
    expect(await outcomeOf(client.request(tiny, request))).toMatchObject({
      ok: false,
      resultCode: 4001,
      answer: { userName: "no" },
    });
  });

  test("outcomeOf() has the result of a failure by the layout of section 7.2, and rejects where there is none", async () => {
    await using world = createWorld();
    const client = await answeredBy(world, (raw) => errorAnswer(raw, 5012));
    const refused = await outcomeOf(client.request(tiny, request));
    expect(refused).toMatchObject({ ok: false, resultCode: 5012, error: { resultCode: 5012 } });
    expect(refused.answer).toBeUndefined();
    const reason = await outcomeOf(client.request(tiny, request, { timeoutMs: 0, signal: AbortSignal.abort() })).catch(
      (error: unknown) => error,
    );
    expect(reason).toMatchObject({ code: "ERR_DIAMETER_ABORTED" });
  });

  test("an answer that says success and breaks its grammar rejects with the issues and what could be read", async () => {
    await using world = createWorld();
    const client = await answeredBy(world, (raw) => errorAnswer(raw, 2001));
    const error = await client.request(tiny, request).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InvalidAnswerError);
    expect(error).toMatchObject({
      issues: [{ resultCode: 5005 }],
      partial: { resultCode: 2001, originHost: "server.test" },
    });
  });

  test.each([
    ["another End-to-End Identifier", 16],
    ["an unknown Hop-by-Hop Identifier", 12],
    ["another application", 8],
  ])("6.2.1: an answer with %s is dropped and counted, and the request waits on", async (_name, offset) => {
    await using world = createWorld();
    const client = await answeredBy(world, (raw) => {
      const bytes = errorAnswer(raw, 3004);
      bytes[offset + 3] = (bytes[offset + 3] as number) ^ 0xff;
      return bytes;
    });
    const unexpected = next(client, "answer:unexpected");
    const answer = client.request(tiny, request, { timeoutMs: 500 });
    await unexpected;
    expect(client.peers.list()[0]?.pending).toBe(1);
    const late = expect(answer).rejects.toMatchObject({ code: "ERR_DIAMETER_TIMEOUT" });
    await world.clock.advanceAsync(500);
    await late;
    expect(client.counters["answer:unexpected"]).toBe(1);
  });

  test("a second answer to one request is dropped", async () => {
    await using world = createWorld();
    const client = await answeredBy(world, (raw) => {
      const bytes = errorAnswer(raw, 3004);
      const twice = new Uint8Array(bytes.length * 2);
      twice.set(bytes);
      twice.set(bytes, bytes.length);
      return twice;
    });
    const unexpected = next(client, "answer:unexpected");
    await expect(client.request(tiny, request)).rejects.toBeInstanceOf(ErrorAnswerError);
    await unexpected;
  });
});

describe("giving up", () => {
  test("a timeout says that it was sent, and to whom", async () => {
    await using world = createWorld();
    await silent(world, "server");
    const client = await world.client("client", ["server"]);
    const late = expect(client.request(tiny, request)).rejects.toMatchObject({
      code: "ERR_DIAMETER_TIMEOUT",
      timeoutMs: 10_000,
      sent: true,
      peer: "server.test",
    });
    await world.settle();
    await world.clock.advanceAsync(10_000);
    await late;
    expect(client.peers.list()[0]?.pending).toBe(0);
  });

  test("an AbortSignal ends the wait, and leaves nothing behind", async () => {
    await using world = createWorld();
    await silent(world, "server");
    const client = await world.client("client", ["server"]);
    client.request(tiny, request).catch(() => {});
    await world.settle();
    const timers = world.clock.pending;
    const abort = new AbortController();
    const answer = client.request(tiny, request, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(answer).rejects.toMatchObject({ code: "ERR_DIAMETER_ABORTED", cause: new Error("enough") });
    expect(client.peers.list()[0]?.pending).toBe(1);
    expect(world.clock.pending).toBe(timers);
    await expect(client.request(tiny, request, { signal: abort.signal })).rejects.toMatchObject({
      code: "ERR_DIAMETER_ABORTED",
    });
  });

  test("limits.maxPending: the request that is one too many is not sent", async () => {
    await using world = createWorld();
    await silent(world, "server");
    const client = await world.client("client", ["server"], { limits: { maxPending: 2 } });
    const first = [client.request(tiny, request), client.request(tiny, request)];
    await expect(client.request(tiny, request)).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: false,
    });
    const lost = Promise.allSettled(first);
    await world.clock.advanceAsync(10_000);
    await lost;
  });
});

describe("routes, sections 6.1.5 and 6.1.6", () => {
  test("without a peer that serves the application, nothing is sent", async () => {
    await using world = createWorld();
    const client = await world.client("client", []);
    await expect(client.request(tiny, request)).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: false,
      peer: undefined,
    });
  });

  test("Destination-Host goes to that very peer, without it the first configured one is the primary", async () => {
    await using world = createWorld();
    await world.server("one");
    await world.server("two");
    const client = await world.client("client", ["one", "two"]);
    expect(await client.request(tiny, request)).toMatchObject({ userName: "one" });
    expect(await client.request(tiny, { ...request, destinationHost: "TWO.test" })).toMatchObject({ userName: "two" });
  });

  test("Destination-Realm prefers a peer of that realm, then one configured for it, then a relay, then the default", async () => {
    await using world = createWorld();
    const realms = ["a.test", "b.test", "c.test", "d.test", "e.test"];
    for (const [name, options] of [
      ["default", { realms }],
      ["relay", { realms, advertise: { auth: [tinyApplication.id], relay: true } }],
      ["configured", { realms }],
      ["native", { originRealm: "a.test", realms }],
    ] as const)
      await world.server(name, options);
    const client = world.node("client", {
      peers: [
        memoryPeer("default"),
        memoryPeer("relay"),
        { ...memoryPeer("configured"), realms: ["B.test"] },
        { ...memoryPeer("native"), realms: [] },
      ],
    });
    await client.start();
    const to = async (destinationRealm: string) =>
      (await client.request(tiny, { ...request, destinationRealm })).userName;
    expect(await to("A.TEST")).toBe("native");
    expect(await to("b.test")).toBe("configured");
    expect(await to("c.test")).toBe("relay");
  });

  test("a server asks a client that is connected to it", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = world.node("client", { peers: [memoryPeer("server")] });
    client.handle(tiny, (_request, context) => context.answer({ resultCode: 2001, userName: "client" }));
    await client.start();
    await world.settle();
    expect(await server.request(tiny, { ...request, destinationHost: "client.test" })).toMatchObject({
      userName: "client",
    });
  });

  test("a request that comes while a peer is being connected waits for it", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = world.node("client", { peers: [memoryPeer("server")] });
    const started = client.start();
    const answer = client.request(tiny, request);
    await started;
    expect(await answer).toMatchObject({ userName: "server" });
  });
});

describe("failover, section 5.5.4", () => {
  test("a peer that goes: its request goes to another one, with the T bit, the same End-to-End Identifier and another Hop-by-Hop Identifier", async () => {
    await using world = createWorld();
    const one = await silent(world, "one");
    const two = await silent(world, "two");
    const client = await world.client("client", ["one", "two"]);
    client.request(tiny, request).catch(() => {});
    await world.settle();
    expect(one.got).toHaveLength(1);
    const stopped = one.node.stop({ timeoutMs: 100 });
    await world.settle();
    await world.clock.advanceAsync(100);
    await stopped;
    await world.settle();
    expect(two.got).toHaveLength(1);
    const [before, after] = [one.got[0], two.got[0]];
    expect(before?.retransmitted).toBe(false);
    expect(after?.retransmitted).toBe(true);
    expect(after?.raw.endToEnd).toBe(before?.raw.endToEnd);
    expect(after?.raw.flags).toBe((before?.raw.flags ?? 0) | CommandFlag.RETRANSMITTED);
  });

  test("a suspect peer's requests go to another one; its late answer is dropped", async () => {
    await using world = createWorld();
    const one = await silent(world, "one");
    await world.server("two");
    const client = await world.client("client", ["one", "two"], { requestTimeoutMs: 100_000 });
    const answer = client.request(tiny, request);
    await world.settle();
    // "one" hears us and says nothing any more.
    const suspect = next(client, "peer:suspect");
    const mute = mutePeer(one.node);
    await world.clock.advanceAsync(62_000);
    expect((await suspect)[0].originHost).toBe("one.test");
    expect(await answer).toMatchObject({ userName: "two" });
    mute();
  });

  test("without another peer it is rejected once, as sent, and to whom", async () => {
    await using world = createWorld();
    const one = await silent(world, "one");
    const client = await world.client("client", ["one"]);
    const lost = expect(client.request(tiny, request)).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: true,
      peer: "one.test",
    });
    await world.settle();
    const stopped = one.node.stop({ timeoutMs: 100 });
    await world.clock.advanceAsync(100);
    await stopped;
    await lost;
  });

  test("a request for that very Destination-Host has no alternate", async () => {
    await using world = createWorld();
    const one = await silent(world, "one");
    const two = await silent(world, "two");
    const client = await world.client("client", ["one", "two"]);
    const lost = expect(client.request(tiny, { ...request, destinationHost: "one.test" })).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: true,
    });
    await world.settle();
    const stopped = one.node.stop({ timeoutMs: 100 });
    await world.clock.advanceAsync(100);
    await stopped;
    await lost;
    expect(two.got).toHaveLength(0);
  });
});

/** From now on, what the node writes goes nowhere. */
function mutePeer(node: object): () => void {
  // biome-ignore lint/suspicious/noExplicitAny: there is no public way to be a bad peer
  const table = (node as any).all.table as Iterable<{ link?: { write: (bytes: Uint8Array) => void } }>;
  const links = [...table].map(({ link }) => link).filter((link) => link !== undefined);
  const writes = links.map((link) => link.write);
  for (const link of links) link.write = () => {};
  return () =>
    links.forEach((link, index) => {
      link.write = writes[index] as (bytes: Uint8Array) => void;
    });
}
