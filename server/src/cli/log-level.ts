/** `diamgen-server log-level`: what a running server logs, until it reads its configuration again. */
import { Argument, Command } from "commander";
import type { LogLevel } from "../log.js";
import { LOG_LEVELS } from "../log-levels.js";
import { addSocketOptions, adminClient, type SocketOptions } from "./admin-source.js";
import { ExitCode } from "./exit-code.js";
import { put } from "./output.js";

export function logLevelCommand(finish: (code: number) => void): Command {
  const command = addSocketOptions(new Command("log-level"))
    .description("say what a running server logs, or change it until it reads its configuration again (SIGHUP)")
    .addArgument(new Argument("[level]", "the least that is logged from now on").choices(LOG_LEVELS));
  return command.action(async (level: Exclude<LogLevel, "fatal"> | undefined, source: SocketOptions) => {
    const client = await adminClient(command, source);
    await put(`${(await client.call("log.level", { level })).level}\n`);
    finish(ExitCode.OK);
  });
}
