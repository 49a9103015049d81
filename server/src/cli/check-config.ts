/** `diamgen-server check-config`: reads a configuration and everything that it names, and serves nothing. Loads no database. */
import { Command } from "commander";
import { ExitCode } from "./exit-code.js";
import { addSourceOptions, configFrom, type SourceOptions } from "./source.js";

interface Options extends SourceOptions {
  readonly json?: boolean;
}

export function checkConfigCommand(finish: (code: number) => void): Command {
  const command = new Command("check-config")
    .description("say what is wrong with a configuration, or print it as it would be in force, secrets masked")
    .option("--json", "print it as JSON, with what became of each directive of freeDiameter.conf");
  return addSourceOptions(command).action(async (options: Options): Promise<void> => {
    const loaded = await configFrom(options);
    if (loaded === undefined)
      return command.error("error: nothing to check: --config or --freediameter-conf is needed", {
        exitCode: ExitCode.USAGE,
      });
    const { config, report } = loaded;
    if (config.tls !== undefined) await (await import("../service/tls.js")).loadTls(config.tls);
    await (await import("../service/database-options.js")).databaseOptions(config.database);
    if (config.dictionaries.length > 0) await warnOfDictionaries(config.dictionaries);
    const { effectiveYaml, masked } = await import("../config/effective.js");
    if (options.json === true) {
      const data = { config: masked(config), freeDiameterConf: report };
      process.stdout.write(`${JSON.stringify(data, undefined, 2)}\n`);
    } else {
      const { reportText } = await import("../config/freediameter/report.js");
      for (const line of report) process.stderr.write(`${reportText(line)}\n`);
      process.stdout.write(effectiveYaml(config));
    }
    finish(ExitCode.OK);
  });
}

async function warnOfDictionaries(files: readonly string[]): Promise<void> {
  const { loadDictionaries } = await import("../service/dictionaries.js");
  const { warnings } = await loadDictionaries(files);
  if (warnings === undefined) return;
  const { colorful } = await import("./failures.js");
  process.stderr.write(`${warnings.format(colorful())}\n`);
}
