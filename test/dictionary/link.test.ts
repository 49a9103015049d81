import { type DictionaryDocument, link } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import {
  application,
  avp,
  brief,
  ccf,
  command,
  document,
  linkClean,
  linkTexts,
  loadTexts,
  rule,
  simple,
} from "./support.js";

const VENDORS = '<vendor id="9" name="Cisco"/><vendor id="10415" name="3GPP" key="tgpp"/>';
const group = (name: string, code: number, rules: string, rest = "") =>
  `<avp name="${name}" code="${code}" ${rest}><grouped><optional>${rules}</optional></grouped></avp>`;
const app = (id: number, body: string, rest = "") =>
  `<application id="${id}" name="app-${id}" ${rest}>${body}</application>`;

describe("AVPs", () => {
  test.each([
    ["UTF8String", "UTF8String"],
    ["QOSFilterRule", "QoSFilterRule"],
    ["IPAddress", "OctetString"],
    ["OctetStringOrUTF8", "OctetString"],
    ["AppId", "Unsigned32"],
    ["VendorId", "Unsigned32"],
    ["DiamURI", "DiameterURI"],
    ["Derived", "Unsigned64"],
    ["Grouped", "Grouped"],
  ])("type %s is %s on the wire, and keeps its name", (typeName, type) => {
    const types =
      '<typedefn type-name="Derived" type-parent="Between"/><typedefn type-name="Between" type-parent="Unsigned64"/>';
    const dictionary = linkClean(types + simple("A", 1, "", typeName));
    expect(avp(dictionary, "A")).toMatchObject({ type, typeName });
  });

  test("typedefns of RFC types do not change them", () => {
    const types = '<typedefn type-name="Enumerated" type-parent="Unsigned32"/><typedefn type-name="OctetString"/>';
    expect(avp(linkClean(types + simple("A", 1, "", "Enumerated")), "A").type).toBe("Enumerated");
  });

  test("a document's own derived type goes before another's", () => {
    const { dictionary, diagnostics } = linkTexts(
      `<typedefn type-name="T" type-parent="Time"/>${simple("A", 1, "", "T")}`,
      `<typedefn type-name="T" type-parent="Address"/>${simple("B", 2, "", "T")}`,
    );
    expect(brief(diagnostics)).toEqual(["DG2025 1:13"]);
    expect([avp(dictionary, "A").type, avp(dictionary, "B").type]).toEqual(["Time", "Address"]);
  });

  test("defined twice alike is one, in the home of the first", () => {
    const both = group("G", 5, rule("A")) + simple("A", 1);
    const dictionary = linkClean(both, both);
    expect([...dictionary.avps.keys()]).toEqual(["0:5", "0:1"]);
    expect(dictionary.documents.map(({ avps }) => avps.map(({ name }) => name))).toEqual([["G", "A"], []]);
    expect(avp(dictionary, "G").document).toBe("a");
  });

  test("a definition without grammar takes that of another", () => {
    const bare = '<avp name="G" code="5"><type type-name="Grouped"/></avp>';
    for (const bodies of [
      [bare, simple("A", 1) + group("G", 5, rule("A"))],
      [simple("A", 1) + group("G", 5, rule("A")), bare],
    ]) {
      expect(ccf(avp(linkClean(...bodies), "G").grammar)).toEqual(["* [ A ]"]);
    }
    expect(ccf(avp(linkClean(bare), "G").grammar)).toEqual(["loose"]);
  });

  test("a definition that contradicts another names both places, and what refers to it is not wrong", () => {
    const { diagnostics } = linkTexts(
      simple("A", 1),
      simple("B", 1, "", "Time") + app(7, command("C", 300, rule("B"))),
    );
    expect(brief(diagnostics)).toEqual(["DG2004 1:13"]);
    expect(diagnostics[0]!.message).toMatch(/name "B" here, "A" there; type Time here, UTF8String there/);
    expect(diagnostics[0]!.related).toEqual([
      { message: "defined first here", at: { file: "a.xml", line: 1, column: 13 } },
    ]);
  });

  test("the citation is that of the AVP, else that of the document", () => {
    const { dictionary } = link([
      document(
        `<dictionary document="RFC 1">${simple("A", 1)}${simple("B", 2, 'document="RFC 2" section="3"')}</dictionary>`,
      ),
    ]);
    expect([avp(dictionary, "A"), avp(dictionary, "B")]).toMatchObject([
      { source: "RFC 1" },
      { source: "RFC 2", section: "3" },
    ]);
  });
});

