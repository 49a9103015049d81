/** Peers that come and go while the node runs: RFC 6733 sections 5.1, 5.3 and 5.4. */

import { describe, expect, test } from "vitest";
import type { DiameterNode, PeerInfo } from "../../../runtime/src/index.js";
import { createWorld, memoryPeer, next, PORT, type World } from "../../support/nodes.js";
import { tiny } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

/** A server that answers when it is told to. */
async function slow(world: World, name: string) {
  const held: (() => void)[] = [];
  const node = world.node(name, { listen: [{ host: name, port: PORT, transport: "memory" }], accept: "any" });
  node.handle(tiny, async (_request, context) => {
    await new Promise<void>((resolve) => held.push(resolve));
    return context.answer({ resultCode: 2001, userName: name });
  });
  await node.start();
  return {
    node,
    release: () => {
      for (const answer of held.splice(0)) answer();
    },
  };
}

/** Names of the events about peers, as they come. */
function record(node: DiameterNode): string[] {
  const seen: string[] = [];
  const names = ["add", "remove", "disable", "enable", "open", "close"] as const;
  for (const name of names)
    node.on(`peer:${name}`, (...args: readonly unknown[]) => {
      const [peer] = args as [PeerInfo];
      seen.push(`${name} ${peer.originHost}`);
    });
  return seen;
}

const disconnects = (node: DiameterNode) => {
  const causes: (number | undefined)[] = [];
  node.on("peer:close", (_peer, reason) => {
    causes.push(reason.disconnectCause);
  });
  return causes;
};

describe("add", () => {
  test("a running node connects, and routes there at once", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = await world.client("client", []);
    const seen = record(client);
    await expect(client.request(tiny, request)).rejects.toMatchObject({ code: "ERR_DIAMETER_UNABLE_TO_DELIVER" });
    expect(client.peers.add(memoryPeer("server"))).toMatchObject({ originHost: "server.test", configured: true });
    // It is coming: the request waits for it.
    expect(await client.request(tiny, request)).toMatchObject({ userName: "server" });
    expect(seen).toEqual(["add server.test", "open server.test"]);
    expect(client.peers.size).toBe(1);
    expect(client.peers.get("SERVER.test")).toMatchObject({ state: "I-Open", enabled: true });
    expect(client.peers.get({ host: "server" })).toEqual(client.peers.get("server.test"));
    expect(client.peers.get("other.test")).toBeUndefined();
  });

  test("before start it is configured only", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = world.node("client");
    expect(client.peers.add(memoryPeer("server"))).toMatchObject({ state: "Closed" });
    await client.start();
    expect([...client.peers]).toMatchObject([{ state: "I-Open" }]);
  });

  test("the same again is the same peer; the same place, configured differently, is refused", async () => {
    await using world = createWorld();
    const client = await world.client("client", ["server"]);
    client.peers.add({ ...memoryPeer("server"), realms: undefined });
    expect(client.peers.size).toBe(1);
    expect(() => client.peers.add({ ...memoryPeer("server"), realms: ["elsewhere"] })).toThrow(/differently/);
    expect(() => client.peers.add({ ...memoryPeer("server"), host: "server2" })).toThrow(/another address/);
  });

  test("a peer that is connected to us already keeps its connection, and is connected to when it has gone", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = await world.client("client", ["server"], {
      listen: [{ host: "client", port: PORT, transport: "memory" }],
      accept: "any",
    });
    await world.settle();
    server.peers.add(memoryPeer("client"));
    await world.settle();
    expect(server.peers.list().map(({ configured, state }) => [configured, state])).toEqual([
      [false, "R-Open"],
      [true, "Closed"],
    ]);
    const open = next(server, "peer:open");
    await client.peers.remove("server.test");
    expect((await open)[0]).toMatchObject({ originHost: "client.test", configured: true, state: "I-Open" });
    expect(server.peers.size).toBe(1);
  });
});

