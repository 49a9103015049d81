import { readFileSync } from "node:fs";
import { detectFormat, formatDiagnostic, link, readDictionary } from "@diamgen/dictionary";
import fc from "fast-check";
import { expect, test } from "vitest";
import { repositoryPath } from "../support/require.js";

const GOOD =
  readFileSync(repositoryPath("dictionaries/digest.xml"), "utf8") +
  readFileSync(repositoryPath("dictionaries/sip.xml"), "utf8").slice(0, 4000);

/** What a mutation puts in: pieces that mean something to an XML parser or to the reader. */
const piece = fc.oneof(
  fc.constantFrom(
    "<",
    ">",
    "&",
    '"',
    "'",
    "/",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<!DOCTYPE",
    "[",
    "]",
    "\0",
    "\r",
    "\ufeff",
  ),
  fc.constantFrom(
    "<avp>",
    "</avp>",
    "<dictionary>",
    "</dictionary>",
    "<base>",
    'code="1"',
    'name="__proto__"',
    "&amp;",
    "&#0;",
    "&x;",
  ),
  fc.constantFrom(
    "<grouped><required><avprule name='Digest-Realm'/></required></grouped>",
    '<import file="../x"/>',
    "<enumeration avp='A'/>",
  ),
  fc.string({ maxLength: 8, unit: "binary" }),
);

const mutation = fc.record({ at: fc.nat(), remove: fc.nat(40), insert: piece });

/** Nothing that stands in a file throws, and every diagnostic points into it. */
function check(text: string): void {
  detectFormat(text);
  for (const format of [undefined, "freediameter-xml"] as const) {
    const { document, diagnostics } = readDictionary("a.xml", text, { format });
    if (document === undefined) expect(diagnostics.some(({ severity }) => severity === "error")).toBe(true);
    const lines = text.split("\n").length;
    const all = document === undefined ? diagnostics : [...diagnostics, ...link([document]).diagnostics];
    for (const diagnostic of all) {
      expect(diagnostic.at.line).toBeGreaterThanOrEqual(1);
      expect(diagnostic.at.line).toBeLessThanOrEqual(lines);
      expect(diagnostic.at.column).toBeGreaterThanOrEqual(1);
      expect(formatDiagnostic(diagnostic, text, { color: true })).toContain(diagnostic.code);
    }
  }
}

test("a dictionary with pieces taken out and put in", () => {
  fc.assert(
    fc.property(fc.nat(GOOD.length - 1), fc.array(mutation, { minLength: 1, maxLength: 6 }), (length, mutations) => {
      let text = GOOD.slice(0, length < 200 ? GOOD.length : length);
      for (const { at, remove, insert } of mutations) {
        const index = at % (text.length + 1);
        text = text.slice(0, index) + insert + text.slice(index + remove);
      }
      check(text);
    }),
    { numRuns: 300 },
  );
});

test("a small dictionary, mutated hard", () => {
  const small =
    '<dictionary><avp name="A" code="1"><type type-name="Time"/></avp><base><command name="X" code="1"/></base></dictionary>';
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
      let text = small;
      for (const { at, remove, insert } of mutations) {
        const index = at % (text.length + 1);
        text = text.slice(0, index) + insert + text.slice(index + (remove % 6));
      }
      check(text);
    }),
    { numRuns: 2000 },
  );
});

test("any text", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => check(pieces.join(""))),
    { numRuns: 1000 },
  );
});
