/** What can be wrong with a configuration. Codes are stable: never reuse one. CF1xxx server.yaml and the environment, CF2xxx freeDiameter.conf. */
import { type Diagnostic, formatDiagnostic } from "@diamgen/dictionary";

export const CODES = {
  CF1001: "The file is not YAML.",
  CF1002: "A key that there is not.",
  CF1003: "A setting that there must be is missing.",
  CF1004: "A value that a setting cannot have.",
  CF1005: "A file that `!file` names cannot be used.",
  CF1006: "An environment variable that is no setting.",
  CF1007: "Settings that contradict one another.",
  CF1008: "A dictionary that cannot be used.",
  CF1009: "The file cannot be read.",
  CF1010: "A certificate, a key or a list of revoked certificates that cannot be used.",
  CF2001: "The file is not what freeDiameter reads.",
  CF2002: "A number out of the range that freeDiameter takes.",
  CF2003: "A file that is included cannot be read.",
  CF2004: "A directive that there must be is missing.",
  CF2005: "Directives that contradict one another.",
  CF2006: "A file that a directive names cannot be used.",
} as const;

export type ConfigCode = keyof typeof CODES;

export type ConfigDiagnostic = Diagnostic<ConfigCode>;

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

export function problem(code: ConfigCode, at: Place, message: string, hint?: string): ConfigDiagnostic {
  return { code, severity: "error", message, at, ...(hint === undefined ? {} : { hint }) };
}

/** Texts that diagnostics point into, by file. */
export type Texts = ReadonlyMap<string, string>;

/** A configuration that cannot be used: everything that is wrong with it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly diagnostics: readonly Diagnostic<string>[];
  readonly texts: Texts;

  constructor(diagnostics: readonly Diagnostic<string>[], texts: Texts) {
    super(diagnostics.map(({ at, message }) => `${at.file}:${at.line}:${at.column} ${message}`).join("; "));
    this.diagnostics = diagnostics;
    this.texts = texts;
  }

  /** A file could not be read, which is not the same as one that is wrong. */
  get unreadable(): boolean {
    return this.diagnostics.some(({ code }) => code === "CF1009");
  }

  format(color: boolean): string {
    return this.diagnostics
      .map((diagnostic) => formatDiagnostic(diagnostic, this.texts.get(diagnostic.at.file), { color }))
      .join("\n");
  }
}
