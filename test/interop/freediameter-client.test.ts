/** Our DiameterNode as a client of freeDiameter 1.2.1 of Debian: as a peer, and through it as a relay to our server. */

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import * as digest from "../../generated/src/digest/index.js";
import * as sip from "../../generated/src/sip/index.js";
import { DiameterNode, ErrorAnswerError, type NodeOptions, outcome, RawMessage } from "../../runtime/src/index.js";
import { avp, changed, group, replaced, without } from "../server/diameter/compose.js";
import { ALICE, Recorder, startServer } from "../server/diameter/support.js";
import { dissect, findAvp, resultCode } from "../support/dissect.js";
import { FreeDiameter, freeDiameterRequirements } from "../support/freediameter.js";
import { bytesOf, golden } from "../support/golden.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const TW_SECONDS = 6; // the least that freeDiameter takes
const REALM = "diameter.test";

const recorder = new Recorder();

function clientOf(port: number, options: Partial<NodeOptions> = {}): DiameterNode {
  const node = new DiameterNode({
    originHost: "client.diameter.test",
    originRealm: REALM,
    applications: [sip.application],
    extensions: [digest.avps],
    peers: [{ host: "127.0.0.1", port }],
    reconnectMs: 100,
    ...options,
  });
  recorder.tap(node);
  return node;
}

const nextOpen = (node: DiameterNode) => new Promise<void>((resolve) => node.once("peer:open", () => resolve()));
const nextClose = (node: DiameterNode) =>
  new Promise<readonly unknown[]>((resolve) => node.once("peer:close", (...args) => resolve(args)));

/** A digest by node:crypto. */
function request(password: string): sip.MultimediaAuthRequestInit {
  const { username, domain } = ALICE;
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const [nonce, uri, method] = ["n0nce", `sip:${domain}`, "REGISTER"];
  const response = md5(`${md5(`${username}:${domain}:${password}`)}:${nonce}:${md5(`${method}:${uri}`)}`);
  return {
    destinationRealm: REALM,
    authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
    sipAor: `sip:${username}@${domain}`,
    sipMethod: method,
    avps: [
      digest.DigestUsername.of(username),
      digest.DigestRealm.of(domain),
      digest.DigestNonce.of(nonce),
      digest.DigestUri.of(uri),
      digest.DigestMethod.of(method),
      digest.DigestResponse.of(response),
    ],
  };
}

