import { Command } from "commander";
import { createTwoFilesPatch } from "diff";
import { compareFiles } from "../emit/write.js";
import { ExitCode } from "./exit-code.js";
import { load, overlayOption } from "./load.js";

export function checkCommand(version: string, finish: (code: number) => void): Command {
  return new Command("check")
    .description("compare what generate would write with what is there; exit code 1 and a diff where they differ")
    .argument("<file...>", "dictionaries, in any order; what they import comes along")
    .option("-o, --out <dir>", "folder that generate wrote to", "generated/src")
    .addOption(overlayOption())
    .action(async (files: string[], { out, overlay }: { out: string; overlay: readonly string[] }) => {
      const dictionary = await load(files, overlay);
      if (typeof dictionary === "number") return finish(dictionary);
      // The TypeScript compiler takes half a second to load: not for those who mistype an option.
      const { emitTypeScript } = await import("../emit/emit.js");
      const differences = await compareFiles(out, emitTypeScript(dictionary, { version }));
      for (const { path, is, wanted } of differences)
        process.stdout.write(createTwoFilesPatch(`${path} (is)`, `${path} (generated)`, is ?? "", wanted ?? ""));
      process.stderr.write(
        differences.length === 0
          ? `diamgen: ${out} is up to date\n`
          : `diamgen: ${differences.length} files in ${out} differ; run diamgen generate\n`,
      );
      finish(differences.length === 0 ? ExitCode.OK : ExitCode.FAILED);
    });
}
