import { Command } from "commander";
import { writeFiles } from "../emit/write.js";
import { ExitCode } from "./exit-code.js";
import { load, overlayOption } from "./load.js";

export function generateCommand(version: string, finish: (code: number) => void): Command {
  return new Command("generate")
    .description("write typed TypeScript for dictionaries")
    .argument("<file...>", "dictionaries, in any order; what they import comes along")
    .option("-o, --out <dir>", "folder to write to", "generated/src")
    .addOption(overlayOption())
    .action(async (files: string[], { out, overlay }: { out: string; overlay: readonly string[] }) => {
      const dictionary = await load(files, overlay);
      if (typeof dictionary === "number") return finish(dictionary);
      // The TypeScript compiler takes half a second to load: not for those who mistype an option.
      const { emitTypeScript } = await import("../emit/emit.js");
      const { written, removed, unchanged } = await writeFiles(out, emitTypeScript(dictionary, { version }));
      for (const path of written) process.stdout.write(`wrote ${path}\n`);
      for (const path of removed) process.stdout.write(`removed ${path}\n`);
      process.stderr.write(
        `diamgen: ${written.length} written, ${removed.length} removed, ${unchanged.length} unchanged in ${out}\n`,
      );
      finish(ExitCode.OK);
    });
}
