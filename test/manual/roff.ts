/** Text to the macros of man(7), which mandoc and groff both read. */

/** A line, of text or of a macro, that needs no further treatment. */
export type Roff = readonly string[];

const WIDTH = 78;

/** Characters that roff takes for something else, or sets as another one: what is copied from a page has to be what was written. */
const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
};

/** @throws {Error} where a character is not of ASCII: what a terminal makes of it is not known */
export function escaped(text: string): string {
  const odd = /[^\n\x20-\x7e]/.exec(text);
  if (odd !== null) throw new Error(`not of ASCII: ${JSON.stringify(odd[0])} in ${JSON.stringify(text)}`);
  return text.replace(/[\\\-'`^~"]/g, (character) => SPECIAL[character] ?? character);
}

/** `code` and **strong** become bold, *words* and <placeholders> italic, [text](link) is its text. */
export function inline(markdown: string): string {
  return markdown
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .split(/(`[^`]+`|\*\*[^*]+\*\*|(?<![\w*])\*[\w -]+\*(?!\w)|<[a-z/][\w@|.:/-]*>)/)
    .map((part, index) => {
      if (index % 2 === 0) return escaped(part);
      if (part.startsWith("`")) return `\\fB${escaped(part.slice(1, -1))}\\fR`;
      if (part.startsWith("**")) return `\\fB${escaped(part.slice(2, -2))}\\fR`;
      return `\\fI${escaped(part.slice(1, -1))}\\fR`;
    })
    .join("");
}

/** Lines of text: each sentence begins one, as man(7) wants it, and none is a request by accident. */
export function text(markdown: string): Roff {
  const sentences = inline(markdown.replace(/\s+/g, " ").trim()).split(/(?<=[.?!](?:\\fR)?\)?) (?=[A-Z\\(])/);
  return sentences.flatMap(wrapped).map((line) => (/^[.']/.test(line) ? `\\&${line}` : line));
}

function wrapped(sentence: string): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @param title in capitals, as man pages have it */
export const section = (title: string, ...content: readonly Roff[]): Roff => [`.SH ${title}`, ...first(content.flat())];

export const subsection = (title: string, ...content: readonly Roff[]): Roff => [
  `.SS ${inline(title)}`,
  ...first(content.flat()),
];

/** What comes first below a title needs no distance. */
const first = (content: Roff): Roff => (content[0] === ".PP" ? content.slice(1) : content);

export const paragraph = (markdown: string): Roff => [".PP", ...text(markdown)];

/** What is described, and its description below. */
export const item = (term: string, ...content: readonly Roff[]): Roff => [".TP", inline(term), ...content.flat()];

/** Lines as they are, for examples. */
export function verbatim(lines: string): Roff {
  const kept = escaped(lines.replace(/\n+$/, ""))
    .split("\n")
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line));
  return [".PP", ".in +4n", ".nf", ...kept, ".fi", ".in"];
}
