/** Limits of a node: what goes beyond them is counted, and told by an event. docs/limits.md names the counters. */

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Avp } from "../../../runtime/src/codec/avp.js";
import { Header } from "../../../runtime/src/codec/header.js";
import { RawMessage } from "../../../runtime/src/codec/raw-message.js";
import { defaultLimits, type NodeEvents } from "../../../runtime/src/index.js";
import { encodeCER } from "../../../runtime/src/peer/base-messages.js";
import { withHeader } from "../../../runtime/src/testing/index.js";
import type { Connection } from "../../../runtime/src/transport/transport.js";
import { application, grow, type TreeInit } from "../../golden/recursion/expected/recursion/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { createWorld, next, PORT, type World } from "../../support/nodes.js";
import { repositoryPath } from "../../support/require.js";
import { otherApplication, tiny, tinyApplication } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;
/** Of an AVP that nobody knows, and must. */
const stranger = new Avp(9_999_999, 0, 0x40, new Uint8Array(100).fill(0x61));

describe("docs/limits.md", () => {
  const rows = readFileSync(repositoryPath("docs/limits.md"), "utf8").matchAll(
    /^\| `(\w+)` \| ([^|]+) \| [^|]+ \| [^|]+ \| ([^|]+) \| `([^`]+)` \|$/gm,
  );
  const page = [...rows].map(
    ([, name, value, counters, file]) => ({ name, value, counters, file }) as Record<string, string>,
  );

  test("has a row for every limit, with a counter that exists and a test that exists", async () => {
    await using world = createWorld();
    const { counters } = world.node("node");
    expect(page.map(({ name }) => name).sort()).toEqual(Object.keys(defaultLimits).sort());
    for (const { name, counters: named = "", file = "" } of page) {
      const words = [...named.matchAll(/`([^`]+)`/g)].map(([, word]) => word as keyof NodeEvents);
      expect([name, words.length > 0, words.every((word) => word in counters)]).toEqual([name, true, true]);
      expect([file, existsSync(repositoryPath(file))]).toEqual([file, true]);
    }
  });

  test("has the defaults", () => {
    const units: Readonly<Record<string, number>> = { octets: 1, s: 1000, KiB: 1024, MiB: 1024 ** 2 };
    for (const { name, value = "" } of page) {
      const [, figure = "", unit] =
        /^([\d,]+)(?: (octets|s|KiB|MiB))?( a (peer|connection))?$/.exec(value.trim()) ?? [];
      const given = Number(figure.replace(",", "")) * (unit === undefined ? 1 : (units[unit] as number));
      expect([name, given]).toEqual([name, defaultLimits[name as keyof typeof defaultLimits]]);
    }
  });
});

describe("maxFailedAvpBytes", () => {
  async function between(world: World) {
    const server = world.node("server", {
      accept: "any",
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      limits: { maxFailedAvpBytes: 12 },
    });
    server.handle(tiny, () => {
      throw Object.assign(new Error("no"), { resultCode: 5004, failedAvp: stranger });
    });
    await server.start();
    return { server, client: await world.client("client", ["server"]) };
  }

  test.each([
    ["an AVP that decoding refuses", "alice", [stranger], 5001],
    ["what a handler throws", "throws", [], 5004],
  ])("%s: Failed-AVP is cut, counted and told", async (_what, userName, avps, code) => {
    await using world = createWorld();
    const { server, client } = await between(world);
    const told = next(server, "answer:cut");
    const refused = client.request(tiny, { ...request, userName, avps });
    await expect(refused).rejects.toMatchObject({
      answer: { resultCode: code, failedAvp: [{ code: 9_999_999, data: Buffer.alloc(12, 0x61) }] },
    });
    expect((await told)[0]).toEqual({
      peer: expect.objectContaining({ originHost: "client.test" }),
      commandCode: tiny.code,
      applicationId: tinyApplication.id,
      resultCode: code,
    });
    expect(server.counters["answer:cut"]).toBe(1);
  });

  test("what is as long as it may be is no cut", async () => {
    await using world = createWorld();
    const { server, client } = await between(world);
    const avps = [new Avp(9_999_999, 0, 0x40, new Uint8Array(12))];
    await expect(client.request(tiny, { ...request, avps })).rejects.toMatchObject({ answer: { resultCode: 5001 } });
    expect(server.counters["answer:cut"]).toBe(0);
  });

  test("answers to CER and DWR echo no more either", async () => {
    await using world = createWorld();
    await between(world);
    const mute = await world.network.connect({ host: "server", port: PORT });
    const heard = listen(mute);
    const cer = RawMessage.of(new Header(0x80, 257, 0, 1, 1), [
      ...RawMessage.from(cerOf("mute.test")).avps(),
      stranger,
    ]);
    mute.write(cer.bytes);
    await world.settle();
    expect(heard.map((bytes) => resultCode(dissect(bytes)))).toEqual([5001]);
    expect(findAvp(dissect(heard[0] as Uint8Array), 279)?.data.length).toBe(8 + 12);
  });
});

