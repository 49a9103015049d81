/** From the names of dictionaries to identifiers of TypeScript, and from their text to literals and comments. */

/** Words of a name: "SIP-Auth-Data-Item" has four. What is neither letter nor digit separates; accents come off. */
function words(name: string): string[] {
  return name
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
}

/** 3GPP and 3GPP2 would begin with a digit. */
function spelled(name: string): string[] {
  return words(name).map((word) => word.replace(/^3GPP/i, "Tgpp"));
}

/** "SIP" -> "Sip", "method" -> "Method"; mixed case stays as it is: "QoP", "IPv6", "CNonce". */
function capitalised(word: string): string {
  const rest = word.slice(1);
  return word.charAt(0).toUpperCase() + (/[a-z]/.test(word) ? rest : rest.toLowerCase());
}

function startsWell(identifier: string): string {
  return /^[A-Za-z]/.test(identifier) ? identifier : `_${identifier}`;
}

/** "SIP-AOR" -> "SipAor": classes, types, AVP definitions. */
export function pascalCase(name: string): string {
  return startsWell(spelled(name).map(capitalised).join(""));
}

/** "SIP-AOR" -> "sipAor": properties, commands. */
export function camelCase(name: string): string {
  const [first = "", ...rest] = spelled(name);
  const head = /^[A-Z0-9]+$/.test(first) ? first.toLowerCase() : first.charAt(0).toLowerCase() + first.slice(1);
  return startsWell(head + rest.map(capitalised).join(""));
}

/** "No State Maintained" -> "NO_STATE_MAINTAINED": values of enumerations. */
export function constantCase(name: string): string {
  return startsWell(words(name).join("_").toUpperCase());
}

/** "SIP Application" -> "sip-application": folders. */
export function kebabCase(name: string): string {
  return words(name).join("-").toLowerCase() || "unnamed";
}

/** Identifiers of one scope: each is given once. */
export class Scope {
  readonly #taken: Set<string>;

  constructor(reserved: ReadonlySet<string> = new Set()) {
    this.#taken = new Set(reserved);
  }

  /**
   * The wanted identifier, or where that is taken or reserved the first of it and one of `suffixes` that is not, or else with a number. `family`
   * are identifiers that go with it, and must be free as well.
   */
  claim(wanted: string, suffixes: readonly string[] = [], family: (name: string) => readonly string[] = alone): string {
    const candidate =
      ["", ...suffixes].map((suffix) => wanted + suffix).find((name) => this.#free(family(name))) ??
      this.#numbered(wanted, family);
    for (const name of family(candidate)) this.#taken.add(name);
    return candidate;
  }

  /** Claims all of them if all are free. */
  claimAll(names: readonly string[]): boolean {
    const free = this.#free(names);
    if (free) for (const name of names) this.#taken.add(name);
    return free;
  }

  #numbered(wanted: string, family: (name: string) => readonly string[]): string {
    for (let n = 2; ; n++) if (this.#free(family(wanted + n))) return wanted + n;
  }

  #free(names: readonly string[]): boolean {
    return names.every((name) => !this.#taken.has(name));
  }
}

function alone(name: string): readonly string[] {
  return [name];
}

/** Control characters, separators of lines, and what turns the direction of writing: none of them shows, all of them deceive. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** Text as a string literal: dictionary text never becomes code. */
export function literal(text: string): string {
  return JSON.stringify(text).replace(INVISIBLE, (c) =>
    [...Array(c.length).keys()].map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
  );
}

/** Text inside a comment: on one line, unable to end it, and without tags that tools would take for instructions. */
export function comment(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .trim()
    .replace(INVISIBLE, (c) => `U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`)
    .replaceAll("*/", "*\\/")
    .replace(/(^|[\s{])@/g, "$1\\@");
}
