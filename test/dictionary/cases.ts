/** One case for each diagnostic code: the text, and where the diagnostic stands. `|` in a text marks the place. */

export interface Case {
  readonly code: string;
  readonly what: string;
  /** One text for each file: a.xml, b.xml, ... The first `|` is where the diagnostic is; it is taken out. */
  readonly files: readonly string[];
  /** What the hint must say. */
  readonly hint?: RegExp;
}

const wrap = (body: string) => `<dictionary>\n  <vendor id="9" name="Cisco"/>\n${body}\n</dictionary>`;
const inAvp = (body: string) => wrap(`  ${body}`);
const A = '<avp name="A" code="1"><type type-name="Unsigned32"/></avp>';
const B = '<avp name="B" code="2"><type type-name="Enumerated"/><enum name="ONE" code="1"/></avp>';
const rules = (rule: string, name = "optional") =>
  `<command name="X" code="300">\n<requestrules><${name}>${rule}</${name}></requestrules></command>`;
const app = (body: string, id = 7, name = `App ${id}`) =>
  `<application id="${id}" name="${name}">${body}</application>`;
const ok = '<optional><avprule name="AVP"/></optional>';

export const READ_CASES: readonly Case[] = [
  {
    code: "DG1001",
    what: "an element that is not closed",
    files: ["<dictionary>\n  <vendor>|</wrong>\n</dictionary>"],
  },
  { code: "DG1001", what: "< in an attribute", files: [wrap('<vendor id="1" name="a|<b"/>')] },
  { code: "DG1001", what: "& in an attribute", files: [wrap('<vendor id="1" name="a|&b"/>')], hint: /&amp;/ },
  { code: "DG1001", what: "two root elements", files: ["<dictionary/>\n|<dictionary/>"] },
  { code: "DG1002", what: "depth", files: [`|<dictionary>${"<avp>".repeat(60)}${"</avp>".repeat(60)}</dictionary>`] },
  { code: "DG1002", what: "attribute length", files: [wrap(`<vendor id="1" name="|${"x".repeat(70_000)}"/>`)] },
  {
    code: "DG1003",
    what: "an entity declared",
    files: ['<!DOCTYPE dictionary [\n  |<!ENTITY a "b">\n]>\n<dictionary/>'],
  },
  { code: "DG1003", what: "an entity used", files: [wrap('<vendor id="1" name="x|&me;"/>')] },
  { code: "DG1003", what: "a character that XML does not have", files: [wrap('<vendor id="1" name="x|&#0;"/>')] },
  { code: "DG1004", what: "an unknown root element", files: ["|<html/>"] },
  { code: "DG1004", what: "no dictionary at all", files: ["\n  |hello"] },
  { code: "DG1004", what: "an empty file", files: ["|"] },
  {
    code: "DG1005",
    what: "go-diameter",
    files: ['|<diameter><application id="0"/></diameter>'],
    hint: /freeDiameter XML/,
  },
  { code: "DG1006", what: "PANA", files: ['|<dictionary><command name="PANA-Auth" code="2"/></dictionary>'] },
  { code: "DG1010", what: "an unknown element", files: [wrap('  |<avps name="A"/>')], hint: /<avp>/ },
  {
    code: "DG1010",
    what: "an element in the wrong place",
    files: [wrap('  <avp name="A" code="1"><type type-name="Time"/>|<vendor id="1" name="x"/></avp>')],
  },
  { code: "DG1010", what: "an element named like a method", files: [wrap("  |<constructor/>")] },
  { code: "DG1011", what: "an unknown attribute", files: [wrap('  <vendor id="1" name="a" |nmae="b"/>')] },
  {
    code: "DG1011",
    what: "minumin",
    files: [wrap(app(rules('<avprule name="AVP" |minumin="1"/>')))],
    hint: /"minimum"/,
  },
  { code: "DG1012", what: "no code", files: [inAvp('|<avp name="A"><type type-name="Time"/></avp>')], hint: /code=/ },
  ...["12x", "", "0x10", " 1 2", "1.5", "+1", "1e3", "none"].map((value) => ({
    code: "DG1013",
    what: `the number ${JSON.stringify(value)}`,
    files: [inAvp(`<avp name="A" code="|${value}"><type type-name="Time"/></avp>`)],
  })),
  ...["-1", "4294967296", "99999999999999999999"].map((value) => ({
    code: "DG1014",
    what: `the AVP code ${value}`,
    files: [inAvp(`<avp name="A" code="|${value}"><type type-name="Time"/></avp>`)],
  })),
  {
    code: "DG1014",
    what: "a command code of 25 bits",
    files: [wrap(app(`<command name="X" code="|16777216"><requestrules>${ok}</requestrules></command>`))],
  },
  {
    code: "DG1015",
    what: "an unknown flag rule",
    files: [inAvp('<avp name="A" code="1" mandatory="|msut"><type type-name="Time"/></avp>')],
    hint: /"must"/,
  },
  {
    code: "DG1015",
    what: "an unknown kind",
    files: [wrap('<application id="7" name="x" kind="|both"/>')],
    hint: /auth or acct/,
  },
  { code: "DG1016", what: "an empty name", files: [wrap('<vendor id="1" name="|"/>')] },
  { code: "DG1016", what: "an escape sequence in a name", files: [wrap('<vendor id="1" name="|a&#x9b;2J"/>')] },
  { code: "DG1016", what: "a long name", files: [wrap(`<vendor id="1" name="|${"x".repeat(300)}"/>`)] },
  {
    code: "DG1017",
    what: "an unusual name",
    files: [inAvp('<avp name="|A*/B" code="1"><type type-name="Time"/></avp>')],
  },
  {
    code: "DG1018",
    what: "white space around a name",
    files: [inAvp('<avp name="|A " code="1"><type type-name="Time"/></avp>')],
  },
  {
    code: "DG1019",
    what: "enum in type",
    files: [inAvp('<avp name="A" code="1"><type type-name="Enumerated">|<enum name="X" code="1"/></type></avp>')],
  },
  { code: "DG1020", what: "an AVP without type", files: [inAvp('|<avp name="A" code="1"/>')] },
  { code: "DG1021", what: "a pseudo AVP", files: [inAvp('|<avp name="AVP" code="0"><type type-name="Any"/></avp>')] },
  { code: "DG1021", what: "a pseudo command", files: [wrap(app('|<command name="ERROR" code="0"/>'))] },
  { code: "DG1022", what: "a group without rules", files: [inAvp('<avp name="A" code="1">|<grouped/></avp>')] },
  {
    code: "DG1023",
    what: "minimum above maximum",
    files: [wrap(app(rules('|<avprule name="A" minimum="2" maximum="1"/>', "required")))],
  },
  { code: "DG1023", what: "maximum 0", files: [wrap(app(rules('|<avprule name="A" maximum="0"/>')))] },
  {
    code: "DG1024",
    what: "required with minimum 0",
    files: [wrap(app(rules('|<avprule name="A" minimum="0"/>', "required")))],
    hint: /<optional>/,
  },
  {
    code: "DG1024",
    what: "optional with minimum 1",
    files: [wrap(app(rules('|<avprule name="A" minimum="1"/>')))],
    hint: /<required>/,
  },
  {
    code: "DG1025",
    what: "type and grouped",
    files: [inAvp(`<avp name="A" code="1"><type type-name="Time"/>|<grouped>${ok}</grouped></avp>`)],
  },
  { code: "DG1026", what: "text between elements", files: ["|<dictionary>\n  hello <!-- not this -->\n</dictionary>"] },
  { code: "DG1028", what: "a key that is a path", files: [wrap('<application id="7" key="|../../etc"/>')] },
  { code: "DG1028", what: "a key that is a device", files: [wrap('<vendor id="1" name="x" key="|con"/>')] },
  {
    code: "DG1030",
    what: "a command named -Request",
    files: [wrap(app(`|<command name="X-Request" code="300"><requestrules>${ok}</requestrules></command>`))],
  },
];

