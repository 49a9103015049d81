/** Paths by a pattern, as glob(3) of C has it without any of its GNU additions: `*`, `?`, `[...]`, `\`; sorted by octets. */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

const MAGIC = /[*?[]/;

/** Empty where nothing matches. @throws a folder that cannot be read */
export function glob(pattern: string): string[] {
  const root = pattern.startsWith("/") ? "/" : "";
  let found = [root];
  const parts = pattern.split("/").filter((part) => part !== "");
  for (const part of parts) found = found.flatMap((folder) => step(folder, part));
  return found
    .filter((name) => name !== root && existsSync(name))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function step(folder: string, part: string): string[] {
  if (!MAGIC.test(part)) return [path.join(folder, part.replace(/\\(.)/g, "$1"))];
  const matches = matcher(part);
  let names: string[];
  try {
    names = readdirSync(folder === "" ? "." : folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
  return names.filter((name) => matches.test(name)).map((name) => path.join(folder, name));
}

/** A leading dot has to be written. */
function matcher(part: string): RegExp {
  let source = /^[*?[]/.test(part) ? "(?!\\.)" : "";
  for (let at = 0; at < part.length; at++) {
    const char = part[at]!;
    const bracket = char === "[" ? /^\[([!^]?)(\]?[^\]]*)\]/.exec(part.slice(at)) : null;
    if (char === "*") source += ".*";
    else if (char === "?") source += ".";
    else if (bracket !== null) {
      const [all, not, members] = bracket as unknown as [string, string, string];
      source += `[${not === "" ? "" : "^"}${members.replace(/[\\\]^]/g, "\\$&")}]`;
      at += all.length - 1;
    } else source += (char === "\\" ? part[++at]! : char).replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  }
  return new RegExp(`^${source}$`, "su");
}
