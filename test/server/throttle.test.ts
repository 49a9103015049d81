/** Failures are counted by user and peer, for a while. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { Throttle } from "../../server/src/authentication/index.js";

/** Octets of the heap that are in use. */
function kept(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

describe("Throttle", () => {
  test("the failures of one user through one peer; others go on; it ends by itself", () => {
    let now = 0;
    const throttle = new Throttle({ perUser: 3, withinMs: 1_000, now: () => now });
    for (let i = 0; i < 3; i++) {
      expect(throttle.blocks("alice@r", "p.test")).toBe(false);
      throttle.failed("alice@r", "p.test");
    }
    expect(throttle.blocks("alice@r", "P.test")).toBe(true);
    expect(throttle.blocks("bob@r", "p.test")).toBe(false);
    expect(throttle.blocks("alice@r", "other.test")).toBe(false);
    now = 1_000;
    expect(throttle.blocks("alice@r", "p.test")).toBe(false);
    throttle.failed("alice@r", "p.test");
    expect(throttle.blocks("alice@r", "p.test")).toBe(false);
  });

  test("a success forgives", () => {
    const throttle = new Throttle({ perUser: 2, now: () => 0 });
    throttle.failed("alice@r", "p.test");
    throttle.succeeded("alice@r", "p.test");
    throttle.failed("alice@r", "p.test");
    expect(throttle.blocks("alice@r", "p.test")).toBe(false);
  });

  test("all users of a peer, where asked for; and none at all", () => {
    const throttle = new Throttle({ perUser: 0, perPeer: 2, now: () => 0 });
    throttle.failed("alice@r", "p.test");
    throttle.failed("bob@r", "p.test");
    expect(throttle.blocks("carol@r", "p.test")).toBe(true);
    expect(throttle.blocks("carol@r", "q.test")).toBe(false);
  });

  test("guessing names does not fill the memory", () => {
    const throttle = new Throttle({ most: 100, now: () => 0 });
    for (let i = 0; i < 1_000; i++) throttle.failed(`user${i}@r`, "p.test");
    expect(throttle.size).toBe(100);
  });

  test("nor do long names", () => {
    const throttle = new Throttle({ perUser: 1 });
    const long = (index: number) => Buffer.alloc(10_000, `${index}.`).toString();
    const before = kept();
    for (let i = 0; i < 5_000; i++) throttle.failed(long(i), "p.test");
    expect(kept() - before).toBeLessThan(10_000_000);
    expect(throttle.blocks(long(7), "p.test")).toBe(true);
    expect(throttle.blocks(`${long(7)}y`, "p.test")).toBe(false);
  });

  test("what one has counted of a peer, another takes: the higher figure holds, and no longer than it would have", () => {
    let now = 0;
    const options = { perUser: 3, perPeer: 5, withinMs: 1_000, now: () => now };
    const [one, two] = [new Throttle(options), new Throttle(options)];
    for (let i = 0; i < 3; i++) one.failed("alice@r", "P.test");
    one.failed("bob@r", "p.test");
    one.failed("bob@r", "q.test");
    now = 500;
    two.failed("bob@r", "p.test");
    two.failed("bob@r", "p.test");
    two.take(one.entriesOf("p.TEST"));
    expect(two.blocks("alice@r", "p.test")).toBe(true);
    two.failed("bob@r", "p.test");
    expect(two.blocks("bob@r", "p.test")).toBe(true);
    expect(two.blocks("carol@r", "p.test"), "five through this peer").toBe(true);
    expect(two.blocks("bob@r", "q.test")).toBe(false);
    now = 1_000;
    expect(one.entriesOf("p.test")).toEqual([]);
    expect(two.blocks("alice@r", "p.test")).toBe(false);
    expect(two.blocks("bob@r", "p.test"), "its own, of later").toBe(true);
  });

  test("what is forgotten is forgotten of its peer, too", () => {
    const throttle = new Throttle({ most: 10, now: () => 0 });
    for (let i = 0; i < 100; i++) throttle.failed(`user${i}@r`, `p${i % 2}.test`);
    expect(throttle.entriesOf("p0.test").length + throttle.entriesOf("p1.test").length).toBe(10);
    for (let i = 90; i < 100; i++) throttle.succeeded(`user${i}@r`, `p${i % 2}.test`);
    expect([throttle.size, throttle.entriesOf("p0.test"), throttle.entriesOf("p1.test")]).toEqual([0, [], []]);
  });
});
