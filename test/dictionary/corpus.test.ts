import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadDictionary, readDictionary } from "@diamgen/dictionary";
import { expect, test } from "vitest";
import { describeWith, repositoryPath, requireShared } from "../support/require.js";
import { avp, brief } from "./support.js";

const corpus = requireShared("corpus");
const freediameter = join(corpus.path, "freediameter-xml");
const opendiameter = join(corpus.path, "opendiameter");
const base = repositoryPath("dictionaries/base.xml");
const digest = repositoryPath("dictionaries/digest.xml");

const codes = async (files: string[]) => {
  const { diagnostics } = await loadDictionary(files);
  const counts: Record<string, number> = {};
  for (const { code } of diagnostics) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
};

describeWith([corpus], "freeDiameter's dictionaries", () => {
  test("dict_gx.xml, with all that is odd in it", async () => {
    const { dictionary, diagnostics } = await loadDictionary([join(freediameter, "dict_gx.xml")]);
    expect(brief(diagnostics)).toEqual(["DG1011 71:55", "DG1011 521:40"]);
    // 76 definitions, three of them twice.
    expect(dictionary!.avps.size).toBe(73);
    expect(dictionary!.applications[0]!.commands.map(({ name, request }) => `${name} ${request.loose}`)).toEqual([
      "CC true",
      "RA true",
    ]);
    expect(avp(dictionary!, "Charging-Rule-Definition").grammar!.rules.length).toBeGreaterThan(5);
  });

  test("dict_cxdx.xml lost the vendor of an AVP, refers to others, and has the base's AVPs once it is loaded with it", async () => {
    expect(await codes([join(freediameter, "dict_cxdx.xml")])).toEqual({ DG1018: 2, DG2001: 46 });
    expect(await codes([base, digest, join(freediameter, "dict_cxdx.xml")])).toMatchObject({ DG1018: 2 });
  });
});

describeWith([corpus], "OpenDiameter's dictionaries", () => {
  const names = readdirSync(opendiameter).filter((name) => name.endsWith(".xml") && !name.includes("pana"));
  test.each(names)("%s is read whole, and what is wrong in it is found", async (name) => {
    const text = readFileSync(join(opendiameter, name), "utf8");
    const { document, diagnostics } = readDictionary(name, text);
    // Origin-State-Id with minimum 1 in <optional>; two pseudo commands and the pseudo AVP.
    expect(diagnostics.map(({ code }) => code).sort()).toEqual(["DG1021", "DG1021", "DG1021", "DG1024"]);
    const uncommented = text.replace(/<!--[\s\S]*?-->/g, "");
    const count = (pattern: RegExp) => uncommented.match(pattern)?.length ?? 0;
    expect(document!.avps.length).toBe(count(/<avp\s/g) - 1);
    expect(document!.applications.flatMap(({ commands }) => commands).length).toBe(count(/<command\s/g) - 2);
    expect(document!.avps.flatMap(({ enums }) => enums).length).toBe(count(/<enum\s/g));
    const rules = (grammar: { rules: readonly unknown[] } | undefined) => grammar?.rules.length ?? 0;
    const commands = document!.applications.flatMap((application) => application.commands);
    const total =
      commands.reduce((sum, { request, answer }) => sum + rules(request) + rules(answer), 0) +
      document!.avps.reduce((sum, { grammar }) => sum + rules(grammar), 0);
    const pseudo = uncommented.match(/<command name="(?:NON-)?PROXYABLE-ERROR"[\s\S]*?<\/command>/g)!.join("");
    expect(total).toBe(count(/<avprule\s/g) - pseudo.match(/<avprule\s/g)!.length);
    // 274 and 322 stand for two AVPs each, 999997 in most as well; the rules for AVPs of other dictionaries name what is not there.
    const found = await codes([join(opendiameter, name)]);
    expect(found.DG2004).toBeGreaterThanOrEqual(2);
    expect(
      Object.keys(found).filter((code) => !["DG1021", "DG1024", "DG2001", "DG2004", "DG2015"].includes(code)),
    ).toEqual([]);
  });
});

describeWith([corpus], "any file of the corpus", () => {
  const files = readdirSync(corpus.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  test.each(files.map((entry) => join(entry.parentPath, entry.name)))("%s does not throw", (file) => {
    const text = readFileSync(file, "utf8");
    readDictionary(file, text);
    readDictionary(file, text, { format: "freediameter-xml" });
  });
});
