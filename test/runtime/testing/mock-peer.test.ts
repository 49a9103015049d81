/** The mock peer: what it does by a script, over memory and TCP, on both sides of a connection, and what it complains of. */

import { describe, expect, test } from "vitest";
import { DiameterNode } from "../../../runtime/src/index.js";
import { MockPeer, type MockPeerOptions, withHeader } from "../../../runtime/src/testing/index.js";
import { createWorld, memoryPeer, next, PORT, type World } from "../../support/nodes.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;
const good = { resultCode: 2001, userName: "mock" } as const;

function options(world: World): MockPeerOptions {
  const { network: transport, clock } = world;
  return { originHost: "mock.test", originRealm: "test", applications: [tinyApplication], transport, clock };
}

/** A node that is connected to a mock peer. */
async function met(world: World, options_: Partial<MockPeerOptions> = {}) {
  const peer = await MockPeer.listen({ host: "mock", port: PORT }, { ...options(world), ...options_ });
  const node = world.node("node", { peers: [memoryPeer("mock")], reconnectMs: 1_000 });
  await node.start();
  return { peer, node };
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "answered",
    (error: { code?: string }) => error.code,
  );

describe("as the side that is connected to", () => {
  test("it answers by the command's codec, in the order of the script, and gives what it was asked", async () => {
    await using world = createWorld();
    const { peer, node } = await met(world);
    const asked = peer.expect(tiny).answer(good);
    peer.expect(tiny).answer(({ userName }) => ({ resultCode: 2002, userName: `${userName}!` }));
    expect(await node.request(tiny, request)).toMatchObject({ ...good, originHost: "mock.test" });
    expect(await node.request(tiny, request)).toMatchObject({ resultCode: 2002, userName: "alice!" });
    expect(await asked).toMatchObject({ userName: "alice", originHost: "node.test" });
    await node.stop();
    await peer[Symbol.asyncDispose]();
  });

  test("late on the virtual clock, not at all, for another request, cut short and closed, reset", async () => {
    await using world = createWorld();
    const { peer, node } = await met(world);
    const { clock } = world;
    peer.expect(tiny).answer(good, { delayMs: 300 });
    const late = node.request(tiny, request);
    await clock.advanceAsync(299);
    expect(node.peers.get("mock.test")?.pending).toBe(1);
    await clock.advanceAsync(1);
    expect(await late).toMatchObject(good);

    for (const change of [
      (answer: Uint8Array) => withHeader(answer, { hopByHop: 1 }),
      (answer: Uint8Array) => withHeader(answer, { endToEnd: 1 }),
    ]) {
      peer.expect(tiny).answer(good, { change });
      const unexpected = next(node, "answer:unexpected");
      const lost = code(node.request(tiny, request, { timeoutMs: 50 }));
      expect(await unexpected).toMatchObject([{ commandCode: tiny.code }]);
      await clock.advanceAsync(50);
      expect(await lost).toBe("ERR_DIAMETER_TIMEOUT");
    }

    peer.expect(tiny).drop();
    const dropped = code(node.request(tiny, request, { timeoutMs: 50 }));
    await clock.advanceAsync(50);
    expect(await dropped).toBe("ERR_DIAMETER_TIMEOUT");

    for (const end of ["close", "reset"] as const) {
      peer.expect(tiny).answer(good, { change: (answer) => answer.subarray(0, 30), end });
      const closed = peer.closed();
      expect(await code(node.request(tiny, request))).toBe("ERR_DIAMETER_UNABLE_TO_DELIVER");
      await closed;
      const opened = peer.opened();
      await clock.advanceAsync(2_000);
      await opened;
      await clock.advanceAsync(200_000); // three watchdogs: RFC 3539 section 3.4.1
      expect(node.peers.get("mock.test")).toMatchObject({ state: "I-Open", watchdog: "OKAY" });
    }
    await node.stop();
    await peer[Symbol.asyncDispose]();
  });

  test("no DWA: the node suspects it and closes the connection; octets that are no message close it at once", async () => {
    await using world = createWorld();
    const { peer, node } = await met(world);
    peer.expect("DWR").drop();
    const suspected = next(node, "peer:suspect");
    await world.clock.advanceAsync(70_000);
    await suspected;
    const closed = next(node, "peer:close");
    await world.clock.advanceAsync(40_000);
    await closed;
    await world.clock.advanceAsync(2_000);
    await peer.opened();
    const fault = next(node, "peer:close");
    peer.send(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await fault).toMatchObject([{ originHost: "mock.test" }, {}]);
    await peer.closed();
    await node.stop();
    await peer[Symbol.asyncDispose]();
  });

  test("a CEA of the test's own, and capabilities of its own", async () => {
    await using world = createWorld();
    const peer = await MockPeer.listen(
      { host: "mock", port: PORT },
      { ...options(world), capabilities: { originStateId: 7, productName: "other" } },
    );
    peer.expect("CER").drop({ end: "close" });
    const node = world.node("node", { peers: [memoryPeer("mock")], reconnectMs: 1_000 });
    const closed = next(node, "peer:close");
    const started = node.start();
    await closed;
    await world.clock.advanceAsync(2_000);
    await peer.opened();
    await started;
    await world.settle();
    expect(node.peers.get("mock.test")).toMatchObject({ originStateId: 7, productName: "other", state: "I-Open" });
    await node.stop();
    await peer[Symbol.asyncDispose]();
  });
});

