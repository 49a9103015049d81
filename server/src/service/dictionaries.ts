/** The operator's dictionaries, laid over those that the server knows. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import { type Dictionary, hasErrors, loadDictionary, shippedFolder } from "@diamgen/dictionary";
import { ConfigError } from "../config/diagnostics.js";

/** What a dictionary.opensips takes for granted: RFC 6733, RFC 4740 and OpenSIPS's own. */
const KNOWN = ["base", "accounting", "digest", "sip", "opensips"];

export interface Dictionaries {
  /** Undefined where there are no files. */
  readonly dictionary: Dictionary | undefined;
  /** True for what did not come with diamgen. */
  readonly isExtra: (file: string) => boolean;
  /** What is worth knowing and no error. */
  readonly warnings: ConfigError | undefined;
}

/** Rejects with a ConfigError for what cannot be used. */
export async function loadDictionaries(files: readonly string[]): Promise<Dictionaries> {
  const shipped = shippedFolder();
  const isExtra = (file: string) => path.dirname(path.resolve(file)) !== shipped;
  if (files.length === 0) return { dictionary: undefined, isExtra, warnings: undefined };
  return { ...(await load(files)), isExtra };
}

/** What the server knows, and the operator's dictionaries over it. Rejects with a ConfigError. */
export async function wholeDictionary(files: readonly string[]): Promise<Dictionary> {
  const { dictionary } = await load(files);
  if (dictionary === undefined) throw new Error("the dictionaries that come with diamgen cannot be read");
  return dictionary;
}

async function load(files: readonly string[]): Promise<Omit<Dictionaries, "isExtra">> {
  const shipped = shippedFolder();
  const known = KNOWN.map((name) => path.join(shipped, `${name}.xml`));
  const { dictionary, diagnostics } = await loadDictionary(known, { overlays: files, folders: [shipped] });
  const shown = diagnostics.filter(({ severity }) => severity !== "info");
  const texts = new Map<string, string>();
  for (const { at } of shown) {
    if (texts.has(at.file)) continue;
    const text = await readFile(at.file, "utf8").catch(() => undefined);
    if (text !== undefined) texts.set(at.file, text);
  }
  const found = shown.length === 0 ? undefined : new ConfigError(shown, texts);
  if (found !== undefined && (dictionary === undefined || hasErrors(diagnostics))) throw found;
  return { dictionary, warnings: found };
}