describe("enumerated values", () => {
  const enumerated = (type: string, ...values: number[]) =>
    `<avp name="E" code="1"><type type-name="${type}"/>${values.map((code) => `<enum name="V${code}" code="${code}"/>`).join("")}</avp>`;
  const codes = (dictionary: ReturnType<typeof linkClean>) => avp(dictionary, "E").enums.map(({ code }) => code);

  test("on Unsigned32 and Integer32 as well", () => {
    expect(codes(linkClean(enumerated("Unsigned32", 0, 4294967295)))).toEqual([0, 4294967295]);
    expect(codes(linkClean(enumerated("Integer32", -2147483648, 2147483647)))).toEqual([-2147483648, 2147483647]);
    expect(codes(linkClean(enumerated("AppId", 6)))).toEqual([6]);
  });

  test("above the range of Integer32 they are the same octets", () => {
    const { dictionary, diagnostics } = linkTexts(enumerated("Enumerated", 4294967295));
    expect(brief(diagnostics)).toEqual(["DG2024 1:66"]);
    expect(codes(dictionary)).toEqual([-1]);
  });

  test("added by other documents, in order, once each, with their citation", () => {
    const added = '<enumeration avp="E" section="9"><enum name="V1" code="1"/><enum name="V7" code="7"/></enumeration>';
    const { dictionary, diagnostics } = link([
      document(`<dictionary document="RFC 1">${enumerated("Unsigned32", 1, 2)}</dictionary>`, "a.xml"),
      document(`<dictionary document="RFC 2">${added}</dictionary>`, "b.xml"),
      document(
        `<dictionary><application id="7">${added.replace('"V7" code="7"', '"V8" code="8"')}</application></dictionary>`,
        "c.xml",
      ),
    ]);
    expect(diagnostics).toEqual([]);
    expect(avp(dictionary, "E").enums).toMatchObject([
      { name: "V1", code: 1 },
      { name: "V2", code: 2 },
      { name: "V7", code: 7, source: "RFC 2", section: "9" },
      { name: "V8", code: 8 },
    ]);
  });

  test("what conflicts is kept, with a warning", () => {
    const { dictionary, diagnostics } = linkTexts(
      enumerated("Enumerated", 1),
      '<enumeration avp="E"><enum name="V1" code="2"/><enum name="V0" code="1"/></enumeration>',
    );
    expect(diagnostics.map(({ code, severity }) => `${code} ${severity}`)).toEqual([
      "DG2014 warning",
      "DG2015 warning",
    ]);
    expect(avp(dictionary, "E").enums.map(({ name, code }) => `${name}=${code}`)).toEqual(["V1=1", "V1=2", "V0=1"]);
  });

  test("added to an AVP of a vendor", () => {
    const dictionary = linkClean(
      `${VENDORS}<avp name="E" code="1" vendor-id="9"><enum name="A" code="1"/></avp>`,
      '<enumeration avp="E" vendor-id="9"><enum name="B" code="2"/></enumeration>',
    );
    expect(codes(dictionary)).toEqual([1, 2]);
  });
});

describe("grammars", () => {
  test("positions, minimum, maximum, wildcard", () => {
    const names = ["A", "B", "C", "D", "E", "F"];
    const text =
      names.map((name, index) => simple(name, index + 1)).join("") +
      app(
        7,
        `<command name="X" code="300"><requestrules><fixed>${rule("A", 'maximum="1"')}${rule("B", 'minimum="0" maximum="1"')}</fixed>
        <required>${rule("C", 'maximum="1"')}${rule("D")}</required>
        <optional>${rule("E", 'maximum="1"')}${rule("F", 'maximum="3"')}${rule("AVP")}</optional></requestrules></command>`,
      );
    const { commands } = application(linkClean(text), "app-7");
    expect(ccf(commands[0]!.request)).toEqual([
      "< A >",
      "*1 < B >",
      "{ C }",
      "1* { D }",
      "[ E ]",
      "*3 [ F ]",
      "* [ AVP ]",
    ]);
    expect(ccf(commands[0]!.answer)).toEqual(["loose"]);
  });

  test("no wildcard unless it is written", () => {
    const { commands } = application(linkClean(simple("A", 1) + app(7, command("X", 300, rule("A")))), "app-7");
    expect(commands[0]!.request.wildcard).toBe(false);
  });

  test("recursion is allowed where it can end", () => {
    const dictionary = linkClean(group("G", 5, rule("H") + rule("G")) + group("H", 6, rule("G")));
    expect(avp(dictionary, "G").grammar!.rules[1]!.avp).toBe(avp(dictionary, "G"));
  });

  test("what requires a group without end is reported with it", () => {
    const required = (name: string, code: number, member: string) =>
      `<avp name="${name}" code="${code}"><grouped><required>${rule(member)}</required></grouped></avp>`;
    const { diagnostics } = linkTexts(required("G", 5, "H") + required("H", 6, "G") + required("I", 7, "G"));
    expect(diagnostics.map(({ code }) => code)).toEqual(["DG2018", "DG2018", "DG2018"]);
  });

  test("the answer with the E bit", () => {
    const dictionary = linkClean(
      `${simple("A", 1)}<base><answer-message><required>${rule("A")}</required></answer-message></base>`,
    );
    expect(ccf(dictionary.answerMessage)).toEqual(["1* { A }"]);
    expect(linkClean("").answerMessage).toBeUndefined();
  });
});

