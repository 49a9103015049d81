/** A capture whose sink is slow, or is none of Node's; the octets of the blocks are judged in wireshark.test.ts. */

import { expect, test } from "vitest";
import { type CaptureSink, capture } from "../../../runtime/src/capture/index.js";
import { createWorld } from "../../support/nodes.js";
import { tiny } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;
const ENHANCED_PACKET = 6;
const INTERFACE_STATISTICS = 5;

/** Takes what it is given and wants no more until `drain()`. */
class SlowSink implements CaptureSink {
  readonly blocks: { type: number; octets: Buffer }[] = [];
  slow = false;
  private readonly listeners: (() => void)[] = [];

  write(chunk: Uint8Array): boolean {
    const octets = Buffer.from(chunk);
    expect(octets.readUInt32LE(4)).toBe(octets.length);
    expect(octets.readUInt32LE(octets.length - 4)).toBe(octets.length);
    this.blocks.push({ type: octets.readUInt32LE(0), octets });
    return !this.slow;
  }

  once(_event: "drain", listener: () => void): void {
    this.listeners.push(listener);
  }

  drain(): void {
    for (const listener of this.listeners.splice(0)) listener();
  }

  get packets(): number {
    return this.blocks.filter(({ type }) => type === ENHANCED_PACKET).length;
  }
}

test("while the sink is slow, messages wait, are dropped beyond the limit, and are counted; traffic goes on", async () => {
  await using world = createWorld();
  await world.server("server");
  const client = await world.client("client", ["server"]);
  const sink = new SlowSink();
  const running = capture(client, sink, { maxWaitingBytes: 1_000 });
  sink.slow = true;
  await client.request(tiny, request);
  expect(sink.packets).toBe(1);
  for (let i = 0; i < 20; i++) expect(await client.request(tiny, request)).toMatchObject({ resultCode: 2001 });
  expect(running.waiting).toBeGreaterThan(0);
  expect(running.waiting).toBeLessThan(1_500);
  const { captured, dropped } = running.counts;
  expect(captured + dropped).toBe(42);
  expect(dropped).toBeGreaterThan(30);
  expect(sink.packets).toBe(1);

  // One at a time, in order, as long as it is slow.
  sink.drain();
  expect(sink.packets).toBe(2);
  sink.slow = false;
  sink.drain();
  expect(sink.packets).toBe(captured);
  expect(running.waiting).toBe(0);

  await client.request(tiny, request);
  expect(running.stop()).toEqual({ captured: captured + 2, truncated: 0, dropped });
  // epb_dropcount (4) of the packet behind the gap: eight octets.
  const behind = sink.blocks.filter(({ type }) => type === ENHANCED_PACKET)[captured]?.octets as Buffer;
  const option = Buffer.from([4, 0, 8, 0, dropped, 0, 0, 0, 0, 0, 0, 0]);
  expect(behind.includes(option)).toBe(true);
  // isb_ifrecv (4) and isb_ifdrop (5).
  const { type, octets } = sink.blocks.at(-1) as { type: number; octets: Buffer };
  expect(type).toBe(INTERFACE_STATISTICS);
  expect(octets.includes(Buffer.from([4, 0, 8, 0, captured + 2 + dropped, 0, 0, 0, 0, 0, 0, 0]))).toBe(true);
  expect(octets.includes(Buffer.from([5, 0, 8, 0, dropped, 0, 0, 0, 0, 0, 0, 0]))).toBe(true);

  await client.request(tiny, request);
  expect(running.stop()).toEqual(running.counts);
  expect(sink.blocks.at(-1)?.octets).toBe(octets);
});

test("stop() hands over what waits, however slow the sink; a late drain does nothing", async () => {
  await using world = createWorld();
  await world.server("server");
  const client = await world.client("client", ["server"]);
  const sink = new SlowSink();
  {
    using running = capture(client, sink);
    sink.slow = true;
    await client.request(tiny, request);
    await client.request(tiny, request);
    expect([sink.packets, running.counts.captured]).toEqual([1, 4]);
  }
  expect(sink.packets).toBe(4);
  expect(sink.blocks.map(({ type }) => type)).toEqual([0x0a0d0d0a, 1, 6, 6, 6, 6, INTERFACE_STATISTICS]);
  sink.drain();
  expect(sink.blocks).toHaveLength(7);
});

test("a filter chooses; a sink without drain is never waited for", async () => {
  await using world = createWorld();
  await world.server("server");
  const client = await world.client("client", ["server"]);
  const types: number[] = [];
  const sink = { write: (chunk: Uint8Array) => types.push(chunk[0] as number) && false };
  const running = capture(client, sink, { filter: ({ direction }) => direction === "in" });
  await client.request(tiny, request);
  await client.request(tiny, request);
  expect(running.stop()).toEqual({ captured: 2, truncated: 0, dropped: 0 });
  expect(types).toEqual([0x0a, 1, 6, 6, INTERFACE_STATISTICS]);
});
