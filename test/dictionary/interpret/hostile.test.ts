/**
 * What is wrong with a message, and what RFC 6733 wants to be said of it. Octets in and octets of Failed-AVP out are written by hand from
 * sections 4.1, 7.1.5 and 7.5.
 */
import { type Application, type Command, type Interpreter, interpreter } from "@diamgen/dictionary";
import { RawMessage } from "@diamgen/runtime/codec";
import { beforeAll, describe, expect, it } from "vitest";
import { load, loadText } from "../../diamgen/support.js";
import { repositoryPath } from "../../support/require.js";
import { brief, hex, message, octets, plain } from "./octets.js";

const MAR = 0xc0000000 + 286;
const SESSION_ID = "00000107 40000009 73000000";
const AUTH_APPLICATION_ID = "00000102 4000000c 00000006";
const AUTH_SESSION_STATE = "00000115 4000000c 00000001";
const ORIGIN_HOST = "00000108 40000009 68000000";
const ORIGIN_REALM = "00000128 40000009 72000000";
const DESTINATION_REALM = "0000011b 40000009 64000000";
const SIP_AOR = "0000007a 40000009 61000000";
const SIP_METHOD = "00000189 40000009 49000000";
/** All that a Multimedia-Auth-Request requires: eight AVPs of twelve octets, so that what follows begins at octet 116. */
const REQUIRED = [
  ...[SESSION_ID, AUTH_APPLICATION_ID, AUTH_SESSION_STATE, ORIGIN_HOST],
  ...[ORIGIN_REALM, DESTINATION_REALM, SIP_AOR, SIP_METHOD],
];
const SCHEME = "00000179 4000000c 00000000";

let codecs: Interpreter;
beforeAll(async () => {
  const dictionary = await load(repositoryPath("dictionaries/sip.xml"));
  codecs = interpreter(dictionary);
});

/** Issues of a Multimedia-Auth-Request with these AVPs. */
function issuesOf(...avps: readonly string[]): string[] {
  const decoded = codecs.codec("sip", "Multimedia-Auth", "request").decode(message(MAR, 6, ...avps));
  return decoded.ok ? [] : decoded.issues.map(brief);
}

function without(avp: string): string[] {
  return REQUIRED.filter((one) => one !== avp);
}

interface Case {
  readonly title: string;
  readonly avps: readonly string[];
  /** Result-Code, octet, path, Failed-AVP's content. */
  readonly issues: readonly (readonly [number, number, string, string])[];
}

const more = (title: string, avps: string, ...issues: Case["issues"]): Case => ({
  title,
  avps: [...REQUIRED, avps],
  issues,
});

function check({ avps, issues }: Case): void {
  expect(issuesOf(...avps)).toEqual(
    issues.map(([resultCode, offset, path, failed]) => `${resultCode} @${offset} ${path} ${plain(failed)}`),
  );
}

it("nothing is wrong with what is required", () => expect(issuesOf(...REQUIRED)).toEqual([]));

describe("5001: an AVP that nobody knows, with the M bit", () => {
  it.each<Case>([
    more("at the top", "00989680 40000008", [5001, 116, "10000000", "00989680 40000008"]),
    more("of a vendor", "00000001 c000000d 0001869f 78 000000", [
      5001,
      116,
      "99999:1",
      "00000001 c000000d 0001869f 78000000",
    ]),
    more("in a group, which goes back with nothing else in it", `00000178 4000001c ${SCHEME} 00989680 40000008`, [
      5001,
      136,
      "376/10000000",
      "00000178 40000010 | 00989680 40000008",
    ]),
    more("P and reserved bits go back as they came", "00989680 7f000008", [5001, 116, "10000000", "00989680 7f000008"]),
    more("without the M bit it is kept", "00989680 00000009 78000000"),
    more("one that is known may have it: Class", "00000019 40000009 78000000"),
  ])("$title", check);
});