describe("applications", () => {
  test("key, kind and citation", () => {
    const text =
      '<base/><application id="3" name="Base Accounting"/><application id="7" name="Cx/Dx (3GPP)" kind="acct"/>' +
      '<application id="8" name="3GPP S6a"/><application id="9"/><application id="10" name="__proto__"/>';
    const { applications } = linkClean(text);
    expect(applications.map(({ id, key, kind }) => `${id} ${key} ${kind}`)).toEqual([
      "0 base base",
      "3 base-accounting acct",
      "7 cx-dx-3gpp acct",
      "8 application-3gpp-s6a auth",
      "9 application-9 auth",
      "10 proto auth",
    ]);
  });

  test("inherited commands keep their place in the text, also over two steps", () => {
    const dictionary = linkClean(
      `<base>${command("Re-Auth", 258, rule("AVP"))}</base>`,
      app(7, `${command("Own", 300, rule("AVP"))}<inherit command="Re-Auth"/>`),
      app(8, '<inherit command="Re-Auth" application="7"/>'),
    );
    expect(application(dictionary, "app-7").commands).toMatchObject([
      { name: "Own", code: 300 },
      { name: "Re-Auth", code: 258, inheritedFrom: 0, at: { file: "a.xml" } },
    ]);
    expect(application(dictionary, "app-8").commands).toMatchObject([{ name: "Re-Auth", inheritedFrom: 7 }]);
    expect(application(dictionary, "base").commands[0]).not.toHaveProperty("inheritedFrom");
  });

  test("inherited under another name is caught by its code", () => {
    const { diagnostics } = linkTexts(
      `<base>${command("Re-Auth", 258, rule("AVP"))}</base>${app(7, `${command("RA", 258, rule("AVP"))}<inherit command="Re-Auth"/>`)}`,
    );
    expect(diagnostics.map(({ code }) => code)).toEqual(["DG2007"]);
  });

  test("two applications to inherit from: the imported one, or neither", async () => {
    const profile = (key: string) =>
      `<dictionary><application id="4" key="${key}">${command("CC", 272, rule("AVP"))}</application></dictionary>`;
    const heir = (imports: string) =>
      `<dictionary>${imports}${app(7, '<inherit command="CC" application="4"/>')}</dictionary>`;
    const files = {
      "cc.xml": profile("cc"),
      "ro.xml": profile("ro"),
      "a.xml": heir('<import file="ro.xml"/>'),
      "b.xml": heir(""),
    };
    const good = await loadTexts(files, ["cc.xml", "a.xml"]);
    expect(good.diagnostics.map(({ code }) => code)).toEqual(["DG2008"]);
    expect(application(good.dictionary!, "app-7").commands[0]!.at.file).toBe("ro.xml");
    const bad = await loadTexts(files, ["cc.xml", "ro.xml", "b.xml"]);
    expect(bad.diagnostics.map(({ code }) => code)).toEqual(["DG2010", "DG2008"]);
    expect(bad.dictionary).toBeUndefined();
  });

  test("extended groups: replaced, added, taken away, for this application alone", () => {
    const shared =
      simple("A", 1) +
      simple("B", 2) +
      simple("C", 3) +
      simple("S", 4) +
      group("G", 5, rule("A", 'maximum="1"') + rule("B") + rule("H")) +
      group("H", 6, rule("A"));
    const extension = `<extend avp="G"><fixed>${rule("S", 'maximum="1"')}</fixed><required>${rule("A", 'maximum="1"')}</required>
      <optional>${rule("B", 'maximum="0"')}${rule("C")}${rule("AVP")}</optional></extend>`;
    const dictionary = linkClean(
      shared,
      app(7, command("X", 300, rule("G")) + extension),
      app(8, command("X", 300, rule("G"))),
      app(9, command("X", 300, rule("A"))),
    );
    const groups = (key: string) => application(dictionary, key).groups;
    expect(ccf(groups("app-7").get("0:5")!)).toEqual(["< S >", "{ A }", "* [ H ]", "* [ C ]", "* [ AVP ]"]);
    expect(ccf(groups("app-8").get("0:5")!)).toEqual(["[ A ]", "* [ B ]", "* [ H ]"]);
    expect([...groups("app-7").keys()].sort()).toEqual(["0:5", "0:6"]);
    expect(groups("app-8").get("0:6")).toBe(avp(dictionary, "H").grammar);
    expect(groups("app-9").size).toBe(0);
    expect(ccf(avp(dictionary, "G").grammar)).toEqual(["[ A ]", "* [ B ]", "* [ H ]"]);
  });

  test("an extension may bring in groups, and groups with themselves inside are reached once", () => {
    const dictionary = linkClean(
      group("G", 5, rule("G")) +
        group("H", 6, rule("G") + rule("H")) +
        app(7, `${command("X", 300, rule("G"))}<extend avp="G"><optional>${rule("H")}</optional></extend>`),
    );
    expect([...application(dictionary, "app-7").groups.keys()]).toEqual(["0:5", "0:6"]);
  });

  test("groups of inherited commands are as the heir extends them", () => {
    const dictionary = linkClean(
      `${simple("A", 1)}${group("G", 5, rule("AVP"))}<base>${command("X", 300, rule("G"))}</base>`,
      app(7, `<inherit command="X"/><extend avp="G"><optional>${rule("A")}</optional></extend>`),
    );
    expect(ccf(application(dictionary, "app-7").groups.get("0:5")!)).toEqual(["* [ A ]", "* [ AVP ]"]);
    expect(ccf(application(dictionary, "base").groups.get("0:5")!)).toEqual(["* [ AVP ]"]);
  });

  test("AVPs that count as known are those of the document and of all that it imports", async () => {
    const files = {
      "a.xml": `<dictionary>${simple("A", 1)}</dictionary>`,
      "b.xml": `<dictionary><import file="a.xml"/>${simple("B", 2)}</dictionary>`,
      "c.xml": `<dictionary><import file="b.xml"/>${app(7, simple("C", 3))}</dictionary>`,
      "d.xml": `<dictionary><import file="a.xml"/>${app(8, simple("D", 4))}</dictionary>`,
    };
    const { dictionary, diagnostics } = await loadTexts(files, ["c.xml", "d.xml"]);
    expect(diagnostics).toEqual([]);
    const known = (key: string) => application(dictionary!, key).avps.map(({ name }) => name);
    expect(known("app-7")).toEqual(["A", "B", "C"]);
    expect(known("app-8")).toEqual(["A", "D"]);
  });
});

