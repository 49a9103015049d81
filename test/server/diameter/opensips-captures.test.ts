/** Whole conversations of OpenSIPS 3.2.17, as captured: requests byte for byte, watchdog, DPR, and connections of either side. */

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { dissect, findAvp, resultCode, withIdentifiers } from "../../support/dissect.js";
import { answerTo, bytesOf, type CaptureName, golden } from "../../support/golden.js";
import { RawListener } from "../../support/raw-listener.js";
import { describeWith } from "../../support/require.js";
import { expectClean, tsharkRequirements } from "../../support/tshark.js";
import { changed, replaced } from "./compose.js";
import {
  connectAs,
  content,
  DPR,
  DWR,
  MAR,
  peersGone,
  Recorder,
  type RunningServer,
  requestsOf,
  SERVER,
  startServer,
} from "./support.js";

/** Captures in which OpenSIPS connects; in the remaining one it is connected to. */
const CAPTURES: readonly CaptureName[] = [
  "opensips-3.2-acct",
  "opensips-3.2-auth",
  "opensips-3.2-missed",
  "opensips-3.2-qop",
  "opensips-3.2-uri-exist",
];
const RECONNECT: CaptureName = "opensips-3.2-server-dpr-reconnect";

/** Digest-QoP "auth": app_opensips computed without qop and said 4001. */
const QOP_AUTH = golden("opensips-3.2-qop", 9);

const recorder = new Recorder();
let running: RunningServer;

beforeAll(async () => {
  running = await startServer();
});
afterAll(() => running[Symbol.asyncDispose]());

describe("every request of OpenSIPS 3.2.17, byte for byte, gets the AVPs of app_opensips' answer", () => {
  test.each(CAPTURES)("%s", async (name) => {
    await peersGone(running.server.node);
    await using client = await connectAs(running.port, recorder, name);
    const requests = requestsOf(name);
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) {
      client.send(request.hex);
      const answer = dissect(await client.next());
      const { code, applicationId, hopByHop, endToEnd } = request;
      expect(answer).toMatchObject({ code, applicationId, hopByHop, endToEnd, request: false, error: false });
      const theirs = dissect(bytesOf(answerTo(name, request) ?? request));
      expect(answer.flags).toBe(theirs.flags);
      if (request === QOP_AUTH) expect(resultCode(answer)).toBe(2006);
      else expect(content(answer)).toEqual(content(theirs));
    }
  });

  test(`${RECONNECT}: DPR to OpenSIPS, then our CER to it, and its request on our connection`, async () => {
    const dpa = golden(RECONNECT, 10);
    await using own = await startServer();
    await using client = await connectAs(own.port, recorder, RECONNECT);
    const stopped = own.server.stop();
    const dpr = await client.nextOf(DPR, "request");
    expect(content(dissect(dpr))).toEqual(content(dissect(bytesOf(golden(RECONNECT, 9)))));
    client.send(withIdentifiers(bytesOf(dpa), dissect(dpr)));
    await client.waitClosed();
    await stopped;

    await using listener = await RawListener.listen();
    await using again = await startServer();
    const connected = again.server.node.connect({ host: "127.0.0.1", port: listener.port });
    await using opensips = recorder.record(await listener.accept());
    const cer = dissect(await opensips.nextOf(257, "request"));
    expect(findAvp(cer, 264)?.data.toString()).toBe(SERVER.originHost);
    opensips.send(withIdentifiers(bytesOf(golden(RECONNECT, 12)), cer));
    expect(await connected).toMatchObject({ originHost: "client.diameter.test", state: "I-Open" });
    opensips.send(golden(RECONNECT, 13).hex);
    const maa = dissect(await opensips.nextOf(MAR, "answer"));
    expect(content(maa)).toEqual(content(dissect(bytesOf(golden(RECONNECT, 14)))));
  });

  test("the watchdog, both ways", async () => {
    const clock = new VirtualClock();
    await using own = await startServer({ clock });
    await using client = await connectAs(own.port, recorder);
    // freeDiameter's DWR under OpenSIPS's name; OpenSIPS is built on the same library.
    const ofServer = golden("opensips-3.2-auth", 3);
    const dwr = changed(ofServer.hex, { avps: (avps) => replaced(avps, { 264: "client.diameter.test" }) });
    const dwa = dissect(await client.exchange(dwr));
    expect(dwa).toMatchObject({ code: DWR, applicationId: 0, flags: 0, endToEnd: ofServer.endToEnd });
    expect(resultCode(dwa)).toBe(2001);
    expect(findAvp(dwa, 264)?.data.toString()).toBe(SERVER.originHost);

    for (const round of [1, 2]) {
      // Tw is 30 s, give or take 2 (RFC 3539 section 3.4.1).
      clock.advance(32_000);
      const ours = dissect(await client.nextOf(DWR, "request"));
      expect(ours.avps.map(({ code }) => code)).toEqual([264, 296, 278]);
      client.send(withIdentifiers(bytesOf(golden("opensips-3.2-auth", 4)), ours));
      // An answer to what comes after it shows that it was read.
      await client.exchange(dwr);
      expect(own.server.node.peers.list()[0], `round ${round}`).toMatchObject({ watchdog: "OKAY", state: "R-Open" });
    }
  });
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages);
    const commands = new Set(messages.map(({ code, flags }) => `${code}${(flags & 0x80) === 0 ? "A" : "R"}`));
    expect([...commands].sort()).toEqual(["257A", "257R", "271A", "280A", "280R", "282R", "286A"]);
  });
});
