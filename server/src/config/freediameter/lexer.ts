/**
 * freeDiameter.conf to tokens, files that it includes among them: `include "pattern"` may stand anywhere between two tokens. What
 * freeDiameter's own lexer does is done, where it is surprising too: the longest match wins, so `Portx` is no `Port` and an `x`; numbers go
 * through %i of sscanf, so 010 is 8 and 08 is 0; a comment needs a line break behind it.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { didYouMean } from "@diamgen/dictionary";
import { ConfigError, type Place, problem } from "../diagnostics.js";
import { KEYWORDS } from "./directives.js";
import { glob } from "./glob.js";

export type Token =
  | { readonly kind: "word" | "text" | "sign"; readonly value: string; readonly at: Place }
  | { readonly kind: "number"; readonly value: number; readonly at: Place }
  | { readonly kind: "end"; readonly at: Place };

const MOST_NESTED = 5;
const MOST_OCTETS = 16 * 1024 * 1024;

const SPACE = /[ \t\r\v\f\n]+/y;
const COMMENT = /#[^\n]*(?=\n)/y;
const TEXT = /"([^"\n]*)"/y;
const ALPHANUMERIC = /[A-Za-z0-9]+/y;
const WORD = /[A-Za-z0-9_]+/y;
const SIGN = /[=,:;{}]/y;

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Of all files that were read, for code frames. */
  readonly texts: Map<string, string>;
}

/** @throws {ConfigError} at the first thing that freeDiameter's lexer does not take */
export function lex(file: string, text: string): Lexed {
  const tokens: Token[] = [];
  const texts = new Map<string, string>();
  const end = lexFile(file, text, 0, tokens, texts);
  tokens.push({ kind: "end", at: end });
  return { tokens, texts };
}

/** Gives where the file ends. */
function lexFile(file: string, text: string, depth: number, tokens: Token[], texts: Map<string, string>): Place {
  texts.set(file, text);
  let position = 0;
  let line = 1;
  let lineStart = 0;
  let including = false;
  const here = (): Place => ({ file, line, column: position - lineStart + 1 });
  const fail = (message: string, hint?: string): never => {
    throw new ConfigError([problem("CF2001", here(), message, hint)], texts);
  };
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position;
    return pattern.exec(text) ?? undefined;
  };
  while (position < text.length) {
    const at = here();
    const space = take(SPACE);
    if (space !== undefined) {
      for (let index = position; index < position + space[0].length; index++)
        if (text[index] === "\n") {
          line++;
          lineStart = index + 1;
        }
      position += space[0].length;
      continue;
    }
    const comment = take(COMMENT);
    if (comment !== undefined) {
      position += comment[0].length;
      continue;
    }
    const quoted = take(TEXT);
    if (quoted !== undefined) {
      const value = quoted[1]!;
      if (including) include(value, at, depth, tokens, texts);
      else tokens.push({ kind: "text", value, at });
      including = false;
      position += quoted[0].length;
      continue;
    }
    const sign = take(SIGN);
    if (sign !== undefined) {
      tokens.push({ kind: "sign", value: sign[0], at });
      position++;
      continue;
    }
    const word = including ? undefined : longest(text, position);
    if (word === undefined) {
      if (text[position] === '"') fail("a text ends in the line that it begins in", 'Add " where it ends.');
      if (text[position] === "#") fail("a comment needs a line break at its end", "Add a line break to the file.");
      const wrong = take(WORD)?.[0] ?? text[position]!;
      fail(`freeDiameter does not know ${JSON.stringify(wrong)}`, didYouMean(wrong, KEYWORDS.values()));
    } else if (word === "include") including = true;
    else if (/^\d+$/.test(word)) tokens.push({ kind: "number", value: integer(word), at });
    else tokens.push({ kind: "word", value: word, at });
    position += word!.length;
  }
  return here();
}

/** The keyword or the digits that the longest match is; undefined where it is anything else. */
function longest(text: string, position: number): string | undefined {
  ALPHANUMERIC.lastIndex = position;
  const plain = ALPHANUMERIC.exec(text)?.[0] ?? "";
  WORD.lastIndex = position;
  const whole = WORD.exec(text)?.[0] ?? "";
  for (let length = whole.length; length >= Math.max(1, plain.length); length--) {
    const part = whole.slice(0, length);
    const known = KEYWORDS.get(part.toLowerCase());
    if (known !== undefined) return known;
    if (part === "include") return part;
  }
  return /^\d+$/.test(plain) ? plain : undefined;
}

/** %i of sscanf into an int: a leading 0 is octal and ends at the first digit that is none; what is too large is cut as C does it. */
export function integer(digits: string): number {
  const value = digits.startsWith("0") ? BigInt(`0o${/^[0-7]+/.exec(digits)![0]}`) : BigInt(digits);
  const largest = 2n ** 63n - 1n;
  return Number(BigInt.asIntN(32, value > largest ? largest : value));
}

function include(pattern: string, at: Place, depth: number, tokens: Token[], texts: Map<string, string>): void {
  const fail = (message: string, hint?: string): never => {
    throw new ConfigError([problem("CF2003", at, message, hint)], texts);
  };
  if (depth >= MOST_NESTED) fail(`includes are ${MOST_NESTED} deep at most`);
  let files: string[] = [];
  try {
    files = glob(pattern);
  } catch (error) {
    fail(`cannot be included: ${(error as Error).message}`);
  }
  for (const name of files) {
    let text = "";
    try {
      text = readFileSync(name, "utf8");
    } catch (error) {
      fail(`${path.resolve(name)} cannot be included: ${(error as Error).message}`);
    }
    if (text.length > MOST_OCTETS) fail(`${name} is too large`);
    lexFile(path.resolve(name), text, depth + 1, tokens, texts);
  }
}
