/** Lines and words of a text, each with its place. */
import type { SourceLocation } from "../../model/document.js";
import type { SourceText } from "../../source.js";

export interface Word {
  readonly text: string;
  readonly at: SourceLocation;
}

/** A line without the white space around it; never empty, never a comment. */
export interface Line {
  readonly text: string;
  readonly at: SourceLocation;
  /** Lines that end a block, as OpenSIPS has it: empty ones. */
  readonly afterBlank: boolean;
  words(): readonly Word[];
  /** What follows the first `count` words, inner white space kept. */
  rest(count: number): Word | undefined;
}

/** All lines that say something. `#` begins a comment at the start of a line only. */
export function linesOf(source: SourceText): readonly Line[] {
  const lines: Line[] = [];
  let afterBlank = false;
  for (const { 0: full, index } of source.text.matchAll(/[^\n]+|\n(?=\n)/g)) {
    const text = full.trim();
    if (text === "") afterBlank = true;
    else if (!text.startsWith("#")) {
      lines.push(line(source, text, index + full.indexOf(text), afterBlank));
      afterBlank = false;
    }
  }
  return lines;
}

function line(source: SourceText, text: string, offset: number, afterBlank: boolean): Line {
  const words = (): Word[] =>
    Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ text: word, at: source.at(offset + index) }));
  return {
    text,
    at: source.at(offset),
    afterBlank,
    words,
    rest: (count) => {
      const match = new RegExp(`^(?:\\S+\\s+){${count}}`).exec(text);
      if (match === null) return undefined;
      return { text: text.slice(match[0].length), at: source.at(offset + match[0].length) };
    },
  };
}
