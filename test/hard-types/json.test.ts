/** One JSON for every message: what toJson gives survives JSON.stringify and JSON.parse, and fromJson gives the message back. */
import { fromJson, type JsonValue, toJson } from "@diamgen/runtime/codec";
import { AccountingRequest, accounting } from "@diamgen/sdk/accounting";
import * as sip from "@diamgen/sdk/sip";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Avp, Header } from "../../runtime/src/index.js";
import { sidesOf } from "../diamgen/generated/arbitrary.js";
import { decodeOk, encode, hex } from "../diamgen/generated/wire.js";
import { load } from "../diamgen/support.js";
import * as types from "../golden/data-types/expected/types/index.js";
import { repositoryPath } from "../support/require.js";
import { everyCommand } from "./json-cases.js";

const fill = { sessionId: "filled;1;2", originHost: "filled.test", originRealm: "test" };
const INIT = { destinationRealm: "test", authSessionState: 1, sipAor: "sip:alice@test", sipMethod: "REGISTER" };
const mar = (init: Partial<sip.MultimediaAuthRequestInit> = {}) =>
  sip.multimediaAuth.request.create({ ...INIT, ...init }, fill);
const read = (json: unknown) => fromJson(sip.multimediaAuth.request, json as JsonValue);

/** By way of text. */
const text = (value: unknown): JsonValue => JSON.parse(JSON.stringify(toJson(value))) as JsonValue;

describe.each(await everyCommand())("$key: $side.title", ({ side, command }) => {
  const codec = command[side.side];
  const known = command.application.avps;

  it("gives the message back, and the same octets", () => {
    fc.assert(
      fc.property(side.init, fc.boolean(), (init, wire) => {
        const made = codec.create(init, fill);
        const bytes = encode(codec, made);
        // As made, and as received.
        const message = wire ? decodeOk(codec, bytes, known) : made;
        const again = fromJson(codec, text(message));
        expect(again).toEqual(message);
        expect(Object.keys(again)).toEqual(Object.keys(message));
        expect(again).toBeInstanceOf(message.constructor);
        expect(hex(encode(codec, again))).toBe(hex(bytes));
        expect(text(again)).toEqual(text(message));
      }),
      { numRuns: 20 },
    );
  });
});

describe("toJson", () => {
  it("is plain data, in the order of the class, without what is absent", () => {
    const item = { sipAuthenticationScheme: 0, avps: [new Avp(1, 99, 0xc0, Uint8Array.of(10, 11))] };
    const json = toJson(mar({ sipAuthDataItem: item, routeRecord: ["a.test"] }));
    expect(JSON.stringify(json)).toBe(
      '{"header":{"flags":192,"commandCode":286,"applicationId":6,"hopByHop":0,"endToEnd":0},"sessionId":"filled;1;2",' +
        '"authApplicationId":6,"authSessionState":1,"originHost":"filled.test","originRealm":"test","destinationRealm":"test",' +
        '"sipAor":"sip:alice@test","sipMethod":"REGISTER","sipAuthDataItem":{"sipAuthenticationScheme":0,' +
        '"avps":[{"code":1,"vendorId":99,"flags":192,"data":{"$octets":"0a0b"}}]},"routeRecord":["a.test"]}',
    );
  });

  it.each<readonly [string, unknown, JsonValue]>([
    ["bigint", 2n ** 64n - 1n, { $bigint: "18446744073709551615" }],
    ["negative bigint", -(2n ** 63n), { $bigint: "-9223372036854775808" }],
    ["octets", Uint8Array.of(0, 255, 16), { $octets: "00ff10" }],
    ["a Buffer", Buffer.from("ab"), { $octets: "6162" }],
    ["no octets", new Uint8Array(0), { $octets: "" }],
    ["Date", new Date(Date.UTC(2026, 10, 21, 23, 5, 17)), { $time: "2026-11-21T23:05:17.000Z" }],
    ["NaN", Number.NaN, { $float: "NaN" }],
    ["-0", -0, { $float: "-0" }],
    ["0", 0, 0],
    ["-Infinity", -Infinity, { $float: "-Infinity" }],
    ["an Address of another family", { family: 8, data: Uint8Array.of(1) }, { family: 8, data: { $octets: "01" } }],
    ["a list", [1n, undefined], [{ $bigint: "1" }, null]],
    ["no date", new Date(Number.NaN), { $time: null }],
  ])("%s", (_title, value, json) => expect(toJson(value)).toEqual(json));

  it("JSON.stringify of a message with an Integer64 throws without it", () => {
    const acr = accounting.request.create(
      { destinationRealm: "r", accountingRecordType: 1, accountingRecordNumber: 0, accountingSubSessionId: 5n },
      fill,
    );
    expect(() => JSON.stringify(acr)).toThrow(TypeError);
    expect(fromJson(accounting.request, text(acr))).toBeInstanceOf(AccountingRequest);
  });
});

