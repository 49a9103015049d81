import { readDictionary } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import { brief, document } from "./support.js";

const at = (line: number, column: number) => ({ file: "test.xml", line, column });

/** Every element and attribute of dictionaries/diamgen.dtd. */
const EVERYTHING = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE dictionary SYSTEM "diamgen.dtd">
<!-- <avp name="not this one"/> -->
<dictionary name="all" document="RFC 1" title="All &amp; everything">
  <import file="base.xml"/>
  <vendor id="10415" name="3GPP" key="tgpp"/>
  <typedefn type-name="AppId" type-parent="Unsigned32" description="d"/>
  <avp name="Num" code="1" mandatory="must" protected="may" may-encrypt="yes" vendor-bit="mustnot" constrained="true"
    document="RFC 2" section="3.4" description="A &lt;number&gt; &#x263A;">
    <type type-name="AppId"/>
    <enum name="ONE" code="1" section="3.5" description="first"/>
    <enum name="MINUS" code="-1"/>
  </avp>
  <enumeration avp="Result-Code" vendor-id="0" section="10.1">
    <enum name="A" code="2003"/>
    <enum name="B" code="2004" section="10.2"/>
  </enumeration>
  <base uri="http://base" key="common" section="2">
    <answer-message section="7.2"><required><avprule name="Num"/></required></answer-message>
    <command name="Device-Watchdog" code="280" vendor-id="0" pbit="0" abbreviation="DW" section="5.5">
      <requestrules>
        <fixed><avprule name="Num" vendor-id="0" position="1" minimum="0" maximum="1"/></fixed>
        <required><avprule name="Group" maximum="3"/></required>
        <optional><avprule name="Other"/><avprule name="AVP"/></optional>
      </requestrules>
      <answerrules><optional><avprule name="AVP"/></optional></answerrules>
    </command>
  </base>
  <application id="16777216" name="Cx" uri="u" key="cx" kind="auth" vendor-id="10415" document="TS 29.229" section="6">
    <avp name="Group" code="2" vendor-id="10415" mandatory="shouldnot" protected="MUSTNOT">
      <grouped><required><avprule name="Num"/></required></grouped>
    </avp>
    <inherit command="Re-Auth" section="8.3"/>
    <inherit command="Other" application="7"/>
    <extend avp="Group" vendor-id="10415" section="9"><optional><avprule name="Other" maximum="0"/></optional></extend>
    <command name="Push" code="305"/>
  </application>
