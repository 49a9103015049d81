import { connect as openSocket, Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, test, vi } from "vitest";
import { TimeoutError, TransportError } from "../../runtime/src/errors.js";
import { VirtualClock } from "../../runtime/src/testing/clock.js";
import { everyOctet, MemoryTransport, memoryPair, tcp } from "../../runtime/src/transport/index.js";
import type { Connection } from "../../runtime/src/transport/transport.js";
import { describeWith } from "../support/require.js";
import { connected, message, Recorder, transportSuite, turn, until } from "./transport-suite.js";

const ipv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

afterEach(() => {
  vi.restoreAllMocks();
});

describe("memory", () => transportSuite(() => new MemoryTransport(), "server.example"));
describe("memory, octet by octet", () =>
  transportSuite(() => new MemoryTransport({ rechunk: everyOctet }), "server.example"));
describe("tcp over IPv4", () => transportSuite(() => tcp, "127.0.0.1"));
describeWith([{ available: ipv6, path: "", reason: "::1 is not configured" }], "tcp over IPv6", () =>
  transportSuite(() => tcp, "::1"),
);

describe("memory only", () => {
  test("a pair needs no listener", async () => {
    const [one, two] = memoryPair();
    const there = new Recorder();
    one.start(new Recorder());
    two.start(there);
    one.write(message(7));
    await turn();
    expect(there.numbers).toEqual([7]);
  });

  test("networks do not know each other; all addresses of a host answer for it", async () => {
    const [one, two] = [new MemoryTransport(), new MemoryTransport()];
    await one.listen({ host: "0.0.0.0", port: 3868 }, () => {});
    await expect(two.connect({ host: "a", port: 3868 })).rejects.toThrow(TransportError);
    expect((await one.connect({ host: "a", port: 3868 })).remote).toEqual({ address: "a", port: 3868 });
  });
});

