/** Definitions while they are being made: the model is read-only, and groups refer to each other in circles. */
import type { AvpDefinition } from "../model/dictionary.js";
import type { AvpNode, DictionaryDocument } from "../model/document.js";
import type { EnumTable } from "./enums.js";

export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

export interface AvpDraft {
  readonly avp: Draft<AvpDefinition>;
  /** The first definition; where it had no grammar, the one that gave it. */
  node: AvpNode;
  document: DictionaryDocument;
  /** Every document that defines it, alike. */
  readonly homes: Set<DictionaryDocument>;
  /** Names that definitions in conflict with this one give it. */
  readonly aliases: Set<string>;
  readonly enums: EnumTable;
}