describeWith(freeDiameterRequirements, "our node connects to freeDiameter", () => {
  test("capabilities exchange, an error answer, watchdog, restart, DPR", async () => {
    const start = (port?: number) =>
      FreeDiameter.start({
        identity: "server.diameter.test",
        twTimer: TW_SECONDS,
        accept: ["*.diameter.test"],
        extensions: ["dict_sip.fdx"],
        ...(port !== undefined && { port }),
      });
    await using first = await start();
    await using node = clientOf(first.port);
    await node.start();
    await first.waitState("client.diameter.test", "OPEN");
    expect(node.peers.list()).toMatchObject([
      { originHost: "server.diameter.test", state: "I-Open", watchdog: "OKAY" },
    ]);
    const cer = await first.waitMessage("RCV", "Capabilities-Exchange-Request");
    expect(cer.avps.map(({ name }) => name)).toContain("Auth-Application-Id");
    expect(cer.avps.every(({ name }) => name !== "unknown")).toBe(true);

    // Nobody serves application 6 there.
    const failure = await sip
      .client(node)
      .multimediaAuth(request("secret"))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ErrorAnswerError);
    expect((failure as ErrorAnswerError).answer).toMatchObject({
      resultCode: 3002,
      originHost: "server.diameter.test",
      errorMessage: "No suitable candidate to route the message to",
    });
    const seen = await first.waitMessage("RCV", "Multimedia-Auth-Request");
    expect(seen).toMatchObject({ applicationId: 6, flags: "RP--" });
    // By freeDiameter's own dictionary, to the last AVP.
    expect(seen.avps.at(-1)).toMatchObject({ name: "Digest-Response", flags: "-M" });

    await first.waitMessage("SND", "Device-Watchdog-Request", { timeoutMs: (TW_SECONDS + 2 + 3) * 1_000 });
    const dwa = await first.waitMessage("RCV", "Device-Watchdog-Answer");
    expect(dwa.avps.find(({ name }) => name === "Result-Code")?.value).toContain("DIAMETER_SUCCESS");

    const closed = nextClose(node);
    await first.kill();
    expect(await closed).toMatchObject([{ originHost: "server.diameter.test" }, {}]);
    const opened = nextOpen(node);
    await using second = await start(first.port);
    await opened;
    await second.waitState("client.diameter.test", "OPEN");

    const beforeStop = second.output.length;
    await node.stop();
    const dpr = await second.waitMessage("RCV", "Disconnect-Peer-Request", { from: beforeStop });
    expect(dpr.avps.find(({ name }) => name === "Disconnect-Cause")?.value).toBe("'REBOOTING' (0 (0x0))");
    await second.waitMessage("SND", "Disconnect-Peer-Answer", { from: beforeStop });
    await second.waitFor(/'STATE_OPEN'\s+-> 'STATE_CLOSING/, { from: beforeStop });
  });

  test("freeDiameter says DPR: it is answered, and our node connects again", async () => {
    await using first = await FreeDiameter.start({ identity: "server.diameter.test", accept: ["*.diameter.test"] });
    await using node = clientOf(first.port);
    await node.start();
    const closed = nextClose(node);
    expect((await first.stop()).signal).toBeNull();
    expect(await closed).toMatchObject([{ originHost: "server.diameter.test" }, { disconnectCause: 0 }]);
    expect(first.output).toMatch(/RCV from 'client\.diameter\.test': Disconnect-Peer-Answer\(/);
    const opened = nextOpen(node);
    await using _second = await FreeDiameter.start({
      identity: "server.diameter.test",
      port: first.port,
      accept: ["*.diameter.test"],
    });
    await opened;
    // Before freeDiameter: it waits 16 s for a peer that it is to leave while their watchdogs are under way.
    await node.stop();
  });
});

describeWith(freeDiameterRequirements, "freeDiameter as a relay between our client and our server", () => {
  test("requests and answers pass it, with Route-Record and Proxy-Info", async () => {
    await using running = await startServer();
    recorder.tap(running.server.node);
    const arrived: Buffer[] = [];
    running.server.node.onMessage(({ direction, raw }) => {
      if (direction === "in" && raw.commandCode === sip.multimediaAuth.code) arrived.push(Buffer.from(raw.toBytes()));
    });
    await using relay = await FreeDiameter.start({
      identity: "relay.diameter.test",
      peers: [{ identity: "server.diameter.test", port: running.port }],
      accept: ["*.other.test"],
      extensions: ["dict_sip.fdx"],
    });
    await relay.waitState("server.diameter.test", "OPEN");
    await using node = clientOf(relay.port, { originHost: "client.other.test", originRealm: "other.test" });
    await node.start();

    const client = sip.client(node);
    const maa = await client.multimediaAuth(request(ALICE.password));
    expect(maa.originHost).toBe("server.diameter.test");
    expect(outcome(maa).resultCode).toBe(2006);
    expect(outcome(await client.multimediaAuth(request("wrong"))).resultCode).toBe(4001);

    // RFC 6733 section 6.1.9: the relay adds the peer from which the request came.
    expect(arrived).toHaveLength(2);
    for (const bytes of arrived) {
      const mar = dissect(bytes);
      const routeRecords = mar.avps.filter(({ code }) => code === 282).map(({ data }) => data.toString());
      expect(routeRecords).toEqual(["client.other.test"]);
      expect(findAvp(mar, 264)?.data.toString()).toBe("client.other.test");
    }
    expect(running.server.node.peers.list()).toMatchObject([{ originHost: "relay.diameter.test" }]);

    // OpenSIPS's own octets by way of a relay, after a proxy that left its state in Proxy-Info.
    const proxyInfo = group(284, [avp(280, "proxy.other.test"), avp(33, Buffer.of(0, 1, 0xff))]);
    const captured = changed(bytesOf(golden("opensips-3.2-auth", 9)), {
      avps: (avps) => [...replaced(avps, { 264: "client.other.test", 296: "other.test" }), proxyInfo],
    });
    const answer = dissect((await node.send(RawMessage.from(captured))).toBytes());
    expect(resultCode(answer)).toBe(2006);
    expect(answer.endToEnd).toBe(dissect(captured).endToEnd);
    expect(answer.avps.filter(({ code }) => code === 284)).toEqual([proxyInfo]);
    expect(findAvp(answer, 44)).toEqual(findAvp(dissect(captured), 44));
    const routed = dissect(arrived[2] ?? Buffer.alloc(0));
    expect(routed.avps.filter(({ code }) => code === 282).map(({ data }) => data.toString())).toEqual([
      "server",
      "client.other.test",
    ]);

    // freeDiameter reads every AVP of our answers by its own dictionary, those behind Failed-AVP too.
    const broken = changed(captured, { avps: (avps) => replaced(avps, { 109: Buffer.of(0xff) }) });
    const refused = dissect((await node.send(RawMessage.from(broken))).toBytes());
    expect(resultCode(refused)).toBe(5004);
    const read = relay
      .messages()
      .filter(({ direction, code, flags }) => direction === "RCV" && code === 286 && !flags.startsWith("R"));
    expect(read).toHaveLength(4);
    for (const { avps } of read) expect(avps.map(({ name }) => name)).not.toContain("unknown");

    // Section 7.1.5: an answer-message, which it reads by that grammar, and takes to where it belongs.
    const record = changed(bytesOf(golden("opensips-3.2-acct", 11)), {
      avps: (avps) => without(replaced(avps, { 264: "client.other.test", 296: "other.test" }), 480),
    });
    const incomplete = dissect((await node.send(RawMessage.from(record))).toBytes());
    expect(incomplete).toMatchObject({ code: 271, error: true });
    expect(resultCode(incomplete)).toBe(5005);
    const passed = relay.messages().filter(({ code, flags }) => code === 271 && !flags.startsWith("R"));
    expect(passed.map(({ direction, flags }) => [direction, flags])).toEqual([
      ["RCV", "-PE-"],
      ["SND", "-PE-"],
    ]);

    const unroutable = client.multimediaAuth({ ...request("secret"), destinationRealm: "nowhere.test" });
    await expect(unroutable).rejects.toMatchObject({ answer: { resultCode: 3002, originHost: "relay.diameter.test" } });
    await node.stop();
    await running.server.stop();
  });
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that we sent above", async () => {
    const messages = await expectClean(recorder.messages);
    const commands = new Set(messages.map(({ code, flags }) => `${code}${(flags & 0x80) === 0 ? "A" : "R"}`));
    expect([...commands].sort()).toEqual([
      "257A",
      "257R",
      "271A",
      "271R",
      "280A",
      "280R",
      "282A",
      "282R",
      "286A",
      "286R",
    ]);
  });
});
