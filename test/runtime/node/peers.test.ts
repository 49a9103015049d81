/** Two nodes and what goes on between them: connections, capabilities, watchdog, election, going. RFC 6733 section 5. */

import { describe, expect, test } from "vitest";
import { createWorld, memoryPeer, next, PORT } from "../../support/nodes.js";
import { otherApplication, tiny, tinyApplication } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

describe("capabilities exchange, section 5.3", () => {
  test("both sides know one another when start() resolves", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = await world.client("client", ["server"]);
    expect(client.peers.list()).toMatchObject([
      { originHost: "server.test", originRealm: "test", state: "I-Open", watchdog: "OKAY", configured: true },
    ]);
    await world.settle();
    expect(server.peers.list()).toMatchObject([
      { originHost: "client.test", state: "R-Open", applications: [tinyApplication.id], configured: false },
    ]);
  });

  test("no application in common: 5010, and the connection is closed", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = world.node("client", { applications: [otherApplication], peers: [memoryPeer("server")] });
    const closed = next(client, "peer:close");
    await client.start();
    expect((await closed)[1]).toMatchObject({ resultCode: 5010 });
    expect(server.peers.list()).toEqual([]);
    expect(server.counters["connection:refused"]).toBe(1);
  });

  test("a relay has an application in common with everybody (section 2.4)", async () => {
    await using world = createWorld();
    await world.server("server", { advertise: { relay: true } });
    const client = await world.client("client", ["server"], { applications: [otherApplication] });
    expect(client.peers.list()).toMatchObject([{ state: "I-Open", relay: true }]);
  });

  test.each([
    ["nobody", undefined, false],
    ["a list with it, in another case", ["CLIENT.Test"], true],
    ["a list without it", ["somebody.test"], false],
    ["a predicate", (host: string, realm: string) => host === "client.test" && realm === "test", true],
    ["any", "any", true],
  ] as const)("who may connect: %s", async (_name, accept, welcome) => {
    await using world = createWorld();
    const server = await world.server("server", { accept });
    const client = world.node("client", { peers: [memoryPeer("server")] });
    const closed = welcome ? undefined : next(client, "peer:close");
    await client.start();
    // 7.1.3: "A CER was received from an unknown peer."
    if (closed !== undefined) expect((await closed)[1]).toMatchObject({ resultCode: 3010 });
    expect(client.peers.list()[0]?.state).toBe(welcome ? "I-Open" : "Closed");
    expect(server.peers.size).toBe(welcome ? 1 : 0);
  });

  test("a configured peer is welcome without being listed", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      peers: [memoryPeer("client")],
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    expect(client.peers.list()[0]?.state).toBe("I-Open");
    expect(server.peers.list()).toMatchObject([{ originHost: "client.test", state: "R-Open", configured: true }]);
  });

  test("a CEA of another host than the one configured is refused", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = world.node("client", { peers: [{ ...memoryPeer("server"), originHost: "elsewhere.test" }] });
    const closed = next(client, "peer:close");
    await client.start();
    expect((await closed)[1].message).toBe("the peer is server.test, not elsewhere.test");
  });

  test("a node does not connect to itself", async () => {
    await using world = createWorld();
    const node = await world.server("server", { peers: [{ host: "server", port: PORT, transport: "memory" }] });
    expect(node.peers.list()).toMatchObject([{ state: "Closed", configured: true }]);
    expect(node.counters["connection:refused"]).toBe(1);
  });
});

describe("election, section 5.6.4", () => {
  test.each([true, false])("both connect at once: one connection is left; names known: %s", async (known) => {
    await using world = createWorld();
    const peer = (name: string) => (known ? memoryPeer(name) : { ...memoryPeer(name), originHost: undefined });
    const listen = (host: string) => [{ host, port: PORT, transport: "memory" }] as const;
    const a = world.node("a", { listen: listen("a"), peers: [peer("b")], accept: "any" });
    const b = world.node("b", { listen: listen("b"), peers: [peer("a")], accept: "any" });
    await Promise.all([a.start(), b.start()]);
    await world.settle();
    const open = (node: typeof a) => node.peers.list().filter(({ state }) => state.endsWith("-Open"));
    expect(open(a)).toHaveLength(1);
    expect(open(b)).toHaveLength(1);
    // The responder connection survives at the one whose Origin-Host is higher.
    expect(open(b)[0]?.state).toBe("R-Open");
    expect(open(a)[0]?.state).toBe("I-Open");
  });
});

describe("the watchdog, section 5.5 and RFC 3539", () => {
  test("DWR after Tw of silence, answered by DWA", async () => {
    await using world = createWorld();
    await world.server("server");
    const client = await world.client("client", ["server"]);
    const seen: string[] = [];
    client.onMessage(({ direction, raw: { commandCode, isRequest } }) => {
      seen.push(`${direction} ${commandCode} ${isRequest ? "R" : "A"}`);
    });
    await world.clock.advanceAsync(30_000);
    await world.settle();
    // The server was open first; its DWR resets our Tw (RFC 3539 section 3.4.1 [2]).
    expect(seen).toEqual(["in 280 R", "out 280 A"]);
    expect(client.peers.list()[0]?.watchdog).toBe("OKAY");
  });

  test("a peer that is back is used again after three DWAs", async () => {
    await using world = createWorld();
    const first = await world.server("server");
    const client = await world.client("client", ["server"]);
    await first.stop();
    await world.server("server");
    const reopened = next(client, "peer:open");
    const okay = next(client, "peer:okay");
    await world.clock.advanceAsync(33_000);
    expect((await reopened)[0].watchdog).toBe("REOPEN");
    expect((await okay)[0].watchdog).toBe("OKAY");
    expect(await client.request(tiny, request)).toMatchObject({ resultCode: 2001 });
  });
});

