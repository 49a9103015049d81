import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Framer, type FramingFault } from "../../runtime/src/codec/framing.js";
import { CommandFlag, Header, writeHeader } from "../../runtime/src/codec/header.js";
import type { RawMessage } from "../../runtime/src/codec/raw-message.js";

const MEBIBYTE = 1 << 20;

/** A message of so many octets, whose content tells it from others. */
function message(length: number, mark = 1): Buffer {
  const bytes = Buffer.alloc(length, mark & 0xff);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  writeHeader(view, 0, length, new Header(CommandFlag.REQUEST, 280, 0, mark, ~mark >>> 0));
  return bytes;
}

/** The first four octets of a message, and so many behind them. */
function beginning(version: number, length: number, octets: number): Buffer {
  const bytes = Buffer.alloc(octets);
  bytes.writeUInt32BE(((version << 24) | length) >>> 0);
  if (octets >= 20) bytes.writeUInt32BE(0x80000118, 4);
  return bytes;
}

interface Seen {
  readonly framer: Framer;
  /** Copies. */
  readonly messages: Buffer[];
  readonly faults: FramingFault[];
}

function framer(maxMessageLength = MEBIBYTE, onMessage?: (raw: RawMessage, framer: Framer) => void): Seen {
  const messages: Buffer[] = [];
  const faults: FramingFault[] = [];
  const it: Framer = new Framer({
    maxMessageLength,
    onMessage: (raw) => {
      messages.push(Buffer.from(raw.toBytes()));
      onMessage?.(raw, it);
    },
    onFault: (fault) => faults.push(fault),
  });
  return { framer: it, messages, faults };
}

/** Cuts at the given places. */
function cut(stream: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((place) => place % (stream.length + 1)))].sort((a, b) => a - b);
  const chunks: Uint8Array[] = [];
  let from = 0;
  for (const place of [...places, stream.length]) {
    chunks.push(stream.subarray(from, place));
    from = place;
  }
  return chunks;
}

const messagesOf = fc
  .array(fc.integer({ min: 5, max: 400 }), { minLength: 1, maxLength: 20 })
  .map((words) => words.map((count, i) => message(count * 4, i + 1)));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("any chunking of any messages gives the same messages", () => {
  test("random cuts", () => {
    fc.assert(
      fc.property(messagesOf, fc.array(fc.nat()), (messages, cuts) => {
        const seen = framer();
        for (const chunk of cut(Buffer.concat(messages), cuts)) seen.framer.push(chunk);
        expect(seen.messages).toEqual(messages);
        expect(seen.faults).toEqual([]);
        expect(seen.framer.buffered).toBe(0);
        expect(seen.framer.messages).toBe(messages.length);
      }),
    );
  });

  test("messages within one chunk are borrowed, 4-aligned relative to their view, whatever came before", () => {
    fc.assert(
      fc.property(messagesOf, fc.array(fc.nat(), { maxLength: 5 }), (messages, cuts) => {
        const chunks = cut(Buffer.concat(messages), cuts).map((chunk) => Buffer.from(chunk));
        let chunk = chunks[0] as Buffer;
        let borrowed = 0;
        const seen = framer(MEBIBYTE, (raw) => {
          expect(raw.start % 4).toBe(0);
          expect(Buffer.isBuffer(raw.bytes)).toBe(true);
          expect(raw.view.buffer).toBe(raw.bytes.buffer);
          expect(raw.view.byteOffset).toBe(raw.bytes.byteOffset);
          const begin = raw.bytes.byteOffset - chunk.byteOffset;
          if (raw.bytes.buffer === chunk.buffer && begin >= 0 && begin <= chunk.length) borrowed++;
        });
        for (chunk of chunks) seen.framer.push(chunk);
        // Each seam between chunks can make one message a copy.
        expect(borrowed).toBeGreaterThanOrEqual(messages.length - (chunks.length - 1));
      }),
    );
  });

  test("one view serves all messages of a chunk", () => {
    const views = new Set<DataView>();
    const { framer: it } = framer(MEBIBYTE, (raw) => views.add(raw.view));
    it.push(Buffer.concat([message(20), message(24), message(28)]));
    expect(views.size).toBe(1);
  });

  test("a plain Uint8Array is taken too, without copying it", () => {
    const chunk = new Uint8Array(message(40));
    const buffers: ArrayBufferLike[] = [];
    const seen = framer(MEBIBYTE, (raw) => buffers.push(raw.bytes.buffer));
    seen.framer.push(chunk);
    expect(buffers).toEqual([chunk.buffer]);
    expect(buffers[0]).toBe(chunk.buffer);
  });

  test("a copied message stays as it is when the next one comes in pieces too", () => {
    const kept: RawMessage[] = [];
    const seen = framer(MEBIBYTE, (raw) => kept.push(raw));
    for (const octet of Buffer.concat([message(40, 1), message(40, 2)])) seen.framer.push(Buffer.from([octet]));
    expect(kept.map((raw) => raw.hopByHop)).toEqual([1, 2]);
  });
});

