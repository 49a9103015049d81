/** Dictionaries laid over others: AVPs by (vendor id, code), commands by (application id, code). */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Dictionary, type LoadResult, loadDictionary } from "@diamgen/dictionary";
import { beforeAll, expect, test } from "vitest";
import { describeWith, repositoryPath, requireShared } from "../support/require.js";
import { application, avp, brief, ccf, command, loadTexts, rule, simple } from "./support.js";

const wrap = (body: string, attributes = "") => `<dictionary ${attributes}>\n${body}\n</dictionary>`;
const group = (name: string, code: number, ...members: string[]) =>
  `<avp name="${name}" code="${code}"><grouped><optional>${members.map((member) => rule(member)).join("")}</optional></grouped></avp>`;

/** Two freeDiameter dictionaries: what is laid over what is nothing that the format decides. */
async function overlaid(below: string, above: string, more: Readonly<Record<string, string>> = {}) {
  const files = { "below.xml": wrap(below), "above.xml": wrap(above), ...more };
  const result = await loadTexts(files, ["below.xml"], { overlays: ["above.xml"] });
  expect(result.diagnostics.filter(({ severity }) => severity !== "info")).toEqual([]);
  return { dictionary: result.dictionary!, diagnostics: result.diagnostics };
}

test("the definition of the overlay stands; what differed is told, with both places", async () => {
  const { dictionary, diagnostics } = await overlaid(
    `${simple("Old", 1, 'mandatory="may"', "Enumerated")}${simple("B", 2)}`,
    simple("New", 1, 'mandatory="must"', "Unsigned32"),
  );
  expect(diagnostics).toMatchObject([
    {
      code: "DG2029",
      severity: "info",
      at: { file: "below.xml", line: 2 },
      related: [{ at: { file: "above.xml", line: 2 } }],
    },
  ]);
  for (const part of ['name "Old" here, "New" there', "type Enumerated here", "mandatory may here, must there"]) {
    expect(diagnostics[0]!.message).toContain(part);
  }
  expect([...dictionary.avps.values()].map(({ name, type }) => `${name} ${type}`)).toEqual([
    "New Unsigned32",
    "B UTF8String",
  ]);
  expect(dictionary.documents.map(({ document, avps }) => [document.name, avps.map(({ name }) => name)])).toEqual([
    ["below", ["B"]],
    ["above", ["New"]],
  ]);
});

test("flags that one of them says nothing of are no difference", async () => {
  const { dictionary, diagnostics } = await overlaid(
    simple("A", 1),
    simple("A", 1, 'mandatory="must" protected="may"'),
  );
  expect(diagnostics).toEqual([]);
  expect(avp(dictionary, "A")).toMatchObject({ mandatory: "must", protected: "may" });
});

test("names mean in each dictionary what they mean there", async () => {
  // "X" is 1 below and 2 in the overlay; "Y" is the other way round.
  const { dictionary } = await overlaid(
    `${simple("X", 1)}${simple("Y", 2)}${group("Below", 3, "X", "Y")}`,
    `${simple("Y", 1)}${simple("X", 2)}${group("Above", 4, "X", "Y")}`,
  );
  const members = (name: string) => avp(dictionary, name).grammar!.rules.map((one) => one.avp.code);
  expect(members("Below")).toEqual([1, 2]);
  expect(members("Above")).toEqual([2, 1]);
  expect(ccf(avp(dictionary, "Below").grammar)).toEqual(["* [ Y ]", "* [ X ]"]);
});

test("an overlay takes grammars, descriptions and values that it lacks", async () => {
  const enumerated = (...values: [string, number][]) =>
    `<avp name="E" code="3"><type type-name="Enumerated"/>${values.map(([name, code]) => `<enum name="${name}" code="${code}"/>`).join("")}</avp>`;
  const { dictionary, diagnostics } = await overlaid(
    `${simple("M", 1)}${group("G", 2, "M")}${enumerated(["one", 1], ["TWO", 5], ["THREE", 3], ["four", 4])}`,
    `<avp name="G" code="2"><type type-name="Grouped"/></avp>${enumerated(["ONE", 1], ["TWO", 2])}<enumeration avp="E"><enum name="FOUR" code="4"/></enumeration>`,
  );
  expect(diagnostics).toEqual([]);
  expect(ccf(avp(dictionary, "G").grammar)).toEqual(["* [ M ]"]);
  expect(avp(dictionary, "E").enums.map(({ name, code }) => `${name} ${code}`)).toEqual([
    "ONE 1",
    "TWO 2",
    "FOUR 4",
    "THREE 3",
  ]);
});

