/** Subscribers in memory: for how long, how many, and what makes them forgotten; and the gate before a database that is down. */

import { describe, expect, test } from "vitest";
import { CachedSubscribers, StoreError, type SubscriberCacheOptions } from "../../../server/src/store/index.js";
import { Gate } from "../../../server/src/store/sql/gate.js";
import { openStores } from "../support.js";

const alice = { username: "alice", domain: "a.test", password: "one" };

function world(options: SubscriberCacheOptions = {}) {
  const { subscribers, connection } = openStores();
  let now = 0;
  let lookups = 0;
  const counted = Object.assign(Object.create(subscribers) as typeof subscribers, {
    find: (username: string, domain: string) => {
      lookups += 1;
      return subscribers.find(username, domain);
    },
    list: subscribers.list.bind(subscribers),
    add: subscribers.add.bind(subscribers),
    setPassword: subscribers.setPassword.bind(subscribers),
    delete: subscribers.delete.bind(subscribers),
  });
  const cache = new CachedSubscribers(counted, options, { now: () => now });
  return {
    cache,
    subscribers,
    connection,
    pass: (ms: number) => {
      now += ms;
    },
    lookups: () => lookups,
  };
}

describe("subscribers in memory", () => {
  test("one is looked up once, until it expires; a change of others is seen then", async () => {
    const { cache, subscribers, pass, lookups } = world({ ttlMs: 1000 });
    await subscribers.add(alice);
    const first = await cache.find("alice", "a.test");
    await subscribers.setPassword("alice", "a.test", "two");
    pass(999);
    expect(await cache.find("alice", "a.test")).toEqual(first);
    expect(lookups()).toBe(1);
    pass(1);
    expect(await cache.find("alice", "a.test")).not.toEqual(first);
    expect(lookups()).toBe(2);
  });

  test("that there is none is believed for a shorter time", async () => {
    const { cache, subscribers, pass, lookups } = world({ ttlMs: 1000, negativeTtlMs: 10 });
    expect(await cache.find("alice", "a.test")).toBeUndefined();
    await subscribers.add(alice);
    pass(9);
    expect(await cache.find("alice", "a.test")).toBeUndefined();
    pass(1);
    expect(await cache.find("alice", "a.test")).toBeDefined();
    expect(lookups()).toBe(2);
  });

  test("changes through it are seen at once", async () => {
    const { cache } = world();
    expect(await cache.find("alice", "a.test")).toBeUndefined();
    await cache.add(alice);
    const first = await cache.find("alice", "a.test");
    await cache.setPassword("alice", "a.test", "two");
    expect((await cache.find("alice", "a.test"))?.ha1).not.toBe(first?.ha1);
    await cache.delete("alice", "a.test");
    expect(await cache.find("alice", "a.test")).toBeUndefined();
  });

  test("a lookup that is under way while the subscriber changes is not kept", async () => {
    const { cache, subscribers } = world();
    await subscribers.add(alice);
    const before = cache.find("alice", "a.test");
    cache.invalidate("alice", "a.test");
    await before;
    expect(cache.size).toBe(0);
  });

  test("invalidate forgets one, or all", async () => {
    const { cache, lookups } = world();
    for (const name of ["a", "b"]) await cache.find(name, "x");
    cache.invalidate("a", "x");
    for (const name of ["a", "b"]) await cache.find(name, "x");
    expect(lookups()).toBe(3);
    cache.invalidate();
    for (const name of ["a", "b"]) await cache.find(name, "x");
    expect(lookups()).toBe(5);
  });

  test("names and domains are not mixed up", async () => {
    const { cache, subscribers } = world();
    await subscribers.add({ ...alice, username: "a,b", domain: "c" });
    expect(await cache.find("a", "b,c")).toBeUndefined();
    expect(await cache.find("a,b", "c")).toBeDefined();
  });

  test("they are bounded, and those that are used stay", async () => {
    const { cache, lookups } = world({ maxEntries: 100 });
    await cache.find("kept", "x");
    for (let index = 0; index < 1000; index++) {
      await cache.find(`u${index}`, "x");
      await cache.find("kept", "x");
    }
    expect(cache.size).toBe(100);
    expect(lookups()).toBe(1001);
    await cache.find("long".repeat(1000), "x");
    expect(cache.size).toBe(100);
  });

  test("many at once share one lookup; a failed one is not remembered", async () => {
    const { cache, subscribers, lookups } = world();
    await subscribers.add(alice);
    const found = await Promise.all(Array.from({ length: 50 }, () => cache.find("alice", "a.test")));
    expect(new Set(found).size).toBe(1);
    expect(lookups()).toBe(1);
    const broken = world();
    broken.connection.close();
    for (const _ of [1, 2]) await expect(broken.cache.find("a", "b")).rejects.toMatchObject({ code: "STORE_CLOSED" });
    expect(broken.lookups()).toBe(2);
  });
});

test("the gate: refused at once while down, one try at a time, later each time, open again after a success", async () => {
  let now = 0;
  const changes: boolean[] = [];
  const gate = new Gate({
    backoff: { first: 100, last: 400 },
    now: () => now,
    random: () => 1,
    onChange: (up) => changes.push(up),
  });
  let attempts = 0;
  const failing = async () => {
    attempts += 1;
    throw new StoreError("STORE_UNAVAILABLE", "no");
  };
  const rejected = async () => expect(gate.pass(failing)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  for (const [at, expected] of [
    [0, 1],
    [99, 1],
    [100, 2],
    [299, 2],
    [300, 3],
    [699, 3],
    [700, 4],
    [1099, 4],
    [1100, 5],
  ] as const) {
    now = at;
    await rejected();
    expect(attempts).toBe(expected);
  }
  now = 2000;
  let finish = (): void => {};
  const trying = gate.pass(() => new Promise<void>((resolve) => (finish = resolve)));
  await rejected();
  expect(attempts).toBe(5);
  finish();
  await trying;
  expect(gate.isUp).toBe(true);
  await expect(gate.pass(async () => Promise.reject(new StoreError("STORE_INVALID", "x")))).rejects.toThrow("x");
  expect(gate.isUp).toBe(true);
  expect(changes).toEqual([false, true]);
});
