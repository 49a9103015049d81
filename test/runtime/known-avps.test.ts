/** What generated code says of known AVPs is read when somebody asks, and is a map like any other. */
import { describe, expect, it } from "vitest";
import { knownAvps } from "../../runtime/src/codegen/index.js";

describe("known AVPs", () => {
  const known = knownAvps([
    [0, "1,0,258,4,264,1"],
    [10415, "600,0"],
  ]);

  it("have their minimum length by vendor and code", () => {
    expect([known.get(0)?.get(258), known.get(0)?.get(264), known.get(10415)?.get(600)]).toEqual([4, 1, 0]);
    expect([known.get(0)?.get(2), known.get(10415)?.get(258), known.get(9)]).toEqual([undefined, undefined, undefined]);
    expect([known.get(0)?.has(1), known.get(0)?.has(0)]).toEqual([true, false]);
  });

  it("can be gone through", () => {
    const all = [
      [1, 0],
      [258, 4],
      [264, 1],
    ];
    const ietf = knownAvps([[0, "1,0,258,4,264,1"]]).get(0) ?? new Map<number, number>();
    expect([...ietf]).toEqual(all);
    expect([...ietf.entries()]).toEqual(all);
    expect([...ietf.keys()]).toEqual([1, 258, 264]);
    expect([...ietf.values()]).toEqual([0, 4, 1]);
    expect(ietf.size).toBe(3);
    const seen: unknown[] = [];
    ietf.forEach((length, code) => {
      seen.push([code, length]);
    });
    expect(seen).toEqual(all);
  });
});
