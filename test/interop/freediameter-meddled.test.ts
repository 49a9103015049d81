/** freeDiameter 1.2.1 behind somebody who does harm: our node and freeDiameter go on, every request ends once, and a peer apart is undisturbed. */

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import * as sip from "../../generated/src/sip/index.js";
import { DiameterNode } from "../../runtime/src/index.js";
import { VirtualClock } from "../../runtime/src/testing/index.js";
import { startServer } from "../server/diameter/support.js";
import { withIdentifiers } from "../support/dissect.js";
import { FreeDiameter, freeDiameterRequirements } from "../support/freediameter.js";
import { benchMessage } from "../support/golden.js";
import { Meddler, type Meddling, type Passing } from "../support/meddler.js";
import { next } from "../support/nodes.js";
import { RawClient } from "../support/raw-client.js";
import { describeWith } from "../support/require.js";

const REALM = "diameter.test";
const MEDDLED = "meddled.diameter.test";
const CLEAN = "clean.diameter.test";
const TIMEOUT_MS = 300;

let meddled: FreeDiameter;
let clean: FreeDiameter;
let meddler: Meddler;
let node: DiameterNode;
let nodes = 0;

/** A request to one of them. Nobody serves it there: the answer is 3007 by that one itself. */
function ask(destinationHost: string, timeoutMs = 5_000): Promise<unknown> {
  const init = { destinationHost, destinationRealm: REALM, authSessionState: 1, sipAor: "sip:a@b" };
  return sip.client(node).locationInfo(init, { timeoutMs });
}

const answeredBy = (originHost: string) => ({ answer: { resultCode: 3007, originHost } });

/** What happens to answers to our requests. */
function answers(what: (passing: Passing) => Meddling | Promise<Meddling>): void {
  meddler.meddle = (passing) => (passing.code === 285 && !passing.request ? what(passing) : "pass");
}