describe("5005: a required AVP is missing; Failed-AVP has it with as many zeros as its type takes at least", () => {
  it.each<Case>([
    { title: "UTF8String", avps: without(SIP_AOR), issues: [[5005, 0, "122", "0000007a 40000008"]] },
    {
      title: "Enumerated",
      avps: without(AUTH_SESSION_STATE),
      issues: [[5005, 0, "277", "00000115 4000000c 00000000"]],
    },
    { title: "DiameterIdentity", avps: without(ORIGIN_HOST), issues: [[5005, 0, "264", "00000108 40000009 00000000"]] },
    more("in an empty group", "00000178 40000008", [
      ...([5005, 116, "376/377"] as const),
      "00000178 40000014 | 00000179 4000000c 00000000",
    ]),
    more(
      "in an empty group at the end of another: SIP-Authenticate wants Digest-Realm (104) and Digest-Nonce (105)",
      `00000178 4000001c ${SCHEME} | 0000017b 40000008`,
      [5005, 136, "376/379/104", "00000178 40000018 | 0000017b 40000010 | 00000068 40000008"],
      [5005, 136, "376/379/105", "00000178 40000018 | 0000017b 40000010 | 00000069 40000008"],
    ),
    {
      title: "several, in the order of the grammar",
      avps: [SESSION_ID, AUTH_APPLICATION_ID, ORIGIN_HOST, ORIGIN_REALM, SIP_AOR, SIP_METHOD],
      issues: [
        [5005, 0, "277", "00000115 4000000c 00000000"],
        [5005, 0, "283", "0000011b 40000009 00000000"],
      ],
    },
  ])("$title", check);

  it("a message without AVPs lacks everything", () => expect(issuesOf()).toHaveLength(8));
});

describe("5009: more than the grammar allows; Failed-AVP has the first that is too many", () => {
  const other = "0000007a 40000009 62000000";
  const third = "0000007a 40000009 63000000";
  it.each<Case>([
    more("two SIP-AOR", other, [5009, 116, "122", other]),
    more("three", other + third, [5009, 116, "122", other], [5009, 128, "122", third]),
    more("Session-Id, far from the first", SESSION_ID, [5009, 116, "263", SESSION_ID]),
    more("in a group", `00000178 40000020 ${SCHEME} 00000179 4000000c 00000001`, [
      ...([5009, 136, "376/377"] as const),
      "00000178 40000014 | 00000179 4000000c 00000001",
    ]),
    more("what is too many is not looked into", "0000007a 40000009 ff000000", [
      ...([5009, 116, "122"] as const),
      "0000007a 40000009 ff000000",
    ]),
  ])("$title", check);
});

describe("5014: lengths", () => {
  it.each<Case>([
    more("0", "00000001 40000000", [5014, 116, "1", "00000001 40000008"]),
    more("7, with what would be its header", "00000001 40000007", [5014, 116, "1", "00000001 40000008"]),
    more("8 with the V bit", "00000001 c0000008 0000002a", [5014, 116, "42:1", "00000001 c000000c 0000002a"]),
    more("11 with the V bit", "00000001 c000000b 0000002a", [5014, 116, "42:1", "00000001 c000000c 0000002a"]),
    more("8 with the V bit at the end", "00000001 c0000008", [5014, 116, "1", "00000001 c000000c 00000000"]),
    more("beyond the message: zeros as its type wants", "0000010c 40000010 00000007", [
      ...([5014, 116, "268"] as const),
      "0000010c 4000000c 00000000",
    ]),
    more("beyond the message: an AVP that nobody knows", "00989680 00ffffff 01020304", [
      ...([5014, 116, "10000000"] as const),
      "00989680 00000008",
    ]),
    more("beyond the message: a group goes back empty", "00000178 40000fff 00000179", [
      ...([5014, 116, "376"] as const),
      "00000178 40000008",
    ]),
    more(
      "beyond the group, which lacks it then",
      "00000178 40000014 00000179 40000010 00000000",
      [5014, 124, "376/377", "00000178 40000014 | 00000179 4000000c 00000000"],
      [5005, 116, "376/377", "00000178 40000014 | 00000179 4000000c 00000000"],
    ),
    more("four octets behind the last AVP", "00000107", [5014, 116, "263", "00000107 00000008"]),
    more("two octets behind the last AVP of a group", `00000178 40000016 ${SCHEME} 0a0b0000`, [
      ...([5014, 136, "376/168493056"] as const),
      "00000178 40000010 | 0a0b0000 00000008",
    ]),
    more(
      "behind a broken group reading goes on",
      `00000178 40000016 ${SCHEME} 0a0b0000 | 00989680 40000008`,
      [...([5014, 136, "376/168493056"] as const), "00000178 40000010 | 0a0b0000 00000008"],
      [5001, 140, "10000000", "00989680 40000008"],
    ),
    {
      title: "behind a broken AVP at the top it does not: what follows is missing too",
      avps: [...without(SIP_METHOD), "00000001 40000003", SIP_METHOD],
      issues: [
        [5014, 104, "1", "00000001 40000008"],
        [5005, 0, "393", "00000189 40000008"],
      ],
    },
    {
      title: "three octets of Unsigned32, as they came",
      avps: [SESSION_ID, "00000102 4000000b 00000600", ...REQUIRED.slice(2)],
      issues: [[5014, 32, "258", "00000102 4000000b 00000600"]],
    },
    {
      title: "five octets of Enumerated, as they came",
      avps: [...without(AUTH_SESSION_STATE), "00000115 4000000d 00000001 07000000"],
      issues: [[5014, 104, "277", "00000115 4000000d 00000001 07000000"]],
    },
    more(
      "none: the last AVP of a group may come without padding",
      `00000178 4000001d ${SCHEME} 00000001 00000009 78 000000`,
    ),
  ])("$title", check);
});

