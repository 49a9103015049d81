import { DIAGNOSTICS, type DiagnosticCode } from "./diagnostics.js";
import type { Diagnostic, Severity } from "./model/diagnostic.js";

/** All diagnostics of one code. */
export interface DiagnosticSummary {
  readonly code: Diagnostic["code"];
  readonly severity: Severity;
  /** What the code stands for. */
  readonly title: string;
  readonly count: number;
  readonly first: Diagnostic;
}

const ORDER: readonly Severity[] = ["error", "warning", "info"];

/** Counts by code: errors, then warnings, then infos, each in the order of the codes. For dictionaries with more to say than anyone reads. */
export function summarise(diagnostics: readonly Diagnostic[]): readonly DiagnosticSummary[] {
  const byCode = new Map<Diagnostic["code"], Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const list = byCode.get(diagnostic.code);
    if (list === undefined) byCode.set(diagnostic.code, [diagnostic]);
    else list.push(diagnostic);
  }
  return [...byCode]
    .map(([code, list]) => {
      const first = list[0]!;
      const title = DIAGNOSTICS[code as DiagnosticCode]?.title ?? first.message;
      return { code, severity: first.severity, title, count: list.length, first };
    })
    .sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity) || a.code.localeCompare(b.code, "en"));
}
