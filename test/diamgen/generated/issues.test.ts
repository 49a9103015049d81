/** What is wrong with a message, with the Result-Code and the Failed-AVP that RFC 6733 sections 7.1.5 and 7.5 ask for. */

import { AvpError } from "@diamgen/runtime";
import { accounting, application as accountingApplication } from "@diamgen/sdk/accounting";
import * as base from "@diamgen/sdk/base";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { count } from "../../golden/cardinality/expected/cardinality/commands.js";
import { avps as cardinalityAvps } from "../../golden/cardinality/expected/cardinality/known.js";
import { tight, wild } from "../../golden/empty-grammars/expected/empty/commands.js";
import { avps as emptyAvps } from "../../golden/empty-grammars/expected/empty/known.js";
import { ManyAvp } from "../../golden/many-members/expected/many/groups.js";
import { avp, brief, decode, decodeOk, encode, failed, group, hex, issuesOf, M, message, u32, V } from "./wire.js";

const known = sip.application.avps;

const parts = {
  263: avp(263, "host;1;2"),
  258: avp(258, 6),
  277: avp(277, 1),
  264: avp(264, "client.test"),
  296: avp(296, "test"),
  283: avp(283, "test"),
  122: avp(122, "sip:a@test"),
  393: avp(393, "INVITE"),
} as const;

/** A MAR without `without`, with `more` behind its AVPs. */
function mar(more: readonly Uint8Array[] = [], without: readonly number[] = [], before: readonly Uint8Array[] = []) {
  const kept = [263, 258, 277, 264, 296, 283, 122, 393].filter((code) => !without.includes(code));
  return message(
    sip.multimediaAuth,
    "request",
    ...before,
    ...kept.map((code) => parts[code as keyof typeof parts]),
    ...more,
  );
}

function marIssues(...args: Parameters<typeof mar>) {
  return issuesOf(sip.multimediaAuth.request, mar(...args), known);
}

/** Where the AVPs of `more` begin. */
const END = mar().length;

describe("a sound MAR", () => {
  it("has no issues", () => expect(marIssues()).toEqual([]));

  it("has none whatever the order of its AVPs", () => {
    const reversed = message(sip.multimediaAuth, "request", ...Object.values(parts).reverse());
    expect(decodeOk(sip.multimediaAuth.request, reversed, known)).toMatchObject({
      sessionId: "host;1;2",
      sipMethod: "INVITE",
    });
  });
});