describe("vendors", () => {
  test("declared ones, the IETF, and their keys", () => {
    const { vendors } = linkClean(
      '<vendor id="9" name="Cisco"/><vendor id="5771" name="cisco"/><vendor id="10415" name="3GPP"/><vendor id="13019" name="ETSI" key="e2"/>' +
        '<vendor id="13019" name="ETSI"/><vendor id="2" name="***"/>',
    );
    expect([...vendors.values()].map(({ id, key }) => `${id} ${key}`)).toEqual([
      "0 ietf",
      "9 cisco",
      "5771 cisco-5771",
      "10415 vendor-3gpp",
      "13019 e2",
      "2 vendor-2",
    ]);
  });

  test("one that is not declared is there all the same", () => {
    const { dictionary } = linkTexts(simple("A", 1, 'vendor-id="8164"'));
    expect(dictionary.vendors.get(8164)).toEqual({ id: 8164, name: "vendor-8164", key: "vendor-8164" });
  });
});

describe("the result", () => {
  const dictionary = linkClean(
    `${simple("A", 1)}${group("G", 5, rule("A") + rule("G"))}${app(7, command("X", 300, rule("G")))}`,
  );

  test("is frozen through and through", () => {
    const seen = new Set<object>();
    const open: unknown[] = [dictionary];
    for (const value of open) {
      if (typeof value !== "object" || value === null || seen.has(value)) continue;
      seen.add(value);
      expect(Object.isFrozen(value)).toBe(true);
      for (const item of value instanceof Map ? value.values() : Object.values(value)) open.push(item);
    }
    expect(seen.size).toBeGreaterThan(20);
    const map = dictionary.avps as Map<string, unknown>;
    expect(() => map.set("x", 1)).toThrow(/read-only/);
    expect(() => map.delete("0:1")).toThrow(/read-only/);
    expect(() => map.clear()).toThrow(/read-only/);
  });

  test("two dictionaries live side by side", () => {
    const other = linkClean(simple("A", 1, "", "Time"));
    expect(avp(other, "A").type).toBe("Time");
    expect(avp(dictionary, "A").type).toBe("UTF8String");
  });

  test("is the same for the same documents", () => {
    const texts = (): DictionaryDocument[] => [
      document(`<dictionary>${simple("A", 1)}${group("G", 5, rule("A"))}</dictionary>`),
    ];
    expect(link(texts())).toEqual(link(texts()));
  });
});