describe("fromJson", () => {
  it("gives back the header", () => {
    const message = mar();
    message.header = new Header(0xd0, 286, 6, 0xfffffffe, 7);
    expect(read(text(message)).header).toEqual(message.header);
    expect(read(text(message)).header).toBeInstanceOf(Header);
  });

  it("leaves absent what was absent, also what a node fills in", () => {
    const message = mar({ userName: "x" });
    for (const name of ["sessionId", "originHost", "authApplicationId", "sipMethod"] as const)
      (message as unknown as Record<string, unknown>)[name] = undefined;
    const again = read(text(message));
    expect(again).toEqual(message);
    expect(() => encode(sip.multimediaAuth.request, again)).toThrow("required value is missing");
  });

  it("takes JSON without header, written by hand", () => {
    const json = { destinationRealm: "test", authSessionState: 1, sipAor: "a", sipMethod: "b" };
    expect(read(json)).toMatchObject({ ...json, header: { flags: 0xc0, commandCode: 286 }, routeRecord: [], avps: [] });
  });

  it("is an Init: sent by a node, which fills in what is absent", () => {
    const message = sip.multimediaAuth.request.create(read({ ...INIT }), fill);
    expect(message).toMatchObject({ sessionId: "filled;1;2", originHost: "filled.test", authApplicationId: 6 });
  });

  it("keeps unknown AVPs at the top level and within groups, as AVPs", () => {
    const avps = [new Avp(5, 0, 0x3f, new Uint8Array(0)), new Avp(0xffffffff, 0xffffffff, 0xff, Uint8Array.of(1))];
    const again = read(text(mar({ avps, sipAuthDataItem: { sipAuthenticationScheme: 0, avps } })));
    expect(again.avps).toEqual(avps);
    expect(again.sipAuthDataItem?.avps).toEqual(avps);
    for (const avp of [...again.avps, ...(again.sipAuthDataItem?.avps ?? [])]) expect(avp).toBeInstanceOf(Avp);
  });

  it("takes an Address of another family", async () => {
    const [side] = sidesOf(await load(repositoryPath("test/golden/data-types/dictionary.xml")), "types");
    const [init] = fc.sample(side?.init as fc.Arbitrary<unknown>, 1);
    const other = { family: 8, data: new TextEncoder().encode("4930901820") };
    const manyAddress = [other, "192.0.2.1", "2001:db8::1"];
    const message = types.types.request.create({ ...(init as types.TypesRequestInit), manyAddress }, fill);
    const json = text(message) as { manyAddress: unknown };
    expect(json.manyAddress).toEqual([
      { family: 8, data: { $octets: "34393330393031383230" } },
      "192.0.2.1",
      "2001:db8::1",
    ]);
    expect(fromJson(types.types.request, json as never)).toEqual(message);
  });

  it("a key `__proto__` is a property that does not exist, and changes no prototype", () => {
    const evil = JSON.parse('{"__proto__":{"polluted":1},"sipAor":"a"}') as JsonValue;
    expect(() => read(evil)).toThrow(new SyntaxError("__proto__: there is no such property"));
    const inner = JSON.parse('{"sipAuthDataItem":{"__proto__":{"polluted":1}}}') as JsonValue;
    expect(() => read(inner)).toThrow(new SyntaxError("sipAuthDataItem.__proto__: there is no such property"));
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    // Which toJson keeps as any other key.
    expect(JSON.stringify(toJson(JSON.parse('{"__proto__":1}')))).toBe('{"__proto__":1}');
  });

  it.each<readonly [string, unknown, string]>([
    ["null for a message", null, "null is no value"],
    ["a list for a message", [], "sip.MultimediaAuthRequest: [] is no value"],
    ["octets for a message", { $octets: "" }, "sip.MultimediaAuthRequest: "],
    ["null", { userName: null }, "userName: null is no value"],
    ["a boolean in a list", { routeRecord: ["a", true] }, "routeRecord[1]: true is no value"],
    ["an unknown tag", { userName: { $hex: "00" } }, 'userName: {"$hex":"00"} is no value'],
    ["half an octet", { userName: { $octets: "0" } }, 'userName: {"$octets":"0"} is no value'],
    ["no hexadecimal", { sipAuthDataItem: { sipItemNumber: { $octets: "0g" } } }, "sipAuthDataItem.sipItemNumber: "],
    ["no decimal", { userName: { $bigint: "0x10" } }, "userName: "],
    ["a bigint that is a number", { userName: { $bigint: 5 } }, 'userName: {"$bigint":5} is no value'],
    ["no date", { userName: { $time: "2026-13-01T00:00:00Z" } }, "userName: "],
    ["a date that is not ISO 8601", { userName: { $time: "1 May 2026" } }, "userName: "],
    ["a float that is none", { userName: { $float: "1.5" } }, "userName: "],
    ["a slip of the pen", { userNmae: "alice" }, "userNmae: there is no such property"],
    ["the same in a group", { sipAuthDataItem: { scheme: 0 } }, "sipAuthDataItem.scheme: there is no such property"],
    ["an AVP that is none", { avps: [5] }, "avps[0]: 5 is no value"],
    ["an AVP without data", { avps: [{ code: 1, vendorId: 0, flags: 0 }] }, "avps[0]: "],
    [
      "an AVP with flags out of range",
      { avps: [{ code: 1, vendorId: 0, flags: 256, data: { $octets: "" } }] },
      "avps[0]",
    ],
    ["the same in a group", { sipAuthDataItem: { avps: [null] } }, "sipAuthDataItem.avps[0]: null is no value"],
    ["a header that is none", { header: 5 }, "header: 5 is no value"],
    ["a bigint as header", { header: { $bigint: "5" } }, 'header: {"$bigint":"5"} is no value'],
    ["a header that lacks something", { header: { flags: 5 } }, 'header: {"flags":5} is no value'],
    ["a number for a list of groups", { proxyInfo: 5 }, "proxyInfo: a list was expected"],
    ["a text for a list", { routeRecord: "a.test" }, "routeRecord: a list was expected"],
    ["a group for a list", { proxyInfo: { proxyHost: "a" } }, "proxyInfo: a list was expected"],
    ["a list for a text", { userName: ["a"] }, "userName: one value was expected"],
    ["a text for a group", { sipAuthDataItem: "a" }, 'sipAuthDataItem: "a" is no value'],
    ["a text for AVPs", { avps: "a" }, "avps: a list was expected"],
  ])("%s: SyntaxError with the path", (_title, json, message) => {
    expect(() => read(json)).toThrow(SyntaxError);
    expect(() => read(json)).toThrow(message);
  });

  it("never throws anything but SyntaxError, whatever the JSON", () => {
    const names = fc.constantFrom(
      ...Object.keys(mar()),
      "code",
      "flags",
      "data",
      "$octets",
      "$bigint",
      "$time",
      "__proto__",
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom<JsonValue>(null, true, 0, -1.5, "", "00", "NaN"),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(names, tie("json"), { maxKeys: 4, noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(json, (value) => {
        try {
          read(value);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
