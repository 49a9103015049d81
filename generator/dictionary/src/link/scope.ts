/** What a document can name: what it defines itself, and what the documents define that it imports, transitively. */
import type { DictionaryDocument } from "../model/document.js";

export type Imports = ReadonlyMap<DictionaryDocument, readonly DictionaryDocument[]>;

export interface Scope {
  readonly document: DictionaryDocument;
  /** Itself first. */
  readonly visible: ReadonlySet<DictionaryDocument>;
  /**
   * It imports nothing, as the files of most formats, which are loaded as a list of files that may all refer to each other: then a name
   * from elsewhere is nothing to complain about.
   */
  readonly open: boolean;
}

export function makeScopes(
  documents: readonly DictionaryDocument[],
  imports: Imports,
): ReadonlyMap<DictionaryDocument, Scope> {
  return new Map(documents.map((document) => [document, makeScope(document, imports)]));
}

function makeScope(document: DictionaryDocument, imports: Imports): Scope {
  const visible = new Set([document]);
  // A set is walked in the order of insertion, additions during the walk included.
  for (const seen of visible) for (const imported of imports.get(seen) ?? []) visible.add(imported);
  return { document, visible, open: (imports.get(document) ?? []).length === 0 };
}
