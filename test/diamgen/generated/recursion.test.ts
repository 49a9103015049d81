/** Groups that may hold themselves: a message must not decide how deep our stack grows. */
import { decodeMessage } from "@diamgen/runtime/codec";
import { describe, expect, it } from "vitest";
import { grow } from "../../golden/recursion/expected/recursion/commands.js";
import { avps as recursionAvps } from "../../golden/recursion/expected/recursion/known.js";
import { avp, decodeOk, encode, group, hex, issuesOf, message } from "./wire.js";

describe("groups that hold themselves", () => {
  const known = [recursionAvps];

  function tree(depth: number): Uint8Array {
    let inner = avp(2, avp(1, "leaf"));
    for (let i = 1; i < depth; i++) inner = avp(2, group(avp(1, `level ${i}`), inner));
    return inner;
  }

  it("are decoded to 17 levels: the first, and 16 within it", () => {
    const raw = message(grow, "request", tree(17));
    const decoded = decodeOk(grow.request, raw, known);
    let levels = 0;
    for (let node: (typeof decoded)["tree"] | undefined = decoded.tree; node !== undefined; node = node.tree[0])
      levels++;
    expect(levels).toBe(17);
    expect(hex(encode(grow.request, decoded))).toBe(hex(raw.toBytes()));
  });

  it("are 5012 below that, with the way to the first that is too deep", () => {
    const issues = issuesOf(grow.request, message(grow, "request", tree(18)), known);
    expect(issues.map(({ resultCode, path }) => `${resultCode} ${path}`)).toEqual([
      `5012 ${Array(18).fill("2").join("/")}`,
    ]);
    expect(issues[0]?.message).toMatch(/^nested too deeply: AVP 2\/2/);
  });

  it("are decoded as deep as the limits say", () => {
    const limits = { maxAvps: 4096, maxFailedAvpBytes: 1024, maxGroupedDepth: 2 };
    const issues = (depth: number) => {
      const decoded = decodeMessage(grow.request, message(grow, "request", tree(depth)), known, limits);
      return decoded.ok ? [] : decoded.issues.map(({ resultCode }) => resultCode);
    };
    expect(issues(3)).toEqual([]);
    expect(issues(4)).toEqual([5012]);
  });

  it("do not make the stack grow, however deep a message is", () => {
    let levels = 0;
    const bytes = new Uint8Array(8 * 100_000);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < bytes.length; at += 8, levels++) {
      view.setUint32(at, 2);
      view.setUint32(at + 4, 0x40000000 | (bytes.length - at));
    }
    const issues = issuesOf(grow.request, message(grow, "request", bytes), known);
    expect(levels).toBe(100_000);
    expect(new Set(issues.map(({ resultCode }) => resultCode))).toEqual(new Set([5012, 5005]));
    expect(issues.length).toBeLessThanOrEqual(16);
  });

  it("are counted by way of others too, and a sound message behind a deep one is not held against it", () => {
    const nested = (depth: number): Uint8Array => {
      let inner: Uint8Array = new Uint8Array(0);
      for (let i = 0; i < depth; i++) inner = avp(i % 2 === 0 ? 3 : 4, inner, { vendorId: 77 });
      return inner;
    };
    const label = avp(2, avp(1, "x"));
    expect(issuesOf(grow.request, message(grow, "request", label, nested(17)), known)).toEqual([]);
    expect(issuesOf(grow.request, message(grow, "request", label, nested(19)), known)[0]?.resultCode).toBe(5012);
    expect(issuesOf(grow.request, message(grow, "request", label, nested(17)), known)).toEqual([]);
    // Siblings are not depth.
    const wide = message(grow, "request", avp(2, group(avp(1, "x"), ...Array.from({ length: 200 }, () => label))));
    expect(issuesOf(grow.request, wide, known)).toEqual([]);
  });
});
