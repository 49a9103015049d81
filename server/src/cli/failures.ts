/** What ends the program, to an exit code and words. */
import { ConfigurationError, DiameterError } from "@diamgen/runtime";
import { ConfigError } from "../config/diagnostics.js";
import { StoreError } from "../store/store-error.js";
import { ExitCode } from "./exit-code.js";

/** Says on standard error what happened; gives the exit code. */
export function report(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.format(colorful())}\n`);
    return error.unreadable ? ExitCode.IO : ExitCode.INVALID;
  }
  if (error instanceof DiameterError || error instanceof StoreError || isSystemError(error)) {
    process.stderr.write(`diamgen-server: ${error.message}\n`);
    return error instanceof ConfigurationError ? ExitCode.INVALID : ExitCode.IO;
  }
  const what = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`diamgen-server: this is a defect of diamgen-server, please report it\n${what}\n`);
  return ExitCode.BUG;
}

/** Standard error takes colours. */
export function colorful(): boolean {
  return process.stderr.isTTY === true && !process.env.NO_COLOR;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}
