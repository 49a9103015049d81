/** OpenSIPS's dictionary.opensips: what its lines mean, and what is said of those that mean nothing. */
import { readFileSync } from "node:fs";
import { interpreter, loadDictionary, readDictionary } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import { repositoryPath, requireShared, testWith } from "../support/require.js";
import { application, avp, brief, ccf, loadTexts } from "./support.js";

const FILE = "dictionary.opensips";
const KNOWN = ["base", "accounting", "digest", "sip", "opensips"].map((name) =>
  repositoryPath(`dictionaries/${name}.xml`),
);

const read = (text: string, file = FILE) => {
  const { document, diagnostics } = readDictionary(file, text);
  return {
    document: document!,
    found: diagnostics.map(({ code, at, message }) => `${code} ${at.line}:${at.column} ${message}`),
  };
};

const EVERYTHING = `# everything
VENDOR 10415 TGPP networks

ATTRIBUTE plain 301
ATTRIBUTE text  302 string
attribute Mixed-Case 303 UTF8String
ATTRIBUTE u32 304 unsigned
ATTRIBUTE u64 305 unsigned64 10415
ATTRIBUTE i32 306 integer # tail
ATTRIBUTE i64 307 integer64
ATTRIBUTE f32 308 float
ATTRIBUTE f64 309 float64
ATTRIBUTE when 310 time
ATTRIBUTE where 311 ip
ATTRIBUTE raw 312 hexstring
\tATTRIBUTE group 313 grouped 10415
{
\ttext | REQUIRED | 1
\tu64|OPTIONAL|3
\tplain | FIXED_HEAD | 1
\traw | OPTIONAL | 0
}
APPLICATION 42 My Diameter Application
APPLICATION-AUTH 43/10415 Other
REQUEST 9001 Acme-Ask-Request
{
\tgroup | REQUIRED | 1
}
ANSWER 9001 Acme-Ask-Answer
{
\tText-Twice | OPTIONAL | 2
}
`;

test("every kind of line", () => {
  const { document, found } = read(EVERYTHING);
  expect(found).toEqual([]);
  expect(document).toMatchObject({ file: FILE, format: "opensips", name: "opensips-extra", imports: [], types: [] });
  expect(document.vendors).toEqual([{ id: 10415, name: "TGPP networks", at: { file: FILE, line: 2, column: 1 } }]);
  expect(
    document.avps.map(({ name, code, vendorId, type, mandatory }) => [name, code, vendorId, type, mandatory]),
  ).toEqual([
    ["plain", 301, 0, "UTF8String", "must"],
    ["text", 302, 0, "UTF8String", "must"],
    ["Mixed-Case", 303, 0, "UTF8String", "must"],
    ["u32", 304, 0, "Unsigned32", "must"],
    ["u64", 305, 10415, "Unsigned64", "must"],
    ["i32", 306, 0, "Integer32", "must"],
    ["i64", 307, 0, "Integer64", "must"],
    ["f32", 308, 0, "Float32", "must"],
    ["f64", 309, 0, "Float64", "must"],
    ["when", 310, 0, "Time", "must"],
    ["where", 311, 0, "Address", "must"],
    ["raw", 312, 0, "OctetString", "must"],
    ["group", 313, 10415, "Grouped", "must"],
  ]);
  const group = document.avps.at(-1)!;
  expect(group.at).toEqual({ file: FILE, line: 16, column: 2 });
  expect(group.grammar!.rules.map(({ avp, position, min, max, at }) => [avp, position, min, max, at.line])).toEqual([
    ["text", "required", 1, 1, 18],
    ["u64", "optional", 0, 3, 19],
    ["plain", "fixed", 1, 1, 20],
    ["raw", "optional", 0, 0, 21],
    ["AVP", "optional", 0, Number.POSITIVE_INFINITY, 16],
  ]);
  expect(
    document.applications.map(({ id, name, key, kind, vendorId, commands }) => [
      id,
      name,
      key,
      kind,
      vendorId,
      commands.length,
    ]),
  ).toEqual([
    [42, "My Diameter Application", "my-diameter-application", "acct", 0, 0],
    [43, "Other", "other", "auth", 10415, 1],
  ]);
  const [command] = document.applications[1]!.commands;
  expect(command).toMatchObject({ name: "Acme-Ask", code: 9001, proxiable: true });
  expect(command!.answer!.rules[0]).toMatchObject({ avp: "Text-Twice", max: 2 });
});

