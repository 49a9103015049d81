import { formatDiagnostic, link, readDictionary } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import { avp, brief, ccf, document, linkClean, rule, simple } from "./support.js";

const MIB = 1024 * 1024;

/** Reading takes time that grows with the text, not with its square. */
function timed(text: string): string[] {
  const start = performance.now();
  const { diagnostics } = readDictionary("evil.xml", text);
  expect(performance.now() - start).toBeLessThan(10_000);
  return diagnostics.map(({ code }) => code);
}

describe("entities", () => {
  test("a bomb is not expanded", () => {
    const levels = Array.from({ length: 9 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`);
    const text = `<!DOCTYPE dictionary [<!ENTITY l0 "ha">${levels.join("")}]><dictionary title="&l9;"/>`;
    expect(timed(text)).toEqual(["DG1003"]);
  });

  test.each([
    '<!DOCTYPE dictionary [<!ENTITY x "y">]>',
    '<!DOCTYPE dictionary SYSTEM "a.dtd" [<!ENTITY x PUBLIC "p" "file:///etc/passwd">]>',
    '<!DOCTYPE dictionary [<!-- > ]> --><!ELEMENT a ANY><?pi ]> ?><!entity x "]>">]>',
  ])("declared in %s are refused", (doctype) => {
    expect(timed(`<?xml version="1.0"?><!-- c -->${doctype}<dictionary/>`)).toEqual(["DG1003"]);
  });

  test.each([
    '<!DOCTYPE dictionary [<!ENTITY x SYSTEM "file:///etc/passwd">]><dictionary>&x;</dictionary>',
    '<!DOCTYPE dictionary [<!ENTITY % p SYSTEM "http://example.com/x.dtd"> %p;]><dictionary/>',
  ])("%s: external ones are Wireshark's, and never fetched from elsewhere", (text) => {
    expect(timed(text)).toEqual(["DG1033"]);
  });

  test.each([
    '<!DOCTYPE dictionary SYSTEM "http://example.com/evil.dtd">',
    '<!DOCTYPE dictionary PUBLIC "-//X//Y" "x.dtd">',
    "<!DOCTYPE dictionary [<!ELEMENT dictionary ANY><!ATTLIST dictionary name CDATA #IMPLIED>]>",
    "<!doctype dictionary>",
  ])("%s names what is never fetched", (doctype) => {
    expect(timed(`${doctype}<dictionary/>`)).toEqual([]);
  });

  test("text that looks like an entity in text is no reference", () => {
    expect(brief(readDictionary("a.xml", "<dictionary>&unknown;</dictionary>").diagnostics)).toEqual(["DG1026 1:1"]);
  });
});

describe("sizes", () => {
  test.each([
    ["a large file", `<dictionary>${" ".repeat(17 * MIB)}</dictionary>`, ["DG1002"]],
    ["an attribute of 10 MB", `<dictionary title="${"x".repeat(10 * MIB)}"/>`, ["DG1002"]],
    ["an attribute name of 2 MB", `<dictionary ${"x".repeat(2 * MIB)}="1"/>`, ["DG1011"]],
    ["an element name of 2 MB", `<dictionary><${"x".repeat(2 * MIB)}/></dictionary>`, ["DG1010"]],
    ["10 MB of white space in a tag", `<dictionary ${" ".repeat(10 * MIB)}/>`, []],
    ["a comment of 10 MB", `<!--${"x".repeat(10 * MIB)}--><dictionary/>`, []],
    ["comments never closed", "<!--".repeat(MIB), ["DG1004"]],
    ["tags never closed", "<a ".repeat(MIB), ["DG1004"]],
    ["quotes never closed", `<dictionary>${'<a b="'.repeat(MIB)}`, ["DG1001"]],
    [
      "100 000 elements deep",
      `<dictionary>${"<avp>".repeat(100_000)}${"</avp>".repeat(100_000)}</dictionary>`,
      ["DG1002"],
    ],
    ["a DOCTYPE never closed", `<!DOCTYPE dictionary [${"<!ELEMENT a ANY>".repeat(100_000)}`, ["DG1004"]],
    ["instructions never closed", `<dictionary>${"<?x".repeat(MIB)}`, ["DG1001"]],
    ["a number of 60 000 digits", `<dictionary><application id="${"9".repeat(60_000)}"/></dictionary>`, ["DG1014"]],
  ])("%s", (_what, text, codes) => {
    expect(timed(text)).toEqual(codes);
  });

  test("a million complaints are a thousand, and one that says so", () => {
    const { diagnostics } = readDictionary("a.xml", `<dictionary>${"<x/>".repeat(100_000)}</dictionary>`);
    expect(diagnostics).toHaveLength(1001);
    expect(diagnostics.at(-1)).toMatchObject({ code: "DG1027", severity: "error" });
  });

  test("messages stay short", () => {
    const { diagnostics } = readDictionary(
      "a.xml",
      `<dictionary ${"x".repeat(MIB)}="1"><${"y".repeat(MIB)} ${"z".repeat(MIB)}="1"/></dictionary>`,
    );
    for (const diagnostic of diagnostics) expect(formatDiagnostic(diagnostic).length).toBeLessThan(500);
    expect(diagnostics.length).toBeGreaterThan(1);
  });

  test("a chain of 20 000 groups is linked and frozen without a deep stack", () => {
    const count = 20_000;
    const groups = Array.from(
      { length: count },
      (_, index) =>
        `<avp name="G${index}" code="${index + 1}"><grouped><required>${rule(`G${(index + 1) % count}`, 'minimum="0"').replace('minimum="0"', index === count - 1 ? "" : 'maximum="1"')}</required></grouped></avp>`,
    );
    const { document: read } = readDictionary("a.xml", `<dictionary>${groups.join("")}</dictionary>`);
    const { diagnostics } = link([read!]);
    // All of them require the first again.
    expect(diagnostics.at(0)!.code).toBe("DG2018");
    expect(diagnostics).toHaveLength(1001);
  });

  test("a chain of 20 000 derived types and of 5 000 inheriting applications", () => {
    const types = Array.from(
      { length: 20_000 },
      (_, index) => `<typedefn type-name="T${index}" type-parent="T${index + 1}"/>`,
    );
    const last = '<typedefn type-name="T20000" type-parent="Time"/>';
    expect(avp(linkClean(types.join("") + last + simple("A", 1, "", "T0")), "A").type).toBe("Time");
    const applications = Array.from(
      { length: 5000 },
      (_, index) => `<application id="${index + 1}"><inherit command="X" application="${index + 2}"/></application>`,
    );
    expect(() => link([document(`<dictionary>${applications.join("")}</dictionary>`)])).not.toThrow();
  });
});

describe("names that mean something to JavaScript or to the reader", () => {
  const NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];

  test("of AVPs, commands, values, vendors and types", () => {
    const body = NAMES.map(
      (name, index) =>
        `<vendor id="${index + 1}" name="${name}"/><typedefn type-name="${name}" type-parent="Unsigned32"/>` +
        `<avp name="${name}" code="${index + 1}"><type type-name="${name}"/><enum name="${name}" code="1"/></avp>`,
    );
    const commands = NAMES.map(
      (name, index) =>
        `<command name="${name}" code="${index + 1}"><requestrules><required>${rule(name, 'maximum="1"')}</required></requestrules></command>`,
    );
    const dictionary = linkClean(
      `${body.join("")}<application id="7" name="__proto__">${commands.join("")}</application>`,
    );
    for (const name of NAMES) {
      expect(avp(dictionary, name)).toMatchObject({ type: "Unsigned32", typeName: name, enums: [{ name, code: 1 }] });
      const command = dictionary.applications[0]!.commands.find((candidate) => candidate.name === name)!;
      expect(ccf(command.request)).toEqual([`{ ${name} }`]);
    }
    expect({}).not.toHaveProperty("polluted");
  });

  test("that are not defined are not found on prototypes", () => {
    for (const name of NAMES) {
      const text = `<dictionary><avp name="A" code="1"><type type-name="${name}"/></avp></dictionary>`;
      expect(link([readDictionary("a.xml", text).document!]).diagnostics.map(({ code }) => code)).toEqual(["DG2005"]);
    }
  });

  test("of elements and attributes", () => {
    for (const name of NAMES) {
      const { diagnostics } = readDictionary(
        "a.xml",
        `<dictionary ${name}="1"><${name}>x</${name}><${name}/></dictionary>`,
      );
      expect(brief(diagnostics)).toEqual([
        "DG1011 1:13",
        `DG1010 1:${18 + name.length}`,
        `DG1010 1:${24 + 3 * name.length}`,
      ]);
    }
  });

  test("that would end a comment, a string or a template in generated code are kept, with a warning", () => {
    for (const name of ["*/", "`$" + "{x}`", "');//", "a\\u000ab"]) {
      const escaped = name.replaceAll("&", "&amp;");
      const { document: read, diagnostics } = readDictionary("a.xml", `<dictionary>${simple(escaped, 1)}</dictionary>`);
      expect(diagnostics.map(({ code }) => code)).toEqual(["DG1017"]);
      expect(read!.avps[0]!.name).toBe(name);
    }
  });

  test.each(["&#10;", "&#x1b;", "&#x7f;", "\u200b", "\u202e", "\ufeff", "&#xfff9;"])(
    "invisible characters are refused: %j",
    (character) => {
      expect(
        readDictionary("a.xml", `<dictionary>${simple(`A${character}B`, 1)}</dictionary>`).diagnostics,
      ).toMatchObject([{ severity: "error" }]);
    },
  );

  test("keys never lead anywhere", () => {
    for (const key of ["..", "../x", "a/b", "a.b", "", "con", "A", "x".repeat(65), "a--b", "-a"]) {
      const { document: read, diagnostics } = readDictionary(
        "a.xml",
        `<dictionary name="${key}"><application id="7" key="${key}"/></dictionary>`,
      );
      expect(diagnostics.map(({ code }) => code)).toEqual(["DG1028", "DG1028"]);
      expect(read!.name).toBe("a");
      expect(read!.applications[0]!.key).toBeUndefined();
    }
  });
});
