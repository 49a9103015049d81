/** Applications and commands of Wireshark's dictionaries. */
import { expect, test } from "vitest";
import { ACME, load, read, wireshark } from "./support.js";

const command = (name: string, code: number, vendor = "None") =>
  `<command name="${name}" code="${code}" vendor-id="${vendor}"/>`;

test("commands of <base> and of no element are application 0's, loosely typed", async () => {
  const body = `<application id="7" name="Seven">${command("A", 300)}</application>\n<base uri="http://www.ietf.org/rfc/rfc6733.txt">${command("Device-Watchdog", 280)}${command("B C", 301)}</base>${command("D", 302)}`;
  const { dictionary, diagnostics } = await load({ "dictionary.xml": wireshark(body) });
  expect(diagnostics.map(({ code }) => code)).toEqual(["DG1017", "DG1043", "DG1041"]);
  expect(diagnostics[2]!.message).toContain("3 commands");
  const [seven, base] = dictionary!.applications;
  expect(seven).toMatchObject({ id: 7, key: "seven", kind: "auth", vendorId: 0 });
  expect(base).toMatchObject({ id: 0, key: "base", kind: "base", source: "RFC 6733" });
  expect(base!.commands.map(({ name, code, proxiable }) => [name, code, proxiable])).toEqual([
    ["Device-Watchdog", 280, false],
    ["B C", 301, true],
    ["D", 302, true],
  ]);
  for (const { request, answer } of base!.commands) expect([request.loose, answer.loose]).toEqual([true, true]);
});

test("an application twice is one; a name twice is two with keys of their own", async () => {
  const body = `<application id="16777219" name="3GPP Wx"/>\n<application id="16777219" name="Other">${command("A", 300)}</application><application id="16777224" name="3GPP Gx"/><application id="16777238" name="3GPP Gx"/><application id="4294967295" uri="none"/>`;
  const { document, found } = await read(body);
  expect(found).toEqual(['DG1040 application 16777219 is here again, as "Other"']);
  expect(document.applications.map(({ id, name, key, commands }) => [id, name, key, commands.length])).toEqual([
    [16777219, "3GPP Wx", "tgpp-wx", 1],
    [16777224, "3GPP Gx", "tgpp-gx", 0],
    [16777238, "3GPP Gx", "tgpp-gx-16777238", 0],
    [4294967295, "Application 4294967295", "application-4294967295", 0],
  ]);
});

test("the vendor of an application is that of its commands, if they have one", async () => {
  const { document } = await read(
    `${ACME}<vendor vendor-id="B" code="2"/><application id="1">${command("A", 300, "Acme")}${command("B", 301)}</application><application id="2">${command("A", 300, "Acme")}${command("B", 301, "B")}</application>`,
  );
  expect(document.applications.map(({ vendorId }) => vendorId)).toEqual([9999, 0]);
});

test("names and codes of commands are unique in an application", async () => {
  const { document, found } = await read(
    `<application id="1" name="X">${command("A", 300)}${command("A", 301)}${command("B", 300)}${command("MIP6-Request/Answer", 325)}</application><application id="2">${command("A", 300)}</application>`,
  );
  expect(found).toEqual([
    'DG1044 command "A" of "X" is read as "A-301"',
    'DG1044 command "B" of "X" is left out, "A" has its code',
    'DG1030 command "MIP6-Request/Answer" is read as "MIP6"',
  ]);
  const [first, second] = document.applications;
  expect(first!.commands.map(({ name, code }) => `${name} ${code}`)).toEqual(["A 300", "A-301 301", "MIP6 325"]);
  expect(second!.commands).toHaveLength(1);
});

test("a document is named after its file, which Wireshark's is called dictionary", async () => {
  expect((await read(ACME)).document).toMatchObject({ name: "wireshark", format: "wireshark-xml", imports: [] });
});
