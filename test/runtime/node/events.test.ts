/** docs/events.md and the code agree: every event is there, every event there is published, with the arguments and fields that it says. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { NodeEvents, PeerInfo, RawMessage } from "../../../runtime/src/index.js";
import { OriginStates } from "../../../runtime/src/node/origin-states.js";
import type { DiameterNode } from "../../../runtime/src/node.js";
import { encodeCEA, encodeDWR } from "../../../runtime/src/peer/base-messages.js";
import { avpOctets, MockPeer, withAvps } from "../../../runtime/src/testing/index.js";
import { createWorld, memoryPeer, PORT } from "../../support/nodes.js";
import { repositoryPath } from "../../support/require.js";
import { otherApplication, tiny } from "../../support/tiny-command.js";

/** A CEA that a bare connection sends. */
const SAYS = {
  originHost: "server.test",
  originRealm: "test",
  hostIpAddress: ["127.0.0.1"],
  vendorId: 0,
  productName: "mute",
  supportedVendorId: [],
  authApplicationId: [tiny.application.id],
  inbandSecurityId: [],
  acctApplicationId: [],
  vendorSpecificApplicationId: [],
};

const request = { destinationRealm: "test", userName: "alice" } as const;

/** Event names with the fields of the argument that is no PeerInfo. */
function documented(): Map<keyof NodeEvents, string[]> {
  const rows = readFileSync(repositoryPath("docs/events.md"), "utf8").matchAll(/^\| `([a-z]+:[a-z]+)` \| ([^|]+) \|/gm);
  return new Map(
    [...rows].map(([, name, args]) => [
      name as keyof NodeEvents,
      [...(/\{(.*)\}/.exec(args as string)?.[1] ?? "").matchAll(/`(\w+)`/g)].map(([, field]) => field as string),
    ]),
  );
}

/** What the channels carry while `work` runs, by event. */
async function published(names: Iterable<string>, work: () => Promise<void>): Promise<Map<string, readonly unknown[]>> {
  const seen = new Map<string, readonly unknown[]>();
  const listeners = [...names].map((name) => {
    const listener = (message: unknown) => void seen.set(name, (message as { args: readonly unknown[] }).args);
    subscribe(`diamgen:${name}`, listener);
    return () => unsubscribe(`diamgen:${name}`, listener);
  });
  try {
    await work();
  } finally {
    for (const end of listeners) end();
  }
  return seen;
}

test("every event is documented, and none that is not there", async () => {
  await using world = createWorld();
  expect([...documented().keys()].sort()).toEqual(Object.keys(world.node("client").counters).sort());
});

test("events of peers carry what the page says", async () => {
  const docs = documented();
  const seen = await published(docs.keys(), async () => {
    await using world = createWorld();
    const first = await world.server("server", { originStateId: 7 });
    const client = await world.client("client", ["server"], { limits: { handlerTimeoutMs: 1000 } });
    await world.settle();
    await first.stop();
    const second = await world.server("server", { originStateId: 8, limits: { handlerTimeoutMs: 1000 } });
    // Tc, then three DWAs: Failback; and the higher Origin-State-Id.
    await world.clock.advanceAsync(33_000);
    await world.settle();
    expect(client.peers.get("server.test")).toMatchObject({ originStateId: 8, watchdog: "OKAY" });
    expect(client.statistics().peers[0]?.restarts).toBe(1);
    const stranger = world.node("stranger", { applications: [otherApplication], peers: [memoryPeer("server")] });
    await stranger.start();
    // Not ours to serve.
    await expect(client.request(tiny, { ...request, destinationHost: "server.test" })).resolves.toBeDefined();
    await expect(second.request(tiny, { ...request, destinationHost: "client.test" })).rejects.toThrow(/3001/);
    await client.peers.disable("server.test");
    client.peers.enable("server.test");
    await world.settle();
    await client.peers.remove("server.test");
  });
  const expected = ["add", "remove", "disable", "enable", "open", "close", "okay", "restart"].map(
    (name) => `peer:${name}`,
  );
  for (const name of [...expected, "connection:refused", "request:refused"]) {
    const args = seen.get(name);
    expect(args, name).toBeDefined();
    const fields = docs.get(name as keyof NodeEvents) as string[];
    if (fields.length > 0) expect(Object.keys(args?.at(-1) as object).sort(), name).toEqual([...fields].sort());
    if (name.startsWith("peer:")) expect((args as readonly [PeerInfo])[0].originHost, name).toMatch(/\.test$/);
  }
  expect(seen.get("peer:restart")?.[1]).toEqual({ before: 7, now: 8 });
});

