/** `diamgen decode`: what it prints of octets and of hexadecimal text, and how it ends. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { decodeCommand } from "../../generator/diamgen/src/cli/decode.js";
import { benchMessage } from "../support/golden.js";
import { repositoryPath } from "../support/require.js";
import { Folder } from "./support.js";

const DICTIONARY = repositoryPath("dictionaries/sip.xml");
const mar = benchMessage("mar");
const dwr = benchMessage("dwr");

/** Runs the command in this process. */
async function decode(
  ...args: readonly string[]
): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  const { stdout, stderr } = process;
  const written = { stdout: "", stderr: "" };
  const originals = [stdout.write, stderr.write] as const;
  const catching = (name: keyof typeof written) =>
    ((chunk: string) => {
      written[name] += chunk;
      return true;
    }) as typeof stdout.write;
  stdout.write = catching("stdout");
  stderr.write = catching("stderr");
  let code: number | undefined;
  try {
    const program = new Command().exitOverride().addCommand(
      decodeCommand((result) => {
        code = result;
      }),
    );
    await program.parseAsync(["decode", ...args], { from: "user" });
  } finally {
    [stdout.write, stderr.write] = originals;
  }
  return { code, ...written };
}

async function withFile<T>(content: Uint8Array | string, use: (file: string) => Promise<T>): Promise<T> {
  await using folder = await Folder.make();
  const file = folder.join("messages");
  await writeFile(file, content);
  return await use(file);
}

const decodeFile = (content: Uint8Array | string, ...args: readonly string[]) =>
  withFile(content, (file) => decode(file, "--dictionary", DICTIONARY, ...args));

describe("diamgen decode", () => {
  it("by several dictionaries, which may be named before the messages", async () => {
    await withFile(mar, async (file) => {
      const other = repositoryPath("dictionaries/credit-control.xml");
      const { code, stdout, stderr } = await decode("-d", other, "--dictionary", DICTIONARY, file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^Multimedia-Auth-Request \(MAR\) application 6 sip /);
    });
  });

  it("messages back to back, with names", async () => {
    const { code, stdout, stderr } = await decodeFile(Buffer.concat([mar, dwr]));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^Multimedia-Auth-Request \(MAR\) application 6 sip flags RP-- /);
    expect(lines).toContain('  Origin-Host (264) -M- "scscf1.ims.example.net"');
    expect(lines).toContain('      Digest-Realm (104) -M- "ims.example.net"');
    expect(stdout).toContain("\n\nDevice-Watchdog-Request (DWR) application 0 base flags R--- ");
    expect(stdout.endsWith("\n")).toBe(true);
  });

  it.each<[string, string]>([
    ["digits", mar.toString("hex")],
    ["lines of words", `${(mar.toString("hex").match(/.{8}/g) ?? []).join("\n")}\n`],
    ["colons, capitals", (mar.toString("hex").match(/../g) ?? []).join(":").toUpperCase()],
    ["0x", (mar.toString("hex").match(/../g) ?? []).map((octet) => `0x${octet}`).join(", ")],
  ])("hexadecimal text: %s", async (_, text) => {
    const wanted = await decodeFile(mar);
    expect(await decodeFile(text)).toEqual(wanted);
  });

  it("as JSON", async () => {
    const { code, stdout } = await decodeFile(Buffer.concat([mar, dwr]), "--json");
    expect(code).toBe(0);
    const [first, second] = JSON.parse(stdout) as Record<string, unknown>[];
    expect(first).toMatchObject({
      application: "sip",
      command: "Multimedia-Auth-Request",
      header: { length: mar.length, flags: 0xc0, commandCode: 286, applicationId: 6 },
    });
    expect(first?.avps).toContainEqual({
      ...{ name: "Auth-Session-State", code: 277, flags: 0x40 },
      ...{ value: 1, valueName: "NO_STATE_MAINTAINED" },
    });
    expect(first?.avps).toContainEqual(
      expect.objectContaining({ name: "SIP-Auth-Data-Item", code: 376, avps: expect.any(Array) }),
    );
    expect(first).not.toHaveProperty("issues");
    expect(second).toMatchObject({ application: "base", command: "Device-Watchdog-Request" });
  });

  it("says what the grammar has against a message", async () => {
    const broken = Buffer.from(mar);
    // The first AVP is Session-Id: with another code and the M bit nobody knows it.
    broken.writeUInt32BE(9_999_999, 20);
    const { code, stdout } = await decodeFile(broken);
    expect(code).toBe(0);
    expect(stdout).toContain("  ! 5001 unknown, and has the M bit: AVP 9999999 at octet 20\n");
    expect(stdout).toContain("  ! 5005 Session-Id is missing: AVP 263 at octet 0\n");
    const json = JSON.parse((await decodeFile(broken, "--json")).stdout) as { issues: unknown }[];
    expect(json[0]?.issues).toMatchObject([
      { resultCode: 5001, path: "9999999" },
      { resultCode: 5005, path: "263" },
    ]);
  });

  it("prints what comes before the end, and exits with 1", async () => {
    const { code, stdout, stderr } = await decodeFile(Buffer.concat([dwr, mar.subarray(0, 100)]));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `diamgen: octet ${dwr.length}: Message Length is ${mar.length}, only 100 octets are left\n`,
    });
    expect(stdout).toMatch(/^Device-Watchdog-Request /);
  });

  it.each<[string, string | Uint8Array, string]>([
    ["text", "hello", "the input is neither Diameter messages nor hexadecimal text"],
    ["half an octet", "010", "the input is neither Diameter messages nor hexadecimal text"],
    ["another version", "0200001400000000", "octet 0: a message begins with its version, 1; this is 2"],
    ["a header cut off", "01000014", "octet 0: 4 octets are too few for a header"],
    ["an impossible length", `01000010${"00".repeat(16)}`, "octet 0: Message Length is 16"],
  ])("refuses %s", async (_, content, problem) => {
    const { code, stderr } = await decodeFile(content);
    expect({ code, stderr }).toEqual({ code: 1, stderr: `diamgen: ${problem}\n` });
  });

  it("nothing at all is no message", async () => {
    expect(await decodeFile("")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await decodeFile("", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  });

  it("reads by the dictionaries that come with diamgen where none are named", async () => {
    const { code, stdout } = await withFile(mar, (file) => decode(file));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Multimedia-Auth-Request \(MAR\) application 6 sip /);
  });

  it("a file that is not there is the system's error, which main turns into exit code 3", async () => {
    await expect(decode("/no/such/file", "--dictionary", DICTIONARY)).rejects.toMatchObject({
      code: "ENOENT",
      syscall: "open",
    });
    expect(await decode("/dev/null", "--dictionary", "/no/such.xml")).toMatchObject({ code: 3 });
  });
});
