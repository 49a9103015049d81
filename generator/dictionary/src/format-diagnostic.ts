/** A diagnostic as text for people: place, message, the line it is about with a caret, what to do, and the other places. */
import type { Diagnostic, Severity } from "./model/diagnostic.js";
import type { SourceLocation } from "./model/document.js";

export interface FormatOptions {
  /** ANSI colours. */
  readonly color?: boolean | undefined;
}

const COLORS: Readonly<Record<Severity, number>> = { error: 31, warning: 33, info: 36 };
/** Of a code frame; an attribute may have 64 KiB. */
const FRAME_WIDTH = 120;

/** `text` is that of the file of the diagnostic; without it there is no code frame. Lines end with a newline only between them. */
export function formatDiagnostic(
  diagnostic: Diagnostic<string>,
  text?: string,
  { color = false }: FormatOptions = {},
): string {
  const { severity, code, message, hint, at, related = [] } = diagnostic;
  const paint = (ansi: number, part: string) => (color ? `\u001b[${ansi}m${part}\u001b[0m` : part);
  const lines = [`${place(at)} ${paint(COLORS[severity], severity)} ${code}: ${printable(message)}`];
  lines.push(...(text === undefined ? [] : frame(at, text, (part) => paint(COLORS[severity], part))));
  if (hint !== undefined) lines.push(`  ${paint(1, "hint:")} ${printable(hint)}`);
  for (const other of related) lines.push(`  ${place(other.at)} ${printable(other.message)}`);
  return lines.join("\n");
}

function place({ file, line, column }: SourceLocation): string {
  return `${printable(file)}:${line}:${column}`;
}

function frame({ line, column }: SourceLocation, text: string, paint: (part: string) => string): string[] {
  const content = lineAt(text, line);
  if (content === undefined) return [];
  // A window around the column where the line is long.
  const from = column <= FRAME_WIDTH - 20 ? 0 : column - FRAME_WIDTH / 2;
  const shown = content.slice(from, from + FRAME_WIDTH);
  const before = printable(shown.slice(0, Math.max(0, column - 1 - from)));
  const number = String(line);
  const gutter = " ".repeat(number.length);
  const left = from > 0 ? "..." : "";
  const right = from + FRAME_WIDTH < content.length ? "..." : "";
  return [
    `  ${number} | ${left}${printable(shown)}${right}`,
    `  ${gutter} | ${" ".repeat(left.length + before.length)}${paint("^")}`,
  ];
}

function lineAt(text: string, line: number): string | undefined {
  let from = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let number = 1; number < line; number++) {
    const newline = text.indexOf("\n", from);
    if (newline === -1) return undefined;
    from = newline + 1;
  }
  const end = text.indexOf("\n", from);
  return text.slice(from, end === -1 ? text.length : end).replace(/\r$/, "");
}

/** Text of a dictionary must not move the cursor, change colours, or turn the direction of writing. A tab is one space. */
function printable(text: string): string {
  return text
    .replace(/\t/g, " ")
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
