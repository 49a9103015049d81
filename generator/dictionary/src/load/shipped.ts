import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the dictionaries that come with diamgen: in this package, or a folder of the repository's root in a checkout. */
export function shippedFolder(): string {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const folder = ["dictionaries", "../../dictionaries"]
    .map((relative) => path.resolve(root, relative))
    .find((candidate) => existsSync(candidate));
  if (folder === undefined) throw new Error(`no dictionaries at ${root}`);
  return folder;
}