test("commands of the overlay replace those with their code; the rest stays beside it", async () => {
  const below = `${simple("A", 1)}<base><command name="Z" code="99"/></base><application id="7" name="Seven" key="seven"><command name="X" code="300"/><command name="Y" code="301"/></application><application id="8" name="Eight"><command name="X" code="300"/></application><application id="9"><command name="X" code="300"/></application>`;
  const above = `${simple("A", 1)}<application id="7" name="Seven" key="seven">${command("Other", 300, rule("A"))}</application><application id="8" name="8" key="eight">${command("X", 300, rule("A"))}${command("Z", 99, rule("A"))}</application>`;
  const files = { "below.xml": wrap(below), "above.xml": wrap(above) };
  const { dictionary, diagnostics } = await loadTexts(files, ["below.xml"], { overlays: ["above.xml"] });
  expect(diagnostics.filter(({ code }) => code === "DG2030")).toMatchObject([
    { message: expect.stringContaining("Z is the overlay's") },
    { message: expect.stringContaining("X is the overlay's"), related: [{ at: { file: "above.xml" } }] },
    { message: expect.stringContaining("nothing is left of it") },
  ]);
  const shown = dictionary!.applications.map(({ id, key, document, commands }) => {
    const list = commands.map(({ name, request }) => `${name}${request.loose ? "?" : ""}`);
    return `${id} ${key} of ${document}: ${list.join(" ")}`;
  });
  expect(shown).toEqual([
    "7 seven of above: Other",
    "8 eight of above: X Z",
    "0 base of below: ",
    "7 seven-below of below: Y?",
    "9 application-9 of below: X?",
  ]);
});

test("vendors of the overlay keep their names and keys", async () => {
  const { dictionary, diagnostics } = await overlaid(
    `<vendor id="9" name="Cisco Systems" key="ciscosystems"/><vendor id="5771" name="Cisco" key="cisco"/>`,
    `<vendor id="9" name="Cisco" key="cisco"/>`,
  );
  expect(brief(diagnostics)).toEqual(["DG2029 2:1"]);
  expect([...dictionary.vendors.values()].map(({ id, key }) => `${id} ${key}`)).toEqual([
    "0 ietf",
    "9 cisco",
    "5771 cisco-5771",
  ]);
});

test("what an overlay imports is an overlay too, wherever it is asked for", async () => {
  const files = {
    "below.xml": wrap(`<import file="base.xml"/>${simple("A", 1)}`),
    "above.xml": wrap('<import file="base.xml"/>'),
    "base.xml": wrap(simple("B", 1)),
  };
  const { dictionary, diagnostics, documents } = await loadTexts(files, ["below.xml"], { overlays: ["above.xml"] });
  expect(brief(diagnostics)).toEqual(["DG2029 2:26"]);
  expect([...dictionary!.avps.values()].map(({ name }) => name)).toEqual(["B"]);
  expect(documents.map(({ name }) => name)).toEqual(["base", "below", "above"]);
  expect(dictionary!.documents.map(({ isRoot }) => isRoot)).toEqual([false, true, true]);
});

test("without overlays two definitions that differ are an error, as ever", async () => {
  const files = { "below.xml": wrap(simple("A", 1)), "above.xml": wrap(simple("B", 1)) };
  expect(brief((await loadTexts(files, ["below.xml", "above.xml"])).diagnostics)).toEqual(["DG2004 2:1"]);
});

const corpus = requireShared("corpus/wireshark-4.0.17");

