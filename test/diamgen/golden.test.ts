/**
 * test/golden/<feature>/: a tiny dictionary for each quirk, and what is generated from it. `UPDATE=1 npx vitest run test/diamgen/golden.test.ts`
 * writes the expected files anew; read the difference before it is committed.
 */
import { readdirSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { type EmittedFile, writeFiles } from "diamgen";
import { Project } from "ts-morph";
import { describe, expect, it } from "vitest";
import { repositoryPath } from "../support/require.js";
import { emit, load, tsc } from "./support.js";

const GOLDEN = repositoryPath("test/golden");
const features = readdirSync(GOLDEN, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort();

async function expected(folder: string): Promise<EmittedFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
  const read = files.map(async (file) => ({
    path: file.split(path.sep).join("/"),
    text: await readFile(path.join(folder, file), "utf8"),
  }));
  return (await Promise.all(read)).sort(byPath);
}

function byPath(a: EmittedFile, b: EmittedFile): number {
  return a.path < b.path ? -1 : 1;
}

/** What TypeScript's own formatter makes of it. */
function formatted({ path: name, text }: EmittedFile): string {
  const project = new Project({ useInMemoryFileSystem: true, compilerOptions: { noLib: true, noResolve: true } });
  const source = project.createSourceFile(`/${name}`, text);
  source.formatText({ indentSize: 2, ensureNewLineAtEndOfFile: true });
  return source.getFullText();
}

describe.each(features)("%s", (feature) => {
  const folder = path.join(GOLDEN, feature);
  const wanted = path.join(folder, "expected");

  it("gives the expected files", async () => {
    const files = emit(await load(path.join(folder, "dictionary.xml"))).sort(byPath);
    if (process.env.UPDATE === "1") {
      await rm(wanted, { recursive: true, force: true });
      await writeFiles(wanted, files);
    }
    expect(files).toEqual(await expected(wanted));
  });

  it("is as TypeScript's formatter would have it", async () => {
    for (const file of await expected(wanted)) expect(formatted(file) === file.text, file.path).toBe(true);
  });

  it("is tidy: no trailing white space, no tab, no empty lines beyond one, one newline at the end", async () => {
    for (const { path: name, text } of await expected(wanted)) {
      const untidy = text.split("\n").filter((line) => /[ \t]$|\t/.test(line));
      expect(untidy, name).toEqual([]);
      expect(/\n{3}/.test(text), name).toBe(false);
      expect(/[^\n]\n$/.test(text), name).toBe(true);
    }
  });
});

it("everything that is generated passes the strictest checks of TypeScript", async () => {
  expect(await tsc(path.join(GOLDEN, "tsconfig.json"))).toBe("");
}, 240_000);
