/** `diamgen-server database init|check`: the tables in the database of the configuration. */
import { existsSync } from "node:fs";
import { Command } from "commander";
import { ExitCode } from "./exit-code.js";
import { addSourceOptions, type SourceOptions } from "./source.js";
import { requiredConfig, withStores } from "./with-stores.js";

export function databaseCommand(finish: (code: number) => void): Command {
  return new Command("database")
    .description("the database of the configuration")
    .addCommand(initCommand(finish))
    .addCommand(checkCommand(finish));
}

function initCommand(finish: (code: number) => void): Command {
  const command = addSourceOptions(new Command("init")).description(
    "make the tables that are missing, OpenSIPS's among them, and bring ours up to date; OpenSIPS's are never altered",
  );
  return command.action(async (options: SourceOptions) => {
    const config = await requiredConfig(command, options);
    await withStores(config, (stores) => stores.prepare());
    process.stderr.write("the tables are there\n");
    finish(ExitCode.OK);
  });
}

function checkCommand(finish: (code: number) => void): Command {
  const command = addSourceOptions(new Command("check")).description(
    "say whether the database can be used: it answers, and its tables can be read",
  );
  return command.action(async (options: SourceOptions) => {
    const config = await requiredConfig(command, options);
    const { database } = config;
    // To look must not make one.
    if (database.type === "sqlite" && database.path !== ":memory:" && !existsSync(database.path)) {
      process.stderr.write(`diamgen-server: there is no ${database.path}\n`);
      finish(ExitCode.IO);
      return;
    }
    const asIs = database.type === "sqlite" ? database : { ...database, prepare: false };
    await withStores({ database: asIs }, async (stores) => {
      await stores.subscribers.list({ limit: 1 });
      await stores.accounting.list({ limit: 1 });
    });
    process.stderr.write("the database can be used\n");
    finish(ExitCode.OK);
  });
}
