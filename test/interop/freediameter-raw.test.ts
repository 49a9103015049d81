/** RawClient against freeDiameter: what it understands of golden messages, and what it answers. */

import { expect, test } from "vitest";
import { dissect, findAvp, resultCode } from "../support/dissect.js";
import { FreeDiameter, freeDiameterRequirements } from "../support/freediameter.js";
import { benchMessage, golden } from "../support/golden.js";
import { freePort } from "../support/process.js";
import { RawClient } from "../support/raw-client.js";
import { RawListener } from "../support/raw-listener.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const ERROR_ANSWERS = "freediameter-app_opensips-error-answers";

describeWith([...freeDiameterRequirements, ...tsharkRequirements], "a raw client of freeDiameter", () => {
  test("capabilities exchange, watchdog, an unroutable request", async () => {
    await using server = await FreeDiameter.start({
      identity: "server.diameter.test",
      accept: ["*.diameter.test"],
      extensions: ["dict_sip.fdx"],
    });
    await using client = await RawClient.connect(server.port);

    const cer = golden(ERROR_ANSWERS, 1).hex;
    const cea = await client.exchange(cer);
    expect(resultCode(dissect(cea))).toBe(2001);
    await server.waitState("client.diameter.test", "OPEN");

    expect(resultCode(dissect(await client.exchange(benchMessage("dwr"))))).toBe(2001);

    const mar = benchMessage("mar");
    const answer = dissect(await client.exchange(mar));
    expect(answer).toMatchObject({ code: 286, applicationId: 6, error: true });
    expect(resultCode(answer)).toBe(3002); // nobody serves application 6 here
    expect(findAvp(answer, 263)?.data).toEqual(findAvp(dissect(mar), 263)?.data);

    const seen = await server.waitMessage("RCV", "Multimedia-Auth-Request");
    expect(seen).toMatchObject({ peer: "client.diameter.test", applicationId: 6, flags: "RP--", length: mar.length });
    expect(seen.avps.map(({ code }) => code)).toEqual(dissect(mar).avps.map(({ code }) => code));
    const item = seen.avps.find(({ name }) => name === "SIP-Auth-Data-Item");
    expect(item?.avps[1]?.avps[0]).toMatchObject({
      name: "Digest-Username",
      code: 115,
      flags: "-M",
      value: '"alice.liddell"',
    });

    await expectClean([{ bytes: Buffer.from(cer, "hex") }, { from: "b", bytes: cea }]);
  });

  test("an AVP Length that passes the end closes the connection", async () => {
    await using server = await FreeDiameter.start({ identity: "server.diameter.test", accept: ["*.diameter.test"] });
    await using client = await RawClient.connect(server.port);
    await client.exchange(golden(ERROR_ANSWERS, 1).hex);
    client.send(golden(ERROR_ANSWERS, 83).hex);
    await client.waitClosed();
  });

  test("it is started on another port where its own was taken meanwhile; on a given one it fails", async () => {
    await using occupied = await RawListener.listen();
    const free = await freePort();
    const choice = [occupied.port, occupied.port, free];
    const identity = "server.diameter.test";
    await using server = await FreeDiameter.start({
      identity,
      accept: ["*.diameter.test"],
      choosePort: async () => choice.shift() ?? 0,
    });
    expect(server.port).toBe(free);
    await using client = await RawClient.connect(free);
    expect(resultCode(dissect(await client.exchange(golden(ERROR_ANSWERS, 1).hex)))).toBe(2001);

    await expect(FreeDiameter.start({ identity, port: occupied.port })).rejects.toThrow("Address already in use");
  });
});
