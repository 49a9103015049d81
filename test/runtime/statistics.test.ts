/** What node.statistics() says: of traffic between nodes, and of its parts alone. */

import { describe, expect, test } from "vitest";
import {
  Avp,
  CommandFlag,
  Header,
  latencyBuckets,
  type PeerStatistics,
  RawMessage,
  statisticsBetween,
} from "../../runtime/src/index.js";
import type { DiameterNode } from "../../runtime/src/node.js";
import { Histogram } from "../../runtime/src/statistics/histogram.js";
import { PeerCounterTable } from "../../runtime/src/statistics/peer-counters.js";
import { readResult, result } from "../../runtime/src/statistics/result.js";
import { Traffic } from "../../runtime/src/statistics/traffic.js";
import { MockPeer, withHeader } from "../../runtime/src/testing/index.js";
import { allGolden, bytesOf } from "../support/golden.js";
import { createWorld, memoryPeer, PORT } from "../support/nodes.js";
import { otherApplication, tiny, tinyApplication } from "../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

const of = (node: DiameterNode, peer: string) =>
  node.statistics().peers.find((one) => one.peer === peer) as PeerStatistics;
const command = (peer: PeerStatistics, code: number) => peer.commands.find(({ commandCode }) => commandCode === code);

function u32(code: number, value: number): Avp {
  return new Avp(code, 0, 0x40, Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value));
}

