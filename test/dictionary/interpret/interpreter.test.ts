/** The interpreting codec as programs use it: by names, without generated code. */

import { type Dictionary, InterpretedGroup, type Interpreter, interpreter } from "@diamgen/dictionary";
import { Avp, AvpError, EncodeError, RawMessage } from "@diamgen/runtime/codec";
import { beforeAll, describe, expect, it } from "vitest";
import { load, loadText } from "../../diamgen/support.js";
import { repositoryPath } from "../../support/require.js";
import { hex, message, octets, plain } from "./octets.js";

let dictionary: Dictionary;
let codecs: Interpreter;
beforeAll(async () => {
  const files = ["opensips", "sip"].map((name) => repositoryPath(`dictionaries/${name}.xml`));
  dictionary = await load(...files);
  codecs = interpreter(dictionary);
});

const filling = { sessionId: "s", originHost: "h", originRealm: "r" };

/** An answer with a group in a group. */
const init = {
  "Result-Code": 2001,
  "Auth-Session-State": 1,
  "SIP-Auth-Data-Item": [
    { "SIP-Authentication-Scheme": 0, "SIP-Authenticate": { "Digest-Realm": "r", "Digest-Nonce": "n" } },
  ],
};

describe("create, encode, decode", () => {
  it("by names; session, origin and application are filled in", () => {
    const codec = codecs.codec("sip", "Multimedia-Auth", "answer");
    const bytes = codec.encode(codec.create(init, filling));
    expect(hex(bytes)).toBe(
      plain(`01000090 4000011e 00000006 00000000 00000000
        00000107 40000009 73000000 | 00000102 4000000c 00000006 | 0000010c 4000000c 000007d1
        00000115 4000000c 00000001 | 00000108 40000009 68000000 | 00000128 40000009 72000000
        00000178 40000034 | 00000179 4000000c 00000000 | 0000017b 40000020
          00000068 40000009 72000000 | 00000069 40000009 6e000000`),
    );
    const decoded = codec.decode(RawMessage.from(bytes));
    expect(decoded.ok).toBe(true);
    const read = decoded.message!;
    expect(read.header).toMatchObject({ flags: 0x40, commandCode: 286, applicationId: 6 });
    expect(read.get("Result-Code")).toBe(2001);
    expect(read.get("User-Name")).toBeUndefined();
    const [item] = read.all("SIP-Auth-Data-Item");
    expect(item).toBeInstanceOf(InterpretedGroup);
    const authenticate = (item as InterpretedGroup).get("SIP-Authenticate") as InterpretedGroup;
    expect([authenticate.get("Digest-Realm"), authenticate.get("0:105")]).toEqual(["r", "n"]);
    expect(() => read.get("Result-Kode")).toThrow(new RangeError('the grammar has no AVP "Result-Kode"'));
  });

  it("an application of a vendor is named in Vendor-Specific-Application-Id", async () => {
    const vendor = await load(repositoryPath("test/golden/vendor-application/dictionary.xml"));
    const [application] = vendor.applications.filter(({ vendorId }) => vendorId !== 0);
    const [command] = application!.commands;
    const created = interpreter(vendor).codec(application!, command!, "request").create({}, filling);
    const group = created.get("Vendor-Specific-Application-Id") as InterpretedGroup;
    expect([...group.fields.values()].flat()).toEqual(expect.arrayContaining([application!.id, application!.vendorId]));
  });

  it("an answer with the E bit has a grammar of its own", () => {
    const codec = codecs.codec("sip", "Multimedia-Auth", "error");
    const bytes = codec.encode(codec.create({ "Result-Code": 3002 }, filling));
    const raw = RawMessage.from(bytes);
    expect(raw.isError).toBe(true);
    expect(codecs.codecsOf(raw).map(({ side, decode }) => [side, typeof decode])).toEqual([["error", "function"]]);
    expect(codecs.codecsOf(raw)[0]?.decode(raw).ok).toBe(true);
  });
});

describe("values that cannot be encoded", () => {
  const attempt = (more: Record<string, unknown>) => {
    const codec = codecs.codec("sip", "Multimedia-Auth", "answer");
    return codec.encode(codec.create({ ...init, ...more } as never, filling));
  };
  it.each<[string, Record<string, unknown>, string]>([
    ["out of range", { "Result-Code": -1 }, "Result-Code: -1 is not an Unsigned32"],
    ["of another type", { "User-Name": 1n }, "User-Name: 1n is not a well-formed string"],
    ["missing", { "Result-Code": undefined }, "Result-Code: occurs 0 times, at least 1 are required"],
    ["too many", { "User-Name": ["a", "b"] }, "User-Name: occurs 2 times, at most 1 are allowed"],
    ["unknown", { "Usr-Name": "a" }, "Usr-Name: the grammar has no such AVP"],
    ["a group that is none", { "SIP-Auth-Data-Item": "x" }, "SIP-Auth-Data-Item: this is no group"],
    ["no group", { "User-Name": { "Digest-Realm": "r" } }, "User-Name: "],
    [
      "within groups",
      { "SIP-Auth-Data-Item": [{ "SIP-Authentication-Scheme": 0, "SIP-Authenticate": { "Digest-Realm": "r" } }] },
      "SIP-Auth-Data-Item[0]/SIP-Authenticate/Digest-Nonce: occurs 0 times",
    ],
  ])("%s", (_, more, text) => {
    expect(() => attempt(more)).toThrow(EncodeError);
    expect(() => attempt(more)).toThrow(text);
  });

  it("longer than Message Length can say", () => {
    expect(() => attempt({ avps: [1, 2].map((code) => new Avp(code, 0, 0, new Uint8Array(0x900000))) })).toThrow(
      EncodeError,
    );
    expect(() => attempt({ "User-Name": "x".repeat(0x1000000) })).toThrow("more than AVP Length can say");
  });
});

