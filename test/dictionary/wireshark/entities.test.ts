/** Dictionaries of several files: entities, as Wireshark 4.0 and 4.6 have them, and what must never come of them. */
import { readDictionary } from "@diamgen/dictionary";
import { expect, test } from "vitest";
import { loadTexts } from "../support.js";
import { ACME, avp, group, load, places, wireshark } from "./support.js";

const DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n';

const names = ({ documents }: Awaited<ReturnType<typeof load>>) => documents[0]?.avps.map(({ name }) => name);

test("fragments stand where their references stand, with any number of roots and a text declaration of their own", async () => {
  const result = await load({
    "dictionary.xml": wireshark(
      `<base>${avp("A", 1)}</base>\n&one;\n<vendor vendor-id="Acme" code="9999" name="x">${avp("D", 4, 'vendor-id="Acme"')}</vendor>&two;`,
      '<!-- &not; <!ENTITY one SYSTEM "no.xml"> --><!ENTITY one SYSTEM "one.xml">\n<!ENTITY two SYSTEM \'./two.xml\' >',
    ),
    "one.xml": `${DECLARED}<!-- one -->\n<application id="7" name="x">${avp("B", 2)}</application>\n<application id="8">${avp("C", 3)}</application>`,
    "two.xml": `${avp("E", 5)}<!-- &this; is no reference -->`,
  });
  expect(places(result.diagnostics)).toEqual([]);
  expect(names(result)).toEqual(["A", "B", "C", "D", "E"]);
  expect(result.documents[0]!.fragments).toEqual(["one.xml", "two.xml"]);
  expect(result.documents[0]!.avps.map(({ at }) => `${at.file}:${at.line}`)).toEqual([
    "dictionary.xml:8",
    "one.xml:3",
    "one.xml:4",
    "dictionary.xml:10",
    "two.xml:1",
  ]);
});

test("the form of Wireshark 4.6: a parameter entity whose file declares an empty entity", async () => {
  const declarations = '<!ENTITY eap SYSTEM "eap.xml">\n<!ENTITY % Custom SYSTEM "dictionary.ent">\n%Custom;';
  const files = {
    "dictionary.xml": wireshark(`${group("A", 1, "B")}&eap;&Custom;`, declarations),
    "eap.xml": `${DECLARED}${avp("B", 2)}`,
    "dictionary.ent": `${DECLARED}<!-- add yours here -->\n<!ENTITY Custom "">\n`,
  };
  const result = await loadTexts(files, ["dictionary.xml"]);
  expect(places(result.diagnostics)).toEqual([]);
  expect(names(result)).toEqual(["A", "B"]);
  expect(result.documents[0]!.fragments).toEqual(["dictionary.ent", "eap.xml"]);

  const own = {
    ...files,
    "dictionary.ent": `<!ENTITY mine SYSTEM "mine.xml">\n<!ENTITY Custom "&mine;\n  <avp name='D' code='x'/>">`,
    "mine.xml": avp("C", 3),
  };
  const custom = await loadTexts(own, ["dictionary.xml"]);
  // In the text of an entity, places are those of its declaration.
  expect(places(custom.diagnostics)).toEqual(["dictionary.ent:3:23 DG1013", "dictionary.ent:3:3 DG1020"]);
  expect(custom.documents[0]!.avps.map(({ name }) => name)).toEqual(["A", "B", "C"]);
});

test("the first declaration of an entity counts, and what is not used is not read", async () => {
  const asked: string[] = [];
  const texts: Record<string, string> = {
    "dictionary.xml": wireshark(
      "&a;",
      '<!ENTITY a SYSTEM "1.xml"><!ENTITY a SYSTEM "2.xml"><!ENTITY b SYSTEM "3.xml">',
    ),
    "1.xml": avp("A", 1),
  };
  const { loadDictionary } = await import("@diamgen/dictionary");
  const { diagnostics } = await loadDictionary(["dictionary.xml"], {
    readFile: async (file) => {
      asked.push(file);
      return texts[file]!;
    },
  });
  expect(places(diagnostics)).toEqual([]);
  expect(asked).toEqual(["dictionary.xml", "1.xml"]);
});

test("the hash is over all files", async () => {
  const files = { "dictionary.xml": wireshark("&a;", '<!ENTITY a SYSTEM "a.xml">'), "a.xml": avp("A", 1) };
  const first = (await load(files)).documents[0]!.hash;
  const second = (await load({ ...files, "a.xml": avp("A", 2) })).documents[0]!.hash;
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).not.toBe(first);
});

test("a file in a folder, and a fragment that is loaded by itself", async () => {
  const files = {
    "in/dictionary.xml": wireshark("&a;", '<!ENTITY a SYSTEM "a.xml">'),
    "in/a.xml": `${DECLARED}<vendor vendor-id="Acme" code="9999" name="x">${avp("A", 1, 'vendor-id="Acme"')}</vendor>\n${avp("B", 2)}`,
  };
  const whole = await loadTexts(files, ["in/dictionary.xml"]);
  expect(places(whole.diagnostics)).toEqual([]);
  expect(whole.documents[0]!.avps[0]!.at.file).toBe("in/a.xml");
  const part = await loadTexts(files, ["in/a.xml"]);
  expect(places(part.diagnostics)).toEqual([]);
  expect(part.documents[0]).toMatchObject({ name: "a", fragments: [] });
  expect(names(part)).toEqual(["A", "B"]);
});

