/** Dictionaries of other projects: whatever they call things, what is generated from them compiles. */
import path from "node:path";
import { expect } from "vitest";
import { requireShared, testWith } from "../support/require.js";
import { compile, emit, load } from "./support.js";

const CASES = [
  // Names, commands and groups of 60 applications and 20 vendors; no grammar, hence loosely typed commands.
  { file: "corpus/wireshark-4.0.17/dictionary.xml", folders: 100 },
  // Groups without wildcard, AVPs of a vendor only.
  { file: "corpus/freediameter-xml/dict_gx.xml", folders: 2 },
];

for (const { file, folders } of CASES) {
  const dictionary = requireShared(file);
  testWith(
    [dictionary],
    `what is generated from ${file} compiles`,
    async () => {
      const files = emit(await load(dictionary.path));
      expect(new Set(files.map(({ path: name }) => path.dirname(name))).size).toBeGreaterThanOrEqual(folders);
      expect(await compile(files)).toBe("");
    },
    300_000,
  );
}
