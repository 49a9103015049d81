/** `diamgen list` against the texts of RFC 4740 and RFC 6733, and the shape of its JSON, which other programs read. */

import { writeFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import { describeWith, repositoryPath, requireFile } from "../support/require.js";
import { diamgen, Folder } from "./support.js";

const built = requireFile(repositoryPath("generator/diamgen/dist/cli/main.js"), "npm run build");
const dictionaries = ["base", "accounting", "digest", "sip", "opensips"].map((name) =>
  repositoryPath(`dictionaries/${name}.xml`),
);

interface RuleJson {
  avp: string;
  code: number;
  vendorId: number;
  position: "fixed" | "required" | "optional";
  min: number;
  max: number | null;
}
interface GrammarJson {
  wildcard: boolean;
  loose: boolean;
  rules: RuleJson[];
}
interface ListJson {
  applications: {
    id: number;
    key: string;
    name: string;
    kind: string;
    vendorId: number;
    source?: string;
    commands: {
      name: string;
      code: number;
      abbreviation?: string;
      proxiable: boolean;
      inheritedFrom?: number;
      section?: string;
      request: GrammarJson;
      answer: GrammarJson;
    }[];
  }[];
  avps: {
    name: string;
    code: number;
    vendorId: number;
    type: string;
    typeName: string;
    mandatory: string;
    protected: string;
    source?: string;
    section?: string;
    enums: { name: string; code: number }[];
    grammar?: GrammarJson;
  }[];
}

/** `{ SIP-AOR } 122` and so on, as the RFC has it. */
function ccf({ rules, wildcard }: GrammarJson): string[] {
  const brackets = { fixed: "<>", required: "{}", optional: "[]" };
  const lines = rules.map(({ avp, code, position, min, max }) => {
    const bounds = max === 1 ? "" : `${min || ""}*${max ?? ""} `;
    return `${bounds}${brackets[position][0]} ${avp} ${brackets[position][1]} ${code}`;
  });
  return wildcard ? [...lines, "* [ AVP ]"] : lines;
}

describeWith([built], "diamgen list --json", () => {
  let list: ListJson;
  beforeAll(async () => {
    const { code, stdout, stderr } = await diamgen(["list", "--json", ...dictionaries]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    list = JSON.parse(stdout) as ListJson;
  });

  it("has the shape that it is documented with", () => {
    const grammar = {
      wildcard: expect.any(Boolean),
      loose: expect.any(Boolean),
      rules: expect.any(Array),
    };
    expect(Object.keys(list)).toEqual(["applications", "avps"]);
    for (const { commands, ...application } of list.applications) {
      expect(application).toEqual({
        id: expect.any(Number),
        key: expect.stringMatching(/^[a-z][a-z0-9_-]*$/),
        name: expect.any(String),
        kind: expect.stringMatching(/^(auth|acct|base)$/),
        vendorId: expect.any(Number),
        source: expect.stringMatching(/^RFC \d+$/),
      });
      for (const { inheritedFrom, ...command } of commands) {
        expect([undefined, 0]).toContain(inheritedFrom);
        expect(command).toEqual({
          name: expect.stringMatching(/^[A-Z][A-Za-z-]+$/),
          code: expect.any(Number),
          abbreviation: expect.stringMatching(/^[A-Z]{2}$/),
          proxiable: expect.any(Boolean),
          section: expect.stringMatching(/^\d+(\.\d+)*$/),
          request: grammar,
          answer: grammar,
        });
        for (const rule of [...command.request.rules, ...command.answer.rules]) {
          expect(rule).toEqual({
            avp: expect.any(String),
            code: expect.any(Number),
            vendorId: 0,
            position: expect.stringMatching(/^(fixed|required|optional)$/),
            min: expect.any(Number),
            max: rule.max === null ? null : expect.any(Number),
          });
        }
      }
    }
    for (const { source, section, grammar: own, ...avp } of list.avps) {
      expect(avp).toEqual({
        name: expect.any(String),
        code: expect.any(Number),
        vendorId: expect.any(Number),
        type: expect.any(String),
        typeName: expect.any(String),
        mandatory: expect.stringMatching(/^(must|may|mustnot|shouldnot)$/),
        protected: expect.stringMatching(/^(must|may|mustnot|shouldnot)$/),
        enums: expect.any(Array),
      });
      expect(own !== undefined, avp.name).toBe(avp.type === "Grouped");
    }
  });

  it("has the applications with their ids: RFC 6733 section 2.4, RFC 4740 section 11.1", () => {
    expect(list.applications.map(({ id, key, kind, vendorId, source }) => [id, key, kind, vendorId, source])).toEqual(
      [
        [3, "accounting", "acct", 0, "RFC 6733"],
        [0, "base", "base", 0, "RFC 6733"],
        [6, "sip", "auth", 0, "RFC 4740"],
      ].sort((a, b) => order(a[1]) - order(b[1])),
    );

    function order(key: unknown): number {
      return list.applications.findIndex((application) => application.key === key);
    }
  });

  it("has MAR and MAA: RFC 4740 sections 8.7 and 8.8", () => {
    const sip = list.applications.find(({ key }) => key === "sip");
    const command = sip?.commands.find(({ name }) => name === "Multimedia-Auth");
    expect(command).toMatchObject({ code: 286, abbreviation: "MA", proxiable: true, section: "8.7" });
    expect(ccf(command?.request as GrammarJson)).toEqual([
      "< Session-Id > 263",
      "{ Auth-Application-Id } 258",
      "{ Auth-Session-State } 277",
      "{ Origin-Host } 264",
      "{ Origin-Realm } 296",
      "{ Destination-Realm } 283",
      "{ SIP-AOR } 122",
      "{ SIP-Method } 393",
      "[ Destination-Host ] 293",
      "[ User-Name ] 1",
      "[ SIP-Server-URI ] 371",
      "[ SIP-Number-Auth-Items ] 382",
      "[ SIP-Auth-Data-Item ] 376",
      "* [ Proxy-Info ] 284",
      "* [ Route-Record ] 282",
      "* [ AVP ]",
    ]);
    expect(ccf(command?.answer as GrammarJson).slice(0, 6)).toEqual([
      "< Session-Id > 263",
      "{ Auth-Application-Id } 258",
      "{ Result-Code } 268",
      "{ Auth-Session-State } 277",
      "{ Origin-Host } 264",
      "{ Origin-Realm } 296",
    ]);
  });

  it("has ACR, which may carry two application ids: RFC 6733 section 9.7.1", () => {
    const accounting = list.applications.find(({ key }) => key === "accounting")?.commands;
    expect(accounting?.map(({ name, code, abbreviation }) => [name, code, abbreviation])).toEqual([
      ["Accounting", 271, "AC"],
    ]);
    expect(ccf(accounting?.[0]?.request as GrammarJson).slice(0, 6)).toEqual([
      "< Session-Id > 263",
      "{ Origin-Host } 264",
      "{ Origin-Realm } 296",
      "{ Destination-Realm } 283",
      "{ Accounting-Record-Type } 480",
      "{ Accounting-Record-Number } 485",
    ]);
  });

  it("tells what was taken over: RFC 4740 section 6.7", () => {
    const sip = list.applications.find(({ key }) => key === "sip");
    const inherited = sip?.commands.filter(({ inheritedFrom }) => inheritedFrom !== undefined);
    expect(inherited?.map(({ name, code, inheritedFrom }) => [name, code, inheritedFrom])).toEqual([
      ["Session-Termination", 275, 0],
      ["Abort-Session", 274, 0],
    ]);
  });

  it("has AVPs with type, flags, values and grammar: RFC 4740 section 9, RFC 6733 section 4.5", () => {
    const avp = (vendorId: number, code: number) =>
      list.avps.find((one) => one.code === code && one.vendorId === vendorId);
    expect(avp(0, 122)).toMatchObject({ name: "SIP-AOR", type: "UTF8String", mandatory: "must", source: "RFC 4740" });
    expect(avp(0, 268)).toMatchObject({ name: "Result-Code", type: "Unsigned32", source: "RFC 6733" });
    expect(avp(0, 268)?.enums).toContainEqual({ name: "DIAMETER_SUCCESS", code: 2001 });
    expect(avp(0, 277)?.enums).toEqual([
      { name: "STATE_MAINTAINED", code: 0 },
      { name: "NO_STATE_MAINTAINED", code: 1 },
    ]);
    expect(avp(9, 1)).toMatchObject({ name: "Cisco-AVPair", vendorId: 9, mandatory: "mustnot" });
    expect(ccf(avp(0, 376)?.grammar as GrammarJson)).toEqual([
      "{ SIP-Authentication-Scheme } 377",
      "[ SIP-Item-Number ] 378",
      "[ SIP-Authenticate ] 379",
      "[ SIP-Authorization ] 380",
      "[ SIP-Authentication-Info ] 381",
      "* [ AVP ]",
    ]);
  });
});

describeWith([built], "diamgen list", () => {
  it("shows applications, commands, grammars and AVPs as text", async () => {
    const { code, stdout, stderr } = await diamgen(["list", ...dictionaries]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("application 6 sip: Diameter Session Initiation Protocol (SIP) Application (auth)\n");
    expect(stdout).toContain("  command 286 Multimedia-Auth, proxiable\n    request\n      < Session-Id >\n");
    expect(stdout).toContain("      1* { Host-IP-Address }\n");
    expect(stdout).toContain("  command 275 Session-Termination, proxiable, from application 0\n");
    expect(stdout).toMatch(/\nAVPs of sip \(RFC 4740\)\n/);
    expect(stdout).toMatch(/\n {2}122 +SIP-AOR +UTF8String +M\n/);
    expect(stdout).toMatch(/\n {2}9:1 +Cisco-AVPair +UTF8String +V\n/);
  });

  it("shows bounds, loose grammars and vendors, and no character that moves the cursor", async () => {
    await using folder = await Folder.make();
    await writeFile(
      folder.join("x.xml"),
      `<dictionary name="x" document="turned &#x202E; around">
        <vendor id="77" name="Seven"/>
        <avp name="A" code="1" vendor-id="77" protected="must"><type type-name="Unsigned32"/></avp>
        <application id="9" key="x" name="X" vendor-id="77">
          <command name="C" code="9"><requestrules><required><avprule name="A" minimum="2" maximum="4"/></required></requestrules></command>
        </application>
      </dictionary>`,
    );
    const { code, stdout } = await diamgen(["list", "x.xml"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "application 9 x: X (auth, vendor 77)",
        "  command 9 C, proxiable",
        "    request",
        "      2*4 { A }",
        "    answer",
        "      (no grammar: any AVPs)",
        "AVPs of x (turned \\u{202e} around)",
        `  77:1         A${" ".repeat(36)}Unsigned32         VP`,
        "",
      ].join("\n"),
    );
  });

  it("is quiet when nobody reads on", async () => {
    const { spawn } = await import("node:child_process");
    const bin = repositoryPath("generator/diamgen/bin/diamgen.js");
    const child = spawn(process.execPath, [bin, "list", "--json", ...dictionaries], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let messages = "";
    child.stderr.on("data", (chunk) => {
      messages += chunk;
    });
    child.stdout.once("data", () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect({ code, messages }).toEqual({ code: 0, messages: "" });
  });
});
