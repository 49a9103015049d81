import type { DictionaryDocument, LoadOptions, LoadResult } from "@diamgen/dictionary";
import { expect } from "vitest";
import { loadTexts } from "../support.js";

export const DTD = '<!DOCTYPE dictionary SYSTEM "dictionary.dtd">';

/** A Wireshark dictionary with entity declarations and what stands in `<dictionary>`. */
export function wireshark(body: string, declarations = ""): string {
  const subset = declarations === "" ? "" : ` [\n${declarations}\n]`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<?avp-proto key="A" value="b" ?>\n<!DOCTYPE dictionary SYSTEM "dictionary.dtd"${subset}>\n<dictionary>\n${body}\n</dictionary>\n`;
}

/** A simple AVP. */
export function avp(name: string, code: number, rest = "", type = "UTF8String"): string {
  return `<avp name="${name}" code="${code}" ${rest}><type type-name="${type}"/></avp>`;
}

/** A group: Wireshark's format cannot be told without one, or a vendor. */
export function group(name: string, code: number, ...members: string[]): string {
  return `<avp name="${name}" code="${code}"><grouped>${members.map((member) => `<gavp name="${member}"/>`).join("")}</grouped></avp>`;
}

export const ACME = '<vendor vendor-id="Acme" code="9999" name="ACME Inc."/>';

/** Loads `dictionary.xml` and what lies beside it; the format is given, for tiny dictionaries do not show it. */
export function load(
  files: Readonly<Record<string, string>>,
  options: Omit<LoadOptions, "readFile" | "formats"> = {},
): Promise<LoadResult> {
  return loadTexts(files, ["dictionary.xml"], {
    ...options,
    formats: new Map([["dictionary.xml", "wireshark-xml"]]),
  });
}

/** The document of a dictionary in one file, with all diagnostics that say more than that there are no grammars. */
export async function read(body: string): Promise<{ document: DictionaryDocument; found: string[] }> {
  const { documents, diagnostics } = await load({ "dictionary.xml": wireshark(body) });
  expect(documents).toHaveLength(1);
  return { document: documents[0]!, found: worthTelling(diagnostics).map(({ code, message }) => `${code} ${message}`) };
}

export function worthTelling<T extends { readonly code: string }>(diagnostics: readonly T[]): T[] {
  return diagnostics.filter(({ code }) => code !== "DG1043");
}

/** `file:line:column code` of each. */
export function places(diagnostics: LoadResult["diagnostics"]): string[] {
  return worthTelling(diagnostics).map(({ code, at }) => `${at.file}:${at.line}:${at.column} ${code}`);
}
