/** What is configured for one peer alone: its realm, Tc and Tw. */

import { describe, expect, test } from "vitest";
import { DiameterNode } from "../../../runtime/src/index.js";
import { createWorld, memoryPeer, next, PORT } from "../../support/nodes.js";
import { tinyApplication } from "../../support/tiny-command.js";

describe("originRealm", () => {
  test.each([
    ["TEST", undefined],
    ["elsewhere.test", "the peer is of test, not of elsewhere.test"],
  ])("%s, and the CEA says test", async (originRealm, message) => {
    await using world = createWorld();
    await world.server("server");
    const client = world.node("client", { peers: [{ ...memoryPeer("server"), originRealm }] });
    const outcome = next(client, message === undefined ? "peer:open" : "peer:close");
    await client.start();
    if (message !== undefined) expect((await outcome)[1]).toMatchObject({ message });
    expect(client.peers.list()[0]?.state).toBe(message === undefined ? "I-Open" : "Closed");
  });

  test.each([
    ["TEST", "R-Open"],
    ["elsewhere.test", "Closed"],
  ])("%s, and the CER says test", async (originRealm, state) => {
    await using world = createWorld();
    const listen = [{ host: "server", port: PORT, transport: "memory" }] as const;
    // Anybody else may come.
    const peers = [{ ...memoryPeer("client"), originRealm }];
    const server = world.node("server", { listen, peers, accept: "any" });
    await server.start();
    const client = world.node("client", { peers: [memoryPeer("server")] });
    const closed = state === "Closed" ? next(client, "peer:close") : undefined;
    await client.start();
    // RFC 6733 section 7.1.3, DIAMETER_UNKNOWN_PEER.
    if (closed !== undefined) expect((await closed)[1]).toMatchObject({ resultCode: 3010 });
    expect(server.peers.list()).toMatchObject([{ originHost: "client.test", state, configured: true }]);
  });
});

test("reconnectMs and watchdogMs are each peer's own, and those of the node for all others", async () => {
  await using world = createWorld();
  for (const name of ["own", "other"]) await world.server(name, { watchdogMs: 1_000_000 });
  const client = world.node("client", {
    ...{ watchdogMs: 50_000, reconnectMs: 40_000 },
    peers: [
      { ...memoryPeer("own"), watchdogMs: 10_000 },
      memoryPeer("other"),
      { ...memoryPeer("gone"), reconnectMs: 5_000 },
      memoryPeer("gone-too"),
    ],
  });
  const watchdogs: string[] = [];
  client.onMessage(({ direction, raw, peer }) => {
    if (direction === "out" && raw.commandCode === 280) watchdogs.push(`${peer}`);
  });
  const attempts = new Map<string, number>();
  client.on("peer:close", ({ originHost = "" }) => attempts.set(originHost, (attempts.get(originHost) ?? 0) + 1));
  await client.start();
  const after = async (ms: number) => {
    await world.clock.advanceAsync(ms);
    await world.settle();
    return [watchdogs.length, attempts.get("gone.test"), attempts.get("gone-too.test")];
  };
  expect(await after(4_999)).toEqual([0, 1, 1]);
  expect(await after(1)).toEqual([0, 2, 1]);
  expect(await after(4_999)).toEqual([0, 2, 1]);
  expect((await after(1))[0]).toBe(1);
  expect((await after(29_999))[2]).toBe(1);
  // Four of its own in 40 s; the other one has had none.
  expect((await after(1)).filter((_, index) => index !== 1)).toEqual([4, 2]);
  expect((await after(10_000))[0]).toBe(6);
});

test.each([
  [{ watchdogMs: 5_999 }, /peers: x: watchdogMs must be between 6000 and 2147483647 ms, got 5999/],
  [{ reconnectMs: 0 }, /peers: x: reconnectMs must be between 1 /],
  [{ reconnectMs: Number.NaN }, /reconnectMs/],
])("%j is refused, at the beginning and later", async (timers, message) => {
  const options = { originHost: "a.test", originRealm: "test", applications: [tinyApplication] };
  expect(() => new DiameterNode({ ...options, peers: [{ host: "x", ...timers }] })).toThrow(message);
  const node = new DiameterNode(options);
  expect(() => node.peers.add({ host: "x", ...timers })).toThrow(message);
  expect(node.peers.size).toBe(0);
});
