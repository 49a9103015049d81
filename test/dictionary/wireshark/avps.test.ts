/** AVPs, one quirk of Wireshark's dictionaries at a time. */
import { expect, test } from "vitest";
import { ccf, avp as find } from "../support.js";
import { ACME, avp, group, load, read, wireshark } from "./support.js";

test("what the DTD has as defaults is applied, and known to be assumed", async () => {
  const { document, found } = await read(
    `${avp("A", 1)}${avp("B", 2, 'mandatory="must" protected="mustnot" may-encrypt="no" constrained="true"')}${avp("C", 3, 'mandatory="shouldnot"')}`,
  );
  expect(found).toEqual([]);
  expect(document.avps.map(({ mandatory, protected: p, assumed }) => [mandatory, p, assumed])).toEqual([
    ["may", "may", ["mandatory", "protected"]],
    ["must", "mustnot", undefined],
    ["shouldnot", "may", ["protected"]],
  ]);
});

test.each([
  ["a key", avp("A", 1, 'vendor-id="Acme"'), 9999, []],
  ["a key in another case", avp("A", 1, 'vendor-id="ACME" vendor-bit="must"'), 9999, []],
  [
    "a key that is no XML name",
    `<vendor vendor-id="3 S.A." code="5" name="x"/>${avp("A", 1, 'vendor-id="3 S.A."')}`,
    5,
    [],
  ],
  ["a number", avp("A", 1, 'vendor-id="10415"'), 10415, ["DG2020"]],
  ["None, without being declared", avp("A", 1, 'vendor-id="None"'), 0, []],
  ["nothing", avp("A", 1), 0, []],
  ["vendor-bit mustnot", avp("A", 1, 'vendor-id="Acme" vendor-bit="mustnot"'), 9999, ["DG1038"]],
  ["vendor-bit must without vendor", avp("A", 1, 'vendor-bit="must"'), 0, ["DG1038"]],
  [
    "its own in another's element",
    `<vendor vendor-id="B" code="2">${avp("A", 1, 'vendor-id="None"')}</vendor>`,
    0,
    ["DG1039"],
  ],
  ["that of its element", `<vendor vendor-id="B" code="2">${avp("A", 1)}</vendor>`, 2, ["DG1039"]],
  ["one that is declared behind it", `${avp("A", 1, 'vendor-id="Z"')}<vendor vendor-id="Z" code="7"/>`, 7, []],
] as const)("vendor: %s", async (_what, body, vendorId, codes) => {
  const { dictionary, diagnostics } = await load({ "dictionary.xml": wireshark(ACME + body) });
  expect(diagnostics.map(({ code }) => code).filter((code) => code !== "DG1043")).toEqual(codes);
  expect([...dictionary!.avps.values()].map((one) => one.vendorId)).toEqual([vendorId]);
});

test("a vendor key that nobody declared, or two have", async () => {
  const { diagnostics } = await load({
    "dictionary.xml": wireshark(`${ACME}\n<vendor vendor-id="acme" code="5"/>\n${avp("A", 1, 'vendor-id="Acne"')}`),
  });
  const wrong = diagnostics.filter(({ code }) => code === "DG1036");
  expect(wrong.map(({ at }) => `${at.line}:${at.column}`)).toEqual(["6:1", "7:35"]);
  expect(wrong[0]!.related![0]!.at.line).toBe(5);
  expect(wrong[1]!.hint).toBe('Did you mean "Acme"?');
});

test("vendors have keys of their own", async () => {
  const { dictionary } = await load({
    "dictionary.xml": wireshark(
      '<vendor vendor-id="None" code="0" name="None"/><vendor vendor-id="TGPP" code="10415" name="3GPP"/><vendor vendor-id="3GPP" code="4"/><vendor vendor-id="Tel_S.A." code="5" name="x"/><vendor vendor-id="tel-s-a" code="6" name="y"/>',
    ),
  });
  expect([...dictionary!.vendors.values()].map(({ id, name, key }) => `${id} ${name} ${key}`)).toEqual([
    "0 IETF ietf",
    "10415 3GPP tgpp",
    "4 3GPP vendor-3gpp",
    "5 x tel-s-a",
    "6 y y",
  ]);
});

