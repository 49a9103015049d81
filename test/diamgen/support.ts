/** Dictionaries to TypeScript in this process, from the sources; and the built `diamgen` command in another. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Dictionary, loadDictionary } from "@diamgen/dictionary";
import { type EmittedFile, emitTypeScript, writeFiles } from "diamgen";
import { expect } from "vitest";
import { run } from "../support/process.js";
import { repositoryPath } from "../support/require.js";

/** In the header of what tests generate, so that a new version does not change it. */
export const VERSION = "0.0.0-test";

/** A dictionary without errors; warnings are let through, for the dictionaries of these tests provoke them. */
export async function load(...files: string[]): Promise<Dictionary> {
  const { dictionary, diagnostics } = await loadDictionary(files);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return dictionary as Dictionary;
}

/** A dictionary from the inside of one `<dictionary>` element. */
export async function loadText(body: string, attributes = 'name="test"'): Promise<Dictionary> {
  const text = `<dictionary ${attributes}>\n${body}\n</dictionary>`;
  const { dictionary, diagnostics } = await loadDictionary(["test.xml"], { readFile: async () => text });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return dictionary as Dictionary;
}

export function emit(dictionary: Dictionary): EmittedFile[] {
  return emitTypeScript(dictionary, { version: VERSION });
}

/** Text of one generated file. */
export function textOf(files: readonly EmittedFile[], name: string): string {
  const file = files.find((candidate) => candidate.path === name);
  expect(file, `${name} among ${files.map((candidate) => candidate.path).join(", ")}`).toBeDefined();
  return file?.text ?? "";
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built `diamgen`. */
export async function diamgen(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string | undefined>> } = {},
): Promise<Outcome> {
  const bin = repositoryPath("generator/diamgen/bin/diamgen.js");
  const env = Object.fromEntries(
    Object.entries({ ...process.env, ...options.env }).filter(([, value]) => value !== undefined),
  );
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, ...args], { ...options, env, maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code as number | null), stdout, stderr });
    });
  });
}

/** `tsc` over a project of this repository; its messages, none where all is well. */
export async function tsc(project: string): Promise<string> {
  const bin = repositoryPath("node_modules/typescript/bin/tsc");
  const { code, stdout } = await run(process.execPath, [bin, "-p", project, "--pretty", "false"], {
    timeoutMs: 240_000,
  });
  return code === 0 ? "" : stdout;
}

/** A folder of its own, removed when the test is over. */
export class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(path.join(tmpdir(), "diamgen-")));
  }

  join(...names: string[]): string {
    return path.join(this.path, ...names);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** What `tsc` has to say of generated files, with the options of this repository; nothing where all is well. */
export async function compile(files: readonly EmittedFile[]): Promise<string> {
  await using folder = await Folder.make();
  await writeFiles(folder.join("src"), files);
  // From there the packages of this repository are not found.
  const options = {
    noEmit: true,
    typeRoots: [repositoryPath("node_modules/@types")],
    paths: { "@diamgen/runtime/codegen": [repositoryPath("runtime/src/codegen/index.ts")] },
  };
  const config = { extends: repositoryPath("tsconfig.base.json"), compilerOptions: options, include: ["src"] };
  await writeFile(folder.join("tsconfig.json"), JSON.stringify(config));
  await writeFile(folder.join("package.json"), '{ "type": "module" }');
  return await tsc(folder.join("tsconfig.json"));
}
