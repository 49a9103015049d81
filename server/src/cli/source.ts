/** Where a configuration comes from: the options that say it, for every command that needs one. */
import { type Command, Option } from "commander";
import { loadConfig } from "../config/load.js";
import type { Config } from "../config/schema/index.js";

export interface SourceOptions {
  readonly config?: string;
}

export function addSourceOptions(command: Command): Command {
  return command.addOption(
    new Option("-c, --config <file>", "configuration (YAML); DIAMGEN_... variables of the environment win over it"),
  );
}

/** Undefined where no option says it. Rejects with a ConfigError. */
export async function configFrom({ config }: SourceOptions): Promise<Config | undefined> {
  return config === undefined ? undefined : loadConfig(config);
}
