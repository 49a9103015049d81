/** Definitions while they are being made: the model is read-only, and groups refer to each other in circles. */
import type { AvpDefinition } from "../model/dictionary.js";
import type { AvpNode, DictionaryDocument } from "../model/document.js";
import type { EnumTable } from "./enums.js";

export type Draft<T> = { -readonly [Key in keyof T]: T[Key] };

export interface AvpDraft {
  readonly avp: Draft<AvpDefinition>;
  /** That of the definition that stands. */
  readonly home: DictionaryDocument;
  /** The definition that stands is an overlay's. */
  readonly overlay: boolean;
  /** The first definition; where it had no grammar, the one that gave it. */
  node: AvpNode;
  document: DictionaryDocument;
  /** Every document that defines it, alike or below an overlay. */
  readonly homes: Set<DictionaryDocument>;
  /** What it is called, where: definitions in conflict with this one and below it may have other names. */
  readonly names: Map<string, Set<DictionaryDocument>>;
  readonly enums: EnumTable;
  /** Definitions below the overlay's, which may have values that it lacks. */
  readonly below: AvpNode[];
}
