import type { DiagnosticBag } from "../diagnostics.js";
import type { DictionaryDocument } from "../model/document.js";
import type { SourceText } from "../source.js";
import type { Siblings } from "./siblings.js";

/**
 * A reader of one format. Undefined where nothing of the file can be used; the diagnostics say why. A format whose dictionaries have
 * several files asks `siblings` for the others.
 */
export type Read = (
  source: SourceText,
  hash: string,
  diagnostics: DiagnosticBag,
  siblings: Siblings,
) => DictionaryDocument | undefined;
