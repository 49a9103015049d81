/** A text of YAML as it may be shown: diagnostics quote lines of it, and go to logs. */
import { type Document, isPair, isScalar, type Pair, visit } from "yaml";

/** Names of settings that hold a secret, whatever object they are in; `key` is one in `challenge`, elsewhere it is a path. */
const SECRETS: ReadonlySet<unknown> = new Set(["password", "token", "previousKeys", "key"]);

/** What stands behind such a name in a line, where nobody can tell any more what belongs to what. */
const BEHIND_NAME = /(?<![\w-])(?:password|token|previousKeys|key)["']?\s*:\s*(?!\s|!file)(.+)$/dgm;

/** The text with asterisks in place of each secret, as long as it is: columns stay. What `!file` names is a path. */
export function masked(text: string, document: Document.Parsed): string {
  const characters = [...text.split("")];
  const mask = (start: number, end: number) => {
    for (let index = start; index < end; index++) if (!/\s/.test(characters[index] ?? " ")) characters[index] = "*";
  };
  visit(document, {
    Pair(_, pair, ancestors) {
      if (!isSecret(pair, ancestors)) return;
      visit(pair.value as never, {
        Scalar(_key, { tag, range }) {
          if (tag !== "!file" && range != null) mask(range[0], range[1]);
        },
      });
    },
  });
  if (document.errors.some(({ code }) => code !== "TAG_RESOLVE_FAILED"))
    for (const { indices } of text.matchAll(BEHIND_NAME)) mask(...(indices?.[1] ?? [0, 0]));
  return characters.join("");
}

function isSecret(pair: Pair, ancestors: readonly unknown[]): boolean {
  const name = nameOf(pair);
  return SECRETS.has(name) && (name !== "key" || ancestors.some((one) => isPair(one) && nameOf(one) === "challenge"));
}

function nameOf({ key }: Pair): unknown {
  return isScalar(key) ? key.value : key;
}
