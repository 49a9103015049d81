/** Nonces of our own, and how often each is good: RFC 7616 section 3.3. */

import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Challenger } from "../../server/src/authentication/index.js";
import { Nonces, NonceUses } from "../../server/src/digest/index.js";

const key = randomBytes(32);

describe("Nonces", () => {
  test("one that was made with the same key, for the same realm, is fresh until its time is over", () => {
    let now = 1_000_000;
    const nonces = new Nonces({ key, lifetimeMs: 1_000, now: () => now });
    const nonce = nonces.issue("example.com");
    expect(nonce).toMatch(/^[\w-]{40}$/);
    const elsewhere = new Nonces({ key, lifetimeMs: 1_000, now: () => now });
    expect(elsewhere.check(nonce, "example.com")).toBe("fresh");
    expect(elsewhere.check(nonce, "example.net")).toBe("foreign");
    now += 999;
    expect(elsewhere.check(nonce, "example.com")).toBe("fresh");
    now += 1;
    expect(elsewhere.check(nonce, "example.com")).toBe("stale");
    now -= 2_000;
    expect(elsewhere.check(nonce, "example.com"), "a clock that was set back").toBe("stale");
  });

  test("another machine's clock may be ten seconds ahead, and no more; a tenth of the lifetime at most", async () => {
    const at = (now: number, lifetimeMs: number) => new Nonces({ key, lifetimeMs, now: () => now });
    const nonce = at(1_000_000, 300_000).issue("r");
    expect(at(990_000, 300_000).check(nonce, "r")).toBe("fresh");
    expect(at(989_999, 300_000).check(nonce, "r")).toBe("stale");
    expect(at(999_900, 1_000).check(nonce, "r")).toBe("fresh");
    expect(at(999_899, 1_000).check(nonce, "r")).toBe("stale");
    // By that clock it lives longer, and its uses are remembered as long.
    let now = 990_000;
    const slow = new Challenger({ key, lifetimeMs: 300_000, now: () => now });
    expect(await slow.judge({ nonce, nonceCount: "00000001" }, "r")).toBe("fresh");
    now = 1_299_999;
    await slow.judge({ nonce: slow.challenge("r", false).nonce, nonceCount: "00000001" }, "r");
    expect(await slow.judge({ nonce, nonceCount: "00000001" }, "r")).toBe("stale");
  });

  test("no two are alike", () => {
    const nonces = new Nonces({ key, now: () => 1 });
    expect(new Set(Array.from({ length: 1000 }, () => nonces.issue("r"))).size).toBe(1000);
  });

  test("every change of it makes it foreign, also another spelling of the same octets", () => {
    const nonces = new Nonces({ key });
    const nonce = nonces.issue("r");
    const octets = Buffer.from(nonce, "base64url");
    for (let bit = 0; bit < octets.length * 8; bit++) {
      const changed = Buffer.from(octets);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(nonces.check(changed.toString("base64url"), "r")).toBe("foreign");
    }
    for (const other of ["", "x", `${nonce}=`, `${nonce}==`, ` ${nonce}`, nonce.slice(0, -1), `${nonce}A`])
      expect(nonces.check(other, "r")).toBe("foreign");
  });

  test("a new key still knows the nonces of the one before", () => {
    const before = new Nonces({ key });
    const after = new Nonces({ key: randomBytes(32), previousKeys: [key] });
    expect(after.check(before.issue("r"), "r")).toBe("fresh");
    expect(before.check(after.issue("r"), "r")).toBe("foreign");
  });

  test("a short key, or no lifetime", () => {
    expect(() => new Nonces({ key: randomBytes(31) })).toThrow("at least 32 octets");
    expect(() => new Nonces({ key, lifetimeMs: 0 })).toThrow("positive");
  });
});

describe("NonceUses", () => {
  const uses = (now = () => 0, most = 10) => new NonceUses({ lifetimeMs: 1_000, most, now });
  const hex = (count: number) => count.toString(16).padStart(8, "0");

  test("each count is good once, in any order within the window of 64", () => {
    const it = uses();
    const order = [1, 3, 2, 70, 8, 71, 69];
    expect(order.map((count) => it.use("n", hex(count)))).toEqual(order.map(() => true));
    expect(order.map((count) => it.use("n", hex(count)))).toEqual(order.map(() => false));
    expect(it.use("n", hex(71 - 64)), "out of the window").toBe(false);
    expect(it.use("n", hex(9))).toBe(true);
    expect(it.use("n", hex(100_000))).toBe(true);
    expect(it.use("n", hex(72))).toBe(false);
    expect(it.use("other", hex(1))).toBe(true);
  });

  test("without a count, a nonce is good once", () => {
    const it = uses();
    expect([it.use("n", undefined), it.use("n", undefined)]).toEqual([true, false]);
  });

  test.each(["", "1", "0000000g", "00000000", "000000001", "-0000001"])("%j is no nonce count", (count) => {
    expect(uses().use("n", count)).toBe(false);
  });

  test("memory is bounded: by time, and by number", () => {
    let now = 0;
    const it = uses(() => now);
    for (let i = 0; i < 25; i++) it.use(`n${i}`, hex(1));
    expect(it.size).toBe(10);
    now = 1_000;
    it.use("later", hex(1));
    expect(it.size).toBe(1);
  });
});