test.each([
  ["IPAddress", 8, "OctetString"],
  ["IPAddress", 255, "OctetString"],
  ["IPAddress", 256, "Address"],
  ["IPADDRESS", 1228, "Address"],
  ["Address", 8, "Address"],
  ["OctetStringOrUTF8", 1, "OctetString"],
  ["AppId", 1, "Unsigned32"],
  ["VendorId", 1, "Unsigned32"],
  ["MIPRegistrationRequest", 1, "OctetString"],
  ["QoSFilterRule", 1, "QoSFilterRule"],
  ["unsigned32", 1, "Unsigned32"],
  ["Derived", 1, "Unsigned64"],
])("type %s of AVP %i is %s", async (written, code, type) => {
  const typedefns =
    '<typedefn type-name="IPAddress" type-parent="OctetString"/><typedefn type-name="Derived" type-parent="Unsigned64"/>';
  const { dictionary, diagnostics } = await load({
    "dictionary.xml": wireshark(`<base>${typedefns}${avp("A", code, "", written)}</base>`),
  });
  expect(dictionary!.avps.get(`0:${code}`)!.type).toBe(type);
  const changed = !/^(?:address|qosfilterrule|unsigned32|derived)$/i.test(written);
  expect(diagnostics.filter((diagnostic) => diagnostic.code === "DG1042")).toHaveLength(changed ? 1 : 0);
});

test("a type that is read as another is told once", async () => {
  const { found } = await read(`${avp("A", 1, "", "AppId")}${avp("B", 2, "", "AppId")}${avp("C", 3, "", "AppId")}`);
  expect(found).toEqual(["DG1042 AppId is read as Unsigned32, in 3 AVPs"]);
});

test("members of groups, defined before or behind, are optional, any number, beside others", async () => {
  const { dictionary, diagnostics } = await load({
    "dictionary.xml": wireshark(`${group("G", 1, "B", "A", "B", "G")}${avp("A", 2)}${avp("B", 3)}${group("Empty", 4)}`),
  });
  expect(diagnostics.map(({ code }) => code)).toEqual(["DG1022", "DG1043", "DG2013"]);
  expect(ccf(find(dictionary!, "G").grammar)).toEqual(["* [ B ]", "* [ A ]", "* [ G ]", "* [ AVP ]"]);
  expect(ccf(find(dictionary!, "Empty").grammar)).toEqual(["loose"]);
});

test("a member that nobody defines is an error where it stands", async () => {
  const { dictionary, diagnostics } = await load({ "dictionary.xml": wireshark(group("G", 1, "Nobody")) });
  expect(dictionary).toBeUndefined();
  expect(diagnostics.filter(({ severity }) => severity === "error")).toMatchObject([
    { code: "DG2001", at: { line: 5, column: 33 } },
  ]);
});

test("values: on Unsigned32, twice, negative, above 2147483647, with spaces, in the wrong place", async () => {
  const value = (name: string, code: number) => `<enum name="${name}" code="${code}"/>`;
  const { dictionary, diagnostics } = await load({
    "dictionary.xml": wireshark(
      `<avp name="U" code="1"><type type-name="Unsigned32"/>${value("a", 4294967295)}</avp>` +
        `<avp name="E" code="2"><!-- c --><type type-name="Enumerated"/>${value("Undefined", 1)}${value("Undefined", 2)}${value("=MY 5 ", 2)}${value("m", -3)}${value("*/*", 4294967295)}</avp>` +
        `<avp name="T" code="3"><type type-name="Enumerated">${value("x", 1)}</type></avp>` +
        `<avp name="O" code="4"><type type-name="OctetString"/>${value("x", 1)}</avp>`,
    ),
  });
  expect(diagnostics.map(({ code }) => code).sort()).toEqual([
    "DG1018",
    "DG1019",
    "DG1043",
    "DG2014",
    "DG2015",
    "DG2016",
    "DG2024",
  ]);
  const values = (name: string) => find(dictionary!, name).enums.map((one) => `${one.name} ${one.code}`);
  expect(values("U")).toEqual(["a 4294967295"]);
  expect(values("E")).toEqual(["Undefined 1", "Undefined 2", "=MY 5 2", "m -3", "*/* -1"]);
  expect(values("T")).toEqual(["x 1"]);
  expect(values("O")).toEqual([]);
});

