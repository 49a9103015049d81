/** Numbers, names and types as dictionary.opensips has them. */
import { type DiagnosticBag, quote } from "../../diagnostics.js";
import { didYouMean } from "../../suggest.js";
import type { Word } from "./lines.js";

const MAX_UNSIGNED32 = 0xffffffff;
/** OpenSIPS refuses longer ones. */
const MAX_AVP_NAME = 64;
const MAX_COMMAND_NAME = 128;

/** OpenSIPS looks at the beginning of the word only ("integer32", "floating"), in any case, in this order. */
const TYPES: readonly (readonly [prefix: string, type: string])[] = [
  ["utf8string", "UTF8String"],
  ["string", "UTF8String"],
  ["unsigned64", "Unsigned64"],
  ["unsigned", "Unsigned32"],
  ["integer64", "Integer64"],
  ["integer", "Integer32"],
  ["float64", "Float64"],
  ["float", "Float32"],
  ["grouped", "Grouped"],
  ["ip", "Address"],
  ["hex", "OctetString"],
  ["time", "Time"],
];

export class Values {
  readonly diagnostics: DiagnosticBag;

  constructor(diagnostics: DiagnosticBag) {
    this.diagnostics = diagnostics;
  }

  number({ text, at }: Word, least: number, what: string): number | undefined {
    if (!/^\d{1,20}$/.test(text)) {
      this.diagnostics.add("DG1013", at, `${what} is a decimal number, not ${quote(text)}`);
      return undefined;
    }
    const value = Number(text);
    if (value >= least && value <= MAX_UNSIGNED32) return value;
    this.diagnostics.add("DG1014", at, `${what} is between ${least} and ${MAX_UNSIGNED32}, not ${text.slice(0, 20)}`);
    return undefined;
  }

  /** The type of an ATTRIBUTE; that of a string where it has none. */
  type(word: Word | undefined): string | undefined {
    if (word === undefined) return "UTF8String";
    const wanted = word.text.toLowerCase();
    const found = TYPES.find(([prefix]) => wanted.startsWith(prefix));
    if (found !== undefined) return found[1];
    const names = TYPES.map(([prefix]) => prefix);
    this.diagnostics.add("DG1015", word.at, `${quote(word.text)} is no type of an ATTRIBUTE`, {
      hint: didYouMean(word.text, names) ?? `There are ${names.join(", ")}.`,
    });
    return undefined;
  }

  avpName(word: Word): string | undefined {
    return this.#name(word, MAX_AVP_NAME);
  }

  /** Of commands, applications and vendors. */
  name(word: Word): string | undefined {
    return this.#name(word, MAX_COMMAND_NAME);
  }

  #name({ text, at }: Word, longest: number): string | undefined {
    if (text.length > longest) {
      this.diagnostics.add("DG1016", at, `name of ${text.length} characters; OpenSIPS reads ${longest} at most`);
      return undefined;
    }
    if (!/\p{C}/u.test(text)) return text;
    this.diagnostics.add("DG1016", at, `control or invisible characters in the name ${quote(text)}`);
    return undefined;
  }
}
