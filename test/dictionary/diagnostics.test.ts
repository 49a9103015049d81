import { DIAGNOSTICS, type DictionaryDocument, link, readDictionary } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import { type Case, LINK_CASES, READ_CASES } from "./cases.js";

/** Takes the `|` out and tells where it was. */
function place({ files }: Case) {
  const index = files.findIndex((text) => text.includes("|"));
  const before = files[index]!.slice(0, files[index]!.indexOf("|")).split("\n");
  const texts = files.map((text) => text.replace("|", ""));
  const at = { file: `${"abc"[index]}.xml`, line: before.length, column: before.at(-1)!.length + 1 };
  return { texts, at };
}

describe("diagnostics of reading", () => {
  test.each(READ_CASES)("$code: $what", (given) => {
    const { texts, at } = place(given);
    const { diagnostics } = readDictionary("a.xml", texts[0]!);
    expect(diagnostics.map(({ code, at }) => ({ code, at }))).toEqual([{ code: given.code, at }]);
    const kind = DIAGNOSTICS[given.code as keyof typeof DIAGNOSTICS];
    expect(diagnostics[0]!.severity).toBe(kind.severity);
    if (given.hint !== undefined) expect(diagnostics[0]!.hint).toMatch(given.hint);
  });
});

describe("diagnostics of linking", () => {
  test.each(LINK_CASES)("$code: $what", (given) => {
    const { texts, at } = place(given);
    const documents: DictionaryDocument[] = texts.map((text, index) => {
      const { document, diagnostics } = readDictionary(`${"abc"[index]}.xml`, text);
      expect(diagnostics).toEqual([]);
      return document!;
    });
    const { diagnostics } = link(documents);
    const found = diagnostics.filter(({ code }) => code === given.code);
    expect(found.map(({ code, at }) => ({ code, at }))[0]).toEqual({ code: given.code, at });
    // Nothing else is wrong, but what is wrong twice may be said twice.
    expect(new Set(diagnostics.map(({ code }) => code))).toEqual(new Set([given.code]));
    if (given.hint !== undefined) expect(found[0]!.hint).toMatch(given.hint);
    for (const { at } of found[0]!.related ?? []) expect(at).not.toEqual(found[0]!.at);
  });
});

test("every code has a case", () => {
  // Those of files and imports are in load.test.ts, those of imported names in link.test.ts, the limit in hostile.test.ts, those of
  // Wireshark's format in wireshark/, those of OpenSIPS's in opensips-dictionary.test.ts, those of overlays in overlay.test.ts.
  const wireshark = Array.from({ length: 13 }, (_, index) => `DG${1032 + index}`);
  const opensips = ["DG1045", "DG1046", "DG1047"];
  const overlays = ["DG2029", "DG2030"];
  const elsewhere = [
    "DG1007",
    "DG1008",
    "DG1027",
    "DG1029",
    "DG1031",
    ...wireshark,
    ...opensips,
    "DG2003",
    "DG2010",
    ...overlays,
  ];
  const covered = [...READ_CASES, ...LINK_CASES].map(({ code }) => code);
  expect([...new Set([...covered, ...elsewhere])].sort()).toEqual(Object.keys(DIAGNOSTICS).sort());
});
