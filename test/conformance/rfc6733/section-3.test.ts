/** RFC 6733 section 3, the header as it goes over TCP, where no other test shows it. */
import { expect, test } from "vitest";
import { Header, RawMessage } from "../../../runtime/src/index.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { dissect, resultCode } from "../../support/dissect.js";
import { answerTo, meetRawPeers, textAvp } from "../../support/raw-peers.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

test("section 3: all that a node sends has Version 1, no reserved bit, E in no request, T in nothing that is sent once", async () => {
  const clock = new VirtualClock();
  await using met = await meetRawPeers(["one"], { clock });
  const { node, peers } = met;
  node.handle(tiny, ({ userName }, context) => context.answer({ resultCode: 2001, userName }));
  const sent = [met.cers.one];
  const answer = node.request(tiny, request);
  const ours = await peers.one.nextOf(tiny.code, "request");
  sent.push(ours);
  peers.one.send(answerTo(ours, 2001));
  await answer;
  clock.advance(32_000);
  sent.push(await peers.one.nextOf(280, "request"));
  // Answers: to its own request, with every reserved bit and T set, and to its DWR and DPR.
  const theirs = dissect(ours);
  const again = RawMessage.of(new Header(0xdf, tiny.code, tinyApplication.id, 5, 6), theirs.avps as never).bytes;
  sent.push(await peers.one.exchange(again));
  const origin = [textAvp(264, "one.test"), textAvp(296, "test")];
  sent.push(await peers.one.exchange(RawMessage.of(new Header(0x8f, 280, 0, 7, 8), origin).bytes));
  const dpr = node.stop({ timeoutMs: 1 });
  sent.push(await peers.one.nextOf(282, "request"));
  clock.advance(1);
  await dpr;
  expect(sent.map((bytes) => dissect(bytes)).map(({ code, request: isRequest }) => [code, isRequest])).toEqual([
    [257, true],
    [tiny.code, true],
    [280, true],
    [tiny.code, false],
    [280, false],
    [282, true],
  ]);
  for (const bytes of sent) {
    const { version, flags, error, retransmitted, code } = dissect(bytes);
    expect({ code, version, reserved: flags & 0x0f, error, retransmitted }).toEqual({
      code,
      version: 1,
      reserved: 0,
      error: false,
      retransmitted: false,
    });
  }
});

test("section 3: reserved Command Flags of a request are ignored", async () => {
  await using met = await meetRawPeers(["one"]);
  met.node.handle(tiny, ({ userName }, context) => context.answer({ resultCode: 2001, userName }));
  const avps = [
    textAvp(263, "one.test;1;1"),
    textAvp(264, "one.test"),
    textAvp(296, "test"),
    textAvp(283, "test"),
    textAvp(1, "alice"),
  ];
  const header = new Header(0xcf, tiny.code, tinyApplication.id, 1, 2);
  const answer = dissect(await met.peers.one.exchange(RawMessage.of(header, avps).bytes));
  expect(resultCode(answer)).toBe(2001);
  expect(answer.flags).toBe(0x40);
});

test("section 3: Hop-by-Hop and End-to-End Identifiers of requests in flight are all different", async () => {
  await using met = await meetRawPeers(["one"]);
  const answers = Array.from({ length: 100 }, () => met.node.request(tiny, request));
  const requests: Buffer[] = [];
  while (requests.length < 100) requests.push(await met.peers.one.nextOf(tiny.code, "request"));
  const dissected = requests.map(dissect);
  expect(new Set(dissected.map(({ hopByHop }) => hopByHop)).size).toBe(100);
  expect(new Set(dissected.map(({ endToEnd }) => endToEnd)).size).toBe(100);
  for (const bytes of requests.reverse()) met.peers.one.send(answerTo(bytes, 2001));
  expect(await Promise.all(answers)).toHaveLength(100);
});

test("section 3: a Hop-by-Hop Identifier that is still in flight is not given out again, over the edge of 2^32", async () => {
  await using met = await meetRawPeers(["one"], { random: () => 1 - 2 ** -33 });
  const ids: number[] = [];
  for (let i = 0; i < 3; i++) {
    met.node.request(tiny, request).catch(() => {});
    ids.push(dissect(await met.peers.one.nextOf(tiny.code, "request")).hopByHop);
  }
  // The CER has taken the last one, 0xffffffff.
  expect(dissect(met.cers.one).hopByHop).toBe(0xffffffff);
  expect(ids).toEqual([0, 1, 2]);
  const link = linkOf(met.node);
  link.hopByHop.value = 0;
  met.node.request(tiny, request).catch(() => {});
  expect(dissect(await met.peers.one.nextOf(tiny.code, "request")).hopByHop).toBe(3);
});

/** The connection of the only peer; there is no public way to be 2^32 requests later. */
function linkOf(node: object): { hopByHop: { value: number } } {
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const [peer] = [...(node as any).all.table];
  return peer.link;
}

test("section 3: after an error answer, the request goes to another peer without the T bit", async () => {
  await using met = await meetRawPeers(["one", "two"]);
  const answer = met.node.request(tiny, request);
  const first = await met.peers.one.nextOf(tiny.code, "request");
  met.peers.one.send(answerTo(first, 3004));
  const second = await met.peers.two.nextOf(tiny.code, "request");
  expect(dissect(second)).toMatchObject({ retransmitted: false, endToEnd: dissect(first).endToEnd });
  met.peers.two.send(answerTo(second, 2001));
  expect(await answer).toMatchObject({ resultCode: 2001 });
});

test("section 3: T, once it is set because nobody acknowledged the request, stays after another peer's error answer", async () => {
  await using met = await meetRawPeers(["one", "two", "three"]);
  met.node.request(tiny, request).catch(() => {});
  await met.peers.one.nextOf(tiny.code, "request");
  await met.peers.one.close();
  const second = await met.peers.two.nextOf(tiny.code, "request");
  expect(dissect(second).retransmitted).toBe(true);
  met.peers.two.send(answerTo(second, 3002));
  expect(dissect(await met.peers.three.nextOf(tiny.code, "request")).retransmitted).toBe(true);
});