describe("between two nodes", () => {
  test("what one has sent, the other has received; by command, result and time", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, async ({ userName }, context) => {
      await new Promise<void>((resolve) => world.clock.setTimeout(resolve, 30));
      if (userName === "mallory") return context.error(5003);
      return context.answer({ resultCode: 2001, userName });
    });
    await server.start();
    const client = await world.client("client", ["server"]);
    const before = client.statistics();
    const answers = [1, 2, 3].map(() => client.request(tiny, request));
    const refused = expect(client.request(tiny, { ...request, userName: "mallory" })).rejects.toThrow(/5003/);
    await world.settle();
    expect(of(client, "server.test").now).toEqual({
      state: "I-Open",
      watchdog: "OKAY",
      enabled: true,
      pending: 4,
      serving: 0,
      queuedOctets: 0,
    });
    expect(of(server, "client.test").now.serving).toBe(4);
    await world.clock.advanceAsync(30);
    await Promise.all([...answers, refused]);

    const ours = of(client, "server.test");
    const theirs = of(server, "client.test");
    expect(command(ours, tiny.code)).toMatchObject({
      applicationId: tiny.application.id,
      requests: { sent: 4, received: 0 },
      answers: { sent: 0, received: 4 },
      results: [
        { vendorId: 0, resultCode: 2001, sent: 0, received: 3 },
        { vendorId: 0, resultCode: 5003, sent: 0, received: 1 },
      ],
    });
    // CER and CEA passed before the two knew one another.
    expect(command(ours, 257)).toMatchObject({ requests: { sent: 1 }, results: [{ resultCode: 2001, received: 1 }] });
    expect(ours.octets).toEqual({ sent: theirs.octets.received, received: theirs.octets.sent });
    for (const there of theirs.commands) {
      const here = command(ours, there.commandCode as number);
      expect(here?.requests).toEqual({ sent: there.requests.received, received: there.requests.sent });
      expect(here?.answers).toEqual({ sent: there.answers.received, received: there.answers.sent });
    }
    // 30 ms of the virtual clock: above 0.02 s, not above 0.05 s.
    const at = latencyBuckets.indexOf(0.05);
    for (const latency of [command(ours, tiny.code)?.answeredIn, command(theirs, tiny.code)?.servedIn]) {
      expect(latency?.count).toBe(4);
      expect(latency?.sum).toBeCloseTo(0.12, 9);
      expect(latency?.buckets.slice(at - 1, at + 2)).toEqual([0, 4, 4]);
    }
    // The CER was before.
    const between = statisticsBetween(before, client.statistics()).peers.find(({ peer }) => peer === "server.test");
    expect(between?.connections).toEqual({ opened: 0, closed: 0, failed: 0 });
    expect(command(between as PeerStatistics, 257)).toMatchObject({
      requests: { sent: 0 },
      results: [{ received: 0 }],
    });
    expect(command(between as PeerStatistics, tiny.code)?.requests.sent).toBe(4);
    expect(JSON.parse(JSON.stringify(ours))).toEqual(ours);
  });

  test("failover, timeout, late and unexpected answers, SUSPECT", async () => {
    await using world = createWorld();
    const first = world.node("first", { listen: [{ host: "first", port: PORT, transport: "memory" }], accept: "any" });
    const held: (() => void)[] = [];
    first.handle(tiny, async ({ userName }, context) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return context.answer({ resultCode: 2001, userName });
    });
    await first.start();
    await world.server("second");
    const client = await world.client("client", ["first", "second"]);
    const lost = expect(client.request(tiny, request, { timeoutMs: 50 })).rejects.toThrow();
    await world.settle();
    await world.clock.advanceAsync(50);
    await lost;
    for (const answer of held.splice(0)) answer();
    await world.settle();
    expect(of(client, "first.test")).toMatchObject({ timeouts: 1, discarded: { unknown: 1, mismatched: 0 } });

    const failed = client.request(tiny, request);
    await world.settle();
    const removed = client.peers.remove("first.test", { drain: false });
    expect(await failed).toMatchObject({ userName: "second" });
    await removed;
    for (const answer of held.splice(0)) answer();
    await world.settle();
    expect(of(client, "first.test")).toMatchObject({ failovers: 1, connections: { opened: 1, closed: 1, failed: 0 } });
    expect(command(of(client, "second.test"), tiny.code)?.retransmissions).toEqual({ sent: 1, received: 0 });
    expect(of(first, "client.test").discarded.late).toBe(1);
    expect(client.statistics().events["peer:close"]).toBe(1);
  });

  test("answers to nothing, answers that are another's, and duplicates answered from memory", async () => {
    await using world = createWorld();
    const { network: transport, clock } = world;
    const options = { originRealm: "test", applications: [tinyApplication], transport, clock };
    const listening = await MockPeer.listen({ host: "one", port: PORT }, { originHost: "one.test", ...options });
    const client = await world.client("client", ["one"]);
    const changes = [{ hopByHop: 1 }, { endToEnd: 1 }, { commandCode: 258 }];
    for (const change of changes) {
      listening
        .expect(tiny)
        .answer({ resultCode: 2001, userName: "one" }, { change: (octets) => withHeader(octets, change) });
      const lost = expect(client.request(tiny, request, { timeoutMs: 50 })).rejects.toThrow(/50 ms/);
      await world.settle();
      await clock.advanceAsync(50);
      await lost;
    }
    expect(of(client, "one.test").discarded).toEqual({ unknown: 1, mismatched: 2, late: 0 });
    expect(client.counters["answer:unexpected"]).toBe(3);
    listening.verify();

    let handled = 0;
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(
      tiny,
      ({ userName }, context) => context.answer({ resultCode: 2001, userName: `${userName} ${++handled}` }),
      { duplicates: true },
    );
    await server.start();
    await using asking = await MockPeer.connect(
      { host: "server", port: PORT },
      { originHost: "asking.test", ...options },
    );
    let sent = new Uint8Array(0);
    const first = await asking.request(tiny, request, (octets) => {
      sent = octets.slice();
      return octets;
    });
    const again = await asking.exchange(withHeader(sent, { flags: 0xd0, hopByHop: 77 }));
    expect(again.hopByHop).toBe(77);
    expect(withHeader(again.toBytes(), { hopByHop: first.raw.hopByHop })).toEqual(new Uint8Array(first.raw.toBytes()));
    expect(handled).toBe(1);
    expect(of(server, "asking.test")).toMatchObject({
      duplicates: 1,
      discarded: { unknown: 0, mismatched: 0, late: 0 },
    });
    expect(command(of(server, "asking.test"), tiny.code)).toMatchObject({
      requests: { received: 2 },
      retransmissions: { received: 1 },
    });
  });

  test("who is refused is counted as unidentified; a place becomes a name", async () => {
    await using world = createWorld();
    const server = await world.server("server");
    const client = world.node("client", { applications: [otherApplication], peers: [memoryPeer("server")] });
    await client.start();
    await world.settle();
    expect(of(server, "unidentified").commands).toMatchObject([
      { commandCode: 257, requests: { received: 1 }, results: [{ resultCode: 5010, sent: 1 }] },
    ]);
    expect(of(server, "client.test")).toBeUndefined();
    const second = world.node("second", { peers: [{ host: "later", port: PORT, transport: "memory" }] });
    await second.start();
    expect(of(second, `later:${PORT}`).connections.failed).toBe(1);
    await world.server("later");
    await world.clock.advanceAsync(60_000);
    await world.settle();
    expect(second.statistics().peers.map(({ peer }) => peer)).toEqual(["later.test", "unidentified", "other"]);
    expect(of(second, "later.test").connections).toEqual({ opened: 1, closed: 0, failed: 1 });
  });
});

