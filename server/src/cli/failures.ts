/** What ends the program, to an exit code and words. */
import { ConfigurationError, DiameterError } from "@diamgen/runtime";
import { ConfigError } from "../config/diagnostics.js";
import { StoreError } from "../store/store-error.js";
import { SupervisorError } from "../supervisor/supervisor-error.js";
import { ExitCode } from "./exit-code.js";

export interface Failure {
  /** Exit code. */
  readonly code: number;
  /** For standard error. */
  readonly text: string;
}

/** Says on standard error what happened; gives the exit code. */
export function report(error: unknown): number {
  const { code, text } = describe(error);
  process.stderr.write(`${text}\n`);
  return code;
}

export function describe(error: unknown): Failure {
  if (error instanceof ConfigError)
    return { code: error.unreadable ? ExitCode.IO : ExitCode.INVALID, text: error.format(colorful()) };
  if (error instanceof SupervisorError) return { code: error.exitCode, text: error.message };
  if (error instanceof DiameterError || error instanceof StoreError || isSystemError(error)) {
    const code = error instanceof ConfigurationError ? ExitCode.INVALID : ExitCode.IO;
    const hint = error instanceof StoreError && error.code === "STORE_SCHEMA" ? `\n${OTHER_TABLES}` : "";
    return { code, text: `diamgen-server: ${error.message}${hint}` };
  }
  const what = error instanceof Error ? error.stack : String(error);
  return { code: ExitCode.BUG, text: `diamgen-server: this is a defect of diamgen-server, please report it\n${what}` };
}

const OTHER_TABLES =
  "  hint: `diamgen-server database init` makes tables that are missing; tables and columns with other names, or that there are not, stand in database.tables of the configuration.";

/** Standard error takes colours. */
export function colorful(): boolean {
  return process.stderr.isTTY === true && !process.env.NO_COLOR;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