describe("5004: values", () => {
  const bad = (title: string, avp: string): Case =>
    more(title, avp, [5004, 116, `${Number.parseInt(avp.slice(0, 8), 16)}`, avp]);
  it.each<Case>([
    bad("UTF8String that is no UTF-8", "00000001 40000009 ff000000"),
    bad("UTF8String cut off within a character", "00000001 40000009 c3000000"),
    bad("UTF8String with an overlong form", "00000001 4000000a c0800000"),
    bad("UTF8String with a surrogate", "00000001 4000000b eda08000"),
    bad("UTF8String beyond U+10FFFF", "00000001 4000000c f4908080"),
    bad("DiameterIdentity of no characters", "0000011a 40000008"),
    bad("DiameterIdentity with a space", "0000011a 4000000b 61206200"),
    bad("DiameterIdentity with a NUL", "0000011a 4000000b 61006200"),
    bad("DiameterIdentity beyond ASCII", "0000011a 4000000a c3a90000"),
    more(
      "in two groups",
      `00000178 40000040 ${SCHEME} 0000017b 4000002c 00000068 40000009 72000000 00000069 40000009 6e000000 0000006f 40000009 ff000000`,
      [...([5004, 168, "376/379/111"] as const), "00000178 4000001c | 0000017b 40000014 | 0000006f 40000009 ff000000"],
    ),
  ])("$title", check);

  it("NUL in Session-Id, which we refuse", () => {
    expect(issuesOf("00000107 4000000b 73007300", ...REQUIRED.slice(1))).toEqual([
      `5004 @20 263 ${plain("00000107 4000000b 73007300")}`,
    ]);
  });

  it("of an AVP of a megabyte, 1024 octets of data go back", () => {
    const [issue] = issuesOf(...REQUIRED, `00000001 40100008 ${"ff".repeat(0x100000)}`);
    expect(issue).toBe(`5004 @116 1 ${plain(`00000001 40000408 ${"ff".repeat(1024)}`)}`);
  });
});

describe("Address in a Capabilities-Exchange-Request", () => {
  const rest = `${ORIGIN_HOST}${ORIGIN_REALM}0000010a 4000000c 00000000 | 0000010d 00000009 70000000`;
  const decode = (avps: string) => {
    const decoded = codecs.codec(0, 257, "request").decode(message(0x80000101, 0, avps, rest));
    return decoded.ok ? decoded.message.get("Host-IP-Address") : decoded.issues.map(brief);
  };
  it.each<[string, string, unknown]>([
    ["IPv4", "00000101 4000000e 0001 c0000201 0000", "192.0.2.1"],
    ["IPv6", "00000101 4000001a 0002 20010db8 00000000 00000000 00000001 0000", "2001:db8::1"],
    ["E.164", "00000101 4000000c 0008 3439", { family: 8, data: octets("3439") }],
    [
      "IPv4 of five octets",
      "00000101 4000000f 0001 c000020105 00",
      [`5004 @20 257 ${plain("00000101 4000000f 0001c00002010500")}`],
    ],
    [
      "IPv6 of four",
      "00000101 4000000e 0002 c0000201 0000",
      [`5004 @20 257 ${plain("00000101 4000000e 0002c00002010000")}`],
    ],
    ["no room for the family", "00000101 40000009 01000000", [`5014 @20 257 ${plain("00000101 40000009 01000000")}`]],
  ])("%s", (_, avp, expected) => {
    const value = decode(avp);
    expect(value).toEqual(expected);
  });
});

