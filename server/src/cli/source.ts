/** Where a configuration comes from: the options that say it, for every command that needs one. */
import { type Command, Option } from "commander";
import type { Loaded } from "../config/load.js";

export interface SourceOptions {
  readonly config?: string;
  readonly freediameterConf?: string;
}

export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      new Option("-c, --config <file>", "configuration (YAML); DIAMGEN_... variables of the environment win over it"),
    )
    .addOption(
      new Option(
        "--freediameter-conf <file>",
        "freeDiameter.conf of a server that is replaced; --config wins over it. Says line by line what is honoured",
      ),
    );
}

/** Undefined where no option says it. Rejects with a ConfigError. */
export async function configFrom({ config, freediameterConf }: SourceOptions): Promise<Loaded | undefined> {
  if (config === undefined && freediameterConf === undefined) return undefined;
  const { loadConfig } = await import("../config/load.js");
  return loadConfig({ config, freeDiameterConf: freediameterConf });
}
