/** What the supervisor is made of, without processes. */
import { EventEmitter } from "node:events";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { Channel, ChannelError, type Port } from "../../../server/src/supervisor/channel.js";
import { MOST_FAILED_STARTS, Restarts } from "../../../server/src/supervisor/restarts.js";
import { divide, moved } from "../../../server/src/supervisor/shares.js";
import { WorkerMetrics } from "../../../server/src/supervisor/worker-metrics.js";
import { parsePrometheus, seriesValue } from "../../support/prometheus.js";

describe("peers are divided", () => {
  const key = (peer: string) => peer;
  const shares = (peers: string[], workers: number[], before: [number, string[]][] = []) => [
    ...divide(peers, workers, new Map(before), key),
  ];

  test("evenly, each to one", () => {
    expect(shares(["a", "b", "c", "d", "e"], [1, 2])).toEqual([
      [1, ["a", "c", "e"]],
      [2, ["b", "d"]],
    ]);
  });

  test("and stay; those of who is gone go to who has least, new ones too", () => {
    expect(
      shares(
        ["a", "b", "c", "d"],
        [2, 3],
        [
          [1, ["a", "c"]],
          [2, ["b"]],
        ],
      ),
    ).toEqual([
      [2, ["b", "c"]],
      [3, ["a", "d"]],
    ]);
  });

  test("what is not configured any more is nobody's; no worker, no share", () => {
    expect(shares(["b"], [1], [[1, ["a", "b"]]])).toEqual([[1, ["b"]]]);
    expect(shares(["a"], [])).toEqual([]);
  });
});

describe("a peer moves", () => {
  const key = (peer: string) => peer;
  const shares = new Map([
    [1, ["a", "b", "c"]],
    [2, ["d"]],
    [3, ["e", "f"]],
  ]);

  test("to who has least of those that serve", () => {
    const { from, to, shares: after } = moved("b", [1, 2, 3], shares, key) ?? {};
    expect([from, to, [...(after ?? [])]]).toEqual([
      1,
      2,
      [
        [1, ["a", "c"]],
        [2, ["d", "b"]],
        [3, ["e", "f"]],
      ],
    ]);
    expect(moved("b", [1, 4], shares, key)).toMatchObject({ from: 1, to: 4 });
  });

  test("not where that makes nothing more even, and where nobody has it", () => {
    expect(moved("e", [1, 2, 3], shares, key)).toBeUndefined();
    expect(moved("b", [1, 3], shares, key)).toBeUndefined();
    expect(moved("b", [2, 3], shares, key)).toBeUndefined();
    expect(moved("x", [1, 2, 3], shares, key)).toBeUndefined();
  });
});

describe("restarts", () => {
  test("soon, then less and less often, and anew after a minute of service", () => {
    const restarts = new Restarts();
    const delays = Array.from({ length: 10 }, () => restarts.ended(0, 10, 1));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000]);
    expect(restarts.ended(1, 10, 1)).toBe(100);
    expect(restarts.ended(0, 60_000, 1)).toBe(100);
    expect(restarts.ended(0, 10, 1)).toBe(200);
  });

  test("no more where nobody serves and none comes to it; while others serve, for ever", () => {
    const restarts = new Restarts();
    for (let failed = 1; failed < MOST_FAILED_STARTS; failed++)
      expect(restarts.ended(0, undefined, 0)).toBeGreaterThan(0);
    expect(restarts.ended(0, undefined, 0)).toBeUndefined();
    expect(restarts.ended(0, undefined, 1)).toBeGreaterThan(0);
    restarts.ready();
    expect(restarts.ended(0, undefined, 0)).toBeGreaterThan(0);
  });
});

type Here = { readonly double: (n: number) => number; readonly fail: (code: string) => void };

