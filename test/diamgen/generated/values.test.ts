/** What cannot be encoded, what is kept as it came, and AVP definitions for the wildcard. */

import { Avp, EncodeError, RawMessage } from "@diamgen/runtime/codec";
import type { Fill } from "@diamgen/runtime/codegen";
import * as base from "@diamgen/sdk/base";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { types } from "../../golden/data-types/expected/types/commands.js";
import { InnerAvp, Level, LevelAvp, OuterAvp } from "../../golden/groups-only/expected/groups-only/index.js";
import { avp, decode, decodeOk, encode, group, hex, message } from "./wire.js";

const fill: Fill = { sessionId: "s;1;2", originHost: "h.test", originRealm: "test" };
const known = sip.application.avps;
const codec = sip.multimediaAuth.request;
const init = { destinationRealm: "test", authSessionState: 1, sipAor: "sip:a@test", sipMethod: "INVITE" };

/** A value of each data format, all required ones of the golden dictionary. */
const sound = {
  mustOctetString: new Uint8Array([1, 2, 3]),
  mustInteger32: -1,
  mustInteger64: -1n,
  mustUnsigned32: 4294967295,
  mustUnsigned64: 18446744073709551615n,
  mustFloat32: 0.5,
  mustFloat64: Math.PI,
  mustAddress: "192.0.2.1",
  mustTime: new Date("2026-01-02T03:04:05Z"),
  mustUTF8String: "h\u00e9",
  mustDiameterIdentity: "h.test",
  mustDiameterURI: "aaa://h.test" as const,
  mustEnumerated: -2147483648,
  mustIPFilterRule: "permit in ip from any to any",
  mustQoSFilterRule: "x",
};
const encodeTypes = (change: object) =>
  encode(types.request, types.request.create({ ...sound, ...change } as never, fill));

describe("EncodeError", () => {
  it.each([
    ["mustInteger32", 2147483648, 101],
    ["mustInteger32", 0.5, 101],
    ["mustInteger32", Number.NaN, 101],
    ["mustInteger64", 2n ** 63n, 102],
    ["mustUnsigned32", -1, 103],
    ["mustUnsigned32", 4294967296, 103],
    ["mustUnsigned64", -1n, 104],
    ["mustUnsigned64", 2n ** 64n, 104],
    ["mustAddress", "256.0.0.1", 107],
    ["mustAddress", "somewhere", 107],
    ["mustTime", new Date(Number.NaN), 108],
    ["mustTime", new Date("2200-01-01T00:00:00Z"), 108],
    ["mustUTF8String", "a\ud800b", 109],
    ["mustUTF8String", `${"x".repeat(30)}\udc00`, 109],
    ["mustUTF8String", `${"x".repeat(300)}\udc00`, 109],
    ["mustEnumerated", 2147483648, 112],
    ["mayUnsigned32", 1e10, 203],
    ["manyInteger64", [1n, 2n ** 70n], 302],
    ["mayTime", new Date("1900-01-01T00:00:00Z"), 208],
  ])("names the AVP of %s = %s", (property, value, code) => {
    const attempt = () => encodeTypes({ [property]: value });
    expect(attempt).toThrow(EncodeError);
    // Time and Address are checked where no code is known, and name the message only.
    const optional = /Time|Address/.test(property) ? "?" : "";
    expect(attempt).toThrow(new RegExp(`^types\\.TypesRequest( AVP ${code})${optional}: `));
  });

  it.each([
    ["a required value that is left out", { mustUTF8String: undefined }],
    ["octets that are none", { mustOctetString: undefined }],
    ["a number for a bigint", { mustUnsigned64: 5 }],
  ])("names the message for %s", (_what, change) => {
    const attempt = () => encodeTypes(change);
    expect(attempt).toThrow(EncodeError);
    expect(attempt).toThrow(/^types\.TypesRequest/);
  });

  it("comes before anything is sent, and leaves the next encoding alone", () => {
    const bytes = hex(encodeTypes({}));
    expect(() => encodeTypes({ mustUnsigned32: -1 })).toThrow(EncodeError);
    expect(hex(encodeTypes({}))).toBe(bytes);
  });
});

describe("messages of all sizes", () => {
  it.each([0, 23, 24, 25, 40, 41, 1000, 65_536, 1_000_000, 5_000_000])("hold a text of %i characters", (length) => {
    for (const letter of ["x", "\u00fc", "\u{1f600}"]) {
      const userName = letter.repeat(Math.floor(length / letter.length / (letter === "x" ? 1 : 2)));
      const bytes = encode(codec, codec.create({ ...init, userName }, fill));
      expect(decodeOk(codec, bytes, known).userName === userName).toBe(true);
    }
  });

  it("pad with zeros, whatever was there before", () => {
    encode(codec, codec.create({ ...init, userName: "\u00ff".repeat(500) }, fill));
    for (let length = 0; length < 50; length++) {
      const bytes = encode(codec, codec.create({ ...init, userName: "x".repeat(length) }, fill));
      const at = RawMessage.from(bytes).find(1);
      const end = at + 8 + length;
      expect([...bytes.subarray(end, (end + 3) & ~3)].every((octet) => octet === 0)).toBe(true);
    }
  });

  it("end where Message Length does", () => {
    const routeRecord = Array.from({ length: 20 }, () => "x".repeat(1_000_000));
    expect(() => encode(codec, codec.create({ ...init, routeRecord }, fill))).toThrow(EncodeError);
    expect(() => encode(codec, codec.create({ ...init, routeRecord }, fill))).toThrow(/longer than the \d+ octets/);
    expect(decodeOk(codec, encode(codec, codec.create(init, fill)), known).sipAor).toBe("sip:a@test");
  });
});

