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
  /** Its definitions stand where a document that is none defines the same. */
  readonly overlay: boolean;
}

/** Overlays first: of two definitions the first stands. Among overlays, and among the others, in the order of the documents. */
export function makeScopes(
  documents: readonly DictionaryDocument[],
  imports: Imports,
  overlays: ReadonlySet<DictionaryDocument> = new Set(),
): ReadonlyMap<DictionaryDocument, Scope> {
  const above = documents.filter((document) => overlays.has(document));
  const below = documents.filter((document) => !overlays.has(document));
  return new Map(
    [...above, ...below].map((document) => [document, makeScope(document, imports, overlays.has(document))]),
  );
}

function makeScope(document: DictionaryDocument, imports: Imports, overlay: boolean): Scope {
  const visible = new Set([document]);
  // A set is walked in the order of insertion, additions during the walk included.
  for (const seen of visible) for (const imported of imports.get(seen) ?? []) visible.add(imported);
  return { document, visible, open: (imports.get(document) ?? []).length === 0, overlay };
}
