import { avpKey } from "@diamgen/dictionary";
import { describe, expect, test } from "vitest";
import { application, avp, brief, ccf, command, linkClean, linkTexts, loadTexts, rule, simple } from "./support.js";

const VENDORS = '<vendor id="9" name="Cisco"/><vendor id="10415" name="3GPP" key="tgpp"/>';
const group = (name: string, code: number, rules: string, rest = "") =>
  `<avp name="${name}" code="${code}" ${rest}><grouped><optional>${rules}</optional></grouped></avp>`;
const app = (id: number, body: string, rest = "") =>
  `<application id="${id}" name="app-${id}" ${rest}>${body}</application>`;

describe("names of AVPs", () => {
  const all = VENDORS + simple("X", 1) + simple("X", 2, 'vendor-id="9"') + simple("X", 3, 'vendor-id="10415"');
  const member = (dictionary: ReturnType<typeof linkClean>, key: string) => {
    const [found] = application(dictionary, key).commands[0]!.request.rules;
    return avpKey(found!.avp.vendorId, found!.avp.code);
  };

  test("the vendor given goes first", () => {
    const dictionary = linkClean(all + app(7, command("C", 300, rule("X", 'vendor-id="9"')), 'vendor-id="10415"'));
    expect(member(dictionary, "app-7")).toBe("9:2");
  });

  test("an explicit 0 is the IETF", () => {
    const dictionary = linkClean(all + app(7, command("C", 300, rule("X", 'vendor-id="0"')), 'vendor-id="10415"'));
    expect(member(dictionary, "app-7")).toBe("0:1");
  });

  test("then the vendor of the group", () => {
    const dictionary = linkClean(
      all + group("G", 5, rule("X"), 'vendor-id="9"') + app(7, command("C", 300, rule("G")), 'vendor-id="10415"'),
    );
    expect(avp(dictionary, "G").grammar!.rules[0]!.avp).toMatchObject({ vendorId: 9, code: 2 });
  });

  test("then the vendor of the application", () => {
    const dictionary = linkClean(
      all + app(7, command("C", 300, rule("X")), 'vendor-id="10415"') + group("G", 5, rule("X"), 'vendor-id="9"'),
    );
    expect(member(dictionary, "app-7")).toBe("10415:3");
    const other = linkClean(all + group("G", 5, rule("X")) + app(7, command("C", 300, rule("G")), 'vendor-id="10415"'));
    // The group is of the IETF, and the vendor of the group goes first.
    expect(avp(other, "G").grammar!.rules[0]!.avp).toMatchObject({ vendorId: 0, code: 1 });
  });

  test("then the IETF", () => {
    expect(member(linkClean(all + app(7, command("C", 300, rule("X")))), "app-7")).toBe("0:1");
  });

  test("then any vendor, if only one has it", () => {
    const dictionary = linkClean(VENDORS + simple("X", 2, 'vendor-id="9"') + app(7, command("C", 300, rule("X"))));
    expect(member(dictionary, "app-7")).toBe("9:2");
  });

  test("one name for two codes of a vendor means that of the document itself", () => {
    const a = simple("X", 1);
    const b = simple("X", 2) + app(7, command("C", 300, rule("X")));
    expect(member(linkClean(a, b), "app-7")).toBe("0:2");
    const c = app(7, command("C", 300, rule("X")));
    expect(brief(linkTexts(a, simple("X", 2), c).diagnostics).slice(0, 1)).toEqual(["DG2002 1:100"]);
  });

  test("forward references are none", () => {
    const dictionary = linkClean(app(7, command("C", 300, rule("G"))) + group("G", 5, rule("X")) + simple("X", 1));
    expect(ccf(avp(dictionary, "G").grammar)).toEqual(["* [ X ]"]);
  });

  test("what is imported goes before what is merely loaded, which is worth a warning", async () => {
    const files = {
      "a.xml": `<dictionary><vendor id="9" name="Cisco"/>${simple("X", 1)}${simple("Y", 5)}</dictionary>`,
      "b.xml": `<dictionary><vendor id="9" name="Cisco"/>${simple("X", 2, 'vendor-id="9"')}</dictionary>`,
      "c.xml": `<dictionary><import file="b.xml"/>\n${app(7, command("C", 300, rule("X") + rule("Y")))}</dictionary>`,
    };
    const { dictionary, diagnostics } = await loadTexts(files, ["a.xml", "c.xml"]);
    expect(brief(diagnostics)).toEqual(["DG2003 2:108"]);
    const { commands, avps } = dictionary!.applications[0]!;
    expect(commands[0]!.request.rules.map(({ avp }) => avpKey(avp.vendorId, avp.code))).toEqual(["9:2", "0:5"]);
    expect(avps.map(({ name, vendorId }) => `${vendorId}:${name}`)).toEqual(["9:X", "0:Y"]);
  });
});
