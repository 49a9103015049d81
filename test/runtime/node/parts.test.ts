/** The small parts of the node. */

import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, test } from "vitest";
import { ConfigurationError, DiameterNode, type NodeOptions, outcome } from "../../../runtime/src/index.js";
import { Deadlines } from "../../../runtime/src/node/deadlines.js";
import { Emitter } from "../../../runtime/src/node/emitter.js";
import { reconnectDelay } from "../../../runtime/src/peer/reconnect.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { createWorld } from "../../support/nodes.js";
import { tinyApplication } from "../../support/tiny-command.js";

test("outcome(): Result-Code first, else Experimental-Result with its vendor (RFC 6733 sections 7.1 and 7.6)", () => {
  expect(outcome({ resultCode: 2001 })).toEqual({ ok: true, resultCode: 2001 });
  expect(outcome({ resultCode: 1001 }).ok).toBe(false);
  expect(outcome({ resultCode: 5003 }).ok).toBe(false);
  // 7.1: "An unrecognized class MUST be handled as a permanent failure."
  expect(outcome({ resultCode: 7001 }).ok).toBe(false);
  expect(outcome({ experimentalResult: { vendorId: 10_415, experimentalResultCode: 5421 } })).toEqual({
    ok: false,
    resultCode: 5421,
    vendorId: 10_415,
  });
  expect(outcome({ experimentalResult: { vendorId: 10_415, experimentalResultCode: 2001 } }).ok).toBe(true);
  expect(outcome({})).toEqual({ ok: false, resultCode: 0 });
});

describe("options", () => {
  const options: NodeOptions = { originHost: "a.test", originRealm: "test", applications: [tinyApplication] };
  test.each<[string, Partial<NodeOptions>, RegExp]>([
    ["no Origin-Host", { originHost: "" }, /originHost must be a DiameterIdentity/],
    ["a realm with a space", { originRealm: "te st" }, /originRealm/],
    // RFC 3539 section 3.4.1: Twinit MUST NOT be set lower than 6 s.
    ["Twinit below 6 s", { watchdogMs: 5_999 }, /watchdogMs must be between 6000/],
    ["Tc of nothing", { reconnectMs: 0 }, /reconnectMs/],
    ["a timeout that is no number", { requestTimeoutMs: Number.NaN }, /requestTimeoutMs/],
    ["an address that is none", { hostIpAddress: ["server"] }, /hostIpAddress: "server"/],
    ["a limit that does not exist", { limits: { maxPeers: 1 } as never }, /maxPeers/],
    ["a transport that is not there", { peers: [{ host: "x", transport: "sctp" }] }, /no transport "sctp"/],
    [
      "one peer at two places",
      {
        peers: [
          { host: "x", originHost: "p.test" },
          { host: "y", originHost: "P.test" },
        ],
      },
      /configured with another address/,
    ],
  ])("%s", (_name, change, problem) => {
    expect(() => new DiameterNode({ ...options, ...change })).toThrow(ConfigurationError);
    expect(() => new DiameterNode({ ...options, ...change })).toThrow(problem);
  });

  test("extensions may be sets or lists of sets", () => {
    const set = new Map([[9, new Map([[1, 0]])]]);
    expect(() => new DiameterNode({ ...options, extensions: [set, [set, set]] })).not.toThrow();
  });
});

test("an emitter: once, off, and a list that changes while it is told", () => {
  const emitter = new Emitter<{ a: [number] }>();
  const seen: string[] = [];
  const off = emitter.on("a", (value) => {
    seen.push(`first ${value}`);
    off();
    emitter.on("a", () => seen.push("added"));
  });
  emitter.once("a", (value) => seen.push(`once ${value}`));
  emitter.emit("a", 1);
  expect(seen.splice(0)).toEqual(["first 1", "once 1"]);
  emitter.emit("a", 2);
  expect(seen).toEqual(["added"]);
  expect(emitter.has("a")).toBe(true);
});

test("deadlines: one timer for all, in order, without those that are settled", () => {
  const clock = new VirtualClock();
  const expired: string[] = [];
  const deadlines = new Deadlines<{ name: string; settled: boolean }>(clock, 100, ({ name }) => expired.push(name));
  const a = { name: "a", settled: false };
  const b = { name: "b", settled: false };
  const c = { name: "c", settled: false };
  deadlines.add(a);
  clock.advance(60);
  deadlines.add(b);
  deadlines.add(c);
  b.settled = true;
  expect(clock.pending).toBe(1);
  clock.advance(40);
  expect(expired).toEqual(["a"]);
  clock.advance(59);
  expect(expired).toEqual(["a"]);
  clock.advance(1);
  expect(expired).toEqual(["a", "c"]);
  expect(clock.pending).toBe(0);
  for (let i = 0; i < 5_000; i++) deadlines.add({ name: `${i}`, settled: true });
  clock.advance(100);
  expect(expired).toEqual(["a", "c"]);
  expect(clock.pending).toBe(0);
});

test("Tc: a tenth of jitter either way, doubled with failures up to four times, four times for BUSY, never for DO_NOT_WANT", () => {
  const delay = (failures: number, cause?: number, random = 0.5) =>
    reconnectDelay(30_000, failures, cause, () => random);
  expect([0, 1, 2, 3, 4, 99].map((failures) => delay(failures))).toEqual([
    30_000, 30_000, 60_000, 120_000, 120_000, 120_000,
  ]);
  expect([delay(0, undefined, 0), delay(0, undefined, 1)]).toEqual([27_000, 33_000]);
  expect([delay(0, 0), delay(0, 1), delay(0, 2)]).toEqual([30_000, 120_000, undefined]);
});

test("events go to diagnostics channels too", async () => {
  await using world = createWorld();
  const seen: unknown[] = [];
  const listener = (message: unknown) => seen.push(message);
  subscribe("diamgen:peer:open", listener);
  await world.server("server");
  const client = await world.client("client", ["server"]);
  unsubscribe("diamgen:peer:open", listener);
  expect(seen).toContainEqual({ node: client, args: [expect.objectContaining({ originHost: "server.test" })] });
  expect(client.counters["peer:open"]).toBe(1);
});
