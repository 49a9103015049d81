import type { DiagnosticBag } from "../diagnostics.js";
import type { DictionaryDocument } from "../model/document.js";
import type { SourceText } from "../source.js";

/** A reader of one format. Undefined where nothing of the file can be used; the diagnostics say why. */
export type Read = (source: SourceText, hash: string, diagnostics: DiagnosticBag) => DictionaryDocument | undefined;
