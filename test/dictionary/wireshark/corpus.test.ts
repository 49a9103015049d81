/** The whole of Wireshark's dictionary, unmodified. The counts are those of the reference, ../shared/reference/dictionary-formats.md section 2. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type DictionaryDocument, type LoadResult, loadDictionary, summarise } from "@diamgen/dictionary";
import { beforeAll, expect, test } from "vitest";
import { describeWith, requireFile, requireShared } from "../../support/require.js";

const corpus = requireShared("corpus/wireshark-4.0.17");

describeWith([corpus], "Wireshark 4.0.17", () => {
  let result: LoadResult;
  let document: DictionaryDocument;
  beforeAll(async () => {
    result = await loadDictionary([join(corpus.path, "dictionary.xml")]);
    document = result.documents[0]!;
  });

  test("every file is read", () => {
    const files = readdirSync(corpus.path).filter((name) => name.endsWith(".xml") && name !== "dictionary.xml");
    expect(document.fragments!.map((file) => basename(file)).sort()).toEqual(files.sort());
  });

  test("vendors: 32, one of which is None", () => {
    expect(document.vendors).toHaveLength(32 - 1);
    expect(result.dictionary!.vendors.get(10415)).toMatchObject({ name: "3GPP", key: "tgpp" });
  });

  test("applications: 141, of which three are there twice, and one is that of <base>", () => {
    expect(document.applications).toHaveLength(141 - 3);
    expect(result.diagnostics.filter(({ code }) => code === "DG1040")).toHaveLength(3);
    expect(document.applications.filter(({ id }) => id === 0)).toHaveLength(1);
    const keys = document.applications.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("commands: 101, 67 of them without application", () => {
    expect(document.applications.flatMap(({ commands }) => commands)).toHaveLength(101);
    expect(document.applications.find(({ id }) => id === 0)!.commands).toHaveLength(67);
  });

  test("AVPs: 2729, four of which are there under two names", () => {
    expect(document.avps).toHaveLength(2729 - 4);
    expect(result.dictionary!.avps.size).toBe(2725);
    const twice = result.diagnostics.filter(({ code }) => code === "DG1037");
    expect(twice.map(({ at }) => `${basename(at.file)}:${at.line}`)).toEqual([
      "Starent.xml:146",
      "Starent.xml:1139",
      "Starent.xml:1347",
      "CiscoSystems.xml:161",
    ]);
    for (const { related } of twice) expect(related).toHaveLength(1);
  });

  test("groups with members: 534; enumerated: 601 and 3608 values, without three of the four that are there twice and their 25", () => {
    expect(document.avps.filter(({ grammar }) => grammar !== undefined)).toHaveLength(534);
    const enumerated = document.avps.filter(({ enums }) => enums.length > 0);
    expect(enumerated).toHaveLength(601 - 3);
    expect(enumerated.flatMap(({ enums }) => enums)).toHaveLength(3608 - 25);
    // Linking drops two: the very same value of SN-PPP-Progress-Code, 142, stands there three times.
    const linked = [...result.dictionary!.avps.values()].flatMap(({ enums }) => enums);
    expect(linked).toHaveLength(3608 - 25 - 2);
  });

  test("every AVP stands where it is said to stand", () => {
    const texts = new Map<string, string[]>();
    for (const { name, at } of document.avps) {
      const lines = texts.get(at.file) ?? readFileSync(at.file, "utf8").split("\n");
      texts.set(at.file, lines);
      const rest = lines[at.line - 1]!.slice(at.column - 1);
      expect(rest.startsWith("<avp") && rest.includes(`name="${name}`), `${name} in ${rest}`).toBe(true);
    }
    expect(texts.size).toBeGreaterThan(20);
  });

  test("what was changed or left out is told, and nothing is an error", () => {
    const counts = Object.fromEntries(summarise(result.diagnostics).map(({ code, count }) => [code, count]));
    expect(counts).toEqual({
      DG1017: 14, // command names with spaces
      DG1018: 20, // names with white space around them
      DG1030: 1, // MIP6-Request/Answer
      DG1037: 4,
      DG1038: 3, // vendor-bit mustnot with a vendor
      DG1039: 3, // of vendor None among Ericsson's
      DG1040: 3,
      DG1041: 1,
      DG1042: 5, // IPAddress as two types, OctetStringOrUTF8, AppId, VendorId
      DG1043: 1,
      DG2013: 4,
      DG2014: 58,
      DG2015: 10,
      DG2024: 1, // Media-Type OTHER
    });
    expect(result.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("addresses are octets as in RADIUS below 256, with their family above", () => {
    const type = (key: string) => result.dictionary!.avps.get(key)!.type;
    expect([type("0:8"), type("10415:6"), type("0:257"), type("10415:1228")]).toEqual([
      "OctetString",
      "OctetString",
      "Address",
      "Address",
    ]);
  });

  test("two readings are alike", async () => {
    const again = await loadDictionary([join(corpus.path, "dictionary.xml")]);
    expect(again.documents[0]!.hash).toBe(document.hash);
    expect(again.diagnostics).toEqual(result.diagnostics);
    expect([...again.dictionary!.avps.keys()]).toEqual([...result.dictionary!.avps.keys()]);
  });
});

const debian = requireFile("/usr/share/wireshark/diameter/dictionary.xml", "Debian: apt-get install libwireshark-data");

describeWith([debian], "Debian's copy", () => {
  test("loads, whatever its version", async () => {
    const { dictionary, diagnostics } = await loadDictionary([debian.path]);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(dictionary!.avps.size).toBeGreaterThan(2700);
  });
});
