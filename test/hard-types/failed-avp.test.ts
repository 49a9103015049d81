/** What is in Failed-AVP is there because somebody could not read it: RFC 6733 section 7.5. It stays as it came. */
import { FailedAvpAvp } from "@diamgen/sdk/base";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { Avp } from "../../runtime/src/index.js";
import { hex, octets, pair, plain, watch } from "./support.js";

/** Failed-AVP of a Session-Termination-Answer that came over the wire, and its data when the answer is encoded again. */
async function through(
  data: Uint8Array,
): Promise<{ avps: readonly Avp[]; again: string; resultCode: number | undefined }> {
  await using nodes = await pair([sip.application]);
  const seen = watch(nodes.client, sip.sessionTermination.code);
  nodes.server.handle(sip.sessionTermination, (_str, context) =>
    // By the back door, for no encoder makes such content.
    context.answer({ resultCode: 5004, avps: [new Avp(279, 0, 0x40, data)] }),
  );
  const init = { destinationRealm: "test", terminationCause: 1 };
  const answer = await nodes.client.request(sip.sessionTermination, init);
  expect(hex(seen.messages.at(-1)?.avp(279)?.data ?? new Uint8Array(0))).toBe(hex(data));
  const { failedAvp } = answer;
  expect(failedAvp).toBeInstanceOf(sip.FailedAvp);
  expect(answer.avps).toEqual([]);
  // The very answer, made into another one.
  const again = sip.sessionTermination.answer.create(answer, { sessionId: "", originHost: "", originRealm: "" });
  const out = FailedAvpAvp.of({ avps: again.failedAvp?.avps });
  return { avps: (failedAvp as sip.FailedAvp).avps, again: hex(out.data), resultCode: answer.resultCode };
}

const sound: Readonly<Record<string, string>> = {
  "an AVP with octets that are no value (Auth-Session-State of 3 octets)": "00000115 4000000b 010203 00",
  "text that is no UTF-8": "00000001 4000000a fffe 0000",
  "an unknown AVP of a vendor with all flag bits": "0badcafe ff000010 0001869f 01020304",
  "a group within its groups (SIP-Auth-Data-Item, SIP-Authorization, Digest-Realm)":
    "00000178 40000020 0000017c 40000018 00000068 4000000d 6578616d70000000",
  "a group whose content is broken": "00000178 4000000c ffffffff",
  "several AVPs": "00000001 40000008 00000002 40000009 61000000 00000003 00000008",
  "an AVP without data": "00000107 40000008",
  nothing: "",
};

describe("Failed-AVP in a decoded answer", () => {
  it.each(Object.entries(sound))("%s: kept, and encoded again octet by octet", async (_title, text) => {
    const data = octets(text);
    const { avps, again, resultCode } = await through(data);
    expect(resultCode).toBe(5004);
    expect(again).toBe(hex(data));
    expect(avps.every((avp) => avp instanceof Avp)).toBe(true);
  });

  it("keeps a group as octets: nothing in it is decoded", async () => {
    const { avps } = await through(octets(sound["a group whose content is broken"] as string));
    expect(plain(avps)).toEqual(["0:376 40 ffffffff"]);
  });

  it.each([
    // RFC 6733 section 7.1.5, 5014: the AVP whose length is impossible is what Failed-AVP reports.
    ["longer than what is there", "00000108 40000064 61626364", ["0:264 40 61626364"]],
    ["shorter than its header", "00000108 40000003 61626364", ["0:264 40 61626364"]],
    ["of a vendor, shorter than its header", "00000108 c0000008 000028af 61626364", ["10415:264 c0 61626364"]],
    ["behind a sound one", "00000001 40000009 61000000 00000108 40000064 62", ["0:1 40 61", "0:264 40 62"]],
  ])("an AVP with a length that is impossible, %s, has all the rest as its data", async (_title, text, wanted) => {
    const { avps } = await through(octets(text));
    expect(plain(avps)).toEqual(wanted);
  });

  it.each([
    ["1 octet", "01"],
    ["the code alone", "00000108"],
    ["7 octets", "00000108 400000"],
    ["the vendor id missing", "00000108 c0000010"],
    ["the vendor id cut off", "00000108 c0000010 0000"],
  ])("content that is cut off in the middle of a header, %s, leaves the answer readable", async (_title, text) => {
    const { resultCode } = await through(octets(text));
    expect(resultCode).toBe(5004);
  });

  it("the same behind a sound AVP leaves that one readable", async () => {
    const { avps } = await through(octets("00000001 40000009 61000000 00000108 40"));
    expect(plain(avps)).toEqual(["0:1 40 61"]);
  });

  it("the last AVP may come without its padding", async () => {
    const { avps, again } = await through(octets("00000001 40000009 61"));
    expect(plain(avps)).toEqual(["0:1 40 61"]);
    expect(again).toBe("000000014000000961000000");
  });

  it("an AVP within with the M bit that nobody knows is no issue: 5001 is for others", async () => {
    const { avps } = await through(octets("0badcafe 40000008"));
    expect(plain(avps)).toEqual(["0:195939070 40 "]);
  });
});
