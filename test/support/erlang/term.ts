/** Values as Erlang terms, in the text that `io:read` takes. */

/** An atom: `atom("MAR")` is 'MAR'. */
export interface Atom {
  readonly atom: string;
}

/** Strings and octets are binaries, arrays are lists, `tuple` makes tuples, the keys of objects are atoms. */
export type Term =
  | number
  | bigint
  | string
  | Uint8Array
  | Atom
  | { readonly tuple: readonly Term[] }
  | readonly Term[]
  | { readonly [key: string]: Term };

export function atom(name: string): Atom {
  return { atom: name };
}

export function tuple(...items: readonly Term[]): { readonly tuple: readonly Term[] } {
  return { tuple: items };
}

export function termText(term: Term): string {
  if (typeof term === "number" || typeof term === "bigint") return String(term);
  if (typeof term === "string") return termText(Buffer.from(term));
  if (term instanceof Uint8Array) return `<<${[...term].join(",")}>>`;
  if (Array.isArray(term)) return `[${term.map(termText).join(",")}]`;
  if (isAtom(term)) return quoted(term.atom);
  if (isTuple(term)) return `{${term.tuple.map(termText).join(",")}}`;
  const entries = Object.entries(term as { readonly [key: string]: Term });
  return `#{${entries.map(([key, value]) => `${quoted(key)} => ${termText(value)}`).join(",")}}`;
}

function isAtom(term: object): term is Atom {
  return "atom" in term;
}

function isTuple(term: object): term is { readonly tuple: readonly Term[] } {
  return "tuple" in term;
}

function quoted(name: string): string {
  return `'${name.replace(/[\\']/g, "\\$&")}'`;
}