</dictionary>`;

test("every element and attribute", () => {
  const { document: read, diagnostics } = readDictionary("test.xml", EVERYTHING, { hash: "abc" });
  expect(diagnostics).toEqual([]);
  const unbounded = Number.POSITIVE_INFINITY;
  expect(read).toEqual({
    file: "test.xml",
    format: "freediameter-xml",
    hash: "abc",
    name: "all",
    source: "RFC 1",
    title: "All & everything",
    imports: [{ file: "base.xml", at: at(5, 3) }],
    vendors: [{ id: 10415, name: "3GPP", key: "tgpp", at: at(6, 3) }],
    types: [{ name: "AppId", parent: "Unsigned32", at: at(7, 3) }],
    avps: [
      {
        name: "Num",
        code: 1,
        vendorId: 0,
        mandatory: "must",
        protected: "may",
        type: "AppId",
        enums: [
          { name: "ONE", code: 1, section: "3.5", description: "first", at: at(11, 5) },
          { name: "MINUS", code: -1, at: at(12, 5) },
        ],
        source: "RFC 2",
        section: "3.4",
        description: "A <number> \u263a",
        at: at(8, 3),
      },
      {
        name: "Group",
        code: 2,
        vendorId: 10415,
        mandatory: "shouldnot",
        protected: "mustnot",
        type: "Grouped",
        grammar: {
          rules: [{ avp: "Num", position: "required", min: 1, max: unbounded, at: at(31, 26) }],
          at: at(31, 7),
        },
        enums: [],
        at: at(30, 5),
      },
    ],
    enumerations: [
      {
        avp: "Result-Code",
        vendorId: 0,
        section: "10.1",
        values: [
          { name: "A", code: 2003, section: "10.1", at: at(15, 5) },
          { name: "B", code: 2004, section: "10.2", at: at(16, 5) },
        ],
        at: at(14, 3),
      },
    ],
    applications: [
      {
        id: 0,
        name: "Diameter Common Messages",
        key: "common",
        vendorId: 0,
        section: "2",
        commands: [
          {
            name: "Device-Watchdog",
            code: 280,
            abbreviation: "DW",
            proxiable: false,
            section: "5.5",
            request: {
              rules: [
                { avp: "Num", vendorId: 0, position: "fixed", min: 0, max: 1, at: at(22, 16) },
                { avp: "Group", position: "required", min: 1, max: 3, at: at(23, 19) },
                { avp: "Other", position: "optional", min: 0, max: unbounded, at: at(24, 19) },
                { avp: "AVP", position: "optional", min: 0, max: unbounded, at: at(24, 42) },
              ],
              at: at(21, 7),
            },
            answer: {
              rules: [{ avp: "AVP", position: "optional", min: 0, max: unbounded, at: at(26, 30) }],
              at: at(26, 7),
            },
            at: at(20, 5),
          },
        ],
        inherits: [],
        extensions: [],
        answerMessage: {
          rules: [{ avp: "Num", position: "required", min: 1, max: unbounded, at: at(19, 45) }],
          at: at(19, 5),
        },
        at: at(18, 3),
      },
      {
        id: 16777216,
        name: "Cx",
        key: "cx",
        kind: "auth",
        vendorId: 10415,
        source: "TS 29.229",
        section: "6",
        commands: [{ name: "Push", code: 305, proxiable: true, at: at(36, 5) }],
        inherits: [
          { command: "Re-Auth", application: 0, section: "8.3", at: at(33, 5) },
          { command: "Other", application: 7, at: at(34, 5) },
        ],
        extensions: [
          {
            avp: "Group",
            vendorId: 10415,
            grammar: {
              rules: [{ avp: "Other", position: "optional", min: 0, max: 0, at: at(35, 65) }],
              at: at(35, 5),
            },
            at: at(35, 5),
          },
        ],
        at: at(29, 3),
      },
    ],
  });
});

describe("what files do differently", () => {
  test("names of elements and attributes in any case", () => {
    const { avps } = document('<DICTIONARY><Avp NAME="A" Code="1"><TYPE Type-Name="Time"/></Avp></DICTIONARY>');
    expect(avps).toMatchObject([{ name: "A", code: 1, type: "Time" }]);
  });

  test("byte order mark, CRLF and tabs keep the positions", () => {
    const text = '\ufeff<?xml version="1.0"?>\r\n<dictionary>\r\n\t<avp name="A" code="x"/>\r\n</dictionary>\r\n';
    const { diagnostics } = readDictionary("test.xml", text);
    expect(brief(diagnostics)).toEqual(["DG1013 3:22", "DG1020 3:2"]);
  });

  test("single quotes, > and line breaks in attributes", () => {
    const { avps } = document(
      `<dictionary><avp\n name = 'A' code='1'\n description='a > "b"\n c'><type type-name="Time"/></avp></dictionary>`,
    );
    expect(avps).toMatchObject([{ name: "A", description: 'a > "b"  c' }]);
  });

  test("the type follows from what stands in the AVP", () => {
    const { avps } = document(
      '<dictionary><avp name="A" code="1"><enum name="X" code="0"/></avp>' +
        '<avp name="B" code="2"><grouped><optional><avprule name="A"/></optional></grouped></avp>' +
        '<avp name="C" code="3"><type type-name="Grouped"/></avp></dictionary>',
    );
    expect(avps.map(({ type }) => type)).toEqual(["Enumerated", "Grouped", "Grouped"]);
  });

  test("a code that is no number drops the AVP alone", () => {
    const { document: read } = readDictionary(
      "test.xml",
      '<dictionary><avp name="A" code="12x"><type type-name="Time"/></avp><avp name="B" code="2"><type type-name="Time"/></avp></dictionary>',
    );
    expect(read!.avps.map(({ name }) => name)).toEqual(["B"]);
  });

  test("the largest numbers", () => {
    const { avps, applications } = document(
      '<dictionary><vendor id="4294967295" name="x"/><avp name="A" code="4294967295" vendor-id="4294967295"><type type-name="Time"/></avp>' +
        '<application id="4294967295"/></dictionary>',
    );
    expect(avps).toMatchObject([{ code: 4294967295, vendorId: 4294967295 }]);
    expect(applications).toMatchObject([{ id: 4294967295, name: "Application 4294967295" }]);
  });

  test.each([
    ["sip.xml", "sip"],
    ["a/b/Cx_Dx 2.xml", "cx-dx-2"],
    ["a\\b\\base.xml", "base"],
    ["3gpp.xml", "dictionary-3gpp"],
    ["con.xml", "dictionary-con"],
    ["*/.xml", "dictionary"],
    ["__proto__.xml", "proto"],
  ])("%s is called %s", (file, name) => {
    expect(document("<dictionary/>", file).name).toBe(name);
  });

  test("rules given in two pieces are one grammar", () => {
    const { applications } = document(
      '<dictionary><base><command name="X" code="1"><requestrules><optional><avprule name="A"/></optional></requestrules>' +
        '<requestrules><optional><avprule name="B"/></optional><optional><avprule name="C"/></optional></requestrules></command></base></dictionary>',
    );
    expect(applications[0]!.commands[0]!.request!.rules.map(({ avp }) => avp)).toEqual(["A", "B", "C"]);
  });
});
