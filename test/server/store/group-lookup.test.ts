import { describe, expect, test } from "vitest";
import { GroupLookup, StoreError } from "../../../server/src/store/index.js";

/** Statements that are answered when the test says so. */
class Statements {
  readonly asked: (readonly string[])[] = [];
  private readonly answers: (() => void)[] = [];

  readonly lookUp = async (keys: readonly string[]): Promise<readonly (string | undefined)[]> => {
    this.asked.push(keys);
    await new Promise<void>((resolve) => this.answers.push(resolve));
    return keys.map((key) => (key.startsWith("no") ? undefined : key.toUpperCase()));
  };

  answer(): void {
    this.answers.shift()?.();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

describe("lookups share statements", () => {
  test("what is asked for in one turn of the event loop is one statement, and each gets its own", async () => {
    const statements = new Statements();
    const lookup = new GroupLookup({ lookUp: statements.lookUp });
    const found = Promise.all(["a", "nobody", "c"].map((key) => lookup.find(key)));
    await turn();
    expect(statements.asked).toEqual([["a", "nobody", "c"]]);
    statements.answer();
    await expect(found).resolves.toEqual(["A", undefined, "C"]);
  });

  test("while enough statements are under way, the next ones wait for company", async () => {
    const statements = new Statements();
    const lookup = new GroupLookup({ lookUp: statements.lookUp, maxRunning: 2 });
    const found = [];
    for (const key of names(5)) {
      found.push(lookup.find(key));
      await turn();
    }
    expect(statements.asked).toEqual([["n0"], ["n1"]]);
    statements.answer();
    await found[0];
    await turn();
    await turn();
    expect(statements.asked).toEqual([["n0"], ["n1"], ["n2", "n3", "n4"]]);
    statements.answer();
    statements.answer();
    await expect(Promise.all(found)).resolves.toEqual(["N0", "N1", "N2", "N3", "N4"]);
  });

  test("a statement has so many keys at most", async () => {
    const statements = new Statements();
    const lookup = new GroupLookup({ lookUp: statements.lookUp, maxBatch: 2, maxRunning: 2 });
    const found = Promise.all(names(5).map((key) => lookup.find(key)));
    await turn();
    expect(statements.asked).toEqual([
      ["n0", "n1"],
      ["n2", "n3"],
    ]);
    statements.answer();
    statements.answer();
    await turn();
    await turn();
    expect(statements.asked.at(-1)).toEqual(["n4"]);
    statements.answer();
    await expect(found).resolves.toHaveLength(5);
  });
});

test("where too many wait, further ones are told so", async () => {
  const statements = new Statements();
  const lookup = new GroupLookup({ lookUp: statements.lookUp, maxRunning: 1, maxWaiting: 2 });
  const first = lookup.find("n0");
  await turn();
  const waiting = [lookup.find("n1"), lookup.find("n2")];
  await expect(lookup.find("n3")).rejects.toMatchObject({ code: "STORE_BUSY" });
  statements.answer();
  await expect(first).resolves.toBe("N0");
  await turn();
  statements.answer();
  await expect(Promise.all(waiting)).resolves.toEqual(["N1", "N2"]);
});

describe("a statement that fails", () => {
  const failing = (code: StoreError["code"]) => {
    const asked: (readonly string[])[] = [];
    const lookUp = async (keys: readonly string[]) => {
      asked.push(keys);
      if (keys.includes("bad")) throw new StoreError(code, "it cannot be");
      return keys;
    };
    return { asked, lookup: new GroupLookup<string, string>({ lookUp }) };
  };

  test.each(["STORE_INVALID", "STORE_FAILED"] as const)("%s is that of one key, not of its company", async (code) => {
    const { asked, lookup } = failing(code);
    const found = await Promise.allSettled(["a", "bad", "c"].map((key) => lookup.find(key)));
    expect(asked).toEqual([["a", "bad", "c"], ["a"], ["bad", "c"], ["bad"], ["c"]]);
    expect(found).toMatchObject([{ value: "a" }, { reason: { code } }, { value: "c" }]);
  });

  test.each(["STORE_UNAVAILABLE", "STORE_BUSY", "STORE_CLOSED"] as const)(
    "%s is of all, and not asked for again",
    async (code) => {
      const { asked, lookup } = failing(code);
      const found = await Promise.allSettled(["a", "bad"].map((key) => lookup.find(key)));
      expect(asked).toHaveLength(1);
      expect(found).toMatchObject([{ reason: { code } }, { reason: { code } }]);
      await expect(lookup.find("later")).resolves.toBe("later");
    },
  );
});
