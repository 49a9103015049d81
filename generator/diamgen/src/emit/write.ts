import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type EmittedFile, GENERATED_MARK } from "./emitted-file.js";

export interface WriteResult {
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly unchanged: readonly string[];
}

/** `is` or `wanted` is undefined where there is no such file. */
export interface Difference {
  readonly path: string;
  readonly is?: string | undefined;
  readonly wanted?: string | undefined;
}

/** A file that diamgen did not make stands where it would write. Nothing was written. */
export class ForeignFileError extends Error {
  override readonly name = "ForeignFileError";
  readonly file: string;

  constructor(file: string) {
    super(`${file} was not made by diamgen: move it away, or choose another --out`);
    this.file = file;
  }
}

/** What stands between the folder and these files. Files there that diamgen did not make do not count. */
export async function compareFiles(folder: string, files: readonly EmittedFile[]): Promise<Difference[]> {
  const wanted = new Map(files.map((file) => [file.path, file.text]));
  const differences: Difference[] = [];
  for (const [name, text] of wanted) {
    const is = await unlessMissing(readFile(path.join(folder, name), "utf8"));
    if (is !== text) differences.push({ path: name, is, wanted: text });
  }
  for (const name of await listModules(folder)) {
    if (wanted.has(name)) continue;
    const is = await readFile(path.join(folder, name), "utf8");
    if (is.startsWith(GENERATED_MARK)) differences.push({ path: name, is });
  }
  return differences.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * Makes the folder hold these files, and no others of diamgen's. A file appears whole or not at all; one that is right is not touched.
 * Throws ForeignFileError before it writes anything.
 */
export async function writeFiles(folder: string, files: readonly EmittedFile[]): Promise<WriteResult> {
  const differences = await compareFiles(folder, files);
  for (const { path: name, is, wanted } of differences) {
    if (wanted !== undefined && is !== undefined && !is.startsWith(GENERATED_MARK))
      throw new ForeignFileError(path.join(folder, name));
  }
  const written: string[] = [];
  const removed: string[] = [];
  for (const { path: name, wanted } of differences) {
    const target = path.join(folder, name);
    if (wanted === undefined) {
      await rm(target);
      removed.push(name);
    } else {
      await replace(target, wanted);
      written.push(name);
    }
  }
  await removeEmpty(folder, removed);
  const touched = new Set(written);
  return { written, removed, unchanged: files.map((file) => file.path).filter((name) => !touched.has(name)) };
}

/** By way of a file beside it: readers see the old file or the new one. */
async function replace(target: string, text: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Folders that held nothing but what was removed. */
async function removeEmpty(folder: string, removed: readonly string[]): Promise<void> {
  for (const name of new Set(removed.map((file) => path.dirname(file)))) {
    const left = await readdir(path.join(folder, name));
    if (left.length === 0) await rmdir(path.join(folder, name));
  }
}

/**
 * `<folder>/<module>.ts`, as diamgen lays them out, and nothing deeper: below the folder there may be others' output, node_modules even.
 */
async function listModules(folder: string): Promise<string[]> {
  const modules: string[] = [];
  for (const inner of (await unlessMissing(readdir(folder, { withFileTypes: true }))) ?? []) {
    if (!inner.isDirectory()) continue;
    for (const entry of await readdir(path.join(folder, inner.name), { withFileTypes: true }))
      if (entry.isFile() && entry.name.endsWith(".ts")) modules.push(`${inner.name}/${entry.name}`);
  }
  return modules;
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
