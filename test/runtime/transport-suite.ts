/** What every transport promises, whatever it runs on. */
import { describe, expect, test } from "vitest";
import type { FramingFault } from "../../runtime/src/codec/framing.js";
import { CommandFlag, Header, writeHeader } from "../../runtime/src/codec/header.js";
import type { RawMessage } from "../../runtime/src/codec/raw-message.js";
import { AbortedError, type DiameterError, TimeoutError, TransportError } from "../../runtime/src/errors.js";
import { limits } from "../../runtime/src/limits.js";
import { VirtualClock } from "../../runtime/src/testing/clock.js";
import type {
  Connection,
  ConnectionEvents,
  ConnectionOptions,
  Listener,
  Transport,
} from "../../runtime/src/transport/transport.js";

/** A message of so many octets that carries a number. */
export function message(number: number, length = 24): Buffer {
  const bytes = Buffer.alloc(length, number & 0xff);
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  writeHeader(view, 0, length, new Header(CommandFlag.REQUEST, 280, 0, number, number));
  return bytes;
}

/** More turns of the event loop than anything here takes. */
const MOST_TURNS = 2_000_000;

/** Waits for what needs nothing but turns of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns === MOST_TURNS) throw new Error(`did not happen: ${condition}`);
    await turn();
  }
}

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Writes down what a connection tells. */
export class Recorder implements ConnectionEvents {
  readonly numbers: number[] = [];
  readonly lengths: number[] = [];
  readonly faults: FramingFault[] = [];
  readonly closes: (DiameterError | undefined)[] = [];
  drains = 0;
  readonly #handle: ((raw: RawMessage) => void) | undefined;

  constructor(handle?: (raw: RawMessage) => void) {
    this.#handle = handle;
  }
  onMessage(raw: RawMessage): void {
    this.numbers.push(raw.hopByHop);
    this.lengths.push(raw.length);
    this.#handle?.(raw);
  }
  onFault(fault: FramingFault): void {
    this.faults.push(fault);
  }
  onClose(error?: DiameterError): void {
    this.closes.push(error);
  }
  onDrain(): void {
    this.drains++;
  }
}

/** A listener, and a connection to it from either side; neither is started. */
export interface Pair {
  readonly listener: Listener;
  readonly client: Connection;
  readonly server: Connection;
}

export async function connected(
  transport: Transport,
  host: string,
  run: (pair: Pair) => Promise<void>,
  ours: ConnectionOptions = {},
  theirs: ConnectionOptions = {},
): Promise<void> {
  const accepted: Connection[] = [];
  const listener = await transport.listen({ host, port: 0 }, (connection) => accepted.push(connection), theirs);
  let client: Connection | undefined;
  try {
    client = await transport.connect({ host, port: listener.address.port }, ours);
    await until(() => accepted.length === 1);
    await run({ listener, client, server: accepted[0] as Connection });
  } finally {
    client?.destroy();
    for (const connection of accepted) connection.destroy();
    await listener.close();
  }
}

