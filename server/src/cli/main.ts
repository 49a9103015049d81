/** The command line. What a command needs is imported when it runs: `--help` and `check-config` load no database. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { DEMO } from "../demo/names.js";
import type { LogLevel } from "../log.js";
import { LOG_LEVELS } from "../log-levels.js";
import { VERSION } from "../version.js";
import { AdminClientError } from "./admin-client.js";
import { checkConfigCommand } from "./check-config.js";
import { databaseCommand } from "./database.js";
import { ExitCode } from "./exit-code.js";
import { logLevelCommand } from "./log-level.js";
import { peersCommand } from "./peers.js";
import { recordsCommand } from "./records.js";
import { registrationsCommand } from "./registrations.js";
import { addSourceOptions, configFrom, type SourceOptions } from "./source.js";
import { statsCommand } from "./stats.js";
import { subscriberCommand } from "./subscriber.js";
import { traceCommand } from "./trace.js";

interface Options extends SourceOptions {
  readonly demo?: boolean;
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly logLevel?: LogLevel;
  readonly logFormat?: "json" | "pretty";
}

/** What only a demo has. */
const OF_DEMO = ["port", "host", "data"] as const;

/** Runs the command line; gives the exit code. stdout is data, stderr is messages and the log. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = ExitCode.OK;
  const program = programOf((result) => {
    code = result;
  });
  quietWhenNobodyReads();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    if (error instanceof AdminClientError) {
      process.stderr.write(`diamgen-server: ${error.message}\n`);
      return error.exitCode;
    }
    const { report } = await import("./failures.js");
    return report(error);
  }
  return code;
}

/** The command line as commander has it: the manual page is made of it. */
export function programOf(finish: (code: number) => void): Command {
  const program = new Command("diamgen-server")
    .description("SIP digest authentication (RFC 4740) and accounting (RFC 6733) server for OpenSIPS and its like.")
    .version(VERSION);
  addSourceOptions(program)
    .option("--demo", `serve the realm ${DEMO.realm} with one subscriber, alice@diameter.test, password secret`)
    .addOption(
      new Option("--port <number>", "demo: TCP port to listen on; 0 for any that is free")
        .default(3868)
        .argParser(portNumber),
    )
    .option("--host <address>", "demo: address to listen on", "127.0.0.1")
    .option("--data <dir>", "demo: folder for the database, kept; a temporary one where left out")
    .addOption(new Option("--log-level <level>", "what is logged, whatever the configuration says").choices(LOG_LEVELS))
    .addOption(new Option("--log-format <format>", "JSON lines, or lines for people").choices(["json", "pretty"]))
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(diamgen-server --help shows what there is)")
    .addHelpText(
      "after",
      "\nSignals: SIGHUP reads the configuration again; SIGTERM and SIGINT end the server in order, a second one at once." +
        "\nExit codes: 0 ok, 1 wrong configuration or what cannot be, 2 wrong usage, 3 a file, an address, a database or a running server cannot be used, 70 a defect.",
    )
    // A command that there is not comes as an argument.
    .argument("[command]")
    .usage("[options] [command]")
    .helpCommand("help [command]", "display help for command")
    .action(async (command: string | undefined, options: Options) => {
      if (command !== undefined) await noSuchCommand(program, command);
      finish(await serve(program, options));
    });
  program.addCommand(checkConfigCommand(finish));
  program.addCommand(subscriberCommand(finish));
  program.addCommand(recordsCommand(finish));
  program.addCommand(databaseCommand(finish));
  program.addCommand(registrationsCommand(finish));
  program.addCommand(peersCommand(finish));
  program.addCommand(statsCommand(finish));
  program.addCommand(traceCommand(finish));
  program.addCommand(logLevelCommand(finish));
  inherit(program);
  return program;
}

/** What the program is set to, for its commands and theirs. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}

async function noSuchCommand(program: Command, name: string): Promise<never> {
  const { didYouMean } = await import("@diamgen/dictionary");
  const hint = didYouMean(
    name,
    program.commands.map((command) => command.name()),
  );
  return program.error(`error: there is no command ${JSON.stringify(name)}${hint === undefined ? "" : `\n(${hint})`}`, {
    exitCode: ExitCode.USAGE,
  });
}

async function serve(program: Command, options: Options): Promise<number> {
  const { host, port, data, logLevel, logFormat } = options;
  const usage = (message: string): never => program.error(`error: ${message}`, { exitCode: ExitCode.USAGE });
  if (options.demo === true) {
    if (options.config !== undefined) usage("--demo and --config exclude one another");
    if (options.freediameterConf !== undefined) usage("--demo and --freediameter-conf exclude one another");
    const { createLogger } = await import("../log.js");
    const { runDemo } = await import("./demo.js");
    const pretty = logFormat === undefined ? process.stderr.isTTY === true : logFormat === "pretty";
    return runDemo({ host, port, data, log: createLogger({ level: logLevel, pretty }) });
  }
  if (options.config === undefined && options.freediameterConf === undefined)
    usage("nothing to serve: --config, --freediameter-conf or --demo is needed");
  for (const name of OF_DEMO)
    if (program.getOptionValueSource(name) === "cli")
      usage(`--${name} is for --demo; the configuration says it otherwise`);
  const { run } = await import("./run.js");
  return run({ load: async () => (await configFrom(options))!, logLevel, logFormat });
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return port;
}

/** `diamgen-server check-config | head` is no error of anybody's. */
function quietWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.off("error", unlessNobodyReads).on("error", unlessNobodyReads);
}

function unlessNobodyReads(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
