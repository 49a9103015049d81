/** What becomes of the items of a transaction, and of the statements in it. */

import { describe, expect, test } from "vitest";
import { StoreError, type StoreErrorCode } from "../../../server/src/store/index.js";
import { isolating } from "../../../server/src/store/isolate.js";
import { parts } from "../../../server/src/store/sql/statements.js";

describe("isolating", () => {
  /** A database that takes what it is given, until one of its rules says otherwise. */
  function database(rule: (items: readonly number[], call: number) => StoreErrorCode | undefined) {
    const stored: number[] = [];
    let calls = 0;
    const store = async (items: readonly number[]) => {
      const code = rule(items, ++calls);
      if (code !== undefined) throw new StoreError(code, "no");
      stored.push(...items);
      return items.map((item) => `kept ${item}`);
    };
    return { store, stored, calls: () => calls };
  }
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

  test.each([0, 1, 255, 256, 510, 511])(
    "number %i of 512 is bad: the others are stored, in order, in few transactions",
    async (bad) => {
      const { store, stored, calls } = database((items) => (items.includes(bad) ? "STORE_FAILED" : undefined));
      const outcomes = await isolating(numbers(512), store);
      expect(stored).toEqual(numbers(512).filter((item) => item !== bad));
      for (const [index, outcome] of outcomes.entries())
        expect(outcome).toEqual(index === bad ? { error: expect.any(StoreError) } : { result: `kept ${index}` });
      expect(calls()).toBe(1 + 2 * 9);
    },
  );

  test("what is no single item's fault is everybody's", async () => {
    for (const code of ["STORE_UNAVAILABLE", "STORE_REFUSED", "STORE_BUSY", "STORE_FULL", "STORE_SCHEMA"] as const) {
      const { store, calls } = database(() => code);
      await expect(isolating(numbers(8), store)).rejects.toMatchObject({ code });
      expect(calls()).toBe(1);
    }
  });

  test("the database goes away in the middle: what is stored is said to be, the rest is not", async () => {
    // 0 to 7, 0 to 3, then 4 to 7.
    const { store, stored } = database((_items, call) =>
      call === 1 ? "STORE_INVALID" : call === 3 ? "STORE_UNAVAILABLE" : undefined,
    );
    const outcomes = await isolating(numbers(8), store);
    expect(stored).toEqual([0, 1, 2, 3]);
    expect(outcomes.map((outcome) => ("error" in outcome ? outcome.error.code : outcome.result))).toEqual([
      ...[0, 1, 2, 3].map((item) => `kept ${item}`),
      ...Array.from({ length: 4 }, () => "STORE_UNAVAILABLE"),
    ]);
  });

  test("nothing is stored where the first half does not come through", async () => {
    const { store, stored } = database((_items, call) => (call === 1 ? "STORE_EXISTS" : "STORE_UNAVAILABLE"));
    await expect(isolating(numbers(8), store)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(stored).toEqual([]);
  });
});

describe("parts", () => {
  const MIB = 1024 * 1024;
  const sizes = (octets: readonly number[]) => parts(octets, (one) => one).map(({ length }) => length);

  test("are powers of two, in order", () => {
    const items = Array.from({ length: 1101 }, (_, index) => index);
    expect(parts(items).map(({ length }) => length)).toEqual([512, 512, 64, 8, 4, 1]);
    expect(parts(items).flat()).toEqual(items);
  });

  test("have 4 MiB at most, but for a single item", () => {
    expect(sizes([MIB, MIB, MIB, MIB, MIB])).toEqual([4, 1]);
    expect(sizes([9 * MIB, 9 * MIB, 1, 1])).toEqual([1, 1, 2]);
    expect(sizes(Array.from({ length: 16 }, () => 2 * MIB))).toEqual(Array.from({ length: 8 }, () => 2));
  });
});