const many = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join("");

const wrong: readonly (readonly [string, string, string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ["a file that is missing", "&a;", '<!ENTITY a SYSTEM "a.xml">', {}, ["dictionary.xml:4:20 DG1032"]],
  ...["../a.xml", "/etc/passwd", "sub/a.xml", "..", ".", "", "a\\b.xml", "C:a.xml", "http://x.test/a", "%2e%2e"].map(
    (file) =>
      [`the file ${file}`, "&a;&a;", `<!ENTITY a SYSTEM "${file}">`, {}, ["dictionary.xml:4:20 DG1033"]] as const,
  ),
  ["an undeclared entity", "&a;", "", {}, ["dictionary.xml:5:1 DG1035"]],
  ["an undeclared parameter entity", "", "%a;", {}, ["dictionary.xml:4:1 DG1035"]],
  ["a reference in an element", "<base>&a;</base>", '<!ENTITY a "">', {}, ["dictionary.xml:7:7 DG1035"]],
  ["a reference in an attribute", '<base uri="&a;"/>', '<!ENTITY a "x">', {}, ["dictionary.xml:7:12 DG1003"]],
  ["what is no declaration", "", "<!ENTITY a>", {}, ["dictionary.xml:4:1 DG1001"]],
  ["a conditional section", "", "<![INCLUDE[ <!ENTITY a ''> ]]>", {}, ["dictionary.xml:4:1 DG1001"]],
  ["a fragment that includes itself", "&a;", '<!ENTITY a SYSTEM "a.xml">', { "a.xml": "\n &a;" }, ["a.xml:2:2 DG1034"]],
  ["entities in a circle", "&a;", '<!ENTITY a "&b;"><!ENTITY b "&a;">', {}, ["dictionary.xml:4:30 DG1034"]],
  [
    "a parameter entity that includes itself",
    "",
    '<!ENTITY % a SYSTEM "a.ent">\n%a;',
    { "a.ent": "\n%a;" },
    ["a.ent:2:1 DG1034"],
  ],
  ["too deep", "&e0;", many(20, (i) => `<!ENTITY e${i} "&e${i + 1};">\n`), {}, ["dictionary.xml:13:14 DG1034"]],
  [
    "a billion laughs",
    "&e9;",
    `<!ENTITY e0 "">${many(9, (i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">\n`)}`,
    {},
    ["dictionary.xml:4:45 DG1034"],
  ],
  ["text in a fragment", "&a;", '<!ENTITY a SYSTEM "a.xml">', { "a.xml": "hello" }, ["a.xml:1:1 DG1026"]],
  ["a fragment that is not well-formed", "&a;", '<!ENTITY a SYSTEM "a.xml">', { "a.xml": "\n\n<avp" }, ["a.xml"]],
  ["a fragment that leaves its place", "&a;", '<!ENTITY a SYSTEM "a.xml">', { "a.xml": "</x><x>" }, ["a.xml"]],
  ["a DOCTYPE in a fragment", "&a;", '<!ENTITY a SYSTEM "a.xml">', { "a.xml": "\n<!DOCTYPE x>" }, ["a.xml:2:1 DG1001"]],
  ["an element in a fragment", "&a;", '<!ENTITY a SYSTEM "a.xml">', { "a.xml": "\n <avps/>" }, ["a.xml:2:2 DG1010"]],
];

test.each(wrong)("%s", async (_what, body, declarations, files, expected) => {
  const { diagnostics } = await load({ "dictionary.xml": wireshark(body, declarations), ...files });
  const found = places(diagnostics);
  if (expected[0]?.includes(" ") === false) {
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^a\.xml:\d+:\d+ DG1001$/);
  } else expect([...new Set(found)]).toEqual(expected);
});

test("without the other files a text says which it needs", () => {
  const text = wireshark(`${ACME}&a;`, '<!ENTITY % p SYSTEM "p.ent">%p;<!ENTITY a SYSTEM "a.xml">');
  const first = readDictionary("x/dictionary.xml", text);
  expect(first.document).toBeUndefined();
  expect(first.needs).toEqual(["p.ent", "a.xml"]);
  expect(first.diagnostics.map(({ code }) => code)).toEqual(["DG1032", "DG1032"]);
  const siblings = new Map<string, string | { problem: string }>([
    ["p.ent", ""],
    ["a.xml", { problem: "it burnt" }],
  ]);
  const second = readDictionary("x/dictionary.xml", text, { siblings });
  expect(second.needs).toBeUndefined();
  expect(second.diagnostics[0]!.message).toContain("it burnt");
  const third = readDictionary("x/dictionary.xml", text, { siblings: siblings.set("a.xml", avp("A", 1)) });
  expect(third.document!.avps[0]).toMatchObject({ name: "A", at: { file: "x/a.xml", line: 1, column: 1 } });
});
