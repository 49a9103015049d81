/** What Wireshark says of messages that real peers sent: proves the judge before it judges ours. */

import { expect, test } from "vitest";
import { type DissectedAvp, dissect } from "../support/dissect.js";
import { benchMessage, benchNames, bytesOf, type CaptureName, capture, captureNames } from "../support/golden.js";
import { describeWith } from "../support/require.js";
import { expectClean, type TsharkAvp, tshark, tsharkRequirements, UNKNOWN_TO_WIRESHARK } from "../support/tshark.js";

/** Complaints by number of the message, apart from those that UNKNOWN_TO_WIRESHARK names; of the rest there are none. */
const COMPLAINTS: Readonly<Partial<Record<CaptureName, Readonly<Record<number, readonly string[]>>>>> = {
  "freediameter-app_opensips-error-answers": {
    // A request with an AVP that nobody knows, with and without M, and the Failed-AVP of its answer.
    37: ["warning: Unknown AVP 60000 (vendor=Reserved)"],
    38: ["warning: Unknown AVP 60000 (vendor=Reserved)"],
    39: ["warning: Unknown AVP 60000 (vendor=Reserved)"],
    73: ["warning: Unknown AVP 60001 (vendor=Reserved)"],
    74: ["warning: Unknown AVP 60001 (vendor=Reserved)"],
    // Command code 999.
    79: ["warning: Unknown command"],
    80: ["warning: Unknown command"],
    // An AVP Length that passes the end of the message.
    83: ["error: Wrong AVP(1) length 400", "error: Malformed Packet"],
  },
  "opensips-3.2-qop": {
    // OpenSIPS sends Digest-Opaque (116) without data for qop=auth-int.
    11: ["warning: Data is empty"],
  },
};

describeWith(tsharkRequirements, "tshark on golden messages", () => {
  test.each(captureNames)("%s", async (name) => {
    const messages = capture(name);
    const dissected = await tshark(
      messages.map((message) => ({ from: message.from === "client" ? "a" : "b", bytes: bytesOf(message) })),
    );
    const complaints = dissected.flatMap((message, index) => {
      const texts = message.complaints
        .filter(({ text }) => !UNKNOWN_TO_WIRESHARK.some((pattern) => pattern.test(text)))
        .map(({ severity, text }) => `${severity}: ${text.replace(/, if you know what .*/, "")}`);
      return texts.length === 0 ? [] : [[messages[index]?.number, texts] as const];
    });
    expect(Object.fromEntries(complaints)).toEqual(COMPLAINTS[name] ?? {});
    for (const [index, message] of messages.entries()) {
      if (COMPLAINTS[name]?.[message.number]?.includes("error: Malformed Packet")) continue;
      expect(dissected[index]?.avps.map(onTheWire)).toEqual(dissect(bytesOf(message)).avps.map(onTheWire));
    }
  });

  test.each(benchNames)("benchmark message %s", async (name) => {
    const bytes = benchMessage(name);
    const [message] = await expectClean([bytes]);
    expect(message?.avps.map(onTheWire)).toEqual(dissect(bytes).avps.map(onTheWire));
  });

  test("grouped AVPs, enumerated values and addresses are read", async () => {
    const [ccr, cer] = await expectClean([benchMessage("ccr"), benchMessage("cer")]);
    expect(ccr).toMatchObject({ command: "Credit-Control", code: 272, applicationId: 4 });
    expect(ccr?.avp("Multiple-Services-Credit-Control")?.avps[0]).toMatchObject({
      name: "Requested-Service-Unit",
      avps: [{ name: "CC-Total-Octets", show: "10485760" }],
    });
    expect(ccr?.avp("CC-Request-Type")?.showname).toMatch(/^CC-Request-Type: \w+ \(\d\)$/);
    expect(cer?.avp("Origin-Host")?.show).toMatch(/\./);
  });

  test("a message of more than one segment is put together again", async () => {
    const dwr = benchMessage("dwr");
    const message = Buffer.concat([dwr, Buffer.from("0000011900024008", "hex"), Buffer.alloc(0x24000, "x")]);
    message.writeUIntBE(message.length, 1, 3);
    const [first, long, last] = await expectClean([dwr, message, { from: "b", bytes: dwr }]);
    expect(first?.avps.length).toBe(last?.avps.length);
    expect(long?.avp("Error-Message")?.hex).toHaveLength(2 * 0x24000);
  });

  test("a value of the wrong size is complained about", async () => {
    const dwr = benchMessage("dwr");
    const message = Buffer.concat([dwr, Buffer.from("0000010c4000000b07d10000", "hex")]);
    message.writeUIntBE(message.length, 1, 3);
    await expect(expectClean([message])).rejects.toThrow("complaints of tshark");
  });
});

function onTheWire(avp: DissectedAvp | TsharkAvp): unknown {
  const { code, vendorId, flags, length } = avp;
  return { code, vendorId, flags, length, hex: "hex" in avp ? avp.hex : avp.data.toString("hex") };
}