describeWith(freeDiameterRequirements, "freeDiameter behind somebody who does harm", () => {
  beforeAll(async () => {
    const options = { accept: ["*.diameter.test"], extensions: ["dict_sip.fdx"] };
    meddled = await FreeDiameter.start({ identity: MEDDLED, ...options });
    clean = await FreeDiameter.start({ identity: CLEAN, ...options });
    meddler = await Meddler.listen(meddled.port);
  }, 40_000);

  afterAll(async () => {
    await meddler?.[Symbol.asyncDispose]();
    await Promise.all([meddled?.kill(), clean?.kill()]);
  });

  beforeEach(async () => {
    meddler.meddle = () => "pass";
    node = new DiameterNode({
      // Each its own: freeDiameter may still hold the connection of the one before.
      originHost: `node${++nodes}.diameter.test`,
      originRealm: REALM,
      applications: [sip.application],
      reconnectMs: 50,
      peers: [
        { host: "127.0.0.1", port: meddler.port, originHost: MEDDLED },
        { host: "127.0.0.1", port: clean.port, originHost: CLEAN },
      ],
    });
    // start() resolves with the first that is open; a freeDiameter that has just started may refuse the first attempt.
    const open = new Set<string | undefined>();
    const both = new Promise<void>((resolve) => {
      node.on("peer:open", ({ originHost }) => open.add(originHost).size === 2 && resolve());
    });
    await node.start();
    await both;
  });

  afterEach(() => node.stop());

  /** Both still answer, on the same connections. */
  async function expectBothGoOn(): Promise<void> {
    meddler.meddle = () => "pass";
    await expect(ask(MEDDLED)).rejects.toMatchObject(answeredBy(MEDDLED));
    await expect(ask(CLEAN)).rejects.toMatchObject(answeredBy(CLEAN));
    expect(node.peers.get(CLEAN)).toMatchObject({ state: "I-Open", watchdog: "OKAY", pending: 0 });
    expect(node.peers.get(MEDDLED)?.pending).toBe(0);
  }

  test("an answer that is dropped: the request times out, and the next is answered", async () => {
    answers(() => "drop");
    const lost = ask(MEDDLED, TIMEOUT_MS);
    await expect(ask(CLEAN)).rejects.toMatchObject(answeredBy(CLEAN));
    await expect(lost).rejects.toMatchObject({ code: "ERR_DIAMETER_TIMEOUT" });
    await expectBothGoOn();
  });

  test("an answer that comes too late ends nothing twice", async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    answers(() => held.then(() => "pass"));
    await expect(ask(MEDDLED, TIMEOUT_MS)).rejects.toMatchObject({ code: "ERR_DIAMETER_TIMEOUT" });
    const unexpected = next(node, "answer:unexpected");
    release();
    expect(await unexpected).toMatchObject([{ commandCode: 285 }]);
    await expectBothGoOn();
  });

  test("a request that arrives twice: its second answer is dropped", async () => {
    meddler.meddle = ({ code, request, octets }) => (code === 285 && request ? { frames: [octets, octets] } : "pass");
    const unexpected = next(node, "answer:unexpected");
    await expect(ask(MEDDLED)).rejects.toMatchObject(answeredBy(MEDDLED));
    expect(await unexpected).toMatchObject([{ commandCode: 285 }]);
    await expectBothGoOn();
  });

  test("an answer with another Hop-by-Hop Identifier is nobody's", async () => {
    answers(({ octets }) => ({
      frames: [withIdentifiers(octets, { hopByHop: (octets.readUInt32BE(12) ^ 0x5555) >>> 0 })],
    }));
    const unexpected = next(node, "answer:unexpected");
    await expect(ask(MEDDLED, TIMEOUT_MS)).rejects.toMatchObject({ code: "ERR_DIAMETER_TIMEOUT" });
    expect(await unexpected).toMatchObject([{ commandCode: 285 }]);
    await expectBothGoOn();
  });

  test.each([
    ["closed in the middle of an answer", ({ octets }: Passing) => ({ frames: [octets.subarray(0, 30)], close: true })],
    ["closed in place of an answer", () => ({ frames: [], close: true })],
    ["a Message Length below its header's", () => ({ frames: [Buffer.from("0100000480000000", "hex")], close: false })],
    [
      "something else than Diameter",
      () => ({ frames: [Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")], close: false }),
    ],
  ])("%s: the request fails at once, and the peer is connected again", async (_what, meddling) => {
    answers(meddling);
    const closed = next(node, "peer:close");
    const opened = next(node, "peer:open");
    const trusted = next(node, "peer:okay");
    // Its Destination-Host is that peer: nobody else may have it.
    await expect(ask(MEDDLED)).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: true,
      peer: MEDDLED,
    });
    expect(await closed).toMatchObject([{ originHost: MEDDLED }, {}]);
    meddler.meddle = () => "pass";
    expect(await opened).toMatchObject([{ originHost: MEDDLED }]);
    await expect(ask(CLEAN)).rejects.toMatchObject(answeredBy(CLEAN));
    // RFC 3539 section 3.4.1: three watchdogs before it is sent requests again.
    await trusted;
    await expectBothGoOn();
  });
});

describeWith(
  freeDiameterRequirements,
  "somebody who does harm connects while freeDiameter works with our server",
  () => {
    test("freeDiameter stays open and answers our watchdog", async () => {
      const clock = new VirtualClock();
      await using running = await startServer({ clock });
      const { port, server } = running;
      await using peer = await FreeDiameter.start({
        identity: "client.diameter.test",
        peers: [{ identity: "server.diameter.test", port }],
      });
      await peer.waitState("server.diameter.test", "OPEN");
      const cer = benchMessage("cer");
      for (const octets of [
        Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Buffer.alloc(64, 0xff),
        Buffer.from("01000004", "hex"),
        benchMessage("mar"), // before a CER
        Buffer.concat([cer.subarray(0, 1), Buffer.from("ffffff", "hex"), cer.subarray(4)]),
      ]) {
        await using client = await RawClient.connect(port);
        client.send(octets);
        await using half = await RawClient.connect(port);
        half.send(cer.subarray(0, 40));
        await half.close({ reset: true });
        client.end();
      }
      const from = peer.output.length;
      clock.advance(40_000); // Tw of 30 s with its jitter, and the time that a CER may take
      await peer.waitMessage("RCV", "Device-Watchdog-Request", { from });
      await peer.waitMessage("SND", "Device-Watchdog-Answer", { from });
      expect(server.node.peers.list()).toMatchObject([
        { originHost: "client.diameter.test", state: "R-Open", watchdog: "OKAY" },
      ]);
      expect(peer.output).not.toMatch(/STATE_OPEN\S*\s+-> 'STATE_(SUSPECT|ZOMBIE|CLOSED)/);
      await server.stop();
    });
  },
);