describe("maxGroupedDepth", () => {
  const tree = (levels: number): TreeInit =>
    levels === 1 ? { label: "leaf" } : { label: "level", tree: [tree(levels - 1)] };

  test.each([
    [undefined, 17],
    [2, 3],
    [40, 41],
  ])(
    "%s: generated code goes through %i levels of a group within itself, and no deeper",
    async (maxGroupedDepth, most) => {
      await using world = createWorld();
      const options = { applications: [application] };
      const server = world.node("server", {
        ...options,
        accept: "any",
        listen: [{ host: "server", port: PORT, transport: "memory" }],
        limits: maxGroupedDepth === undefined ? {} : { maxGroupedDepth },
      });
      // Its answer has no room for a Result-Code.
      server.handle(grow, (_request, context) => context.error(4002));
      await server.start();
      const client = await world.client("client", ["server"], options);
      await expect(client.request(grow, { tree: tree(most) })).rejects.toMatchObject({ answer: { resultCode: 4002 } });
      expect(server.counters["request:refused"]).toBe(0);
      await expect(client.request(grow, { tree: tree(most + 1) })).rejects.toMatchObject({
        answer: { resultCode: 5012 },
      });
      expect(server.counters["request:refused"]).toBe(1);
    },
  );
});

describe("closeTimeoutMs", () => {
  test("a connection that we close and its other side does not: torn down, counted and told", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    // Never started: it does not read the goodbye.
    const mute = await world.network.connect({ host: "server", port: PORT });
    mute.write(cerOf("mute.test", otherApplication.id));
    const refused = next(server, "connection:refused");
    await world.settle();
    expect((await refused)[0]).toMatchObject({ resultCode: 5010 });
    const told = next(server, "connection:overdue");
    await world.clock.advanceAsync(4_999);
    expect(server.counters["connection:overdue"]).toBe(0);
    await world.clock.advanceAsync(1);
    expect((await told)[0]).toEqual({
      remote: expect.objectContaining({ port: expect.any(Number) }),
      transport: "memory",
    });
    expect(server.counters["connection:overdue"]).toBe(1);
  });

  test("one that both sides close in time is none", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = await world.client("client", ["server"]);
    await client.request(tiny, request);
    await client.peers.remove("server.test");
    await world.clock.advanceAsync(60_000);
    expect([client.counters["connection:overdue"], server.counters["connection:overdue"]]).toEqual([0, 0]);
  });
});

test("highWaterBytes: a pause in reading is counted and told, with what waits to be sent", async () => {
  await using world = createWorld();
  const server = await world.server("server", { limits: { highWaterBytes: 1_000, maxOutputBytes: 1_000_000 } });
  const opened = next(server, "peer:open");
  const mute = await world.network.connect({ host: "server", port: PORT });
  mute.write(cerOf("mute.test"));
  await opened;
  const told = next(server, "connection:paused");
  const asks = tinyOctets();
  for (let i = 0; i < 20; i++) {
    mute.write(withHeader(asks, { hopByHop: i, endToEnd: i }));
    await world.clock.advanceAsync(0);
  }
  const [paused] = await told;
  expect(paused).toEqual({ remote: mute.local, transport: "memory", queuedOctets: expect.any(Number) });
  const { queuedOctets } = paused;
  expect(queuedOctets).toBeGreaterThan(1_000);
  expect(queuedOctets).toBe(server.statistics().peers[0]?.now.queuedOctets);
  expect(server.counters["connection:paused"]).toBe(1);
  // A second at most, and the next answer is too much again.
  await world.clock.advanceAsync(1_000);
  expect(server.counters["connection:paused"]).toBe(2);
});

test("maxDuplicateCacheBytes: an answer that goes before its time is counted and told", async () => {
  await using world = createWorld();
  const server = await world.server("server", { duplicates: true, limits: { maxDuplicateCacheBytes: 1_000 } });
  const client = await world.client("client", ["server"]);
  const told = next(server, "answer:forgotten");
  await client.request(tiny, request);
  await client.request(tiny, request);
  expect(server.counters["answer:forgotten"]).toBe(0);
  await world.clock.advanceAsync(60_000);
  await client.request(tiny, request);
  const [{ octets, early }] = await told;
  expect([octets > 20 && octets < 200, early]).toEqual([true, 180_000]);
  expect(server.counters["answer:forgotten"]).toBe(1);
  // Those whose time is over are none.
  await world.clock.advanceAsync(300_000);
  expect(server.counters["answer:forgotten"]).toBe(1);
});

/** The octets of each message that comes. */
function listen(connection: Connection): Uint8Array[] {
  const heard: Uint8Array[] = [];
  connection.start({
    onMessage: (raw) => heard.push(raw.own().bytes),
    onFault: () => {},
    onClose: () => {},
    onDrain: () => {},
  });
  return heard;
}

function cerOf(originHost: string, application: number = tinyApplication.id): Uint8Array {
  const capabilities = {
    ...{ originHost, originRealm: "test", hostIpAddress: ["127.0.0.1"], vendorId: 0, productName: "mute" },
    ...{ supportedVendorId: [], authApplicationId: [application], inbandSecurityId: [], acctApplicationId: [] },
    vendorSpecificApplicationId: [],
  };
  return encodeCER(capabilities, { hopByHop: 1, endToEnd: 1 }).bytes;
}

function tinyOctets(): Uint8Array {
  const text = (code: number, value: string) => new Avp(code, 0, 0x40, Buffer.from(value));
  const avps = [text(263, "mute;1;1"), text(264, "mute.test"), text(296, "test"), text(283, "test"), text(1, "alice")];
  return RawMessage.of(new Header(0xc0, tiny.code, tinyApplication.id, 1, 1), avps).bytes;
}