describe("remove", () => {
  test("routing changes at once, pending requests are answered, then a DPR says why", async () => {
    await using world = createWorld();
    const first = await slow(world, "first");
    await world.server("second");
    const client = await world.client("client", ["first", "second"]);
    const causes = disconnects(first.node);
    const seen = record(client);
    const pending = client.request(tiny, request);
    await world.settle();
    const removed = client.peers.remove("first.test");
    await world.settle();
    // Drained: no DPR yet.
    expect(client.peers.get("first.test")).toMatchObject({ state: "I-Open", enabled: false, pending: 1 });
    expect(await client.request(tiny, request)).toMatchObject({ userName: "second" });
    first.release();
    expect(await pending).toMatchObject({ userName: "first" });
    await removed;
    // 5.4.3: DO_NOT_WANT_TO_TALK_TO_YOU
    expect(causes).toEqual([2]);
    expect(seen).toEqual(["close first.test", "remove first.test"]);
    expect(client.peers.list().map(({ originHost }) => originHost)).toEqual(["second.test"]);
    await world.clock.advanceAsync(600_000);
    expect(first.node.peers.size).toBe(0);
  });

  test("what is not answered in time goes to another peer, with the T bit", async () => {
    await using world = createWorld();
    await slow(world, "first");
    await world.server("second");
    const client = await world.client("client", ["first", "second"]);
    const flags: boolean[] = [];
    client.onMessage(({ direction, raw }) => {
      if (direction === "out" && raw.commandCode === tiny.code) flags.push(raw.isRetransmitted);
    });
    const pending = client.request(tiny, request, { timeoutMs: 60_000 });
    await world.settle();
    const removed = client.peers.remove("first.test", { timeoutMs: 3_000 });
    await world.clock.advanceAsync(3_000);
    expect(await pending).toMatchObject({ userName: "second" });
    expect(flags).toEqual([false, true]);
    await removed;
  });

  test("drain: false fails them over now", async () => {
    await using world = createWorld();
    const first = await slow(world, "first");
    await world.server("second");
    const client = await world.client("client", ["first", "second"]);
    const causes = disconnects(first.node);
    const pending = client.request(tiny, request);
    await world.settle();
    await client.peers.remove("first.test", { drain: false, cause: "BUSY" });
    expect(await pending).toMatchObject({ userName: "second" });
    expect(causes).toEqual([1]);
  });

  test("without another peer they are waited for, and rejected when the time is over", async () => {
    await using world = createWorld();
    await slow(world, "server");
    const client = await world.client("client", ["server"]);
    const pending = client.request(tiny, request, { timeoutMs: 60_000 });
    const lost = expect(pending).rejects.toMatchObject({ code: "ERR_DIAMETER_UNABLE_TO_DELIVER", sent: true });
    await world.settle();
    const removed = client.peers.remove("server.test", { timeoutMs: 1_000 });
    await world.clock.advanceAsync(1_000);
    await world.clock.advanceAsync(5_000);
    await removed;
    await lost;
    expect(client.peers.size).toBe(0);
  });

  test("a peer that breaks while it is drained is not connected to again", async () => {
    await using world = createWorld();
    const first = await slow(world, "server");
    const client = await world.client("client", ["server"]);
    const lost = expect(client.request(tiny, request)).rejects.toMatchObject({ sent: true });
    await world.settle();
    const removed = client.peers.remove("server.test");
    await world.settle();
    const stopped = first.node.stop({ timeoutMs: 10 });
    await world.clock.advanceAsync(10);
    await stopped;
    await removed;
    await lost;
    expect(client.peers.size).toBe(0);
    await world.server("server");
    await world.clock.advanceAsync(600_000);
    expect(client.counters["peer:open"]).toBe(1);
  });

  test("one that is being connected to, or waits for Tc", async () => {
    await using world = createWorld();
    const client = await world.client("client", ["server"]);
    await client.peers.remove("server.test");
    expect(client.peers.size).toBe(0);
    client.peers.add(memoryPeer("server"));
    expect(client.peers.get("server.test")?.state).toBe("Wait-Conn-Ack");
    await client.peers.remove("server.test");
    await world.settle();
    expect(client.peers.size).toBe(0);
    expect(world.clock.pending).toBe(0);
  });

  test("a peer that came by itself is disconnected", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = await world.client("client", ["server"]);
    await world.settle();
    await server.peers.remove("client.test");
    expect(server.peers.size).toBe(0);
    await world.settle();
    expect(client.peers.list()).toMatchObject([{ state: "Closed" }]);
  });

  test("who is not there cannot be removed; twice at a time is once", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = await world.client("client", ["server"]);
    await expect(client.peers.remove("x.test")).rejects.toThrow("there is no peer x.test");
    await expect(client.peers.remove({ host: "x" })).rejects.toThrow("there is no peer at x:3868");
    const both = [client.peers.remove("server.test"), client.peers.remove("server.test")];
    expect(() => client.peers.add(memoryPeer("server"))).toThrow(/is being removed/);
    expect(() => client.peers.enable("server.test")).toThrow(/is being removed/);
    await Promise.all(both);
    expect(client.counters["peer:remove"]).toBe(1);
    client.peers.add(memoryPeer("server"));
    expect(await client.request(tiny, request)).toMatchObject({ userName: "server" });
  });
});

