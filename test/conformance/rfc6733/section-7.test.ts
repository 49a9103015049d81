/** RFC 6733 section 7, where no other test shows it. */
import { describe, expect, test } from "vitest";
import { Avp, ErrorAnswerError, Header, InvalidAnswerError, RawMessage } from "../../../runtime/src/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { createWorld, next } from "../../support/nodes.js";
import { answerTo, meetRawPeers, textAvp } from "../../support/raw-peers.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const request = { destinationRealm: "test", userName: "alice" } as const;
const received = (...more: Avp[]) =>
  RawMessage.of(new Header(0xc0, tiny.code, tinyApplication.id, 1, 2), [
    textAvp(263, "one.test;1;1"),
    textAvp(264, "one.test"),
    textAvp(296, "test"),
    textAvp(283, "test"),
    textAvp(1, "alice"),
    ...more,
  ]).bytes;

describe("7, 7.1.3 to 7.1.5 the E bit of answers", () => {
  test.each([
    [1001, false],
    [2001, false],
    [3000, true],
    [3999, true],
    [4001, false],
    [5012, false],
  ])("Result-Code %i in the command's own answer: E %s", async (code, error) => {
    await using met = await meetRawPeers(["one"]);
    met.node.handle(tiny, ({ userName }, context) => context.answer({ resultCode: code, userName }));
    const answer = dissect(await met.peers.one.exchange(received()));
    expect([resultCode(answer), answer.error, answer.proxiable]).toEqual([code, error, true]);
  });

  test("such an answer rejects the call of a client, as every answer with the E bit does", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      accept: "any",
      listen: [{ host: "server", port: 3868, transport: "memory" }],
    });
    server.handle(tiny, ({ userName }, context) => context.answer({ resultCode: 3004, userName }));
    await server.start();
    const client = await world.client("client", ["server"]);
    await expect(client.request(tiny, request)).rejects.toBeInstanceOf(ErrorAnswerError);
  });
});

describe("7.1.3 DIAMETER_TOO_BUSY", () => {
  test.each([3004, 3002])(
    "%i from one peer: an alternate is tried, each once; the last answer counts",
    async (code) => {
      await using met = await meetRawPeers(["one", "two"]);
      const answer = met.node.request(tiny, request);
      for (const peer of [met.peers.one, met.peers.two])
        peer.send(answerTo(await peer.nextOf(tiny.code, "request"), code));
      await expect(answer).rejects.toMatchObject({ answer: { resultCode: code } });
      expect(met.node.peers.list().map(({ pending }) => pending)).toEqual([0, 0]);
    },
  );

  test("a request for that very Destination-Host goes to no other peer", async () => {
    await using met = await meetRawPeers(["one", "two"]);
    const answer = met.node.request(tiny, { ...request, destinationHost: "one.test" });
    met.peers.one.send(answerTo(await met.peers.one.nextOf(tiny.code, "request"), 3004));
    await expect(answer).rejects.toMatchObject({ answer: { resultCode: 3004 } });
  });

  test.each([3001, 3005, 5012])("%i is for the caller: no alternate is tried", async (code) => {
    await using met = await meetRawPeers(["one", "two"]);
    const answer = met.node.request(tiny, request);
    met.peers.one.send(answerTo(await met.peers.one.nextOf(tiny.code, "request"), code));
    const outcome = await answer.catch((error: unknown) => error);
    expect(outcome).toMatchObject(code < 4000 ? { answer: { resultCode: code } } : { resultCode: code });
    await expect(met.peers.two.next({ timeoutMs: 1 })).rejects.toThrow();
  });
});

describe("7.2 Error Bit", () => {
  /** The answer to a DWR of the peer's is the next that it hears. */
  async function expectSilence(one: Awaited<ReturnType<typeof meetRawPeers<"one">>>["peers"]["one"]) {
    const origin = [textAvp(264, "one.test"), textAvp(296, "test")];
    one.send(RawMessage.of(new Header(0x80, 280, 0, 7, 0x600d), origin).bytes);
    expect(dissect(await one.next())).toMatchObject({ code: 280, endToEnd: 0x600d });
  }

  test("an answer that breaks its grammar is not answered: the caller is told", async () => {
    await using met = await meetRawPeers(["one"]);
    const answer = met.node.request(tiny, request);
    const asked = await met.peers.one.nextOf(tiny.code, "request");
    met.peers.one.send(answerTo(asked, 2001, [new Avp(9_999, 10_415, 0xc0, new Uint8Array(4))]));
    await expect(answer).rejects.toBeInstanceOf(InvalidAnswerError);
    await expectSilence(met.peers.one);
  });

  test("an answer that nobody waits for is not answered", async () => {
    await using met = await meetRawPeers(["one"]);
    const unexpected = next(met.node, "answer:unexpected");
    met.peers.one.send(RawMessage.of(new Header(0x40, 8_388_001, 4_711, 1, 2), []).bytes);
    await unexpected;
    await expectSilence(met.peers.one);
  });
});

test("7.3: Error-Message is for people: it has no M bit, and what it says decides nothing", async () => {
  await using met = await meetRawPeers(["one"]);
  const refused = dissect(await met.peers.one.exchange(received()));
  expect(resultCode(refused)).toBe(3001);
  expect(findAvp(refused, 281)?.flags).toBe(0);
  const answer = met.node.request(tiny, request);
  const asked = await met.peers.one.nextOf(tiny.code, "request");
  met.peers.one.send(answerTo(asked, 2001, [textAvp(281, "DIAMETER_UNABLE_TO_DELIVER 3002", 0)]));
  expect(await answer).toMatchObject({ resultCode: 2001 });
});
