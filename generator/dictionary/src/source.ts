import type { SourceLocation } from "./model/document.js";

/** The text of a dictionary file, which turns offsets into lines and columns. A byte order mark is dropped. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | undefined;
  /** Of a part: the whole, and where in it the part begins. */
  #whole: { readonly source: SourceText; readonly offset: number } | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }

  /** A part of the text: its offsets count from its own beginning, its places are those of the file. */
  part(start: number, end: number): SourceText {
    const part = new SourceText(this.file, this.text.slice(start, end));
    part.#whole = { source: this, offset: start };
    return part;
  }

  at(offset: number): SourceLocation {
    if (this.#whole !== undefined) return this.#whole.source.at(this.#whole.offset + offset);
    this.#lineStarts ??= lineStarts(this.text);
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - starts[low]! + 1 };
  }

  /** Offset of a line and column that count from 1. */
  offset(line: number, column: number): number {
    this.#lineStarts ??= lineStarts(this.text);
    return Math.min(this.text.length, (this.#lineStarts[line - 1] ?? this.text.length) + column - 1);
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}