describe("the work is linear", () => {
  /** Octets allocated for messages in pieces; each octet is copied once, and once more for each octet of room. */
  function allocations(): { total: number; largest: number } {
    const sum = { total: 0, largest: 0 };
    const original = Buffer.allocUnsafe.bind(Buffer);
    vi.spyOn(Buffer, "allocUnsafe").mockImplementation((size) => {
      sum.total += size;
      sum.largest = Math.max(sum.largest, size);
      return original(size);
    });
    return sum;
  }

  test.each([1, 3, 7, 1000])("a message of 1 MiB in chunks of %i octets takes less than 3 MiB of room", (size) => {
    const bytes = message(MEBIBYTE);
    const room = allocations();
    const seen = framer();
    for (let at = 0; at < bytes.length; at += size) seen.framer.push(bytes.subarray(at, at + size));
    expect(seen.messages.map((it) => it.equals(bytes))).toEqual([true]);
    expect(room.total).toBeLessThan(3 * MEBIBYTE);
  });

  test("a thousand small messages, octet by octet, take room for one at a time", () => {
    const bytes = Buffer.concat(Array.from({ length: 1000 }, (_, i) => message(24, i)));
    const room = allocations();
    const seen = framer();
    for (let at = 0; at < bytes.length; at++) seen.framer.push(bytes.subarray(at, at + 1));
    expect(seen.messages.length).toBe(1000);
    expect(room.largest).toBeLessThanOrEqual(512);
  });

  test("a length of 16 MiB takes no more room than what has come", () => {
    const room = allocations();
    const seen = framer(0xfffffc);
    seen.framer.push(beginning(1, 0xfffffc, 20));
    expect(seen.framer.buffered).toBe(20);
    expect(room.largest).toBeLessThanOrEqual(512);
    seen.framer.push(Buffer.alloc(5000));
    expect(seen.framer.buffered).toBe(5020);
    expect(room.largest).toBeLessThanOrEqual(2 * 5020);
  });
});

