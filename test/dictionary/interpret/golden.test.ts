/** Messages that other implementations wrote, through the interpreting codec and back. */

import { type Dictionary, formatMessage, type Interpreter, interpreter, messageTree } from "@diamgen/dictionary";
import { RawMessage } from "@diamgen/runtime/codec";
import { beforeAll, describe, expect, it } from "vitest";
import { load } from "../../diamgen/support.js";
import { allGolden, type BenchName, benchMessage, bytesOf } from "../../support/golden.js";
import { repositoryPath } from "../../support/require.js";
import { hex } from "./octets.js";

let dictionary: Dictionary;
let codecs: Interpreter;
beforeAll(async () => {
  const files = ["accounting", "credit-control", "opensips", "ro", "sip"].map((name) =>
    repositoryPath(`dictionaries/${name}.xml`),
  );
  dictionary = await load(...files);
  codecs = interpreter(dictionary, { known: dictionary.avps.values() });
});

describe("the messages of the codec benchmark", () => {
  it.each<BenchName>(["dwr", "mar", "maa"])("%s is the same octets after decoding and encoding", (name) => {
    const bytes = benchMessage(name);
    const [codec] = codecs.codecsOf(RawMessage.from(bytes));
    const decoded = codec!.decode(RawMessage.from(bytes));
    expect(decoded.ok ? [] : decoded.issues).toEqual([]);
    expect(hex(codec!.encode(decoded.message!))).toBe(hex(bytes));
  });
});

it("a CER is the same AVPs in the order of the grammar", () => {
  const bytes = benchMessage("cer");
  const codec = codecs.codec("base", "Capabilities-Exchange", "request");
  const again = codec.encode(codec.decode(RawMessage.from(bytes)).message!);
  expect(sorted(again)).toEqual(sorted(bytes));
  expect(hex(codec.encode(codec.decode(RawMessage.from(again)).message!))).toBe(hex(again));
});

it.each<BenchName>(["ccr", "ccrbig"])(
  "%s is one of RFC 8506 and of Ro, and the same AVPs in the order of either",
  (name) => {
    const bytes = benchMessage(name);
    const fitting = codecs.codecsOf(RawMessage.from(bytes)).filter((codec) => codec.decode(RawMessage.from(bytes)).ok);
    expect(fitting.map(({ application }) => application.key)).toEqual(["credit-control", "ro"]);
    for (const codec of fitting) {
      const again = codec.encode(codec.decode(RawMessage.from(bytes)).message!);
      expect(again).toHaveLength(bytes.length);
      expect(hex(codec.encode(codec.decode(RawMessage.from(again)).message!))).toBe(hex(again));
    }
  },
);

describe("the messages of OpenSIPS and freeDiameter", () => {
  const messages = allGolden().map(({ capture, message }) => ({
    title: `${capture} ${message.number} ${message.name}`,
    bytes: bytesOf(message),
  }));

  it.each(messages)("$title: encoding gives the AVPs that were decoded", ({ bytes }) => {
    const raw = RawMessage.from(bytes);
    for (const codec of codecs.codecsOf(raw)) {
      const decoded = codec.decode(raw);
      if (!decoded.ok) {
        // The captures have requests that were made to be refused, and answers of freeDiameter without what their grammar requires.
        for (const { resultCode } of decoded.issues) expect([5001, 5005, 5014]).toContain(resultCode);
        continue;
      }
      const again = codec.encode(decoded.message);
      expect(sorted(again)).toEqual(sorted(bytes));
      expect(hex(again.subarray(0, 20))).toBe(hex(bytes.subarray(0, 20)));
      expect(hex(codec.encode(codec.decode(RawMessage.from(again)).message!))).toBe(hex(again));
    }
  });

  it("are mostly sound, and some come in the order of the grammar: the same octets then", () => {
    const outcomes = messages.flatMap(({ bytes }) => {
      const raw = RawMessage.from(bytes);
      return codecs.codecsOf(raw).map((codec) => {
        const decoded = codec.decode(raw);
        return decoded.ok ? hex(codec.encode(decoded.message)) === hex(bytes) : undefined;
      });
    });
    expect(outcomes.length).toBeGreaterThan(100);
    expect(outcomes.filter((same) => same !== undefined).length).toBeGreaterThan(100);
    expect(outcomes.filter((same) => same === true).length).toBeGreaterThan(40);
  });
});

/** AVPs at the top level, whatever their order. */
function sorted(bytes: Uint8Array): string[] {
  return Array.from(
    RawMessage.from(bytes).avps(),
    ({ code, vendorId, flags, data }) => `${vendorId}:${code} ${flags} ${hex(data)}`,
  ).sort();
}

it("for people", () => {
  const tree = messageTree(dictionary, RawMessage.from(benchMessage("mar")));
  expect(formatMessage(tree)).toMatchInlineSnapshot(`
    "Multimedia-Auth-Request (MAR) application 6 sip flags RP-- hop-by-hop 0x11223344 end-to-end 0x55667788 592 octets
      Session-Id (263) -M- "scscf1.ims.example.net;3862453601;1092;opensips"
      Auth-Application-Id (258) -M- 6
      Auth-Session-State (277) -M- NO_STATE_MAINTAINED (1)
      Origin-Host (264) -M- "scscf1.ims.example.net"
      Origin-Realm (296) -M- "ims.example.net"
      Destination-Realm (283) -M- "hss.example.net"
      SIP-AOR (122) -M- "sip:alice.liddell@ims.example.net"
      SIP-Method (393) -M- "REGISTER"
      Destination-Host (293) -M- "hss1.hss.example.net"
      User-Name (1) -M- "alice.liddell@ims.example.net"
      SIP-Number-Auth-Items (382) -M- 1
      SIP-Auth-Data-Item (376) -M-
        SIP-Authentication-Scheme (377) -M- DIGEST (0)
        SIP-Authorization (380) -M-
          Digest-Username (115) -M- "alice.liddell"
          Digest-Realm (104) -M- "ims.example.net"
          Digest-Nonce (105) -M- "5f0c1ee3000000ab7d9ee1b02f5ad7ce29a83dbf1b6a2a11"
          Digest-URI (109) -M- "sip:ims.example.net"
          Digest-Response (103) -M- "6629fae49393a05397450978507c4ef1"
          Digest-Algorithm (111) -M- "MD5"
          Digest-CNonce (113) -M- "0a4f113b"
          Digest-QoP (110) -M- "auth"
          Digest-Nonce-Count (114) -M- "00000001"
          Digest-Method (108) -M- "REGISTER""
  `);
});
