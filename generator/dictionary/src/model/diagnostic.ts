import type { SourceLocation } from "./document.js";

export type Severity = "error" | "warning" | "info";

/**
 * Something that is wrong with, or worth knowing about, a dictionary; or another text, with codes of its own. `code` is stable: DG1xxx
 * reading, DG2xxx linking, DG3xxx emitting.
 */
export interface Diagnostic<Code extends string = `DG${number}`> {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  readonly at: SourceLocation;
  /** The other place, where two disagree. */
  readonly related?: readonly { readonly message: string; readonly at: SourceLocation }[] | undefined;
}
