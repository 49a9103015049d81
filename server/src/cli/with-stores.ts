/** For commands that work on the database of a configuration, whether or not a server runs on it. */
import type { Command } from "commander";
import type { Config } from "../config/schema/index.js";
import type { Stores } from "../store/index.js";
import { ExitCode } from "./exit-code.js";
import { configFrom, type SourceOptions } from "./source.js";

/** The configuration that the options name; without one, the command ends with usage. */
export async function requiredConfig(command: Command, options: SourceOptions): Promise<Config> {
  const loaded = await configFrom(options);
  if (loaded === undefined)
    return command.error("error: which database? --config is needed", { exitCode: ExitCode.USAGE });
  return loaded.config;
}

/** Opens the database, lets `work` have it, and closes it whatever happens. Rejects with a ConfigError or a StoreError. */
export async function withStores<Result>(
  { database }: Pick<Config, "database">,
  work: (stores: Stores) => Promise<Result>,
): Promise<Result> {
  const { openDatabase } = await import("../store/open-database.js");
  // What a command reads must be what is there, not what was there a while ago.
  const { databaseOptions } = await import("../service/database-options.js");
  await using stores = await openDatabase({ ...(await databaseOptions(database)), subscriberCache: undefined });
  return await work(stores);
}
