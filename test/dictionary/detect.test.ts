import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DictionaryFormat, detectFormat, readDictionary } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import { describeWith, requireShared } from "../support/require.js";
import { brief } from "./support.js";

describe("detecting the format", () => {
  test.each([
    ["freediameter-xml", "<dictionary/>"],
    [
      "freediameter-xml",
      '<?xml version="1.0"?><!-- <diameter> --><!DOCTYPE dictionary SYSTEM "x.dtd"><Dictionary><base/></Dictionary>',
    ],
    ["freediameter-xml", '<dictionary><application id="1"><command name="a" code="1"/></application></dictionary>'],
    ["freediameter-xml", '<dictionary><avp name="a" vendor-id="10"/></dictionary>'],
    [
      "wireshark-xml",
      '<!DOCTYPE dictionary SYSTEM "dictionary.dtd" [ <!ENTITY sip SYSTEM "sip.xml"> ]><dictionary>&sip;</dictionary>',
    ],
    ["wireshark-xml", '<application id="6"><command name="x" code="1" vendor-id="None"/></application>'],
    ["wireshark-xml", '<dictionary><base><avp name="a"><grouped><gavp name="b"/></grouped></avp></base></dictionary>'],
    ["wireshark-xml", '<dictionary><vendor vendor-id="HP" code="11"><avp name="a"/></vendor></dictionary>'],
    ["jdiameter-xml", '<dictionary><vendor vendor-id="HP" code="11" name="HP"/></dictionary>'],
    ["jdiameter-xml", '<dictionary><avpdefn name="a" code="1"/></dictionary>'],
    ["go-diameter-xml", "<diameter></diameter>"],
    ["pana", '<dictionary><command name="PANA-Auth" code="2"/></dictionary>'],
    ["freediameter-json", ' {"AVPs": []}'],
    ["dia", ";; comment\n\n@id 0\n@name base\n"],
    ["opensips", "# comment\nATTRIBUTE out_gw 232 string\n"],
    ["unknown", "some text"],
    ["unknown", ""],
    ["unknown-xml", "<xs:schema/>"],
    ["unknown-xml", "<"],
    ["unknown-xml", "<!-- never closed <dictionary>"],
  ])("%s: %s", (format, text) => {
    expect(detectFormat(text)).toBe(format);
  });

  test("the caller may know better", () => {
    const { diagnostics } = readDictionary("a.xml", "<dictionary/>", { format: "dia" });
    expect(brief(diagnostics)).toEqual(["DG1005 1:1"]);
    expect(diagnostics[0]!.message).toContain(".dia");
  });
});

const corpus = requireShared("corpus");

/** Folder of the corpus, and what its files are. */
const FOLDERS: readonly (readonly [string, RegExp, DictionaryFormat])[] = [
  ["dia-diafuzzer", /\.dia$/, "dia"],
  ["dia-otc", /\.dia$/, "dia"],
  ["dia-otp", /\.dia$/, "dia"],
  ["freediameter-json", /^dictionary.*\.json$/, "freediameter-json"],
  ["freediameter-xml", /\.xml$/, "freediameter-xml"],
  ["go-diameter", /\.xml$/, "go-diameter-xml"],
  ["jdiameter", /\.xml$/, "jdiameter-xml"],
  ["opendiameter", /^(?!.*pana).*\.xml$/, "freediameter-xml"],
  ["opensips", /./, "opensips"],
  // Custom.xml is nothing but comments.
  ["wireshark-4.0.17", /^(?!Custom).*\.xml$/, "wireshark-xml"],
];

describeWith([corpus], "detecting the format of the corpus", () => {
  const files = FOLDERS.flatMap(([folder, pattern, format]) =>
    readdirSync(join(corpus.path, folder))
      .filter((name) => pattern.test(name))
      .map((name) => [join(folder, name), format] as const),
  );
  test.each(files)("%s is %s", (file, format) => {
    expect(detectFormat(readFileSync(join(corpus.path, file), "utf8"))).toBe(format);
  });

  const pana = readdirSync(join(corpus.path, "opendiameter")).filter((name) => name.includes("pana"));
  test.each(pana)("%s is PANA", (name) => {
    const text = readFileSync(join(corpus.path, "opendiameter", name), "utf8");
    expect(brief(readDictionary(name, text).diagnostics)).toEqual(["DG1006 1:1"]);
  });
});