describe("one AVP", () => {
  it("simple", () => {
    const code = codecs.avp("Sip-Response-Code");
    const avp = code.of(200);
    expect(hex(avp.data)).toBe("000000c8");
    expect(code.read(avp)).toBe(200);
    expect(code.find({ avps: [avp, code.of(404)] })).toBe(200);
    expect(code.findAll({ avps: [avp, code.of(404)] })).toEqual([200, 404]);
    expect(code.find({ avps: [] })).toBeUndefined();
    expect(() => code.read(new Avp(avp.code, avp.vendorId, 0, octets("01")))).toThrow(AvpError);
  });

  it("group", () => {
    const item = codecs.avp("SIP-Authenticate");
    const avp = item.of({ "Digest-Realm": "r", "Digest-Nonce": "n" });
    expect(hex(avp.data)).toBe(plain("00000068 40000009 72000000 | 00000069 40000009 6e000000"));
    expect((item.read(avp) as InterpretedGroup).get("Digest-Nonce")).toBe("n");
    const lacking = new Avp(avp.code, 0, 0x40, avp.data.subarray(0, 12));
    let caught: unknown;
    try {
      item.read(lacking);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(AvpError);
    expect(caught).toMatchObject({ resultCode: 5005, failedAvp: { code: 379, data: octets("00000069 40000008") } });
  });

  it("a name that is not there, or stands for two", async () => {
    expect(() => codecs.avp("No-Such-Avp")).toThrow(new RangeError("the dictionary has no AVP No-Such-Avp"));
    const type = '<type type-name="Unsigned32"/>';
    const twice = `<vendor id="7" name="Seven"/><avp name="A" code="1">${type}</avp><avp name="A" code="1" vendor-id="7">${type}</avp>`;
    const both = interpreter(await loadText(twice));
    expect(() => both.avp("A")).toThrow(new RangeError("AVP A is one of several: 0:1, 7:1"));
    expect(both.avp("7:1").of(1)).toMatchObject({ vendorId: 7, flags: 0x80 });
  });
});

describe("which command a message is of", () => {
  const titles = (raw: RawMessage) =>
    codecs.codecsOf(raw).map(({ application, command, side }) => `${application.key} ${command.name} ${side}`);

  it("its application's, or the base protocol's", () => {
    expect(titles(message(0xc0000000 + 286, 6))).toEqual(["sip Multimedia-Auth request"]);
    expect(titles(message(286, 6))).toEqual(["sip Multimedia-Auth answer"]);
    expect(titles(message(0x80000000 + 280, 0))).toEqual(["base Device-Watchdog request"]);
    expect(titles(message(0x80000000 + 280, 6))).toEqual(["base Device-Watchdog request"]);
    expect(titles(message(0x80000000 + 9999, 6))).toEqual([]);
  });

  it("errors of lookup", () => {
    expect(() => codecs.codec("ims", "Ask", "request")).toThrow("the dictionary has no application ims");
    expect(() => codecs.codec("sip", "Ask", "request")).toThrow("the dictionary has no command Ask in application sip");
  });

  it("two profiles with one application id both count", async () => {
    const one = (key: string) =>
      `<application id="4" name="${key}" key="${key}"><command name="Ask" code="272"><requestrules/></command></application>`;
    const both = interpreter(await loadText(one("a") + one("b")));
    const raw = message(0x80000000 + 272, 4);
    expect(both.codecsOf(raw).map(({ application }) => application.key)).toEqual(["a", "b"]);
    expect(() => both.codec(4, 272, "request")).toThrow("application 4 is one of several: a, b");
  });
});

it("further AVPs count as known by `known`", () => {
  const code = codecs.avp("Sip-Response-Code").of(200);
  const raw = (known: Interpreter) => {
    const codec = known.codec("sip", "Multimedia-Auth", "answer");
    const avp = new Avp(code.code, code.vendorId, code.flags | 0x40, code.data);
    return codec.decode(RawMessage.from(codec.encode(codec.create({ ...init, avps: [avp] }, filling)))).ok;
  };
  expect(raw(codecs)).toBe(false);
  expect(raw(interpreter(dictionary, { known: dictionary.avps.values() }))).toBe(true);
});
