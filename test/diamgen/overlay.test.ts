/** `--overlay`, and imports of the dictionaries that come with diamgen. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeWith, repositoryPath, requireFile } from "../support/require.js";
import { diamgen } from "./support.js";

const built = requireFile(repositoryPath("generator/diamgen/dist/cli/main.js"), "npm run build");

/** An AVP without grammar, as Wireshark has it, and a loosely typed command. */
const LOOSE = `<?xml version="1.0"?>
<dictionary>
  <base>
    <command name="Screening" code="9999"/>
    <typedefn type-name="OctetString"/>
    <typedefn type-name="UTF8String" type-parent="OctetString"/>
    <avp name="Acme-Verdict" code="60123" mandatory="must"><type type-name="UTF8String"/></avp>
  </base>
</dictionary>
`;

const TIGHT = `<dictionary name="acme" document="ACME 1.0">
  <import file="base.xml"/>
  <avp name="Verdict" code="60123" mandatory="must"><type type-name="UTF8String"/></avp>
  <application id="16800000" key="acme" kind="auth" name="ACME call screening">
    <command name="Screening" code="9999">
      <requestrules>
        <fixed><avprule name="Session-Id" maximum="1"/></fixed>
        <required><avprule name="Verdict" maximum="1"/></required>
      </requestrules>
      <answerrules><required><avprule name="Result-Code" maximum="1"/></required></answerrules>
    </command>
  </application>
</dictionary>
`;

describeWith([built], "diamgen with overlays", () => {
  let folder = "";
  const file = (name: string) => path.join(folder, name);

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "diamgen-overlay-"));
    await writeFile(file("loose.xml"), LOOSE);
    await writeFile(file("tight.xml"), TIGHT);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("an import that is not beside the file is found among those that come with diamgen", async () => {
    const { code, stdout } = await diamgen(["list", file("tight.xml")]);
    expect(code).toBe(0);
    expect(stdout).toContain("{ Verdict }");
  });

  test("the overlay's definition wins, and both places are named", async () => {
    const { code, stdout, stderr } = await diamgen(["list", file("loose.xml"), "--overlay", file("tight.xml")]);
    expect(stderr).toMatch(/DG2029/);
    expect(stderr).toContain("loose.xml");
    expect(stderr).toContain("tight.xml");
    expect(code).toBe(0);
    expect(stdout).toContain("60123        Verdict");
    expect(stdout).not.toContain("Acme-Verdict");
  });

  test("an overlay that cannot be read is said so, with exit code 3", async () => {
    const { code, stderr } = await diamgen([
      "generate",
      file("loose.xml"),
      "--overlay",
      file("none.xml"),
      "--out",
      file("out"),
    ]);
    expect(stderr).toContain("none.xml");
    expect(code).toBe(3);
  });
});
