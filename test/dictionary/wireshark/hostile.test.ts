/** Sizes and shapes that nobody means well with: time grows with the text, and complaints end. */
import { readDictionary } from "@diamgen/dictionary";
import { expect, test } from "vitest";
import { ACME, avp, wireshark } from "./support.js";

const MANY = 200_000;

test.each([
  ["references never declared", wireshark("&a;".repeat(MANY)), "DG1035"],
  ["references in an element", wireshark(`<base>${"&a;".repeat(MANY)}</base>`, '<!ENTITY a "">'), "DG1035"],
  ["references to nothing", wireshark("&a;".repeat(MANY), '<!ENTITY a "">'), "DG1034"],
  ["a large entity, often", wireshark("&a;".repeat(900), `<!ENTITY a "${" ".repeat(1_000_000)}">`), "DG1034"],
  ["entities never ended", wireshark("", '<!ENTITY a "'.repeat(MANY)), "DG1001"],
  ["declarations of other things", wireshark("", "<!ELEMENT a ANY>".repeat(MANY)), undefined],
  ["a declaration of white space", wireshark("", `<!ENTITY a PUBLIC${" ".repeat(2_000_000)}`), "DG1001"],
  ["a name of 2 MB", wireshark("", `<!ENTITY ${"a".repeat(2_000_000)}`), "DG1001"],
  ["quotes never ended", wireshark('<a b="'.repeat(MANY)), "DG1001"],
  ["one AVP, often", wireshark(avp("A", 1).repeat(20_000)), "DG1037"],
  ["one command, often", wireshark('<command name="A" code="1"/>'.repeat(50_000)), "DG1044"],
  ["one application, often", wireshark('<application id="1" name="A"/>'.repeat(50_000)), "DG1040"],
  ["vendors that nobody knows", wireshark(ACME + avp("A", 1, 'vendor-id="x"').repeat(20_000)), "DG1036"],
  ["the key of a vendor, often", wireshark(ACME.repeat(50_000)), undefined],
])("%s", (_what, text, code) => {
  const start = performance.now();
  const { diagnostics } = readDictionary("evil.xml", text, { format: "wireshark-xml" });
  expect(performance.now() - start).toBeLessThan(15_000);
  const found = diagnostics.find(({ severity }) => severity !== "info")?.code;
  expect(found).toBe(code);
  expect(diagnostics.length).toBeLessThan(1100);
});

test("names that are members of objects", () => {
  const names = ["__proto__", "constructor", "toString"];
  const vendors = names.map((name, index) => `<vendor vendor-id="${name}" code="${index + 1}"/>`).join("");
  const avps = names.map((name, index) => avp(name, index, `vendor-id="${name}"`)).join("");
  const text = wireshark(`${vendors}${avps}&__proto__;`, '<!ENTITY __proto__ "">');
  const { document, diagnostics } = readDictionary("a.xml", text, { format: "wireshark-xml" });
  expect(diagnostics.map(({ code }) => code)).toEqual(["DG1043"]);
  expect(document!.avps.map(({ name, vendorId }) => `${name} ${vendorId}`)).toEqual([
    "__proto__ 1",
    "constructor 2",
    "toString 3",
  ]);
});