describe("the channel", () => {
  function pair() {
    const [a, b] = [new EventEmitter(), new EventEmitter()];
    const port = (own: EventEmitter, other: EventEmitter): Port => ({
      send: (message, done) => {
        const copy = structuredClone(message);
        queueMicrotask(() => {
          other.emit("message", copy);
          done(null);
        });
      },
      on: (event, listener) => own.on(event, listener),
    });
    const noted: number[] = [];
    const failed: [string, unknown][] = [];
    const server = new Channel<Here, Record<never, never>>(
      port(b, a),
      {
        double: (n) => {
          noted.push(n);
          return n * 2;
        },
        fail: (code) => {
          throw Object.assign(new Error("in vain"), { code });
        },
      },
      (...failure) => failed.push(failure),
    );
    const client = new Channel<Record<never, never>, Here>(port(a, b), {}, () => {});
    return { server, client, a, noted, failed };
  }

  test("many questions at once: each its answer", async () => {
    const { client } = pair();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => client.ask("double", n)));
    expect(answers).toEqual(Array.from({ length: 100 }, (_, n) => 2 * n));
  });

  test("what was thrown there is thrown here, with its code; an unknown question too", async () => {
    const { client } = pair();
    await expect(client.ask("fail", "STORE_BUSY")).rejects.toMatchObject({ message: "in vain", code: "STORE_BUSY" });
    await expect(client.ask("constructor" as "double", 1)).rejects.toThrow("there is no question constructor");
  });

  test("what is told is heard, and nobody waits", async () => {
    const { client, noted, failed } = pair();
    let sent = 0;
    client.tell("double", 7, () => sent++);
    client.tell("fail", "x", () => sent++);
    client.tell("constructor" as "fail", "x");
    await client.ask("double", 8);
    expect(noted).toEqual([7, 8]);
    expect(sent).toBe(2);
    // What went wrong is said there: here nobody would hear it.
    expect(failed).toMatchObject([
      ["fail", { message: "in vain", code: "x" }],
      ["constructor", { message: "there is no question constructor" }],
    ]);
    await expect(client.ask("fail", "y")).rejects.toThrow("in vain");
    expect(failed).toHaveLength(2);
  });

  test("the other side is gone: what is open rejects, what is asked later too; others' messages are left alone", async () => {
    const { client, a } = pair();
    a.emit("message", "axon");
    a.emit("message", { kind: "answer", id: 99, body: 1 });
    const open = client.ask("double", 1);
    client.close();
    await expect(open).rejects.toThrow(ChannelError);
    await expect(client.ask("double", 1)).rejects.toThrow("the process is gone");
    let sent = 0;
    client.tell("double", 1, () => sent++);
    expect(sent, "it never will").toBe(1);
  });
});

describe("metrics of several workers", () => {
  function worker(value: number) {
    const registry = new Registry();
    const registers = [registry];
    new Counter({ name: "c_total", help: "-", labelNames: ["l"], registers }).inc({ l: "x" }, value);
    new Histogram({ name: "h_seconds", help: "-", buckets: [1], registers }).observe(value);
    new Gauge({ name: "g", help: "-", registers }).set(value);
    return registry.getMetricsAsJSON();
  }
  const read = async (metrics: WorkerMetrics) => {
    const families = parsePrometheus(await metrics.text());
    return [
      seriesValue(families, "c_total", { l: "x" }),
      seriesValue(families, "h_seconds_count"),
      seriesValue(families, "h_seconds_bucket", { le: "1" }),
      seriesValue(families, "g"),
    ];
  };

  test("are sums; what the dead have counted stays, what they were does not", async () => {
    const metrics = new WorkerMetrics();
    metrics.seen(1, await worker(1));
    metrics.seen(2, await worker(10));
    expect(await read(metrics)).toEqual([11, 2, 1, 11]);
    await metrics.gone(2);
    expect(await read(metrics)).toEqual([11, 2, 1, 1]);
    metrics.seen(3, await worker(100));
    expect(await read(metrics)).toEqual([111, 3, 1, 101]);
    await metrics.gone(99);
    for (let dead = 4; dead < 54; dead++) {
      metrics.seen(dead, await worker(2));
      await metrics.gone(dead);
    }
    expect(await read(metrics)).toEqual([211, 53, 1, 101]);
  });

  test("of none: none", async () => expect((await new WorkerMetrics().text()).trim()).toBe(""));
});