describe("5005, required AVPs that are missing", () => {
  it.each([
    [263, ""],
    [258, "00000000"],
    [277, "00000000"],
    [264, "00"],
    [296, "00"],
    [283, "00"],
    [122, ""],
    [393, ""],
  ])("AVP %i: Failed-AVP has it with data of minimum length, zero-filled", (code, data) => {
    const issues = marIssues([], [code]);
    expect(brief(issues)).toEqual([`5005 ${code} @0`]);
    const length = (8 + data.length / 2).toString(16).padStart(6, "0");
    const padded = data.padEnd(Math.ceil(data.length / 8) * 8, "0");
    expect(failed(issues[0])).toBe(`${code.toString(16).padStart(8, "0")}40${length}${padded}`);
  });

  it("several are all told, in the order of the grammar", () => {
    expect(brief(marIssues([], [122, 263, 296]))).toEqual(["5005 263 @0", "5005 296 @0", "5005 122 @0"]);
  });

  it("all of them: the message is nothing but its header", () => {
    const issues = issuesOf(sip.multimediaAuth.request, message(sip.multimediaAuth, "request"), known);
    expect(issues.map(({ path }) => path)).toEqual(["263", "258", "277", "264", "296", "283", "122", "393"]);
  });

  it("in a group: Failed-AVP has the groups on the way, and they hold nothing else", () => {
    const item = avp(376, group(avp(378, 1), avp(380, group(avp(104, "realm"), avp(105, "nonce")))));
    const issues = marIssues([item]);
    expect(brief(issues)).toEqual([
      ...[115, 109, 103].map((code) => `5005 376/380/${code} @${END + 8 + 12}`),
      `5005 376/377 @${END}`,
    ]);
    const nested = issues.find(({ path }) => path === "376/380/115");
    expect(failed(nested)).toBe(hex(avp(376, avp(380, avp(115, "")))));
    const inner = issues.find(({ path }) => path === "376/377");
    expect(failed(inner)).toBe(hex(avp(376, avp(377, u32(0)))));
  });

  it("in an empty group", () => {
    expect(brief(marIssues([avp(376, "")]))).toEqual([`5005 376/377 @${END}`]);
    const proxy = marIssues([avp(284, "")]);
    expect(brief(proxy)).toEqual([`5005 284/280 @${END}`, `5005 284/33 @${END}`]);
  });

  it("with a vendor: its id is in the path and in Failed-AVP", () => {
    const raw = message(count, "request", avp(4, "x"), avp(8, avp(1, 7)), avp(5, 1), avp(5, 2), avp(5, 3));
    const issues = issuesOf(count.request, raw, [cardinalityAvps]);
    expect(brief(issues)).toEqual(["5005 77:3 @0"]);
    expect(failed(issues[0])).toBe(`00000003c00000140000004d${"00".repeat(8)}`);
  });

  it("too few of them", () => {
    const parts = [avp(4, "x"), avp(8, avp(1, 7))];
    const c = avp(3, new Uint8Array(8), { vendorId: 77 });
    const codesOf = (...more: Uint8Array[]) =>
      brief(issuesOf(count.request, message(count, "request", ...parts, ...more), [cardinalityAvps]));
    const three = [avp(5, 1), avp(5, 2), avp(5, 3)];
    expect(codesOf(c, c, ...three)).toEqual([]);
    expect(codesOf(c, ...three)).toEqual(["5005 77:3 @0"]);
    expect(codesOf(c, c, avp(5, 1), avp(5, 2))).toEqual(["5005 5 @0"]);
    expect(codesOf()).toEqual(["5005 77:3 @0", "5005 5 @0"]);
  });

  it("beyond the first word of bits", () => {
    const members = (codes: readonly number[]) =>
      ManyAvp.is(ManyAvp.of(Object.fromEntries(codes.map((code) => [`member${code}`, code])) as never));
    const all = Array.from({ length: 33 }, (_, i) => i + 1);
    expect(members(all)).toBe(true);
    const value = Object.fromEntries(all.map((code) => [`member${code}`, code])) as never;
    expect(ManyAvp.read(ManyAvp.of(value))).toMatchObject({
      member1: 1,
      member31: 31,
      member33: 33,
      member34: undefined,
    });
    const data = group(...all.filter((code) => code !== 32).map((code) => avp(code, code)));
    const read = () => ManyAvp.read({ code: 1000, vendorId: 0, flags: 0, data });
    expect(read).toThrow(AvpError);
    expect(read).toThrow("Many: missing: AVP 32");
  });
});

