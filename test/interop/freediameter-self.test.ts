/** Two freeDiameter nodes against one another: proves the harness before it judges ours. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAuthority } from "../support/certificate.js";
import { FreeDiameter, freeDiameterRequirements } from "../support/freediameter.js";
import { freePort } from "../support/process.js";
import { describeWith } from "../support/require.js";

const TW_SECONDS = 6; // the least that freeDiameter takes

describeWith(freeDiameterRequirements, "freeDiameter against itself", () => {
  test("connects, watches, disconnects and connects again", async () => {
    const portOfB = await freePort();
    await using a = await FreeDiameter.start({
      identity: "a.diameter.test",
      twTimer: TW_SECONDS,
      peers: [{ identity: "b.diameter.test", port: portOfB }],
    });
    const startB = () =>
      FreeDiameter.start({
        identity: "b.diameter.test",
        port: portOfB,
        twTimer: TW_SECONDS,
        peers: [{ identity: "a.diameter.test", port: a.port }],
      });

    await using b = await startB();
    await a.waitState("b.diameter.test", "OPEN");
    await b.waitState("a.diameter.test", "OPEN");

    // After Tw without traffic, with a jitter of 2 s, one side asks and the other answers (RFC 3539 section 3.4.1).
    await a.waitFor(/Device-Watchdog-Answer\(/, { timeoutMs: (TW_SECONDS + 2 + 3) * 1_000 });
    expect(a.messages().map(({ name }) => name)).toContain("Device-Watchdog-Request");

    const beforeStop = a.output.length;
    expect((await b.stop()).signal).toBeNull();
    const dpr = await a.waitMessage("RCV", "Disconnect-Peer-Request", { from: beforeStop });
    expect(dpr.avps.map(({ name, value }) => [name, value])).toEqual([
      ["Origin-Host", '"b.diameter.test"'],
      ["Origin-Realm", '"diameter.test"'],
      ["Disconnect-Cause", "'REBOOTING' (0 (0x0))"],
    ]);
    await a.waitState("b.diameter.test", "CLOSING", { from: beforeStop });

    const beforeRestart = a.output.length;
    await using again = await startB();
    await a.waitState("b.diameter.test", "OPEN", { from: beforeRestart });
    await again.waitState("a.diameter.test", "OPEN");
    expect((await again.kill()).signal).toBe("SIGKILL");
  });

  test("connects by TLS", async () => {
    const folder = await mkdtemp(join(tmpdir(), "diamgen-tls-"));
    try {
      const authority = await createAuthority(folder);
      const trust = authority.certificate;
      const securePort = await freePort();
      await using b = await FreeDiameter.start({
        identity: "b.diameter.test",
        securePort,
        certificate: await authority.issue("b.diameter.test"),
        trust,
        // Without a connection of its own: A connects.
        peers: [{ identity: "a.diameter.test", port: await freePort(), tls: true, tcTimer: 600 }],
      });
      await using a = await FreeDiameter.start({
        identity: "a.diameter.test",
        certificate: await authority.issue("a.diameter.test"),
        trust,
        peers: [{ identity: "b.diameter.test", port: securePort, tls: true }],
      });
      await a.waitState("b.diameter.test", "OPEN");
      await b.waitState("a.diameter.test", "OPEN");
      await a.waitFor(/Connected to 'b\.diameter\.test' \(TCP,TLS,/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
