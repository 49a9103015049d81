import { readFileSync } from "node:fs";
import { DiameterError } from "@diamgen/runtime";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { DEMO, startDemo } from "../demo/demo-server.js";
import { createLogger, type LogLevel } from "../log.js";
import { StoreError } from "../store/index.js";

interface Options {
  readonly demo?: boolean;
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly logLevel: LogLevel;
  readonly logFormat: "json" | "pretty";
}

/** Exit codes of `diamgen-server`. */
export const ExitCode = { OK: 0, FAILED: 1, USAGE: 2 } as const;

/** Runs the server until SIGINT or SIGTERM; gives the exit code. The log goes to stderr. */
export async function main(argv: readonly string[]): Promise<number> {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  let code: number = ExitCode.OK;
  const program = new Command("diamgen-server")
    .description("SIP digest authentication (RFC 4740) and accounting (RFC 6733) server for OpenSIPS and its like.")
    .version(version)
    .option("--demo", `serve the realm ${DEMO.realm} with one subscriber, alice@diameter.test, password secret`)
    .addOption(
      new Option("--port <number>", "TCP port to listen on; 0 for any that is free")
        .default(3868)
        .argParser(portNumber),
    )
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--data <dir>", "folder for the database, kept; a temporary one where left out")
    .addOption(
      new Option("--log-level <level>", "what is logged")
        .choices(["trace", "debug", "info", "warn", "error", "silent"])
        .default("info"),
    )
    .addOption(
      new Option("--log-format <format>", "JSON lines, or lines for people")
        .choices(["json", "pretty"])
        .default(process.stderr.isTTY ? "pretty" : "json"),
    )
    .exitOverride()
    .showHelpAfterError("(diamgen-server --help shows what there is)")
    .action(async (options: Options) => {
      if (options.demo !== true) {
        program.error("error: nothing to serve: --demo is needed", { exitCode: ExitCode.USAGE });
      }
      code = await serve(options);
    });
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.USAGE;
    throw error;
  }
  return code;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return port;
}

async function serve(options: Options): Promise<number> {
  const log = createLogger({ level: options.logLevel, pretty: options.logFormat === "pretty" });
  const { host, port, data } = options;
  const ended = signalled();
  try {
    const demo = await startDemo({ host, port, log, data });
    // For whoever started us, and for people: where it can be reached.
    process.stdout.write(`listening on ${demo.host} port ${demo.port} as ${DEMO.server}\n`);
    const signal = await ended;
    log.info({ signal }, "stopping: peers are told, what is being answered is finished");
    await demo.stop();
    return ExitCode.OK;
  } catch (error) {
    if (!(error instanceof DiameterError) && !(error instanceof StoreError)) throw error;
    process.stderr.write(`diamgen-server: ${error.message}\n`);
    return ExitCode.FAILED;
  }
}

function signalled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve(signal));
  });
}