describe("as the side that connects", () => {
  test("over memory: it asks, typed and as octets, and is answered; and it answers what it is asked", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    await using peer = await MockPeer.connect({ host: "server", port: PORT }, options(world));
    const answer = await peer.request(tiny, request);
    expect(answer).toMatchObject({ resultCode: 2001, message: { originHost: "server.test", userName: "server" } });
    const refused = await peer.request(tiny, request, (octets) => withHeader(octets, { commandCode: 8_388_001 }));
    expect(refused).toMatchObject({ resultCode: 3001, message: undefined });
    const asked = peer.expect(tiny).answer(good);
    expect(await server.request(tiny, { ...request, destinationHost: "mock.test" })).toMatchObject(good);
    expect((await asked).originHost).toBe("server.test");
  });

  test("over TCP, both sides", async () => {
    const { originRealm, applications } = { originRealm: "test", applications: [tinyApplication] };
    await using listening = await MockPeer.listen(
      { host: "127.0.0.1", port: 0 },
      { originHost: "listening.test", originRealm, applications },
    );
    const node = new DiameterNode({
      originHost: "node.test",
      originRealm,
      applications,
      accept: "any",
      listen: [{ host: "127.0.0.1", port: 0 }],
      peers: [{ host: "127.0.0.1", port: listening.port, originHost: "listening.test" }],
    });
    node.handle(tiny, (_request, context) => context.answer({ resultCode: 2001, userName: "node" }));
    await node.start();
    try {
      await using connecting = await MockPeer.connect(
        { host: "127.0.0.1", port: node.addresses[0]?.port as number },
        { originHost: "connecting.test", originRealm, applications },
      );
      expect((await connecting.request(tiny, request)).message?.userName).toBe("node");
      listening.expect(tiny).answer(good);
      expect(await node.request(tiny, { ...request, destinationHost: "listening.test" })).toMatchObject(good);
    } finally {
      await node.stop();
    }
  });

  test("a CEA that is no success is an error", async () => {
    await using world = createWorld();
    await world.server("server");
    const nothing = { ...options(world), applications: [] };
    await expect(MockPeer.connect({ host: "server", port: PORT }, nothing)).rejects.toThrow("Result-Code 5010");
  });
});

describe("at its end it complains", () => {
  test("of a request that did not come, and of an answer that was still to be sent", async () => {
    await using world = createWorld();
    const { peer, node } = await met(world);
    peer.expect(tiny).answer(good, { delayMs: 1_000 });
    const unmet = peer.expect(tiny).answer(good);
    const asked = code(node.request(tiny, request, { timeoutMs: 500 }));
    await world.clock.advanceAsync(500);
    expect(await asked).toBe("ERR_DIAMETER_TIMEOUT");
    await expect(peer[Symbol.asyncDispose]()).rejects.toThrow(
      "mock peer mock.test: expected, and not received: Tiny request; still to be sent: an answer that waits for its time",
    );
    await expect(unmet).rejects.toThrow("the mock peer mock.test has ended");
  });

  test("of a request that nobody expected, which it answers with 3001, and of an answer to nothing", async () => {
    await using world = createWorld();
    const { peer, node } = await met(world);
    await expect(node.request(tiny, request)).rejects.toMatchObject({ answer: { resultCode: 3001 } });
    const answered = next(node, "request:refused");
    // What it sends without waiting for the answer, it does not expect an answer to.
    const asking = peer.expect(tiny).send((raw) => withHeader(raw.toBytes(), { commandCode: 8_388_001 }));
    node.request(tiny, request, { timeoutMs: 10 }).catch(() => {});
    await asking;
    await answered;
    await world.settle();
    expect(() => peer.verify()).toThrow(
      /^mock peer mock.test: received, and not expected: a request of command 8388000, application 16777999, an answer of command 8388001 to no request$/,
    );
    await peer[Symbol.asyncDispose]().catch(() => {});
    await world.clock.advanceAsync(10);
  });
});