describe("5008: a grammar without * [ AVP ]: Vendor-Specific-Application-Id", () => {
  const rest = `${ORIGIN_HOST}${ORIGIN_REALM}00000101 4000000e 0001c0000201 0000 | 0000010a 4000000c 00000000 | 0000010d 00000009 70000000`;
  const decode = (member: string) => {
    const size = (8 + 12 + octets(member).length).toString(16).padStart(6, "0");
    const group = `00000104 40${size} | 0000010a 4000000c 000028af | ${member}`;
    return codecs.codec(0, 257, "request").decode(message(0x80000101, 0, group, rest));
  };
  it.each<[string, string, string[]]>([
    [
      "known, with the M bit",
      "00000001 40000009 75000000",
      [`5008 @40 260/1 ${plain("00000104 40000014 | 00000001 40000009 75000000")}`],
    ],
    [
      "unknown, with the M bit",
      "00989680 40000008",
      [`5001 @40 260/10000000 ${plain("00000104 40000010 | 00989680 40000008")}`],
    ],
    ["without the M bit it is kept", "00000001 00000009 75000000", []],
  ])("%s", (_, member, expected) => {
    const decoded = decode(member);
    expect(decoded.ok ? [] : decoded.issues.map(brief)).toEqual(expected);
  });
});

describe("headers", () => {
  const sound = message(MAR, 6, ...REQUIRED);
  const changed = (at: number, octet: number) => {
    const bytes = sound.toBytes().slice();
    bytes[at] = octet;
    return codecs.codec("sip", 286, "request").decode(RawMessage.from(bytes));
  };
  it.each<[string, number, number, number]>([
    ["5011: version 2", 0, 2, 5011],
    ["5015: Message Length beyond the octets", 3, 0xff, 5015],
    ["5015: Message Length below them", 3, 0x10, 5015],
  ])("%s", (_, at, octet, resultCode) => {
    expect(changed(at, octet)).toEqual({
      ok: false,
      issues: [{ resultCode, message: expect.any(String), offset: 0, path: "" }],
    });
  });

  it("5015: a length that is no multiple of four", () => {
    const bytes = new Uint8Array(22);
    bytes.set([1, 0, 0, 22]);
    const decoded = codecs.codec("sip", 286, "request").decode(RawMessage.from(bytes));
    expect(decoded.ok ? [] : decoded.issues.map(({ resultCode }) => resultCode)).toEqual([5015]);
  });
});

describe("what is borne", () => {
  const decode = (...avps: readonly string[]) => {
    const decoded = codecs.codec("sip", "Multimedia-Auth", "request").decode(message(MAR, 6, ...avps));
    expect(decoded.ok ? [] : decoded.issues).toEqual([]);
    return decoded.message;
  };

  it("the V bit with vendor id 0 is IETF's", () => {
    expect(decode("00000107 c000000d 00000000 73000000", ...REQUIRED.slice(1))?.get("Session-Id")).toBe("s");
  });

  it("flags other than the dictionary's, padding that is not zero, any order", () => {
    const read = decode("00000107 00000009 73ffffff", ...REQUIRED.slice(1).reverse());
    expect([...(read?.fields.values() ?? [])]).toEqual(["s", 6, 1, "h", "r", "d", "a", "I"]);
  });

  it("AVPs that the grammar does not name stay, with their flags", () => {
    const read = decode(...REQUIRED, "00989680 1f000009 78000000", "00000019 40000008");
    expect(read?.avps.map(({ code, flags, data }) => [code, flags, hex(data)])).toEqual([
      [10000000, 0x1f, "78"],
      [25, 0x40, ""],
    ]);
  });
});

