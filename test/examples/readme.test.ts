/** README.md, as it stands there: its client against the server that it starts, and its dictionary by its commands. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startDemo } from "../server/demo.js";
import { run } from "../support/process.js";
import { repositoryPath } from "../support/require.js";

const README = readFileSync(repositoryPath("README.md"), "utf8");

test("the client of README.md prints what stands beside it", async () => {
  const blocks = [...README.matchAll(/```ts\n([\s\S]*?)```/g)];
  const code = blocks.map(([, text = ""]) => text).find((text) => text.includes("console.log(")) ?? "";
  const [, said] = /console\.log\(.*\); \/\/ (.*)/.exec(code) ?? [];
  const { program, port } = await startDemo();
  await using _ = program;
  expect(code).toContain("port: 3868");
  // It is JavaScript as well; it finds the packages from the folder of the repository.
  const args = ["--input-type=module", "--eval", code.replace("port: 3868", `port: ${port}`)];
  const { code: exit, output } = await run(process.execPath, args, { cwd: repositoryPath("."), timeoutMs: 30_000 });
  expect({ exit, output }).toEqual({ exit: 0, output: `${said}\n` });
});

test("the dictionary of README.md, by the commands beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-readme-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [, section = ""] = /^## A dictionary of your own\n([\s\S]*?)^## /m.exec(README) ?? [];
  const blocks = [...section.matchAll(/```(xml|sh)\n([\s\S]*?)```/g)].map(([, kind, text = ""]) => ({ kind, text }));
  writeFileSync(join(folder, "acme.xml"), blocks.find(({ kind }) => kind === "xml")?.text ?? "");
  const [commands = "", trace = ""] = blocks.flatMap(({ kind, text }) => (kind === "sh" ? [text] : []));
  const shell = (text: string) => run("sh", ["-c", text], { cwd: folder, timeoutMs: 30_000 });
  expect(await shell(trace)).toMatchObject({ code: 0, output: "" });
  const diamgen = `${process.execPath} ${repositoryPath("generator/diamgen/bin/diamgen.js")}`;
  const lines = commands.trim().split("\n");
  expect(lines.map((line) => line.split(/ +/)[2])).toEqual(["generate", "check", "list", "decode"]);
  const results = [];
  for (const line of lines) results.push(await shell(line.replace("npx diamgen", diamgen)));
  expect(results.map(({ code, output }) => (code === 0 ? 0 : output))).toEqual([0, 0, 0, 0]);
  expect(existsSync(join(folder, "src/generated/acme/commands.ts"))).toBe(true);
  expect(JSON.parse(results[2]?.stdout ?? "").applications.at(-1)).toMatchObject({ id: 16800000 });
  expect(results[3]?.stdout).toMatch(/^Call-Screening-Request \(CSR\)[\s\S]*ACME-Caller \(99999:1\) VM- "\+44123"\n$/);
}, 60_000);
