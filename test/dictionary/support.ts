import {
  type Application,
  type AvpDefinition,
  type Diagnostic,
  type Dictionary,
  type DictionaryDocument,
  type Grammar,
  type LoadOptions,
  type LoadResult,
  link,
  loadDictionary,
  readDictionary,
} from "@diamgen/dictionary";
import { expect } from "vitest";

/** `code line:column` of each diagnostic. */
export function brief(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code, at }) => `${code} ${at.line}:${at.column}`);
}

/** The document of a text that has nothing wrong with it. */
export function document(text: string, file = "test.xml"): DictionaryDocument {
  const { document: read, diagnostics } = readDictionary(file, text);
  expect(diagnostics).toEqual([]);
  return read!;
}

/** Links documents of one `<dictionary>` each, called a.xml, b.xml and so on, none importing another. */
export function linkTexts(...bodies: string[]): { dictionary: Dictionary; diagnostics: readonly Diagnostic[] } {
  const names = "abcdefgh";
  return link(bodies.map((body, index) => document(`<dictionary>${body}</dictionary>`, `${names[index]}.xml`)));
}

/** Links texts that have nothing wrong with them. */
export function linkClean(...bodies: string[]): Dictionary {
  const { dictionary, diagnostics } = linkTexts(...bodies);
  expect(diagnostics).toEqual([]);
  return dictionary;
}

/** Loads from texts instead of files. */
export function loadTexts(
  files: Readonly<Record<string, string | Uint8Array>>,
  roots: readonly string[],
  options: Omit<LoadOptions, "readFile"> = {},
): Promise<LoadResult> {
  const readFile = async (file: string) => {
    const text = Object.hasOwn(files, file) ? files[file] : undefined;
    if (text === undefined) throw new Error(`ENOENT: ${file}`);
    return text;
  };
  return loadDictionary(roots, { ...options, readFile });
}

/** A grammar in the words of the RFC: `{ A }`, `* [ B ]`, `* [ AVP ]`. */
export function ccf(grammar: Grammar | undefined): string[] {
  if (grammar === undefined) return ["none"];
  if (grammar.loose) return ["loose"];
  const brackets = { fixed: "<>", required: "{}", optional: "[]" };
  const rules = grammar.rules.map(({ avp, position, min, max }) => {
    const [left, right] = brackets[position];
    const plain = min === (position === "optional" ? 0 : 1) && max === 1;
    const qualifier = plain ? "" : `${min === 0 ? "" : min}*${max === Number.POSITIVE_INFINITY ? "" : max} `;
    return `${qualifier}${left} ${avp.name} ${right}`;
  });
  return grammar.wildcard ? [...rules, "* [ AVP ]"] : rules;
}

export function avp(dictionary: Dictionary, name: string): AvpDefinition {
  return [...dictionary.avps.values()].find((candidate) => candidate.name === name)!;
}

export function application(dictionary: Dictionary, key: string): Application {
  return dictionary.applications.find((candidate) => candidate.key === key)!;
}

/** A simple AVP in XML. */
export function simple(name: string, code: number, rest = "", type = "UTF8String"): string {
  return `<avp name="${name}" code="${code}" ${rest}><type type-name="${type}"/></avp>`;
}

/** A command in XML with the same rules in request and answer. */
export function command(name: string, code: number, rules: string): string {
  const grammar = `<optional>${rules}</optional>`;
  return `<command name="${name}" code="${code}"><requestrules>${grammar}</requestrules><answerrules>${grammar}</answerrules></command>`;
}

export function rule(name: string, rest = ""): string {
  return `<avprule name="${name}" ${rest}/>`;
}
