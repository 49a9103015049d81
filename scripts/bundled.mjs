// Runs a program of the repository from its sources, which Node 20 cannot read itself.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root, run, StepFailed } from "./lib.mjs";

/**
 * Bundles `entry` and runs it to its end; a failure of it is the exit code of this process.
 * @param {string} entry path from the root of the repository
 * @param {{ args?: string[], external?: string[], node?: string[], prefix?: string[] }} [options]
 *   external: packages that are not bundled; node: options of Node; prefix: a command to run Node by, such as taskset
 */
export async function runBundled(entry, { args = [], external = [], node = [], prefix = [] } = {}) {
  const folder = mkdtempSync(join(root, "node_modules", ".bundled-"));
  try {
    const program = join(folder, "program.mjs");
    await build({
      entryPoints: [join(root, entry)],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      conditions: ["diamgen-source"],
      external,
      logLevel: "error",
    });
    const [command, ...rest] = [...prefix, process.execPath, ...node, program, ...args];
    await run(command, rest);
  } catch (error) {
    if (!(error instanceof StepFailed)) process.stderr.write(`${error.stack ?? error}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