describe("5014, lengths that cannot be", () => {
  it.each([
    ["0", 0],
    ["7, below the header", 7],
    ["beyond the message", 13],
    ["the largest there is", 0xffffff],
  ])("AVP Length %s", (_what, length) => {
    const issues = marIssues([avp(1, 0x61626364, { length })]);
    expect(brief(issues)).toEqual([`5014 1 @${END}`]);
    // The header as it came cannot be sent back, for its length is wrong; data of minimum length, zero-filled: RFC 6733 section 7.1.5.
    expect(failed(issues[0])).toBe("0000000140000008");
  });

  it.each([8, 9, 10, 11])("AVP Length %i with the V bit, below the longer header", (length) => {
    const issues = marIssues([avp(3, "", { vendorId: 77, length })]);
    expect(brief(issues)).toEqual([`5014 77:3 @${END}`]);
    expect(failed(issues[0])).toBe("00000003c000000c0000004d");
  });

  it("zero-fills the data to the minimum where the AVP is known", () => {
    const issues = marIssues([avp(382, 1, { length: 99 })]);
    expect(brief(issues)).toEqual([`5014 382 @${END}`]);
    expect(failed(issues[0])).toBe("0000017e4000000c00000000");
  });

  it("four octets behind the last AVP; other numbers make the message's own length impossible", () => {
    expect(brief(marIssues([new Uint8Array(4).fill(0x41)]))).toEqual([`5014 1094795585 @${END}`]);
    for (const octets of [1, 2, 3, 5, 6, 7])
      expect(brief(marIssues([new Uint8Array(octets).fill(0x41)]))).toEqual(["5015  @0"]);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])("%i octets behind the last AVP of a group", (octets) => {
    const data = group(avp(377, 0), new Uint8Array(octets).fill(0x41));
    const issues = marIssues([avp(376, data)]);
    expect(issues.map(({ resultCode, offset }) => [resultCode, offset])).toEqual([[5014, END + 8 + 12]]);
    expect(issues[0]?.path).toMatch(/^376\/\d+$/);
    expect(failed(issues[0])).toMatch(/^00000178400000/);
  });

  it("an AVP that ends behind its group, within the message", () => {
    const issues = marIssues([avp(376, avp(377, 0, { length: 16 })), avp(1, "user")]);
    expect(brief(issues)).toEqual([`5014 376/377 @${END + 8}`, `5005 376/377 @${END}`]);
  });

  it.each([0, 1, 3, 5, 8])("%i octets for an Unsigned32", (size) => {
    const data = new Uint8Array(size).fill(7);
    const issues = marIssues([avp(382, data)]);
    expect(brief(issues)).toEqual([`5014 382 @${END}`]);
    // Its bounds are sound, so it goes back as it came.
    expect(failed(issues[0])).toBe(hex(avp(382, data)));
  });

  it("data of another size in an ACR: Time, Unsigned64, Enumerated", () => {
    const parts = [avp(263, "s"), avp(264, "h.test"), avp(296, "test"), avp(283, "test"), avp(485, 0)];
    const check = (...more: Uint8Array[]) =>
      brief(
        issuesOf(accounting.request, message(accounting, "request", ...parts, ...more), accountingApplication.avps),
      );
    expect(check(avp(480, 1))).toEqual([]);
    expect(check(avp(480, "12345"))).toEqual([expect.stringMatching(/^5014 480 /)]);
    expect(check(avp(480, 1), avp(55, "123"))).toEqual([expect.stringMatching(/^5014 55 /)]);
    expect(check(avp(480, 1), avp(287, 4))).toEqual([expect.stringMatching(/^5014 287 /)]);
  });

  it("stops the reading: what comes behind is not looked at", () => {
    expect(brief(marIssues([avp(382, 1, { length: 4 }), avp(99999, "unknown")]))).toEqual([`5014 382 @${END}`]);
  });
});

describe("5001, unknown AVPs with the M bit", () => {
  it("is the issue, with the AVP as it came", () => {
    const stranger = avp(60000, "what", { flags: M | 0x20 });
    const issues = marIssues([stranger]);
    expect(brief(issues)).toEqual([`5001 60000 @${END}`]);
    expect(failed(issues[0])).toBe(hex(stranger));
  });

  it("of a vendor, and within a group", () => {
    const stranger = avp(4, "x", { vendorId: 99 });
    const issues = marIssues([avp(376, group(avp(377, 0), stranger))]);
    expect(brief(issues)).toEqual([`5001 376/99:4 @${END + 8 + 12}`]);
    expect(failed(issues[0])).toBe(hex(avp(376, stranger)));
  });

  it("is none without the M bit", () => expect(marIssues([avp(60000, "what", { flags: 0 })])).toEqual([]));

  it("is none where the application, or an extension of the node, knows the AVP", () => {
    expect(marIssues([avp(55, 1)])).toEqual([]);
    const score = avp(205, 200);
    expect(brief(marIssues([score]))).toEqual([`5001 205 @${END}`]);
    expect(issuesOf(sip.multimediaAuth.request, mar([score]), [...known, opensips.avps])).toEqual([]);
  });

  it("knows an AVP of a vendor from that of another, and from that of none", () => {
    const extended = [...known, opensips.avps];
    expect(issuesOf(sip.multimediaAuth.request, mar([avp(1, "x=y", { vendorId: 9 })]), extended)).toEqual([]);
    const other = mar([avp(1, "x=y", { vendorId: 10 })]);
    expect(brief(issuesOf(sip.multimediaAuth.request, other, extended))).toEqual([`5001 10:1 @${END}`]);
  });
});

