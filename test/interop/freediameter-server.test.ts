/** freeDiameter 1.2.1 of Debian as a client of our server: what OpenSIPS is, as far as peers go. */

import { dirname } from "node:path";
import { expect, test } from "vitest";
import { VirtualClock } from "../../runtime/src/testing/index.js";
import { BIN } from "../server/demo.js";
import { Recorder, startServer } from "../server/diameter/support.js";
import { temporaryPath } from "../server/support.js";
import { FreeDiameter, freeDiameterRequirements } from "../support/freediameter.js";
import { freePort, Program } from "../support/process.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const TW_SECONDS = 6; // the least that freeDiameter takes
const CLIENT = "client.diameter.test";
const SERVER = "server.diameter.test";

const recorder = new Recorder();

describeWith(freeDiameterRequirements, "freeDiameter connects to our server", () => {
  test("capabilities exchange, watchdog both ways, DPR, and it comes back", async () => {
    const clock = new VirtualClock();
    await using first = await startServer({ clock });
    recorder.tap(first.server.node);
    const { port } = first;
    await using peer = await FreeDiameter.start({
      identity: CLIENT,
      twTimer: TW_SECONDS,
      peers: [{ identity: SERVER, port }],
    });
    await peer.waitState(SERVER, "OPEN");
    expect(first.server.node.peers.list()).toMatchObject([
      { originHost: CLIENT, state: "R-Open", watchdog: "OKAY", productName: "freeDiameter", relay: true },
    ]);
    const cea = await peer.waitMessage("RCV", "Capabilities-Exchange-Answer");
    expect(cea.avps.find(({ name }) => name === "Result-Code")?.value).toContain("DIAMETER_SUCCESS");
    expect(cea.avps.every(({ name }) => name !== "unknown")).toBe(true);

    // Ours: Tw, 30 s give or take 2, has expired by our clock.
    clock.advance(32_000);
    const dwr = await peer.waitMessage("RCV", "Device-Watchdog-Request");
    expect(dwr.avps.map(({ name }) => name)).toEqual(["Origin-Host", "Origin-Realm", "Origin-State-Id"]);
    await peer.waitMessage("SND", "Device-Watchdog-Answer");

    // Its own: after Tw without traffic, with a jitter of 2 s.
    await peer.waitMessage("SND", "Device-Watchdog-Request", { timeoutMs: (TW_SECONDS + 2 + 3) * 1_000 });
    const dwa = await peer.waitMessage("RCV", "Device-Watchdog-Answer");
    expect(dwa.avps.find(({ name }) => name === "Result-Code")?.value).toContain("DIAMETER_SUCCESS");
    expect(first.server.node.peers.list()).toMatchObject([{ state: "R-Open", watchdog: "OKAY" }]);

    const beforeStop = peer.output.length;
    await first.server.stop();
    const dpr = await peer.waitMessage("RCV", "Disconnect-Peer-Request", { from: beforeStop });
    expect(dpr.avps.map(({ name, value }) => [name, value])).toEqual([
      ["Origin-Host", `"${SERVER}"`],
      ["Origin-Realm", '"diameter.test"'],
      ["Disconnect-Cause", "'REBOOTING' (0 (0x0))"],
    ]);
    await peer.waitMessage("SND", "Disconnect-Peer-Answer", { from: beforeStop });
    await peer.waitState(SERVER, "CLOSING", { from: beforeStop });

    const beforeStart = peer.output.length;
    await using second = await startServer({ listen: [{ host: "127.0.0.1", port }] });
    recorder.tap(second.server.node);
    await peer.waitState(SERVER, "OPEN", { from: beforeStart });

    // It says DPR itself, and waits for our DPA.
    const closed = nextClose(second);
    const beforeEnd = peer.output.length;
    expect((await peer.stop()).signal).toBeNull();
    expect(peer.output.slice(beforeEnd)).toMatch(/RCV from '[^']*': Disconnect-Peer-Answer\(/);
    expect(await closed).toMatchObject([{ originHost: CLIENT }, { disconnectCause: 0 }]);
  });

  test("kill -9 of freeDiameter: our side notices, and takes it back", async () => {
    await using running = await startServer();
    recorder.tap(running.server.node);
    const start = () => FreeDiameter.start({ identity: CLIENT, peers: [{ identity: SERVER, port: running.port }] });
    await using peer = await start();
    await peer.waitState(SERVER, "OPEN");
    const closed = nextClose(running);
    expect((await peer.kill()).signal).toBe("SIGKILL");
    expect(await closed).toMatchObject([{ originHost: CLIENT }, { message: "the peer closed the connection" }]);
    expect(running.server.node.peers.list()).toEqual([]);

    await using again = await start();
    await again.waitState(SERVER, "OPEN");
    expect(running.server.node.peers.list()).toMatchObject([{ originHost: CLIENT, state: "R-Open" }]);
    await running.server.stop();
  });

  test("kill -9 of our server: freeDiameter comes back, and has three watchdogs answered before it sends requests", async () => {
    const port = await freePort();
    const data = dirname(temporaryPath());
    const command = [BIN, "--demo", "--data", data, "--port", String(port)];
    await using first = Program.start(process.execPath, command);
    await first.waitFor("listening on");
    await using peer = await FreeDiameter.start({ identity: CLIENT, peers: [{ identity: SERVER, port }] });
    await peer.waitState(SERVER, "OPEN");
    await first.stop("SIGKILL");
    const beforeRestart = peer.output.length;
    await using second = await startServer({ listen: [{ host: "127.0.0.1", port }] });
    recorder.tap(second.server.node);
    await peer.waitState(SERVER, "OPEN", { from: beforeRestart });
    const answers = peer
      .messages()
      .filter(({ direction, name }) => direction === "RCV" && name.endsWith("Watchdog-Answer"));
    expect(answers.length).toBeGreaterThanOrEqual(3); // RFC 3539 section 3.4.1: REOPEN
    // Before freeDiameter: it waits 16 s for a peer that it is to leave while their watchdogs are under way.
    await second.server.stop();
  });
});

describeWith(tsharkRequirements, "tshark", () => {
  test("has nothing against any message that the server sent above", async () => {
    const messages = await expectClean(recorder.messages);
    const commands = new Set(messages.map(({ code, flags }) => `${code}${(flags & 0x80) === 0 ? "A" : "R"}`));
    expect([...commands].sort()).toEqual(["257A", "280A", "280R", "282A", "282R"]);
  });
});

/** What "peer:close" says next. */
function nextClose({ server }: Awaited<ReturnType<typeof startServer>>): Promise<readonly unknown[]> {
  return new Promise((resolve) => server.node.once("peer:close", (...args) => resolve(args)));
}