it("Failed-AVP is not looked into: what is in it could not be read", () => {
  const dpa = codecs.codec(0, "Disconnect-Peer", "answer");
  // An AVP of a length that is impossible, an unknown one with the M bit, and three octets.
  const inside = "00989680 40000009 78000000 | 00000102 40000003 01";
  const decoded = dpa.decode(
    message(282, 0, "0000010c 4000000c 00001394", ORIGIN_HOST, ORIGIN_REALM, `00000117 4000001d ${inside} 000000`),
  );
  expect(decoded.ok).toBe(true);
  const failed = decoded.message?.get("Failed-AVP");
  expect(failed).toMatchObject({ fields: new Map() });
  const { avps } = failed as { avps: readonly { code: number; flags: number; data: Uint8Array }[] };
  expect(avps.map(({ code, flags, data }) => [code, flags, hex(data)])).toEqual([
    [10000000, 0x40, "78"],
    [258, 0x40, "01"],
  ]);
});

it("16 issues are kept, the first ones", () => {
  const issues = issuesOf(...REQUIRED, "00989680 40000008".repeat(1000));
  expect(issues).toHaveLength(16);
  expect(issues[15]).toMatch(/^5001 @236 /);
});

describe("bounds", () => {
  const avp = (name: string, code: number) => `<avp name="${name}" code="${code}"><type type-name="Unsigned32"/></avp>`;
  const command = (rules: string) =>
    `<application id="9" name="App" key="app"><command name="Ask" code="9"><requestrules>${rules}</requestrules></command></application>`;
  const decode = async (rules: string, ...avps: readonly string[]) => {
    const dictionary = await loadText(avp("A", 1) + avp("B", 2) + command(rules));
    const decoded = interpreter(dictionary)
      .codec("app", "Ask", "request")
      .decode(message(0x80000009, 9, ...avps));
    return decoded.ok ? [] : decoded.issues.map(brief);
  };
  const A = "00000001 0000000c 00000007";
  const B = "00000002 0000000c 00000007";
  const two = '<required><avprule name="A" minimum="2" maximum="3"/><avprule name="B"/></required>';

  it("two are required", async () => {
    expect(await decode(two, A, B)).toEqual([`5005 @0 1 ${plain("00000001 4000000c 00000000")}`]);
    expect(await decode(two, A, A, A, B, B, B)).toEqual([]);
    expect(await decode(two, A, A, A, B, A)).toEqual([`5009 @68 1 ${plain(A)}`]);
  });

  it("one that cannot be read is there nevertheless", async () => {
    const short = "00000001 0000000b 00000000";
    expect(await decode(two, A, short, B)).toEqual([`5014 @32 1 ${plain(short)}`]);
  });

  it("*0 [ A ] must not occur, whatever its flags", async () => {
    const rules = '<optional><avprule name="A"/><avprule name="AVP"/></optional>';
    const dictionary = await loadText(avp("A", 1) + avp("B", 2) + command(rules));
    const [application] = dictionary.applications as [Application];
    const [ask] = application.commands as [Command];
    // Other formats than ours can say so.
    const none = { ...ask.request, rules: ask.request.rules.map((rule) => ({ ...rule, max: 0 })) };
    const codec = interpreter(dictionary).codec(application, { ...ask, request: none }, "request");
    expect(codec.decode(message(0x80000009, 9, B)).ok).toBe(true);
    const decoded = codec.decode(message(0x80000009, 9, A));
    expect(decoded.ok ? [] : decoded.issues.map(brief)).toEqual([`5008 @20 1 ${plain(A)}`]);
  });
});

it("5012: groups that may hold themselves are read 16 deep within one another", async () => {
  const dictionary = await load(repositoryPath("test/golden/recursion/dictionary.xml"));
  const codec = interpreter(dictionary).codec("recursion", "Grow", "request");
  // Tree ::= { Label } * [ Tree ]
  const label = "00000001 40000009 61000000";
  const tree = (depth: number): string => {
    const inner = label + (depth === 1 ? "" : tree(depth - 1));
    return `00000002 40${(8 + octets(inner).length).toString(16).padStart(6, "0")}${inner}`;
  };
  expect(codec.decode(message(0x80000000 + 4250, 4200006, tree(17))).ok).toBe(true);
  const decoded = codec.decode(message(0x80000000 + 4250, 4200006, tree(20)));
  const [issue, ...others] = decoded.ok ? [] : decoded.issues;
  expect(others).toEqual([]);
  expect(issue).toMatchObject({ resultCode: 5012, path: Array(18).fill("2").join("/"), offset: 20 + 17 * 20 });
});