test("one AVP under two names: the last stands, and is meant by both", async () => {
  const { dictionary, diagnostics } = await load({
    "dictionary.xml": wireshark(`${avp("Old", 2)}\n${group("G", 1, "Old")}\n${avp("New", 2, "", "OctetString")}`),
  });
  const twice = diagnostics.filter(({ code }) => code === "DG1037");
  expect(twice).toMatchObject([{ severity: "warning", at: { line: 5 }, related: [{ at: { line: 7 } }] }]);
  expect([...dictionary!.avps.values()].map(({ name, type }) => `${name} ${type}`)).toEqual([
    "G Grouped",
    "New OctetString",
  ]);
  expect(ccf(find(dictionary!, "G").grammar)).toEqual(["* [ New ]", "* [ AVP ]"]);
});

test.each([
  ["no code", '|<avp name="A"><type type-name="Time"/></avp>', "DG1012"],
  ["a code that is no number", '<avp name="A" code="|0x10"><type type-name="Time"/></avp>', "DG1013"],
  ["no type", '|<avp name="A" code="1"/>', "DG1020"],
  ["a type and members", '<avp name="A" code="1"><type type-name="Time"/>|<grouped/></avp>', "DG1025"],
  ["an unknown type", '|<avp name="A" code="1"><type type-name="Tim"/></avp>', "DG2005"],
  ["an unknown attribute", '<avp name="A" code="1" |may-encryp="no"><type type-name="Time"/></avp>', "DG1011"],
  ["an unknown element", '<avp name="A" code="1">|<gruoped/><type type-name="Time"/></avp>', "DG1010"],
  ["an unknown flag rule", '<avp name="A" code="1" mandatory="|msut"><type type-name="Time"/></avp>', "DG1015"],
  ["text", '|<avp name="A" code="1">x<type type-name="Time"/></avp>', "DG1026"],
  ["the AVP of all AVPs", '|<avp name="AVP" code="0"><type type-name="Time"/></avp>', "DG1021"],
])("%s", async (_what, marked, code) => {
  const body = `<base>\n${marked.replace("|", "")}\n</base>`;
  const { diagnostics } = await load({ "dictionary.xml": wireshark(body) });
  const found = diagnostics.filter((diagnostic) => diagnostic.code !== "DG1043");
  expect(found.map((one) => `${one.code} ${one.at.line}:${one.at.column}`)).toEqual([
    `${code} 6:${marked.indexOf("|") + 1}`,
  ]);
});

test("elements and attributes in any case, PIs and comments anywhere, instructions of Wireshark's own", async () => {
  const text = `<?xml version="1.0"?>\n<?type-proto key="A" value="b" ?><!-- <x> -->\n<!DOCTYPE dictionary SYSTEM "dictionary.dtd">\n<!-- & -->\n<DICTIONARY><Vendor Vendor-Id="V" CODE="9"/><!--- c -->\n<AVP Name="A" code="1" VENDOR-ID="v"><!-- & --><?pi?><Type TYPE-NAME="Time"/></AVP></DICTIONARY>`;
  const { dictionary, diagnostics } = await load({ "dictionary.xml": text });
  expect(diagnostics.map(({ code }) => code)).toEqual(["DG1043"]);
  expect([...dictionary!.avps.keys()]).toEqual(["9:1"]);
});