describe("5009, AVPs that occur too often", () => {
  it("the second of one that may come once, the first is kept", () => {
    const decoded = decode(sip.multimediaAuth.request, mar([avp(122, "sip:b@test")]), known);
    expect(decoded.ok).toBe(false);
    expect(decoded.message?.sipAor).toBe("sip:a@test");
    const issues = decoded.ok ? [] : decoded.issues;
    expect(brief(issues)).toEqual([`5009 122 @${END}`]);
    expect(failed(issues[0])).toBe(hex(avp(122, "sip:b@test")));
  });

  it("each one above the maximum: `*3 [ A ]`", () => {
    const c = avp(3, new Uint8Array(8), { vendorId: 77 });
    const parts = [c, c, avp(4, "x"), avp(8, avp(1, 7)), avp(5, 1), avp(5, 2), avp(5, 3)];
    const check = (...more: Uint8Array[]) =>
      issuesOf(count.request, message(count, "request", ...parts, ...more), [cardinalityAvps]).map(
        ({ resultCode, path }) => `${resultCode} ${path}`,
      );
    expect(check(avp(1, 1), avp(1, 2), avp(1, 3))).toEqual([]);
    expect(check(avp(1, 1), avp(1, 2), avp(1, 3), avp(1, 4), avp(1, 5))).toEqual(["5009 1", "5009 1"]);
    expect(check(c, c, c)).toEqual(["5009 77:3"]);
    expect(check(avp(5, 4))).toEqual(["5009 5"]);
  });
});

describe("5008, AVPs where the grammar has no wildcard", () => {
  it("is the issue for a known one with the M bit, 5001 for an unknown one, none without the M bit", () => {
    const check = (...more: Uint8Array[]) =>
      issuesOf(tight.request, message(tight, "request", avp(1, 7), ...more), [emptyAvps]).map(
        ({ resultCode, path }) => `${resultCode} ${path}`,
      );
    expect(check()).toEqual([]);
    expect(check(avp(2, ""))).toEqual(["5008 2"]);
    expect(check(avp(60000, ""))).toEqual(["5001 60000"]);
    expect(check(avp(2, "", { flags: 0 }), avp(60000, "", { flags: 0 }))).toEqual([]);
  });

  it("within a group that an application has taken everything out of", () => {
    const raw = message(tight, "answer", avp(4, avp(1, 7)));
    expect(brief(issuesOf(tight.answer, raw, [emptyAvps]))).toEqual(["5008 4/1 @28"]);
  });

  it("is none where nothing but the wildcard is there; lengths are looked at all the same", () => {
    expect(issuesOf(wild.request, message(wild, "request", avp(1, 7), avp(2, "")), [emptyAvps])).toEqual([]);
    expect(brief(issuesOf(wild.request, message(wild, "request", avp(1, 7, { length: 5 })), [emptyAvps]))).toEqual([
      "5014 1 @20",
    ]);
    expect(brief(issuesOf(wild.request, message(wild, "request", avp(60000, 7)), [emptyAvps]))).toEqual([
      "5001 60000 @20",
    ]);
  });

  it("what a group of any AVPs holds is not judged: Failed-AVP has what could not be decoded", () => {
    const raw = message(tight, "answer", avp(3, group(avp(60000, "x"), avp(1, 7, { length: 5 }))));
    expect(issuesOf(tight.answer, raw, [emptyAvps])).toEqual([]);
    const answer = message(
      base.deviceWatchdog,
      "answer",
      avp(268, 5001),
      avp(264, "h"),
      avp(296, "r"),
      avp(279, avp(60000, "x")),
    );
    const decoded = decodeOk(base.deviceWatchdog.answer, answer, base.application.avps);
    expect(decoded.failedAvp?.avps).toMatchObject([{ code: 60000, flags: 0x40 }]);
  });
});

