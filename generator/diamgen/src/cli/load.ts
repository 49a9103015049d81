import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Diagnostic, type Dictionary, formatDiagnostic, hasErrors, loadDictionary } from "@diamgen/dictionary";
import { ExitCode } from "./exit-code.js";

/**
 * Loads the dictionaries and shows on stderr what is wrong with them; the exit code instead where that is too much. Their order is
 * that of their paths: what is generated must not depend on how a shell sorts.
 */
export async function load(files: readonly string[]): Promise<Dictionary | number> {
  const sorted = [...new Set(files.map((file) => path.normalize(file)))].sort();
  const { dictionary, diagnostics } = await loadDictionary(sorted);
  for (const diagnostic of diagnostics) process.stderr.write(`${await show(diagnostic)}\n`);
  if (dictionary !== undefined && !hasErrors(diagnostics)) return dictionary;
  const unreadable = diagnostics.some(({ code }) => code === "DG1007");
  return unreadable ? ExitCode.IO : ExitCode.FAILED;
}

async function show(diagnostic: Diagnostic): Promise<string> {
  const text = await readFile(diagnostic.at.file, "utf8").catch(() => undefined);
  return formatDiagnostic(diagnostic, text, { color: process.stderr.isTTY === true && !process.env.NO_COLOR });
}