describe("what is no message ends the stream", () => {
  const hostile: readonly [string, number, number, FramingFault["kind"], number][] = [
    ["length 0", 1, 0, "length", 5015],
    ["length 4", 1, 4, "length", 5015],
    ["length 16", 1, 16, "length", 5015],
    ["length 19", 1, 19, "length", 5015],
    ["length 21", 1, 21, "unaligned", 5015],
    ["length 22", 1, 22, "unaligned", 5015],
    ["length 1027", 1, 1027, "unaligned", 5015],
    ["length above the limit", 1, 1004, "tooLong", 5015],
    ["length 2^24 - 4", 1, 0xfffffc, "tooLong", 5015],
    ["length 2^24 - 1", 1, 0xffffff, "unaligned", 5015],
    ["version 0", 0, 20, "version", 5011],
    ["version 2", 2, 20, "version", 5011],
    ["version 255", 255, 0, "version", 5011],
    ["the greeting of TLS", 0x16, 0x030100, "version", 5011],
  ];

  test.each(hostile)("%s", (_title, version, length, kind, resultCode) => {
    const whole = framer(1000);
    whole.framer.push(Buffer.concat([message(24), beginning(version, length, 20), message(24)]));
    expect(whole.messages.length).toBe(1);
    expect(whole.faults).toMatchObject([{ kind, resultCode, header: { flags: 0x80, commandCode: 280 } }]);
    expect(whole.framer.stopped).toBe(true);
    expect(whole.framer.buffered).toBe(0);

    whole.framer.push(message(24));
    expect(whole.messages.length).toBe(1);
    expect(whole.faults.length).toBe(1);
  });

  test.each(hostile)("%s, octet by octet: found out with the fourth octet", (_title, version, length, kind) => {
    const pieces = framer(1000);
    const bytes = beginning(version, length, 20);
    for (let at = 0; at < 3; at++) pieces.framer.push(bytes.subarray(at, at + 1));
    expect(pieces.faults).toEqual([]);
    pieces.framer.push(bytes.subarray(3, 4));
    expect(pieces.faults).toMatchObject([{ kind, header: undefined }]);
    for (let at = 4; at < 20; at++) pieces.framer.push(bytes.subarray(at, at + 1));
    expect(pieces.faults.length).toBe(1);
  });

  test("the header is told even where its first octets came alone", () => {
    const seen = framer(1000);
    const bytes = Buffer.concat([beginning(1, 21, 20), Buffer.alloc(100)]);
    seen.framer.push(bytes.subarray(0, 3));
    seen.framer.push(bytes.subarray(3));
    expect(seen.faults).toMatchObject([{ kind: "unaligned", header: { commandCode: 280 } }]);
  });

  test("random octets never throw", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 20 }), (chunks) => {
        const seen = framer(1000);
        for (const chunk of chunks) seen.framer.push(chunk);
        expect(seen.faults.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("while it runs", () => {
  test("the limit may be raised by a message, for the next one in the same chunk", () => {
    const seen = framer(100, (_raw, it) => {
      it.maxMessageLength = 1000;
    });
    seen.framer.push(Buffer.concat([message(100), message(1000), message(1004)]));
    expect(seen.messages.map((bytes) => bytes.length)).toEqual([100, 1000]);
    expect(seen.faults).toMatchObject([{ kind: "tooLong" }]);
  });

  test("stop() within onMessage keeps back the rest of the chunk", () => {
    const seen = framer(1000, (_raw, it) => it.stop());
    seen.framer.push(Buffer.concat([message(20), message(20)]));
    seen.framer.push(message(20));
    expect(seen.messages.length).toBe(1);
    expect(seen.faults).toEqual([]);
  });

  test("stop() at the end of a message in pieces keeps back the rest of the chunk", () => {
    const seen = framer(1000, (_raw, it) => it.stop());
    const bytes = Buffer.concat([message(20), message(20)]);
    seen.framer.push(bytes.subarray(0, 10));
    seen.framer.push(bytes.subarray(10));
    expect(seen.messages.length).toBe(1);
  });

  test("buffered tells what is held of an incomplete message", () => {
    const seen = framer();
    const bytes = message(60);
    seen.framer.push(bytes.subarray(0, 2));
    expect(seen.framer.buffered).toBe(2);
    seen.framer.push(bytes.subarray(2, 59));
    expect(seen.framer.buffered).toBe(59);
    seen.framer.push(bytes.subarray(59));
    expect(seen.framer.buffered).toBe(0);
    seen.framer.push(new Uint8Array(0));
    expect(seen.messages.length).toBe(1);
  });
});

test("without Buffer, as in a browser", async () => {
  vi.resetModules();
  const original = globalThis.Buffer;
  vi.stubGlobal("Buffer", undefined);
  const { Framer: BrowserFramer } = await import("../../runtime/src/codec/framing.js").finally(() => {
    vi.unstubAllGlobals();
  });
  expect(globalThis.Buffer).toBe(original);
  const seen: Uint8Array[] = [];
  const it = new BrowserFramer({
    maxMessageLength: MEBIBYTE,
    onMessage: (raw) => seen.push(raw.bytes),
    onFault: () => {},
  });
  const chunk = new Uint8Array(Buffer.concat([message(40), message(40)]));
  it.push(chunk.subarray(0, 50));
  it.push(chunk.subarray(50));
  expect(seen.map((bytes) => bytes.constructor)).toEqual([Uint8Array, Uint8Array]);
  expect(seen.map((bytes) => bytes.length)).toEqual([50, 40]);
});