describeWith([corpus], "Wireshark's dictionary below ours", () => {
  const ours = ["base", "accounting", "sip"].map((name) => repositoryPath(`dictionaries/${name}.xml`));
  let result: LoadResult;
  let dictionary: Dictionary;
  beforeAll(async () => {
    result = await loadDictionary([join(corpus.path, "dictionary.xml")], { overlays: ours });
    dictionary = result.dictionary!;
  });

  test("nothing is wrong with it", () => {
    expect(result.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(result.diagnostics.filter(({ code }) => code === "DG2029").length).toBeGreaterThan(20);
  });

  test("Multimedia-Auth has its grammar, the commands of others have none", () => {
    const sip = application(dictionary, "sip");
    const multimediaAuth = sip.commands.find(({ name }) => name === "Multimedia-Auth")!;
    expect(ccf(multimediaAuth.request)).toContain("{ SIP-AOR }");
    expect(ccf(multimediaAuth.request)).toContain("* [ AVP ]");
    // Wireshark's profile of application 6 had those six commands and nothing else.
    expect(dictionary.applications.filter(({ id }) => id === 6)).toEqual([sip]);
    const cx = application(dictionary, "tgpp-cx");
    expect(cx.commands).toHaveLength(6);
    for (const { request, answer } of cx.commands) expect([request.loose, answer.loose]).toEqual([true, true]);
  });

  test("of Wireshark's commands without application, those are left that ours do not have", () => {
    const base = application(dictionary, "base");
    const rest = application(dictionary, "base-wireshark");
    expect([base.id, rest.id]).toEqual([0, 0]);
    expect(base.commands.every(({ request }) => !request.loose)).toBe(true);
    expect(rest.commands.every(({ request }) => request.loose)).toBe(true);
    // 67 in <base>; ours are CER, RAR, ACR, ASR, STR, DWR and DPR.
    expect(rest.commands).toHaveLength(60);
    const codes = new Set(
      dictionary.applications
        .filter(({ document }) => document !== "wireshark")
        .flatMap(({ commands }) => commands.map(({ code }) => code)),
    );
    expect(rest.commands.filter(({ code }) => codes.has(code))).toEqual([]);
  });

  test("AVPs are there once: ours by our names and types, Wireshark's besides", () => {
    expect(dictionary.avps.get("0:268")).toMatchObject({ name: "Result-Code", type: "Unsigned32", document: "base" });
    expect(dictionary.avps.get("0:50")).toMatchObject({ name: "Acct-Multi-Session-Id", document: "base" });
    expect(dictionary.avps.get("10415:824")).toMatchObject({ name: "3GPP-SIP-Method", document: "wireshark" });
    expect(dictionary.avps.size).toBeGreaterThanOrEqual(2725);
    // A value of Result-Code that only Wireshark has.
    const values = dictionary.avps.get("0:268")!.enums.map(({ code }) => code);
    expect(values).toContain(2001);
    expect(values).toContain(4010);
    expect(new Set(values).size).toBe(values.length);
  });

  test("members of Wireshark's groups that it calls otherwise are ours", () => {
    const members = [...dictionary.avps.values()]
      .filter(({ document }) => document === "wireshark")
      .flatMap(({ grammar }) => grammar?.rules ?? []);
    expect(members.length).toBeGreaterThan(2000);
    for (const { avp: member } of members) {
      expect(dictionary.avps.get(`${member.vendorId}:${member.code}`)).toBe(member);
    }
    expect(members.some(({ avp: member }) => member.document === "base")).toBe(true);
  });

  test("all of ours together", async () => {
    const folder = repositoryPath("dictionaries");
    const all = readdirSync(folder).filter((name) => name.endsWith(".xml"));
    const { dictionary: whole, diagnostics } = await loadDictionary([join(corpus.path, "dictionary.xml")], {
      overlays: all.map((name) => join(folder, name)),
    });
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    // Each of our applications has its commands, whatever Wireshark calls it, and no command is in two places.
    const claimed = new Map<string, string>();
    for (const { id, document, commands } of whole!.applications) {
      for (const { code, request, answer } of commands) {
        expect([request.loose, answer.loose]).toEqual([document === "wireshark", document === "wireshark"]);
        if (document === "wireshark") expect(claimed.get(`${id}/${code}`)).toBeUndefined();
        claimed.set(`${id}/${code}`, document);
      }
    }
  });
});
