/** RFC 6733 section 8, what of it concerns every node, where no other test shows it. */
import type { AnyCommand } from "@diamgen/runtime/codegen";
import * as base from "@diamgen/sdk/base";
import { expect, test } from "vitest";
import { decodeMessage } from "../../../runtime/src/codec/message.js";
import { Header, RawMessage } from "../../../runtime/src/index.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { dissect, findAvp } from "../../support/dissect.js";
import { meetRawPeers, textAvp, unsigned32Avp } from "../../support/raw-peers.js";
import { tiny } from "../../support/tiny-command.js";

const stateId = (bytes: Uint8Array) => findAvp(dissect(bytes), 278)?.data.readUInt32BE();

test("8.16: Origin-State-Id is higher after each start, the same in all messages of one run, and as the program says where it says", async () => {
  const clock = new VirtualClock();
  const run = async (options: { originStateId?: number } = {}) => {
    await using met = await meetRawPeers(["one"], { clock, ...options });
    const first = stateId(met.cers.one) as number;
    clock.advance(31_999);
    const dwa = await met.peers.one.exchange(
      RawMessage.of(new Header(0x80, 280, 0, 1, 2), [textAvp(264, "one.test"), textAvp(296, "test")]).bytes,
    );
    expect(stateId(dwa)).toBe(first);
    return first;
  };
  const before = await run();
  expect(await run()).toBeGreaterThan(before);
  expect(await run({ originStateId: 0 })).toBe(0);
});

test("8.8: Session-Id stands first behind the header, begins with our Origin-Host, is new for each request, and the answer has the same", async () => {
  await using met = await meetRawPeers(["one"]);
  const seen = new Set<string>();
  for (let i = 0; i < 3; i++) {
    met.node.request(tiny, { destinationRealm: "test", userName: "alice" }).catch(() => {});
    const { avps } = dissect(await met.peers.one.nextOf(tiny.code, "request"));
    expect(avps.filter(({ code }) => code === 263)).toHaveLength(1);
    expect(avps[0]?.code).toBe(263);
    expect(avps[0]?.data.toString()).toMatch(/^node\.test;\d+;\d+$/);
    seen.add(avps[0]?.data.toString() as string);
  }
  expect(seen.size).toBe(3);
  met.node.handle(tiny, ({ userName }, context) => context.answer({ resultCode: 2001, userName }));
  const request = [
    textAvp(263, "one.test;1;2;optional"),
    textAvp(264, "one.test"),
    textAvp(296, "test"),
    textAvp(283, "test"),
    textAvp(1, "alice"),
  ];
  const header = new Header(0xc0, tiny.code, tiny.application.id, 1, 2);
  const answer = dissect(await met.peers.one.exchange(RawMessage.of(header, request).bytes));
  expect(answer.avps.filter(({ code }) => code === 263).map(({ data }) => data.toString())).toEqual([
    "one.test;1;2;optional",
  ]);
});

test.each([
  ["RAA", base.reAuth],
  ["STA", base.sessionTermination],
  ["ASA", base.abortSession],
] as const)("8.3.2, 8.4.2, 8.5.2: %s without Result-Code is 5005", (_name, command) => {
  const avps = [textAvp(263, "a;1;1"), textAvp(264, "one.test"), textAvp(296, "test")];
  const header = new Header(0x40, command.code, 0, 1, 2);
  const { answer } = command as AnyCommand;
  const without = decodeMessage(answer, RawMessage.of(header, avps), []);
  expect(without).toMatchObject({ ok: false, issues: [{ resultCode: 5005, failedAvp: { code: 268 } }] });
  expect(decodeMessage(answer, RawMessage.of(header, [...avps, unsigned32Avp(268, 2001)]), []).ok).toBe(true);
});