test.each<readonly [string, string, readonly string[]]>([
  [
    "a misspelt keyword",
    "ATTRIBUTE a 1\nATTRIBUT b 2\n",
    ['DG1045 2:1 "ATTRIBUT b 2" says nothing to OpenSIPS; the line is ignored'],
  ],
  ["no code", "ATTRIBUTE a\n", ["DG1012 1:1 an ATTRIBUTE has a name and a code"]],
  ["a code that is none", "ATTRIBUTE a x1 string\n", ['DG1013 1:13 the code of an AVP is a decimal number, not "x1"']],
  ["code 0", "ATTRIBUTE a 0\n", ["DG1014 1:13 the code of an AVP is between 1 and 4294967295, not 0"]],
  [
    "a code too great",
    "ATTRIBUTE a 4294967296\n",
    ["DG1014 1:13 the code of an AVP is between 1 and 4294967295, not 4294967296"],
  ],
  ["a type that is none", "ATTRIBUTE a 1 sting\n", ['DG1015 1:15 "sting" is no type of an ATTRIBUTE']],
  [
    "a name too long",
    `ATTRIBUTE ${"x".repeat(65)} 1\n`,
    ["DG1016 1:11 name of 65 characters; OpenSIPS reads 64 at most"],
  ],
  ["RADIUS's order", "VENDOR Cisco 9\n", ['DG1013 1:8 the id of a vendor is a decimal number, not "Cisco"']],
  ["an application without a name", "APPLICATION 42\n", ["DG1012 1:1 an APPLICATION has an id and a name"]],
  [
    "a rule that is none, and a flag that is none",
    "ATTRIBUTE g 1 grouped\n{\n a REQUIRED 1\n b | REQIRED | 1\n}\n",
    ['DG1045 3:2 "a REQUIRED 1" is no AVP of a block', 'DG1015 4:6 "REQIRED" is not FIXED_HEAD, REQUIRED or OPTIONAL'],
  ],
  [
    "a request without an answer, of no application",
    "REQUEST 9001 Ask-Request\n{\n a | REQUIRED | 1\n}\n",
    [
      "DG1041 1:1 commands before any APPLICATION line are read as commands of application 0",
      "DG1047 1:1 command 9001 has no ANSWER; OpenSIPS refuses such a file",
    ],
  ],
  ["an application twice", "APPLICATION 42 A\nAPPLICATION 42 B\n", ['DG1040 2:1 application 42 is here again, as "B"']],
])("%s", (_title, text, expected) => {
  expect(read(text).found).toEqual(expected);
});