test("events of answers carry what the page says", async () => {
  const docs = documented();
  const seen = await published(docs.keys(), async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    const held: (() => void)[] = [];
    server.handle(
      tiny,
      async ({ userName }, context) => {
        if (userName === "broken") throw new Error("broken");
        if (userName === "withheld") return context.withhold();
        if (userName === "again") return context.answer({ resultCode: 2001, userName });
        await new Promise<void>((resolve) => held.push(resolve));
        return context.answer({ resultCode: 2001, userName });
      },
      { duplicates: true },
    );
    await server.start();
    const client: DiameterNode = await world.client("client", ["server"]);
    await expect(client.request(tiny, { ...request, userName: "broken" })).rejects.toThrow(/5012/);
    let again: RawMessage | undefined;
    const off = client.onMessage(({ direction, raw }) => {
      if (direction === "out") again = raw.own();
    });
    await client.request(tiny, { ...request, userName: "again" });
    off();
    await client.send(again as RawMessage);
    const withheld = expect(
      client.request(tiny, { ...request, userName: "withheld" }, { timeoutMs: 1 }),
    ).rejects.toThrow();
    await world.settle();
    await world.clock.advanceAsync(1);
    await withheld;
    const late = expect(client.request(tiny, request, { timeoutMs: 100 })).rejects.toThrow();
    await world.settle();
    await world.clock.advanceAsync(100);
    await late;
    for (const answer of held.splice(0)) answer();
    await world.settle();
    const lost = expect(client.request(tiny, request, { timeoutMs: 60_000 })).rejects.toThrow();
    await world.settle();
    // The handler's time.
    await world.clock.advanceAsync(30_000);
    await lost;
    for (const answer of held.splice(0)) answer();
    await world.settle();
  });
  for (const name of [
    "handler:error",
    "answer:unexpected",
    "answer:dropped",
    "answer:withheld",
    "request:duplicate",
  ] as const) {
    const [args] = seen.get(name) ?? [];
    expect(Object.keys(args as object).sort(), name).toEqual([...(docs.get(name) as string[])].sort());
  }
});

test("peer:suspect: a peer that answers nothing but the CER", async () => {
  const seen = await published(["peer:suspect"], async () => {
    await using world = createWorld();
    const ignored = { onFault: () => {}, onClose: () => {}, onDrain: () => {} };
    await world.network.listen({ host: "server", port: PORT }, (connection) => {
      connection.start({
        ...ignored,
        onMessage: (cer) => {
          if (cer.commandCode === 257) connection.write(encodeCEA({ ...SAYS, resultCode: 2001 }, cer).bytes);
        },
      });
    });
    const client = await world.client("client", ["server"]);
    expect(client.peers.list()).toMatchObject([{ state: "I-Open" }]);
    await world.clock.advanceAsync(60_000);
    expect(client.statistics().peers[0]).toMatchObject({ peer: "server.test", suspected: 1 });
  });
  expect((seen.get("peer:suspect") as readonly [PeerInfo])[0]).toMatchObject({ watchdog: "SUSPECT" });
});

test("Origin-State-Id: growing is a restart; 0, the same or a lower one is none; names are bounded", () => {
  const states = new OriginStates();
  expect(states.note("a.test", 5)).toBeUndefined();
  expect(states.note("A.test", 5)).toBeUndefined();
  expect(states.note("a.test", 0)).toBeUndefined();
  expect(states.note("a.test", 4)).toBeUndefined();
  expect(states.note("a.test", 6)).toBe(5);
  for (let i = 0; i < 1024; i++) states.note(`${i}.test`, 1);
  expect(states.note("a.test", 7)).toBeUndefined();
});

test("PeerInfo has the fields of the page, whoever it is of", async () => {
  const page = readFileSync(repositoryPath("docs/events.md"), "utf8");
  const fields = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name).sort();
  await using world = createWorld();
  const server = await world.server("server");
  const tapped: PeerInfo[] = [];
  server.onMessage(({ peer }) => tapped.push(peer));
  const client = world.node("client", { peers: [memoryPeer("server"), memoryPeer("nobody")] });
  await client.start();
  await world.settle();
  const strangers = tapped.filter(({ since }) => since === undefined);
  expect(strangers.length).toBeGreaterThan(0);
  const infos = [...tapped, ...client.peers.list(), ...server.peers.list()];
  expect(new Set(infos.map(({ state }) => state))).toEqual(new Set(["Closed", "I-Open", "R-Open"]));
  for (const info of infos) expect(Object.keys(info).sort()).toEqual(fields);
});

test("Origin-State-Id grows in a DWR and in a request: each is a restart; one that is lower, or an agent's, is none", async () => {
  await using world = createWorld();
  const server = await world.server("server");
  const restarts: unknown[] = [];
  server.on("peer:restart", ({ originHost, originStateId }, { before, now }) =>
    restarts.push([originHost, originStateId, before, now]),
  );
  const { network: transport, clock } = world;
  const identity = { originHost: "mock.test", originRealm: "test" };
  await using peer = await MockPeer.connect(
    { host: "server", port: PORT },
    { ...identity, applications: [tiny.application], capabilities: { originStateId: 7 }, transport, clock },
  );
  const watch = (originStateId: number) =>
    peer.exchange(encodeDWR({ ...identity, originStateId }, { hopByHop: 1000, endToEnd: 1 }).toBytes());
  const ask = (value: number, originHost?: Uint8Array) =>
    peer.request(tiny, request, (octets) =>
      withAvps(octets, (avps) => [
        ...avps.map((avp) => (originHost !== undefined && avp[2] === 1 && avp[3] === 8 ? originHost : avp)),
        avpOctets(278, Uint8Array.of(0, 0, 0, value), { flags: 0 }),
      ]),
    );
  await watch(7);
  expect(restarts).toEqual([]);
  await watch(8);
  expect(restarts.splice(0)).toEqual([["mock.test", 8, 7, 8]]);
  expect((await ask(8)).resultCode).toBe(2001);
  expect((await ask(3)).resultCode).toBe(2001);
  expect((await ask(20, avpOctets(264, new TextEncoder().encode("other.test")))).resultCode).toBe(2001);
  expect(restarts).toEqual([]);
  expect((await ask(9)).resultCode).toBe(2001);
  expect(restarts).toEqual([["mock.test", 9, 8, 9]]);
  expect(server.statistics().peers.find(({ peer: name }) => name === "mock.test")?.restarts).toBe(2);
});