describe("connecting again, section 2.1 (Tc) and 5.4.3 (Disconnect-Cause)", () => {
  test("a peer that cannot be reached is tried again after Tc, then less and less often", async () => {
    await using world = createWorld();
    const client = world.node("client", { peers: [memoryPeer("server")] });
    await client.start();
    expect(client.peers.list()[0]?.state).toBe("Closed");
    const attempts = () => client.counters["peer:close"];
    for (const [ms, expected] of [
      [29_999, 1],
      [1, 2],
      [60_000, 3],
      [120_000, 4],
      [120_000, 5],
    ] as const) {
      await world.clock.advanceAsync(ms);
      await world.settle();
      expect(attempts()).toBe(expected);
    }
    await world.server("server");
    await world.clock.advanceAsync(120_000);
    await world.settle();
    expect(client.peers.list()[0]?.state).toBe("I-Open");
  });

  test.each([
    ["REBOOTING", 30_000],
    ["BUSY", 120_000],
    ["DO_NOT_WANT_TO_TALK_TO_YOU", undefined],
  ] as const)("after a DPR with %s: %s ms", async (cause, ms) => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = await world.client("client", ["server"]);
    const closed = next(client, "peer:close");
    await server.stop({ cause });
    expect((await closed)[1].message).toBe("the peer sent a DPR");
    await world.server("server");
    if (ms === undefined) {
      await world.clock.advanceAsync(1_000_000);
      expect(client.peers.list()[0]?.state).toBe("Closed");
      // Unless the program asks for it.
      expect(await client.connect(memoryPeer("server"))).toMatchObject({ state: "I-Open" });
    } else {
      await world.clock.advanceAsync(ms - 1);
      expect(client.peers.list()[0]?.state).toBe("Closed");
      const open = next(client, "peer:open");
      await world.clock.advanceAsync(1);
      await open;
    }
  });

  test("connect() says why it failed", async () => {
    await using world = createWorld();
    const client = await world.client("client", []);
    await expect(client.connect(memoryPeer("server"))).rejects.toMatchObject({
      code: "ERR_DIAMETER_TRANSPORT",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });
});

describe("going, section 5.4", () => {
  test("stop(): DPR, DPA, then both are closed; nothing is left on the clock", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = await world.client("client", ["server"]);
    const seen: string[] = [];
    client.onMessage(({ direction, raw: { commandCode, isRequest } }) => {
      seen.push(`${direction} ${commandCode} ${isRequest ? "R" : "A"}`);
    });
    const gone = next(server, "peer:close");
    await client.stop();
    expect(seen).toEqual(["out 282 R", "in 282 A"]);
    expect((await gone)[1]).toMatchObject({ message: "the peer sent a DPR", disconnectCause: 0 });
    expect(server.peers.list()).toEqual([]);
    await server.stop();
    await world.settle();
    expect(world.clock.pending).toBe(0);
  });

  test("what is in flight is answered before the connection closes", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.handle(tiny, async (_request, context) => {
      await held;
      return context.answer({ resultCode: 2001, userName: "late" });
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    const answer = client.request(tiny, request);
    await world.settle();
    const stopped = server.stop();
    await world.settle();
    // The DPA has come, and the connection is still there.
    expect(client.peers.list()[0]?.state).toBe("Closing");
    release();
    expect(await answer).toMatchObject({ userName: "late" });
    await stopped;
    expect(client.peers.list()[0]?.state).toBe("Closed");
  });

  test("a client that stops waits for its answers", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, async (_request, context) => {
      await world.clock.advanceAsync(0);
      return context.answer({ resultCode: 2001, userName: "late" });
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    const answer = client.request(tiny, request);
    await client.stop();
    expect(await answer).toMatchObject({ userName: "late" });
  });

  test("a handler that hangs does not keep stop() from ending", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    let signal: AbortSignal | undefined;
    server.handle(tiny, (_request, context) => {
      signal = context.signal;
      return new Promise(() => {});
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    const answer = client.request(tiny, request);
    await world.settle();
    expect(signal?.aborted).toBe(false);
    const stopped = server.stop({ timeoutMs: 2_000 });
    const lost = expect(answer).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: true,
      peer: "server.test",
    });
    await world.clock.advanceAsync(2_000);
    await stopped;
    await lost;
    expect(signal?.aborted).toBe(true);
  });

  test("a stopped node refuses requests, and cannot be started again", async () => {
    await using world = createWorld();
    const node = world.node("client");
    await expect(node.request(tiny, request)).rejects.toMatchObject({ code: "ERR_DIAMETER_NODE_STOPPED" });
    await node.start();
    await node.stop();
    await node.stop();
    await expect(node.request(tiny, request)).rejects.toMatchObject({ code: "ERR_DIAMETER_NODE_STOPPED" });
    await expect(node.start()).rejects.toMatchObject({ code: "ERR_DIAMETER_NODE_STOPPED" });
  });

  test("a node whose address is taken says so", async () => {
    await using world = createWorld();
    await world.server("server");
    const second = world.node("second", { listen: [{ host: "server", port: PORT, transport: "memory" }] });
    await expect(second.start()).rejects.toMatchObject({ code: "ERR_DIAMETER_TRANSPORT" });
  });
});

test("`since` says when a peer came into its state", async () => {
  await using world = createWorld();
  const server = await world.server("server");
  const client = await world.client("client", ["server"]);
  const opened = world.clock.now();
  await world.clock.advanceAsync(4000);
  const peer = () => client.peers.get("server.test");
  expect(peer()).toMatchObject({ state: "I-Open", since: opened });
  const closed = next(client, "peer:close");
  await server.stop();
  await closed;
  expect(peer()).toMatchObject({ state: "Closed", since: opened + 4000 });
});