describe("blocks", () => {
  test("an empty line ends one where a definition follows", () => {
    const { document, found } = read("ATTRIBUTE g 1 grouped\n{\n a | REQUIRED | 1\n\nATTRIBUTE b 2\n");
    expect(found).toEqual([]);
    expect(document.avps.map(({ name }) => name)).toEqual(["g", "b"]);
  });

  test("and is complained about where the block goes on", () => {
    const { document, found } = read("ATTRIBUTE g 1 grouped\n{\n a | REQUIRED | 1\n\n b | REQUIRED | 1\n}\n");
    expect(found.map((line) => line.slice(0, 10))).toEqual(["DG1046 5:2"]);
    expect(document.avps[0]!.grammar!.rules.map(({ avp }) => avp)).toEqual(["a", "b", "AVP"]);
  });

  test("without braces, as the module's announcement shows them", () => {
    const text =
      "APPLICATION 1 A\nREQUEST 306 User-Data-Request\n Session-Id | FIXED_HEAD | 1\n Origin-Host | REQUIRED | 1\n\nANSWER 306 User-Data-Answer\n Session-Id | FIXED_HEAD | 1\n";
    const { document, found } = read(text);
    expect(found).toEqual([]);
    const [command] = document.applications[0]!.commands;
    expect(command!.request!.rules.map(({ avp }) => avp)).toEqual(["Session-Id", "Origin-Host", "AVP"]);
    expect(command!.answer!.rules.map(({ avp }) => avp)).toEqual(["Session-Id", "AVP"]);
  });

  test("what cannot be read takes its block with it", () => {
    const { document, found } = read("ATTRIBUTE g zero grouped\n{\n a | REQUIRED | 1\n}\nATTRIBUTE b 2\n");
    expect(found).toHaveLength(1);
    expect(document.avps.map(({ name }) => name)).toEqual(["b"]);
  });
});

test("CRLF, tabs and a byte order mark keep the places", () => {
  const { found } = read("\ufeff# c\r\n\r\n\tATTRIBUTE a x\r\n");
  expect(found.map((line) => line.slice(0, 11))).toEqual(["DG1013 3:14"]);
});

test("the format is seen from the content, whatever the name", async () => {
  const { documents, dictionary } = await loadTexts({ "extra.txt": "# ours\n\nATTRIBUTE a 1 integer\n" }, [
    "extra.txt",
  ]);
  expect(documents[0]).toMatchObject({ format: "opensips", name: "extra" });
  expect(avp(dictionary!, "a")).toMatchObject({ type: "Integer32" });
});

test("laid over the dictionaries that come along, it may define their examples otherwise", async () => {
  const texts = Object.fromEntries(KNOWN.map((file) => [file, readFileSync(file, "utf8")]));
  const { dictionary, diagnostics } = await loadTexts({ ...texts, [FILE]: "ATTRIBUTE carrier 232 unsigned\n" }, KNOWN, {
    overlays: [FILE],
  });
  expect(diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
  expect(dictionary!.avps.get("0:232")).toMatchObject({ name: "carrier", type: "Unsigned32" });
  expect(interpreter(dictionary!).avp("0:232").of(7).data).toEqual(new Uint8Array([0, 0, 0, 7]));
});

const corpus = requireShared("corpus/opensips/dictionary.opensips");

testWith([corpus], "the file of the module's manual: its AVPs, its group, its command", async () => {
  const { dictionary, diagnostics } = await loadDictionary(KNOWN, { overlays: [corpus.path] });
  expect(
    diagnostics.filter(({ severity }) => severity !== "info").map(({ code, message }) => `${code} ${message}`),
  ).toEqual([]);
  expect(ccf(avp(dictionary!, "Cost-Information").grammar)).toEqual([
    "{ Unit-Value }",
    "{ Currency-Code }",
    "[ Cost-Unit ]",
    "* [ AVP ]",
  ]);
  const [command] = application(dictionary!, "my-diameter-application").commands;
  expect(command).toMatchObject({ name: "My-Custom", code: 92001 });
  expect(ccf(command!.request)).toHaveLength(13);
  expect(ccf(command!.answer)).toEqual([
    "{ Origin-Host }",
    "{ Origin-Realm }",
    "{ Destination-Realm }",
    "{ Result-Code }",
    "* [ AVP ]",
  ]);
});

testWith([corpus], "alone, it lacks what OpenSIPS knows by itself, and says so", async () => {
  const { dictionary, diagnostics } = await loadDictionary([corpus.path]);
  expect(dictionary).toBeUndefined();
  expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set(["DG2001"]));
  expect(brief(diagnostics)[0]).toBe("DG2001 35:2");
});
