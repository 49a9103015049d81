import { readdirSync } from "node:fs";
import { join } from "node:path";
import { loadDictionary } from "@diamgen/dictionary";
import { expect, test } from "vitest";
import { repositoryPath } from "../support/require.js";

const folder = repositoryPath("dictionaries");
const files = readdirSync(folder)
  .filter((name) => name.endsWith(".xml"))
  .map((name) => join(folder, name));

test("all our dictionaries, together, have nothing wrong with them", async () => {
  const { dictionary, diagnostics } = await loadDictionary(files);
  // Profiles that share an application id and a command are there on purpose (DG2008): RFC 8506 and Ro.
  expect(diagnostics.filter(({ code }) => code !== "DG2008")).toEqual([]);
  expect(dictionary!.documents).toHaveLength(files.length);
});

test.each(files)("%s has nothing wrong with it alone", async (file) => {
  const { dictionary, diagnostics } = await loadDictionary([file]);
  expect(diagnostics).toEqual([]);
  for (const { document } of dictionary!.documents) {
    // The document is the citation in everything that is generated from it.
    expect(document.source).toBeDefined();
    expect(document.title).toBeDefined();
  }
  for (const application of dictionary!.applications) {
    for (const { request, answer } of application.commands) expect(request.loose || answer.loose).toBe(false);
    const known = new Set(application.avps);
    const grammars = [
      ...application.commands.flatMap(({ request, answer }) => [request, answer]),
      ...application.groups.values(),
    ];
    for (const { rules } of grammars) for (const { avp } of rules) expect(known.has(avp)).toBe(true);
  }
});
