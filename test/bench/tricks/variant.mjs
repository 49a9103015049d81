// A copy of what is built, changed here and there: what the code would cost if it were written otherwise.
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BenchError, repositoryPath } from "../lib.mjs";

/**
 * @typedef {object} Patch
 * @property {RegExp} files which modules it may change: matched against paths such as "runtime/dist/codec/input.js"
 * @property {(text: string, path: string) => string} change gives the module otherwise, or as it is
 */

const PACKAGES = { runtime: "@diamgen/runtime", generated: "@diamgen/sdk" };
/** The module that calls what is built; the same for all variants. */
const OURS = "test/bench/codec/ours.mjs";

/**
 * Writes a variant to a folder and gives the path of its `ours.mjs`. A patch that changes nothing is an error: the code is no longer as it thinks.
 * @param {string} folder
 * @param {Patch[]} patches
 * @param {string} source the folder of a repository in which everything is built
 */
export async function makeVariant(folder, patches = [], source = repositoryPath("")) {
  await mkdir(join(folder, "node_modules", "@diamgen"), { recursive: true });
  const unused = new Set(patches);
  for (const [name, npmName] of Object.entries(PACKAGES)) {
    await symlink(join("..", "..", name), join(folder, "node_modules", npmName));
    await mkdir(join(folder, name));
    await cp(join(source, name, "package.json"), join(folder, name, "package.json"));
    for (const entry of await readdir(join(source, name, "dist"), { recursive: true })) {
      if (!entry.endsWith(".js")) continue;
      const path = join(name, "dist", entry);
      let text = await readFile(join(source, path), "utf8");
      for (const patch of patches) {
        if (!patch.files.test(path)) continue;
        const changed = patch.change(text, path);
        if (changed !== text) unused.delete(patch);
        text = changed;
      }
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  }
  if (unused.size > 0) throw new BenchError(`nothing to change in ${[...unused].map(({ files }) => files).join(", ")}`);
  await mkdir(join(folder, OURS, ".."), { recursive: true });
  await cp(repositoryPath(OURS), join(folder, OURS));
  return join(folder, OURS);
}
