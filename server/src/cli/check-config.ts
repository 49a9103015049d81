/** `diamgen-server check-config`: reads a configuration and everything that it names, and serves nothing. */
import { Command } from "commander";
import { effectiveYaml, masked } from "../config/effective.js";
import { loadDictionaries } from "../service/dictionaries.js";
import { loadTls } from "../service/tls.js";
import { ExitCode } from "./exit-code.js";
import { colorful } from "./failures.js";
import { addSourceOptions, configFrom, type SourceOptions } from "./source.js";

interface Options extends SourceOptions {
  readonly json?: boolean;
}

export function checkConfigCommand(finish: (code: number) => void): Command {
  const command = new Command("check-config")
    .description("say what is wrong with a configuration, or print it as it would be in force, secrets masked")
    .option("--json", "print it as JSON");
  return addSourceOptions(command).action(async (options: Options): Promise<void> => {
    const config = await configFrom(options);
    if (config === undefined)
      return command.error("error: nothing to check: --config is needed", { exitCode: ExitCode.USAGE });
    await loadTls(config.tls);
    const { warnings } = await loadDictionaries(config.dictionaries);
    if (warnings !== undefined) process.stderr.write(`${warnings.format(colorful())}\n`);
    process.stdout.write(
      options.json === true ? `${JSON.stringify(masked(config), undefined, 2)}\n` : effectiveYaml(config),
    );
    finish(ExitCode.OK);
  });
}
