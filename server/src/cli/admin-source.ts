/** Which running server a command is about: the options that say it. */
import { type Command, Option } from "commander";
import { AdminClient } from "./admin-client.js";
import { ExitCode } from "./exit-code.js";
import { addSourceOptions, configFrom, type SourceOptions } from "./source.js";

export interface SocketOptions extends SourceOptions {
  readonly socket?: string;
}

/** Where the unit of systemd that comes with the server has it. */
const DEFAULT_SOCKET = "/run/diamgen/admin.sock";

export function addSocketOptions(command: Command): Command {
  return addSourceOptions(
    command.addOption(
      new Option(
        "-s, --socket <path>",
        `the server's socket; left out: \`admin.socket\` of the configuration, or ${DEFAULT_SOCKET} where none is named`,
      ),
    ),
  );
}

/** Rejects with a ConfigError; ends the command where the configuration has no socket. */
export async function adminClient(command: Command, options: SocketOptions): Promise<AdminClient> {
  const socket = options.socket ?? (await configured(command, options)) ?? DEFAULT_SOCKET;
  return new AdminClient(socket, (message) => process.stderr.write(`diamgen-server: ${message}\n`));
}

async function configured(command: Command, options: SourceOptions): Promise<string | undefined> {
  const loaded = await configFrom(options);
  if (loaded === undefined) return undefined;
  const { admin } = loaded.config;
  if (admin !== undefined) return admin.socket;
  return command.error("error: the configuration has no admin.socket: nothing can be asked of this server", {
    exitCode: ExitCode.USAGE,
  });
}
