/** An example, run as its reader runs it: the built program. */

import { run } from "../support/process.js";
import { repositoryPath } from "../support/require.js";

export const examplePath = (name: string): string => repositoryPath(`examples/dist/${name}/main.js`);

/** The lines that it prints; it must end with exit code 0. */
export async function linesOf(name: string, args: readonly string[] = []): Promise<readonly string[]> {
  const { code, output } = await run(process.execPath, [examplePath(name), ...args]);
  if (code !== 0) throw new Error(`example ${name} ended with ${code}:\n${output}`);
  return output.trimEnd().split("\n");
}