const rulesOf = (rule: string, name = "optional") => app(rules(rule, name));
const grouped = (name: string, code: number, body: string, rest = "") =>
  `<avp name="${name}" code="${code}" ${rest}><grouped>${body}</grouped></avp>`;

export const LINK_CASES: readonly Case[] = [
  {
    code: "DG2001",
    what: "an unknown AVP",
    files: [
      wrap(
        '<avp name="Session-Id" code="263"><type type-name="UTF8String"/></avp>\n' +
          rulesOf('|<avprule name="Sesion-Id"/>'),
      ),
    ],
    hint: /"Session-Id"/,
  },
  { code: "DG2001", what: "an AVP named like a method", files: [wrap(rulesOf('|<avprule name="constructor"/>'))] },
  {
    code: "DG2001",
    what: "an AVP of another vendor",
    files: [wrap(A + rulesOf('|<avprule name="A" vendor-id="9"/>'))],
    hint: /vendor 0/,
  },
  {
    code: "DG2002",
    what: "a name of two vendors",
    files: [
      `<dictionary><vendor id="9" name="x"/><vendor id="10" name="y"/>${A.replace("code", 'vendor-id="9" code')}${A.replace("code", 'vendor-id="10" code')}\n${rulesOf('|<avprule name="A"/>')}</dictionary>`,
    ],
    hint: /vendor-id="9"/,
  },
  {
    code: "DG2004",
    what: "another type",
    files: [wrap(A), wrap(`|<avp name="A" code="1"><type type-name="Unsigned64"/></avp>`)],
  },
  { code: "DG2004", what: "another name", files: [wrap(A), wrap(`|${A.replace('"A"', '"AA"')}`)] },
  { code: "DG2004", what: "another M rule", files: [wrap(`${A}\n |${A.replace("code", 'mandatory="must" code')}`)] },
  {
    code: "DG2004",
    what: "another grammar",
    files: [wrap(`${A}${grouped("G", 5, '<optional><avprule name="A"/></optional>')}\n|${grouped("G", 5, ok)}`)],
  },
  {
    code: "DG2005",
    what: "an unknown type",
    files: [inAvp('|<avp name="A" code="1"><type type-name="Unsigned23"/></avp>')],
    hint: /"Unsigned32"/,
  },
  {
    code: "DG2005",
    what: "a derived type without parent",
    files: [wrap('<typedefn type-name="Odd"/>\n|<avp name="A" code="1"><type type-name="Odd"/></avp>')],
  },
  {
    code: "DG2006",
    what: "types in a circle",
    files: [
      wrap(
        '<typedefn type-name="X" type-parent="Y"/><typedefn type-name="Y" type-parent="X"/>\n|<avp name="A" code="1"><type type-name="X"/></avp>',
      ),
    ],
  },
  {
    code: "DG2007",
    what: "a code twice",
    files: [
      wrap(
        app(
          `<command name="X" code="300"/>|<command name="Y" code="300"/>`
            .replaceAll("/>", `><requestrules>${ok}</requestrules></command>`)
            .replaceAll(
              'name="AVP"><requestrules><optional><avprule name="AVP"/></optional></requestrules></command>',
              'name="AVP"/>',
            ),
        ),
      ),
    ],
  },
  {
    code: "DG2007",
    what: "inherited and defined",
    files: [
      wrap(
        `<base>${rules('<avprule name="AVP"/>')}</base>\n${app(`${rules('<avprule name="AVP"/>')}|<inherit command="X"/>`)}`,
      ),
    ],
  },
  {
    code: "DG2008",
    what: "two profiles of one id",
    files: [
      wrap(app(rules('<avprule name="AVP"/>'), 7, "One")),
      wrap(`|${app(rules('<avprule name="AVP"/>'), 7, "Two")}`),
    ],
  },
  {
    code: "DG2009",
    what: "no such command to inherit",
    files: [
      wrap(
        `<base>${rules('<avprule name="AVP"/>').replace('"X"', '"Re-Auth"')}</base>\n${app('|<inherit command="ReAuth"/>')}`,
      ),
    ],
    hint: /"Re-Auth"/,
  },
  {
    code: "DG2009",
    what: "no such application to inherit from",
    files: [wrap(app('|<inherit command="Re-Auth"/>'))],
    hint: /id 0/,
  },
  {
    code: "DG2011",
    what: "commands inherited in a circle",
    files: [
      wrap(`${app('|<inherit command="X" application="8"/>')}\n${app('<inherit command="X" application="7"/>', 8)}`),
    ],
  },
  {
    code: "DG2012",
    what: "extending what is no group",
    files: [wrap(`${A}\n${app('|<extend avp="A"><optional><avprule name="AVP"/></optional></extend>')}`)],
  },
  {
    code: "DG2013",
    what: "an AVP named twice",
    files: [wrap(A + rulesOf('<avprule name="A" maximum="1"/>\n  |<avprule name="A"/>'))],
  },
  {
    code: "DG2014",
    what: "a value's name twice",
    files: [wrap(`${B}\n<enumeration avp="B">|<enum name="ONE" code="2"/></enumeration>`)],
  },
  {
    code: "DG2015",
    what: "a value's code twice",
    files: [wrap(`${B}\n<enumeration avp="B">|<enum name="UNO" code="1"/></enumeration>`)],
  },
  {
    code: "DG2015",
    what: "a value twice",
    files: [
      inAvp(
        '<avp name="A" code="1"><type type-name="Enumerated"/><enum name="X" code="1"/>|<enum name="X" code="1"/></avp>',
      ),
    ],
  },
  {
    code: "DG2016",
    what: "values on a string",
    files: [inAvp('<avp name="A" code="1"><type type-name="UTF8String"/>|<enum name="X" code="1"/></avp>')],
  },
  {
    code: "DG2016",
    what: "values added to a string",
    files: [
      wrap(
        '<avp name="A" code="1"><type type-name="UTF8String"/></avp>|<enumeration avp="A"><enum name="X" code="1"/></enumeration>',
      ),
    ],
  },
  {
    code: "DG2017",
    what: "a negative value on Unsigned32",
    files: [inAvp('<avp name="A" code="1"><type type-name="Unsigned32"/>|<enum name="X" code="-1"/></avp>')],
  },
  {
    code: "DG2018",
    what: "a group that requires itself",
    files: [wrap(`|${grouped("G", 5, '<required><avprule name="G"/></required>')}`)],
  },
  {
    code: "DG2018",
    what: "an extension that requires itself",
    files: [wrap(`${grouped("G", 5, ok)}|${app('<extend avp="G"><required><avprule name="G"/></required></extend>')}`)],
  },
  {
    code: "DG2019",
    what: "a vendor with two names",
    files: ['<dictionary><vendor id="9" name="Cisco"/>\n|<vendor id="9" name="Cosci"/></dictionary>'],
  },
  {
    code: "DG2020",
    what: "a vendor that is not declared",
    files: [inAvp('|<avp name="A" code="1" vendor-id="10"><type type-name="Time"/></avp>')],
  },
  {
    code: "DG2021",
    what: "two applications with one key",
    files: [wrap(`${app("", 7, "Some App")}\n|${app("", 8, "some-app")}`)],
    hint: /key=/,
  },
  {
    code: "DG2022",
    what: "two documents with one name",
    files: ['<dictionary name="same"/>', '|<dictionary name="same"/>'],
  },
  {
    code: "DG2023",
    what: "answers with the E bit twice",
    files: [
      wrap(`<base><answer-message>${ok}</answer-message></base>`),
      wrap(`<base key="other">|<answer-message>${ok}</answer-message></base>`),
    ],
  },
  {
    code: "DG2024",
    what: "an enumerated value of 32 bits",
    files: [inAvp('<avp name="A" code="1"><type type-name="Enumerated"/>|<enum name="X" code="4294967295"/></avp>')],
  },
  {
    code: "DG2025",
    what: "a type with two parents",
    files: [wrap('<typedefn type-name="X" type-parent="Time"/>\n|<typedefn type-name="X" type-parent="Address"/>')],
  },
  {
    code: "DG2026",
    what: "taking away what is not there",
    files: [
      wrap(
        `${A}${grouped("G", 5, ok)}\n${app('<extend avp="G"><optional>|<avprule name="A" maximum="0"/></optional></extend>')}`,
      ),
    ],
  },
  {
    code: "DG2027",
    what: "a second definition with more values",
    files: [wrap(B), wrap(`|${B.replace("ONE", "TWO").replace('"TWO" code="1"', '"TWO" code="2"')}`)],
  },
  {
    code: "DG2028",
    what: "two vendors with one key",
    files: ['<dictionary><vendor id="9" name="a" key="x"/>\n|<vendor id="10" name="b" key="x"/></dictionary>'],
  },
];
