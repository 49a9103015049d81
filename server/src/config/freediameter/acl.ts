/**
 * The file of acl_wl.fdx: who may connect. ALLOW_IPSEC lets the names behind it in without TLS, ALLOW_OLD_TLS with TLS in band, both to
 * the end of the line; a name without either has to come with TLS from the first octet.
 */
import { ConfigError, type Place, problem } from "../diagnostics.js";

export interface AclEntry {
  readonly pattern: string;
  readonly at: Place;
  readonly ipsec: boolean;
  readonly oldTls: boolean;
}

const LABEL = "[A-Za-z0-9][A-Za-z0-9-]*";
const NAME = new RegExp(`(?:\\*|${LABEL})(?:\\.${LABEL})+|\\*`, "y");
const FLAG = /ALLOW_IPSEC|ALLOW_OLD_TLS/y;
const SKIPPED = /[ \t\r\v\f]+|#[^\n]*(?=\n)/y;

/** @throws {ConfigError} what acl_wl does not read */
export function parseAcl(file: string, text: string): AclEntry[] {
  const entries: AclEntry[] = [];
  const lines = text.split("\n");
  lines.forEach((content, index) => {
    // The last line has no line break, which a comment needs.
    const line = index < lines.length - 1 ? `${content}\n` : content;
    let ipsec = false;
    let oldTls = false;
    for (let position = 0; position < content.length; ) {
      const take = (pattern: RegExp): string | undefined => {
        pattern.lastIndex = position;
        return pattern.exec(line)?.[0];
      };
      const at: Place = { file, line: index + 1, column: position + 1 };
      const skipped = take(SKIPPED);
      const flag = skipped ?? take(FLAG);
      const name = flag ?? take(NAME);
      if (name === undefined) {
        const hint =
          content[position] === "#"
            ? "A comment needs a line break at its end."
            : "There are ALLOW_IPSEC, ALLOW_OLD_TLS, names with at least one dot, *.example.net and *.";
        const what = JSON.stringify(content.slice(position).split(/\s/)[0]);
        throw new ConfigError([problem("CF2006", at, `acl_wl does not know ${what}`, hint)], new Map([[file, text]]));
      }
      if (skipped === undefined) {
        if (flag === undefined) entries.push({ pattern: name, at, ipsec, oldTls });
        else if (flag === "ALLOW_IPSEC") ipsec = true;
        else oldTls = true;
      }
      position += name.length;
    }
  });
  return entries;
}

/** Without those that a `*` covers: acl_wl looks at that one first, so its flags count. */
export function withoutCovered(entries: readonly AclEntry[]): {
  readonly counting: readonly AclEntry[];
  readonly covered: readonly AclEntry[];
} {
  const covers = ({ pattern }: AclEntry, other: AclEntry): boolean => {
    if (pattern === other.pattern || !pattern.startsWith("*")) return false;
    return other.pattern.toLowerCase().endsWith(pattern.slice(1).toLowerCase());
  };
  const isCovered = (entry: AclEntry) => entries.some((other) => covers(other, entry));
  return { counting: entries.filter((entry) => !isCovered(entry)), covered: entries.filter(isCovered) };
}