describe("disable and enable", () => {
  test("a disabled peer is disconnected, gets nothing, and its CER is answered 3010", async () => {
    await using world = createWorld();
    const server = await world.server("server", { peers: [memoryPeer("client")], accept: [] });
    const client = await world.client("client", ["server"]);
    await world.settle();
    const seen = record(server);
    await server.peers.disable("client.test");
    await server.peers.disable("client.test");
    expect(seen).toEqual(["disable client.test", "close client.test"]);
    expect(server.peers.get("client.test")).toMatchObject({ enabled: false, state: "Closed" });
    await expect(client.connect(memoryPeer("server"))).rejects.toThrow(/3010/);
    await world.clock.advanceAsync(600_000);
    expect(server.peers.get("client.test")).toMatchObject({ state: "Closed" });
    server.peers.enable("client.test");
    expect(await client.connect(memoryPeer("server"))).toMatchObject({ state: "I-Open" });
  });

  test("enable connects at once", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = await world.client("client", ["server"]);
    await client.peers.disable("server.test");
    await expect(client.request(tiny, request)).rejects.toMatchObject({ sent: false });
    await expect(client.connect(memoryPeer("server"))).rejects.toThrow(/out of service/);
    client.peers.enable("server.test");
    client.peers.enable("server.test");
    expect(await client.request(tiny, request, { timeoutMs: 60_000 })).toMatchObject({ userName: "server" });
    expect(client.counters["peer:enable"]).toBe(1);
  });

  test("enabled while it is drained it stays; while it closes, it comes back", async () => {
    await using world = createWorld();
    const server = await slow(world, "server");
    const client = await world.client("client", ["server"]);
    const pending = client.request(tiny, request, { timeoutMs: 60_000 });
    await world.settle();
    const drained = client.peers.disable("server.test");
    client.peers.enable("server.test");
    await drained;
    expect(client.peers.get("server.test")).toMatchObject({ state: "I-Open", enabled: true });
    server.release();
    await pending;
    expect(client.counters["peer:close"]).toBe(0);

    const closing = client.peers.disable("server.test");
    expect(client.peers.get("server.test")?.state).toBe("Closing");
    client.peers.enable("server.test");
    const open = next(client, "peer:open");
    await closing;
    expect((await open)[0]).toMatchObject({ originHost: "server.test", enabled: true });
  });

  test("disabled before start, it is not connected to; stop() ends with one that is drained", async () => {
    await using world = createWorld();
    await slow(world, "server");
    const client = world.node("client", { peers: [memoryPeer("server")] });
    await client.peers.disable("server.test");
    await client.start();
    expect(client.peers.list()).toMatchObject([{ state: "Closed", enabled: false }]);
    client.peers.enable("server.test");
    const lost = expect(client.request(tiny, request)).rejects.toMatchObject({ sent: true });
    await world.settle();
    const drained = client.peers.disable("server.test");
    const stopped = client.stop({ timeoutMs: 100 });
    await world.clock.advanceAsync(100);
    await Promise.all([drained, stopped, lost]);
  });

  test("only configured peers", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    await world.client("client", ["server"]);
    await world.settle();
    await expect(server.peers.disable("client.test")).rejects.toThrow(/is not configured/);
  });
});

describe("drain", () => {
  test("new requests are refused, those under way are waited for, peers stay", async () => {
    await using world = createWorld();
    const server = await slow(world, "server");
    const client = await world.client("client", ["server"]);
    const pending = client.request(tiny, request);
    await world.settle();
    const drained = client.drain();
    await expect(client.request(tiny, request)).rejects.toMatchObject({ code: "ERR_DIAMETER_NODE_STOPPED" });
    await world.settle();
    expect(client.peers.list()).toMatchObject([{ state: "I-Open" }]);
    server.release();
    expect(await pending).toMatchObject({ userName: "server" });
    expect(await drained).toBe(true);
    await client.stop();
  });

  test("false where the time is over; a signal ends the wait", async () => {
    await using world = createWorld();
    await slow(world, "server");
    const client = await world.client("client", ["server"]);
    const lost = expect(client.request(tiny, request)).rejects.toThrow();
    await world.settle();
    const drained = client.drain({ timeoutMs: 10 });
    await world.clock.advanceAsync(10);
    expect(await drained).toBe(false);
    await expect(client.drain({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "ERR_DIAMETER_ABORTED" });
    const stopped = client.stop({ timeoutMs: 10 });
    await world.clock.advanceAsync(20);
    await stopped;
    await lost;
  });
});