describe("5004, values that cannot be", () => {
  it.each([
    ["a byte that UTF-8 has not", [0x61, 0xff, 0x62]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a sequence that is cut off", [0x61, 0xe2, 0x82]],
    ["above U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ])("UTF8String with %s", (_what, octets) => {
    const value = Uint8Array.from(octets);
    const issues = marIssues([avp(1, value)]);
    expect(brief(issues)).toEqual([`5004 1 @${END}`]);
    expect(failed(issues[0])).toBe(hex(avp(1, value)));
  });

  it("takes UTF-8 of any length, a BOM and NUL in other texts than Session-Id", () => {
    const names = ["J\u00fcrgen", "\u540d\u524d", "\u{1f600}", "\ufeffx", "a\0b", "", "x".repeat(5000)];
    for (const name of names)
      expect(decodeOk(sip.multimediaAuth.request, mar([avp(1, name)]), known).userName).toBe(name);
  });

  it("NUL in Session-Id", () => {
    expect(brief(marIssues([], [263], [avp(263, "a\0b")]))).toEqual(["5004 263 @20"]);
  });

  it.each(["", "a b", "h\u00f6st", "a\0b", "a\u007f", "tab\t"])("DiameterIdentity %j", (host) => {
    expect(brief(marIssues([], [264], [avp(264, host)]))).toEqual(["5004 264 @20"]);
  });

  it("says it for each value of a list, and for one in a group", () => {
    const issues = marIssues([
      avp(282, "a b"),
      avp(282, "good"),
      avp(282, ""),
      avp(284, group(avp(280, "a b"), avp(33, "s"))),
    ]);
    expect(issues.map(({ resultCode, path }) => `${resultCode} ${path}`)).toEqual([
      "5004 282",
      "5004 282",
      "5004 284/280",
    ]);
    expect(failed(issues[2])).toBe(hex(avp(284, avp(280, "a b"))));
  });
});

describe("many issues", () => {
  it("are cut off at 16", () => {
    const strangers = Array.from({ length: 1000 }, (_, i) => avp(60000 + i, "x"));
    const issues = marIssues(strangers);
    expect(issues).toHaveLength(16);
    expect(issues.map(({ path }) => path)).toEqual(Array.from({ length: 16 }, (_, i) => `${60000 + i}`));
  });

  it("are told in the order of the octets, what is missing at the end", () => {
    const issues = marIssues([], [393], [avp(60000, "x"), avp(282, "a b")]);
    expect(issues.map(({ resultCode }) => resultCode)).toEqual([5001, 5004, 5005]);
  });

  it("do not carry over to the next message", () => {
    expect(marIssues([avp(60000, "x")])).toHaveLength(1);
    expect(marIssues()).toEqual([]);
  });

  it("leave what could be read", () => {
    const decoded = decode(sip.multimediaAuth.request, mar([avp(60000, "x"), avp(1, "user")], [393]), known);
    expect(decoded.message).toMatchObject({ sessionId: "host;1;2", userName: "user", sipMethod: "" });
  });
});

describe("Failed-AVP", () => {
  it("holds at most 1024 octets of data: no peer gets a megabyte for a megabyte", () => {
    const issues = marIssues([avp(60000, new Uint8Array(100_000).fill(7))]);
    expect(issues[0]?.failedAvp?.data.length).toBe(1024);
  });
});

describe("the V bit", () => {
  it("with vendor 0 means the IETF's, and goes out without", () => {
    const raw = mar([], [122], [avp(122, "sip:v@test", { flags: V | M, vendorId: 0 })]);
    const decoded = decodeOk(sip.multimediaAuth.request, raw, known);
    expect(decoded.sipAor).toBe("sip:v@test");
    expect(hex(encode(sip.multimediaAuth.request, decoded))).toContain(hex(avp(122, "sip:v@test")));
  });

  it("is what makes a vendor's AVP: without it, or with another vendor, it is another AVP", () => {
    const decoded = decodeOk(sip.multimediaAuth.request, mar([avp(122, "x", { flags: 0, vendorId: 5 })]), known);
    expect(decoded.avps).toMatchObject([{ code: 122, vendorId: 5, flags: 0x80 }]);
  });
});

describe("the header", () => {
  it("decides first: version and length", () => {
    const bytes = mar().toBytes().slice();
    bytes[0] = 2;
    expect(brief(issuesOf(sip.multimediaAuth.request, bytes, known))).toEqual(["5011  @0"]);
    bytes[0] = 1;
    bytes[3] = (bytes[3] as number) - 4;
    expect(brief(issuesOf(sip.multimediaAuth.request, bytes, known))).toEqual(["5015  @0"]);
  });
});
