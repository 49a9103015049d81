/** Taps: each message with its connection, decoded where somebody asks, and never in the way of the traffic. */

import { expect, test } from "vitest";
import { createWorld, PORT } from "../../support/nodes.js";
import { tiny } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

test("direction, peer, time, connection and the message as its command's class", async () => {
  await using world = createWorld();
  await world.server("server");
  const client = await world.client("client", ["server"]);
  const seen: unknown[] = [];
  const off = client.onMessage((message) => {
    const { direction, peer, time, connection } = message;
    const decoded = message.decode(tiny);
    const other = message.decode({ ...tiny, code: 1 });
    seen.push({
      direction,
      peer: peer.originHost,
      time,
      connection,
      decoded: decoded?.message,
      ok: decoded?.ok,
      other,
    });
  });
  await client.request(tiny, request);
  off();
  await client.request(tiny, request);
  const connection = { transport: "memory", remote: { address: "server", port: PORT } };
  const common = { peer: "server.test", time: world.clock.now(), connection, ok: true, other: undefined };
  expect(seen).toHaveLength(2);
  expect(seen).toMatchObject([
    { ...common, direction: "out", decoded: { userName: "alice" } },
    { ...common, direction: "in", decoded: { userName: "server", resultCode: 2001 } },
  ]);
});

test("what a tap throws is thrown outside; requests go on, and other taps see them", async () => {
  await using world = createWorld();
  await world.server("server");
  const client = await world.client("client", ["server"]);
  const thrown: unknown[] = [];
  const real = globalThis.queueMicrotask;
  globalThis.queueMicrotask = (task) =>
    real(() => {
      try {
        task();
      } catch (error) {
        thrown.push(error);
      }
    });
  try {
    let others = 0;
    const off = client.onMessage(() => {
      throw new Error("a tap's own");
    });
    client.onMessage(() => others++);
    expect(await client.request(tiny, request)).toMatchObject({ resultCode: 2001 });
    await world.settle();
    off();
    expect(others).toBe(2);
    expect(thrown).toEqual([new Error("a tap's own"), new Error("a tap's own")]);
  } finally {
    globalThis.queueMicrotask = real;
  }
});

test("a peer is named from its CER on, and before its CEA where the configuration names it; a refused one too", async () => {
  await using world = createWorld();
  const server = await world.server("server", { accept: ["client.test"] });
  const seen: string[] = [];
  server.onMessage(({ direction, peer, raw }) => {
    seen.push(`${direction} ${raw.isRequest ? "CER" : "CEA"} ${peer.originHost} ${peer.state}`);
  });
  const known: (string | undefined)[] = [];
  const unknown: (string | undefined)[] = [];
  const client = world.node("client", { peers: [{ host: "server", originHost: "server.test", transport: "memory" }] });
  client.onMessage(({ peer }) => known.push(peer.originHost));
  await client.start();
  expect(seen).toEqual(["in CER client.test Closed", "out CEA client.test R-Open"]);
  expect(known).toEqual(["server.test", "server.test"]);
  seen.length = 0;
  const stranger = world.node("stranger", { peers: [{ host: "server", transport: "memory" }] });
  stranger.onMessage(({ peer }) => unknown.push(peer.originHost));
  await stranger.start();
  expect(seen).toEqual(["in CER stranger.test Closed", "out CEA stranger.test Closed"]);
  expect(unknown).toEqual([undefined, "server.test"]);
});