describe("tcp only", () => {
  test("one system call takes all answers to one chunk of input", () =>
    connected(tcp, "127.0.0.1", async ({ client, server }) => {
      const write = vi.spyOn(Socket.prototype, "write");
      const here = new Recorder();
      client.start(here);
      server.start(
        new Recorder((raw) => {
          const answer = Buffer.from(raw.toBytes());
          void Promise.resolve().then(() => server.write(answer));
        }),
      );
      for (let i = 0; i < 50; i++) client.write(message(i));
      await until(() => here.numbers.length === 50);
      expect(write).toHaveBeenCalledTimes(2);
    }));

  test("a batch larger than its room goes out whole", () =>
    connected(tcp, "127.0.0.1", async ({ client, server }) => {
      const there = new Recorder();
      client.start(new Recorder());
      server.start(there);
      server.setMaxMessageLength(1 << 20);
      const lengths = [24, 5000, 100, 200_000, 24, 65_536, 4096, 20];
      lengths.forEach((length, i) => {
        client.write(message(i, length));
      });
      await until(() => there.lengths.length === lengths.length);
      expect(there.lengths).toEqual(lengths);
    }));

  test("a listener on all addresses shows IPv4 peers as such", async () => {
    const accepted: Connection[] = [];
    const listener = await tcp.listen({ host: ipv6 ? "::" : "0.0.0.0", port: 0 }, (it) => accepted.push(it));
    const client = await tcp.connect({ host: "127.0.0.1", port: listener.address.port });
    await until(() => accepted.length === 1);
    expect(accepted[0]?.remote.address).toBe("127.0.0.1");
    expect(accepted[0]?.local.address).toBe("127.0.0.1");
    client.destroy();
    accepted[0]?.destroy();
    await listener.close();
  });

  test("a FIN from the peer is answered with ours", async () => {
    const accepted: Connection[] = [];
    const listener = await tcp.listen({ host: "127.0.0.1", port: 0 }, (it) => accepted.push(it));
    const peer = openSocket({ port: listener.address.port, host: "127.0.0.1", allowHalfOpen: true });
    let ended = false;
    peer.on("end", () => {
      ended = true;
    });
    peer.resume();
    await until(() => accepted.length === 1);
    const there = new Recorder();
    accepted[0]?.start(there);
    peer.end(message(1));
    await until(() => ended && there.closes.length === 1);
    expect(there.numbers).toEqual([1]);
    expect(there.closes).toEqual([undefined]);
    await listener.close();
  });

  test("a reset from the peer is a TransportError", async () => {
    const accepted: Connection[] = [];
    const listener = await tcp.listen({ host: "127.0.0.1", port: 0 }, (it) => accepted.push(it));
    const peer = openSocket({ port: listener.address.port, host: "127.0.0.1" });
    await until(() => accepted.length === 1 && !peer.connecting);
    const there = new Recorder();
    accepted[0]?.start(there);
    peer.resetAndDestroy();
    await until(() => there.closes.length === 1);
    expect(there.closes).toMatchObject([
      { message: "the connection broke: ECONNRESET", cause: { code: "ECONNRESET" } },
    ]);
    await listener.close();
  });

  describe("all addresses of a name", () => {
    const lookup = async (): Promise<string[]> => ["127.0.0.2", "127.0.0.1"];

    test("are tried in order until one answers", async () => {
      const accepted: Connection[] = [];
      const listener = await tcp.listen({ host: "127.0.0.1", port: 0 }, (it) => accepted.push(it));
      const client = await tcp.connect({ host: "server.example", port: listener.address.port }, { lookup });
      expect(client.remote.address).toBe("127.0.0.1");
      client.destroy();
      await until(() => accepted.length === 1);
      accepted[0]?.destroy();
      await listener.close();
    });

    test("have failed: the error has the reasons of each", async () => {
      const listener = await tcp.listen({ host: "127.0.0.1", port: 0 }, () => {});
      const { port } = listener.address;
      await listener.close();
      const error = await tcp.connect({ host: "server.example", port }, { lookup }).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TransportError);
      const { message: text, cause } = error as TransportError;
      expect(text).toMatch(
        /^cannot connect to server\.example:\d+: 127\.0\.0\.2:.*ECONNREFUSED.*; 127\.0\.0\.1:.*ECONNREFUSED/,
      );
      expect(cause).toBeInstanceOf(AggregateError);
      expect((cause as AggregateError).errors).toMatchObject([
        { cause: { code: "ECONNREFUSED" } },
        { cause: { code: "ECONNREFUSED" } },
      ]);
    });

    test("cannot be found out", async () => {
      const where = { host: "server.example", port: 3868 };
      const none = tcp.connect(where, { lookup: async () => [] });
      await expect(none).rejects.toThrow("cannot connect to server.example:3868: the name has no address");
      const broken = tcp.connect(where, { lookup: () => Promise.reject(new Error("ENOTFOUND")) });
      await expect(broken).rejects.toThrow(/ENOTFOUND/);
    });

    test("do not come in time", async () => {
      const clock = new VirtualClock();
      const lookup = () => new Promise<string[]>(() => {});
      const attempt = tcp.connect({ host: "server.example", port: 3868 }, { clock, lookup, timeoutMs: 500 });
      clock.advance(500);
      const error = await attempt.catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TransportError);
      expect((error as TransportError).cause).toBeInstanceOf(TimeoutError);
      expect(clock.pending).toBe(0);
    });
  });

  test("an address that does not answer in time is given up", async () => {
    const clock = new VirtualClock();
    const listener = await tcp.listen({ host: "127.0.0.1", port: 0 }, (connection) => connection.destroy());
    // The time is up before the event loop can have said that we are connected.
    const attempt = tcp.connect({ host: "127.0.0.1", port: listener.address.port }, { clock });
    clock.advance(10_000);
    await expect(attempt).rejects.toMatchObject({ name: "TransportError", cause: { timeoutMs: 10_000 } });
    await listener.close();
  });

  test.each([-1, 65536, 1.5])("port %d is refused", async (port) => {
    await expect(tcp.connect({ host: "127.0.0.1", port })).rejects.toThrow(TransportError);
    await expect(tcp.listen({ host: "127.0.0.1", port }, () => {})).rejects.toThrow(TransportError);
  });
});