describe("results", () => {
  test("of every captured answer, as RawMessage reads it", () => {
    let answers = 0;
    for (const { message } of allGolden()) {
      const raw = RawMessage.from(bytesOf(message));
      if (raw.isRequest) continue;
      answers++;
      readResult(raw.bytes, raw.start, raw.end);
      const data = raw.avp(268)?.data;
      expect(result).toEqual({ vendorId: 0, code: data === undefined ? 0 : Buffer.from(data).readUInt32BE() });
    }
    expect(answers).toBeGreaterThan(10);
  });

  test("Experimental-Result with its vendor; none; and lengths that are impossible", () => {
    const header = new Header(0, 1, 2, 3, 4);
    const inner = RawMessage.of(header, [u32(266, 10_415), u32(298, 5421)]).bytes.subarray(20);
    const read = (raw: RawMessage) => {
      readResult(raw.bytes, raw.start, raw.end);
      return { ...result };
    };
    expect(read(RawMessage.of(header, [u32(1, 1), new Avp(297, 0, 0x40, inner)]))).toEqual({
      vendorId: 10_415,
      code: 5421,
    });
    expect(read(RawMessage.of(header, [new Avp(268, 99, 0x80, Uint8Array.of(0, 0, 7, 209))]))).toEqual({
      vendorId: 0,
      code: 0,
    });
    for (const length of [0, 7, 200]) {
      const raw = RawMessage.of(header, [u32(1, 1), u32(268, 2001)]);
      raw.view.setUint8(27, length);
      expect(read(raw)).toEqual({ vendorId: 0, code: 0 });
    }
  });
});

describe("bounds", () => {
  test("64 commands and 32 results a peer; the rest is other, and no count is lost", () => {
    const traffic = new Traffic();
    for (let i = 0; i < 200; i++) {
      traffic.sent(RawMessage.of(new Header(CommandFlag.REQUEST, i, 5, 1, 1), []).bytes);
      traffic.received(RawMessage.of(new Header(0, 0, 5, 1, 1), [u32(268, i)]));
    }
    const twice = new Traffic();
    twice.add(traffic);
    twice.add(traffic);
    const { commands, octets } = traffic.snapshot();
    expect(commands).toHaveLength(65);
    expect(commands[64]).toMatchObject({ applicationId: "other", commandCode: "other", requests: { sent: 136 } });
    expect(commands[0]?.results).toHaveLength(33);
    expect(commands[0]?.results[32]).toEqual({ vendorId: "other", resultCode: "other", sent: 0, received: 168 });
    expect(octets).toEqual({ sent: 200 * 20, received: 200 * 32 });
    expect(twice.snapshot().commands[64]?.requests.sent).toBe(272);
    expect(twice.snapshot().commands[0]?.results[32]).toMatchObject({ received: 336 });
  });

  test("peers that came by themselves: the first to have gone makes room, and becomes part of other", () => {
    const table = new PeerCounterTable(3);
    table.of("hss.test", true).opened++;
    for (const name of ["a", "b", "c"]) table.of(name, false).opened++;
    // All three are connected.
    expect(table.of("d", false)).toBe(table.other);
    table.of("B", false).closed++;
    table.of("d", false).opened++;
    expect([...table].map(({ peer }) => peer)).toEqual(["hss.test", "a", "c", "d"]);
    expect(table.other).toMatchObject({ opened: 1, closed: 1 });
  });

  test("buckets: on the bound, beyond all of them, and a clock that went back", () => {
    const histogram = new Histogram();
    for (const ms of [1, 1.01, 50_000, 50_001, -5]) histogram.observe(ms);
    const { buckets, count, sum } = histogram.snapshot();
    expect(buckets[latencyBuckets.indexOf(0.001)]).toBe(2);
    expect(buckets[latencyBuckets.indexOf(0.002)]).toBe(3);
    expect(buckets.at(-1)).toBe(4);
    expect(count).toBe(5);
    expect(sum).toBeCloseTo(100.00301, 6);
  });
});

test("the difference of a node made anew counts from 0", async () => {
  await using world = createWorld();
  await world.server("server");
  const client = await world.client("client", ["server"]);
  await client.request(tiny, request);
  const old = client.statistics();
  await client.request(tiny, request);
  const now = client.statistics();
  const again = statisticsBetween(now, old);
  expect(command(again.peers[0] as PeerStatistics, tiny.code)?.requests.sent).toBe(1);
  const none = statisticsBetween(now, now);
  expect(command(none.peers[0] as PeerStatistics, tiny.code)).toMatchObject({
    applicationId: tiny.application.id,
    requests: { sent: 0, received: 0 },
    answeredIn: { count: 0, sum: 0 },
  });
  expect(none.peers[0]?.now).toEqual(now.peers[0]?.now);
});