export function transportSuite(create: () => Transport, host: string): void {
  const small = limits({ maxOutputBytes: 1 << 20, highWaterBytes: 1 << 16 });
  const withPair = (run: (pair: Pair) => Promise<void>, ours?: ConnectionOptions, theirs?: ConnectionOptions) =>
    connected(create(), host, run, ours, theirs);

  describe("messages", () => {
    test("of any length arrive in order, both ways", () =>
      withPair(async ({ client, server }) => {
        const [here, there] = [new Recorder(), new Recorder((raw) => server.write(raw.toBytes()))];
        client.start(here);
        server.start(there);
        const lengths = Array.from({ length: 100 }, (_, i) => (i % 7 === 0 ? 60_000 : 20 + 4 * i));
        lengths.forEach((length, i) => {
          client.write(message(i, length));
        });
        await until(() => here.numbers.length === 100);
        expect(there.lengths).toEqual(lengths);
        expect(here.lengths).toEqual(lengths);
        expect(here.numbers).toEqual(lengths.map((_, i) => i));
      }));

    test("are whole, though the octets given to write() are used again at once", () =>
      withPair(async ({ client, server }) => {
        const seen: Buffer[] = [];
        server.start(new Recorder((raw) => seen.push(Buffer.from(raw.toBytes()))));
        client.start(new Recorder());
        const bytes = Buffer.alloc(24);
        for (let i = 0; i < 10; i++) {
          bytes.set(message(i));
          client.write(bytes);
          bytes.fill(0);
        }
        await until(() => seen.length === 10);
        expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => message(i)));
      }));

    test("wait for start()", () =>
      withPair(async ({ client, server }) => {
        client.start(new Recorder());
        client.write(message(1));
        await until(() => client.buffered === 0 || client.kind === "memory");
        const there = new Recorder();
        server.start(there);
        expect(there.numbers).toEqual([]);
        await until(() => there.numbers.length === 1);
        expect(() => server.start(there)).toThrow(TransportError);
      }));

    test("wait while paused", () =>
      withPair(async ({ client, server }) => {
        const [here, there] = [new Recorder(), new Recorder()];
        client.start(here);
        server.start(there);
        client.write(message(1));
        await until(() => there.numbers.length === 1);
        server.pause();
        client.write(message(2));
        for (let i = 0; i < 20; i++) await turn();
        expect(there.numbers).toEqual([1]);
        server.resume();
        await until(() => there.numbers.length === 2);
      }));

    test("written in one chunk's work, or in promises that follow it, go out together", () =>
      withPair(async ({ client, server }) => {
        const here = new Recorder();
        let waiting = 0;
        server.start(
          new Recorder(async (raw) => {
            const answer = Buffer.from(raw.toBytes());
            await undefined;
            await undefined;
            server.write(answer);
            waiting = Math.max(waiting, server.buffered);
          }),
        );
        client.start(here);
        client.write(Buffer.concat(Array.from({ length: 50 }, (_, i) => message(i))));
        await until(() => here.numbers.length === 50);
        expect(waiting).toBe(50 * 24);
      }));
  });

  test("both ends know who and where they are", () =>
    withPair(async ({ listener, client, server }) => {
      expect(client.kind).toBe(server.kind);
      expect(client.remote).toEqual(listener.address);
      expect(server.local).toEqual(client.remote);
      expect(server.remote).toEqual(client.local);
      expect(client.local.port).not.toBe(client.remote.port);
      expect(listener.address.port).toBeGreaterThan(0);
    }));

  describe("the end", () => {
    test("close() sends what was written; nobody has an error, nobody hears of it twice", () =>
      withPair(async ({ client, server }) => {
        const [here, there] = [new Recorder(), new Recorder()];
        client.start(here);
        server.start(there);
        for (let i = 0; i < 20; i++) client.write(message(i, 50_000));
        client.close();
        client.close();
        expect(client.write(message(99))).toBe(true);
        await until(() => here.closes.length === 1 && there.closes.length === 1);
        expect(there.numbers.length).toBe(20);
        expect([...here.closes, ...there.closes]).toEqual([undefined, undefined]);
        client.destroy();
        server.close();
        await turn();
        await turn();
        expect([here.closes.length, there.closes.length]).toEqual([1, 1]);
      }));

    test("no message comes after close(), not even from the same chunk", () =>
      withPair(async ({ client, server }) => {
        const here = new Recorder(() => client.close());
        const there = new Recorder();
        client.start(here);
        server.start(there);
        server.write(Buffer.concat([message(1), message(2), message(3)]));
        await until(() => here.closes.length === 1 && there.closes.length === 1);
        expect(here.numbers).toEqual([1]);
      }));

    test("destroy() tells its own side why, and the other that it broke", () =>
      withPair(async ({ client, server }) => {
        const [here, there] = [new Recorder(), new Recorder()];
        client.start(here);
        server.start(there);
        const reason = new TransportError("enough");
        client.destroy(reason);
        expect(here.closes).toEqual([]);
        await until(() => here.closes.length === 1 && there.closes.length === 1);
        expect(here.closes).toEqual([reason]);
        expect(there.closes[0]).toBeInstanceOf(TransportError);
        expect(client.buffered).toBe(0);
      }));

    test("is told to a side that is started afterwards", () =>
      withPair(async ({ client, server }) => {
        const [here, there] = [new Recorder(), new Recorder()];
        client.destroy();
        client.start(here);
        await until(() => here.closes.length === 1);
        server.start(there);
        await until(() => there.closes.length === 1);
      }));

    test("within a message is an error", () =>
      withPair(async ({ client, server }) => {
        const there = new Recorder();
        client.start(new Recorder());
        server.start(there);
        client.write(Buffer.concat([message(1), message(2).subarray(0, 22)]));
        client.close();
        await until(() => there.closes.length === 1);
        expect(there.numbers).toEqual([1]);
        expect(there.closes[0]?.message).toMatch(/within a message, after 22 octets/);
      }));

    test("comes with closeTimeoutMs where the other side does not read ours", async () => {
      const clock = new VirtualClock();
      await withPair(
        async ({ client, server }) => {
          const here = new Recorder();
          client.start(here);
          // What waits to be read stands before the goodbye.
          client.write(message(1));
          client.close();
          for (let i = 0; i < 5; i++) await turn();
          expect(here.closes).toEqual([]);
          await clock.advanceAsync(limits().closeTimeoutMs);
          await until(() => here.closes.length === 1);
          expect(clock.pending).toBe(0);
          server.destroy();
        },
        { clock },
      );
    });

    test("comes when a message cannot be handled: the owner's mistake costs the connection only", () =>
      withPair(async ({ client, server }) => {
        const mistake = new Error("a mistake");
        const there = new Recorder(() => {
          throw mistake;
        });
        client.start(new Recorder());
        server.start(there);
        client.write(message(1));
        await until(() => there.closes.length === 1);
        expect(there.closes[0]?.cause).toBe(mistake);
      }));
  });

  describe("limits", () => {
    test.each([
      ["version", Buffer.from("0200001800000000", "hex"), 5011],
      ["length", Buffer.from("0100000000000000", "hex"), 5015],
      ["unaligned", Buffer.from("0100001900000000", "hex"), 5015],
      ["tooLong", Buffer.from("01fffffc00000000", "hex"), 5015],
    ])("a %s fault is told once; an answer can be sent, then the connection closed", (kind, bytes, resultCode) =>
      withPair(async ({ client, server }) => {
        const [here, there] = [new Recorder(), new Recorder()];
        client.start(here);
        server.start(there);
        client.write(Buffer.concat([message(1), bytes, message(2)]));
        client.write(message(3));
        await until(() => there.faults.length === 1);
        expect(there.faults).toMatchObject([{ kind, resultCode }]);
        server.write(message(4));
        server.close();
        await until(() => here.closes.length === 1 && there.closes.length === 1);
        expect(there.numbers).toEqual([1]);
        expect(here.numbers).toEqual([4]);
      }),
    );

    test("messages are short before the CER, and may be longer after it", () =>
      withPair(
        async ({ client, server }) => {
          const there = new Recorder(() => server.setMaxMessageLength(2000));
          client.start(new Recorder());
          server.start(there);
          client.write(message(1, 1000));
          client.write(message(2, 2000));
          client.write(message(3, 2004));
          await until(() => there.faults.length === 1);
          expect(there.numbers).toEqual([1, 2]);
        },
        {},
        { limits: limits({ maxMessageLengthBeforeCer: 1000 }) },
      ));

    test("setMaxMessageLength() before start() counts", () =>
      withPair(async ({ client, server }) => {
        const there = new Recorder();
        server.setMaxMessageLength(100);
        client.start(new Recorder());
        server.start(there);
        client.write(message(1, 104));
        await until(() => there.faults.length === 1);
      }));

    test("write() says false above the high-water mark, onDrain follows when the other side reads", () =>
      withPair(
        async ({ client, server }) => {
          const [here, there] = [new Recorder(), new Recorder()];
          client.start(here);
          server.start(there);
          server.pause();
          const accepted = Array.from({ length: 16 }, (_, i) => client.write(message(i, 60_000)));
          expect(accepted).toEqual([true, ...new Array(15).fill(false)]);
          expect(client.buffered).toBe(16 * 60_000);
          expect(here.drains).toBe(0);
          server.resume();
          await until(() => here.drains === 1 && there.numbers.length === 16);
          expect(client.buffered).toBe(0);
          expect(client.write(message(16))).toBe(true);
          await until(() => there.numbers.length === 17);
          expect(here.drains).toBe(1);
        },
        { limits: small },
      ));

    test("a low high-water mark drains too", () =>
      withPair(
        async ({ client, server }) => {
          const [here, there] = [new Recorder(), new Recorder()];
          client.start(here);
          server.start(there);
          expect(client.write(message(1))).toBe(false);
          await until(() => here.drains === 1 && there.numbers.length === 1);
        },
        { limits: limits({ highWaterBytes: 1 }) },
      ));

    test("maxOutputBytes ends the connection to a peer that does not read", () =>
      withPair(
        async ({ client }) => {
          const here = new Recorder();
          client.start(here);
          let written = 0;
          while (here.closes.length === 0 && written < 10_000) {
            client.write(message(written++, 60_000));
            if (written % 10 === 0) await turn();
          }
          await until(() => here.closes.length === 1);
          expect(here.closes[0]).toBeInstanceOf(TransportError);
          expect(here.closes[0]?.message).toMatch(/octets wait to be sent/);
          expect(client.buffered).toBe(0);
        },
        { limits: small },
      ));

    test("frameTimeoutMs ends a message that does not", async () => {
      const clock = new VirtualClock();
      await withPair(
        async ({ client, server }) => {
          const there = new Recorder();
          client.start(new Recorder());
          server.start(there);
          client.write(Buffer.concat([message(1), message(2).subarray(0, 10)]));
          await until(() => clock.pending === 1);
          await clock.advanceAsync(9_999);
          expect(there.closes).toEqual([]);
          await clock.advanceAsync(1);
          await until(() => there.closes.length === 1);
          expect(there.closes[0]).toBeInstanceOf(TimeoutError);
          expect(clock.pending).toBe(0);
        },
        {},
        { clock },
      );
    });

    test("frameTimeoutMs spares messages that end in time, one after the other", async () => {
      const clock = new VirtualClock();
      await withPair(
        async ({ client, server }) => {
          const there = new Recorder();
          client.start(new Recorder());
          server.start(there);
          const stream = Buffer.concat(Array.from({ length: 10 }, (_, i) => message(i)));
          // Never a moment without part of a message.
          for (let i = 1; i < 10; i++) {
            client.write(stream.subarray((i - 1) * 24 + (i === 1 ? 0 : 4), i * 24 + 4));
            await until(() => there.numbers.length === i && clock.pending === 1);
            await clock.advanceAsync(6_000);
          }
          expect(there.closes).toEqual([]);
          server.pause();
          await clock.advanceAsync(60_000);
          server.resume();
          expect(clock.pending).toBe(1);
          client.write(stream.subarray(9 * 24 + 4));
          await until(() => there.numbers.length === 10);
          await clock.advanceAsync(60_000);
          expect(there.closes).toEqual([]);
        },
        {},
        { clock },
      );
    });
  });

  describe("connecting and listening", () => {
    test("nobody listens: a TransportError", async () => {
      const transport = create();
      const listener = await transport.listen({ host, port: 0 }, () => {});
      const { port } = listener.address;
      await listener.close();
      await listener.close();
      await expect(transport.connect({ host, port })).rejects.toMatchObject({
        name: "TransportError",
        code: "ERR_DIAMETER_TRANSPORT",
        message: expect.stringMatching(/cannot connect to .*ECONNREFUSED/),
      });
    });

    test("the place is taken: a TransportError; free again after close()", async () => {
      const transport = create();
      const listener = await transport.listen({ host, port: 0 }, () => {});
      const { port } = listener.address;
      await expect(transport.listen({ host, port }, () => {})).rejects.toThrow(/cannot listen on .*EADDRINUSE/);
      await listener[Symbol.asyncDispose]();
      await (await transport.listen({ host, port }, () => {})).close();
    });

    test("the signal has fired, or fires meanwhile: an AbortedError with its reason", async () => {
      const transport = create();
      const accepted: Connection[] = [];
      const listener = await transport.listen({ host, port: 0 }, (connection) => accepted.push(connection));
      const where = { host, port: listener.address.port };
      const before = AbortSignal.abort("too late");
      await expect(transport.connect(where, { signal: before })).rejects.toMatchObject({
        name: "AbortedError",
        cause: "too late",
      });
      const controller = new AbortController();
      const attempt = transport.connect(where, { signal: controller.signal });
      controller.abort();
      await expect(attempt).rejects.toBeInstanceOf(AbortedError);
      for (const connection of accepted) connection.destroy();
      await listener.close();
    });

    test("the signal closes a listener, and one that has fired lets none begin", async () => {
      const transport = create();
      const controller = new AbortController();
      const listener = await transport.listen({ host, port: 0 }, () => {}, { signal: controller.signal });
      const where = { host, port: listener.address.port };
      controller.abort("enough");
      await listener.close();
      await expect(transport.connect(where)).rejects.toThrow(/ECONNREFUSED/);
      const { signal } = controller;
      await expect(transport.listen(where, () => {}, { signal })).rejects.toMatchObject({
        name: "AbortedError",
        cause: "enough",
      });
    });

    test("the signal fires later: the connection does not mind", async () => {
      const controller = new AbortController();
      const transport = create();
      const accepted: Connection[] = [];
      const listener = await transport.listen({ host, port: 0 }, (connection) => accepted.push(connection));
      const where = { host, port: listener.address.port };
      const client = await transport.connect(where, { signal: controller.signal, timeoutMs: 60_000 });
      controller.abort();
      await until(() => accepted.length === 1);
      const there = new Recorder();
      client.start(new Recorder());
      accepted[0]?.start(there);
      client.write(message(1));
      await until(() => there.numbers.length === 1);
      // Connections outlive the listener.
      await listener.close();
      client.write(message(2));
      await until(() => there.numbers.length === 2);
      client.close();
      await until(() => there.closes.length === 1);
    });
  });
}
