import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import {
  type Diagnostic,
  type Dictionary,
  formatDiagnostic,
  hasErrors,
  loadDictionary,
  shippedFolder,
} from "@diamgen/dictionary";
import { Option } from "commander";
import { ExitCode } from "./exit-code.js";

/** `--overlay FILE`, for every command that loads dictionaries. */
export function overlayOption(): Option {
  return new Option(
    "--overlay <file>",
    "dictionary whose AVPs and grammars win over those of the same codes; may be given several times",
  )
    .argParser((file: string, before: readonly string[]) => [...before, file])
    .default([], "none");
}

/** More diagnostics of one code than these, errors apart, are counted instead of shown. */
const SHOWN = 5;

/**
 * Loads the dictionaries and shows on stderr what is wrong with them; the exit code instead where that is too much. Their order is
 * that of their paths: what is generated must not depend on how a shell sorts. Imports are found beside the importing file, or among those
 * that come with diamgen.
 */
export async function load(
  files: readonly string[],
  overlays: readonly string[] = [],
  shown: "all" | "errors" = "all",
): Promise<Dictionary | number> {
  const { dictionary, diagnostics } = await loadDictionary(sorted(files), {
    overlays: sorted(overlays),
    folders: [shippedFolder()],
  });
  const counts = new Map<string, number>();
  for (const diagnostic of diagnostics) {
    const count = (counts.get(diagnostic.code) ?? 0) + 1;
    if (diagnostic.severity !== "error" && shown === "errors") continue;
    counts.set(diagnostic.code, count);
    if (diagnostic.severity === "error" || count <= SHOWN) process.stderr.write(`${await show(diagnostic)}\n`);
  }
  for (const [code, count] of counts) {
    const severity = diagnostics.find((diagnostic) => diagnostic.code === code)?.severity;
    if (severity !== "error" && count > SHOWN)
      process.stderr.write(`diamgen: and ${count - SHOWN} more ${severity}s ${code}\n`);
  }
  if (dictionary !== undefined && !hasErrors(diagnostics)) return dictionary;
  const unreadable = diagnostics.some(({ code }) => code === "DG1007");
  return unreadable ? ExitCode.IO : ExitCode.FAILED;
}

function sorted(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => path.normalize(file)))].sort();
}

async function show(diagnostic: Diagnostic): Promise<string> {
  const text = await readFile(diagnostic.at.file, "utf8").catch(() => undefined);
  return formatDiagnostic(diagnostic, text, { color: process.stderr.isTTY === true && !process.env.NO_COLOR });
}

/** The dictionaries that come with diamgen, as a user would name them from here: that is how they stand in diagnostics. */
export function shippedDictionaries(): string[] {
  const folder = shippedFolder();
  const names = readdirSync(folder).filter((name) => name.endsWith(".xml"));
  return names.map((name) => path.relative("", path.join(folder, name)));
}