describe("AVPs that the grammar does not name", () => {
  const strangers = [
    avp(60003, "abc", { flags: 0x3f }),
    avp(60001, new Uint8Array(0), { flags: 0 }),
    avp(60003, "de", { flags: 0, vendorId: 99 }),
    avp(60002, group(avp(1, "nested")), { flags: 0x20 }),
  ];

  it("are kept in order with all their flags, and encoded so", () => {
    const bytes = encode(codec, codec.create(init, fill));
    const raw = message(sip.multimediaAuth, "request", bytes.subarray(20), ...strangers);
    const decoded = decodeOk(codec, raw, known);
    expect(decoded.avps.map(({ code, vendorId, flags }) => [code, vendorId, flags])).toEqual([
      [60003, 0, 0x3f],
      [60001, 0, 0],
      [60003, 99, 0x80],
      [60002, 0, 0x20],
    ]);
    expect(hex(encode(codec, decoded))).toBe(hex(raw.toBytes()));
  });

  it("own their octets", () => {
    const raw = message(
      sip.multimediaAuth,
      "request",
      encode(codec, codec.create(init, fill)).subarray(20),
      ...strangers,
    );
    const decoded = decodeOk(codec, raw, known);
    raw.bytes.fill(0);
    expect(decoded.avps[0]?.data).toEqual(new TextEncoder().encode("abc"));
    expect(decoded.sipAor).toBe("sip:a@test");
  });

  it("are made and found by definitions", () => {
    const mar = codec.create(
      { ...init, avps: [opensips.SipResponseCode.of(200), opensips.CiscoAVPair.of("a=b")] },
      fill,
    );
    const decoded = decodeOk(codec, encode(codec, mar), [...known, opensips.avps]);
    expect(opensips.SipResponseCode.find(decoded)).toBe(200);
    expect(opensips.CiscoAVPair.findAll(decoded)).toEqual(["a=b"]);
    expect(opensips.SipToTag.find(decoded)).toBeUndefined();
    expect(decoded.avps[1]).toMatchObject({ code: 1, vendorId: 9, flags: 0x80 });
  });

  it("may be groups and enumerations of a document without applications", () => {
    const outer = OuterAvp.of({
      inner: [{ level: Level.LOW }, { level: 7, avps: [new Avp(9, 0, 0, new Uint8Array(1))] }],
    });
    expect(outer).toMatchObject({ code: 3, vendorId: 77, flags: 0xe0 });
    expect(OuterAvp.read(outer).inner.map(({ level }) => level)).toEqual([0, 7]);
    expect(OuterAvp.read(outer).inner[1]?.avps).toHaveLength(1);
    expect(LevelAvp.read(LevelAvp.of(-1))).toBe(-1);
    expect(() => InnerAvp.read(new Avp(2, 77, 0xc0, new Uint8Array(0)))).toThrow("Inner: missing: AVP 77:1");
    expect(() => InnerAvp.of({ level: 1e12 })).toThrow(/^Inner AVP 1: /);
  });

  it("need no Buffer at octet 0, nor a message of their own array", () => {
    const bytes = encode(codec, codec.create(init, fill));
    const chunk = new Uint8Array(bytes.length + 12);
    chunk.set(bytes, 8);
    const raw = new RawMessage(chunk, new DataView(chunk.buffer), 8, 8 + bytes.length);
    expect(decodeOk(codec, raw, known)).toStrictEqual(decodeOk(codec, bytes, known));
    const lacking = new RawMessage(chunk, new DataView(chunk.buffer), 8, 8 + bytes.length);
    chunk[8 + bytes.length - 4 - 16] = 0xff;
    const decoded = decode(codec, lacking, known);
    for (const issue of decoded.ok ? [] : decoded.issues) expect(issue.offset).toBeLessThan(bytes.length);
  });
});

describe("enumerations", () => {
  it("are values and open types: a value that nobody knows survives", () => {
    expect(base.AuthSessionState).toEqual({ STATE_MAINTAINED: 0, NO_STATE_MAINTAINED: 1 });
    const mar = codec.create({ ...init, authSessionState: 42 }, fill);
    expect(decodeOk(codec, encode(codec, mar), known).authSessionState).toBe(42);
  });
});
