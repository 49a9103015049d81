import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ForeignFileError } from "../emit/write.js";
import { checkCommand } from "./check.js";
import { decodeCommand } from "./decode.js";
import { ExitCode } from "./exit-code.js";
import { generateCommand } from "./generate.js";
import { listCommand } from "./list.js";

/** Version of this package. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return version;
}

/** Runs the command line; gives the exit code. stdout is data, stderr is messages. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = ExitCode.OK;
  const program = programOf((result) => {
    code = result;
  });
  quietWhenNobodyReads();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    return exitCodeOf(error);
  }
  return code;
}

/** The command line as commander has it: the manual page is made of it. */
export function programOf(finish: (code: number) => void): Command {
  const program = new Command("diamgen")
    .description("Compiles Diameter (RFC 6733) dictionaries into typed TypeScript.")
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(diamgen --help shows what there is)")
    .addHelpText(
      "after",
      "\nExit codes: 0 ok, 1 drift or invalid dictionary, 2 wrong usage, 3 cannot read or write, 70 a defect of diamgen.",
    );
  program.addCommand(generateCommand(version(), finish));
  program.addCommand(checkCommand(version(), finish));
  program.addCommand(listCommand(finish));
  program.addCommand(decodeCommand(finish));
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
  if (error instanceof ForeignFileError || isSystemError(error)) {
    process.stderr.write(`diamgen: ${error.message}\n`);
    return ExitCode.IO;
  }
  const what = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`diamgen: this is a defect of diamgen, please report it\n${what}\n`);
  return ExitCode.BUG;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "code" in error;
}

/** `diamgen list | head` is no error of anybody's. */
function quietWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
}
