/**
 * The clauses of an RFC, read from its plain text: one for each sentence with a word of RFC 2119 that obliges or advises.
 *
 * The text is set in pages with running heads; sentences run across lines and pages, and the words also stand in figures and tables. A clause's
 * id is document, section and ordinal in that section. Its hash is that of its words, so that a judgement cannot come to stand beside another sentence.
 */
import { createHash } from "node:crypto";

export interface Clause {
  /** Such as `6733-5.3-4`: the fourth clause of section 5.3 of RFC 6733. */
  readonly id: string;
  readonly section: string;
  /** The heading of that section. */
  readonly heading: string;
  /** Its words of RFC 2119, in their order. */
  readonly keywords: readonly string[];
  /** A few words about the first keyword, by which the sentence is found in the RFC. */
  readonly locator: string;
  /** Eight hexadecimal digits of the SHA-256 of the sentence, spaces made one. */
  readonly hash: string;
  /** The whole sentence. It is for messages at the terminal; nothing that is committed holds it. */
  readonly sentence: string;
}

export const KEYWORDS = /\b(?:MUST|SHALL|SHOULD)(?: NOT)?\b|\b(?:NOT )?RECOMMENDED\b|\bREQUIRED\b/g;

const HEADING = /^(\d+(?:\.\d+)*)\.\s+(\S.*)$/;

/** `6.  text`, `o  text`, `a. text`, `(a) text`: a point of a list begins even where no empty line stands before it. */
const POINT = /^\s+(?:\d+\.|[a-z]\.|o|\*|-|\(\w\))\s+/;

/** Frames of pictures, rows of tables, and the grammar of commands, where a word may be the heading of a column. */
export const FIGURE = /\||\+[-+]|::=|^\s*(?:<|\{|\*?\s*\[).*[\]}>]\s*$/;

/** Where a remark of the grammar in ABNF begins. */
const REMARK = /(?:^|\s)\s*;\s/;

/** Words with a full stop that does not end the sentence. */
const ABBREVIATION = /(?:\b(?:e\.g|i\.e|etc|vs|al|cf|Sec)|\b[A-Z])\.$/;

const WORDS_ABOUT_KEYWORD = 5;

interface Block {
  readonly section: string;
  readonly heading: string;
  readonly text: string;
}

/** The clauses of the sections wanted, in the order of the text. `wanted` is the beginning of a section's number, such as `3.` or `3`. */
export function clausesOf(rfc: string, text: string, wanted: readonly string[]): Clause[] {
  const ordinals = new Map<string, number>();
  const clauses: Clause[] = [];
  for (const { section, heading, text: paragraph } of blocksOf(text)) {
    if (!wanted.some((root) => section === root || section.startsWith(`${root}.`))) continue;
    for (const sentence of sentencesOf(paragraph)) {
      const found = [...sentence.matchAll(KEYWORDS)];
      if (found.length === 0) continue;
      const ordinal = (ordinals.get(section) ?? 0) + 1;
      ordinals.set(section, ordinal);
      clauses.push({
        id: `${rfc}-${section}-${ordinal}`,
        section,
        heading,
        keywords: found.map(([word]) => word),
        locator: locatorOf(sentence, found[0]?.index ?? 0),
        hash: createHash("sha256").update(sentence).digest("hex").slice(0, 8),
        sentence,
      });
    }
  }
  return clauses;
}

/** The text without running heads; a paragraph that goes on after the page is one paragraph. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (const page of text.split("\f")) {
    const body = page.split("\n").filter((line) => !/^RFC \d+ .* \d{4}$|\[Page \d+\]$/.test(line.trimEnd()));
    while (body[0]?.trim() === "") body.shift();
    while (body.at(-1)?.trim() === "") body.pop();
    const ends = /[.:?]["')]*$/.test(lines.at(-1)?.trimEnd() ?? ".");
    if (ends || body[0] === undefined || HEADING.test(body[0]) || POINT.test(body[0])) lines.push("");
    lines.push(...body);
  }
  return lines;
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let section = "";
  let heading = "";
  let paragraph: string[] = [];
  const end = (): void => {
    if (paragraph.length > 0) blocks.push({ section, heading, text: joined(paragraph) });
    paragraph = [];
  };
  for (const line of linesOf(text)) {
    const numbered = HEADING.exec(line);
    if (numbered !== null) {
      end();
      [, section = "", heading = ""] = numbered;
    } else if (line.trim() === "" || FIGURE.test(line)) end();
    else {
      if (POINT.test(line)) end();
      paragraph.push(line.replace(POINT, "").replace(REMARK, " ").trim());
    }
  }
  end();
  return blocks;
}

/** Lines made one; a word that is broken at its hyphen is whole again. */
function joined(lines: readonly string[]): string {
  return lines
    .join("\n")
    .replace(/(?<=\w-)\n/g, "")
    .replace(/\s+/g, " ");
}

function sentencesOf(paragraph: string): string[] {
  const sentences: string[] = [];
  let begin = 0;
  for (const stop of paragraph.matchAll(/[.?!]["')\]]*(?=\s+["'(]?[A-Z0-9])/g)) {
    const end = stop.index + stop[0].length;
    if (ABBREVIATION.test(paragraph.slice(begin, stop.index + 1))) continue;
    sentences.push(paragraph.slice(begin, end));
    begin = end;
  }
  sentences.push(paragraph.slice(begin));
  return sentences.map((sentence) => sentence.trim());
}

function locatorOf(sentence: string, keyword: number): string {
  const before = sentence.slice(0, keyword).split(" ").filter(Boolean);
  const after = sentence.slice(keyword).split(" ").filter(Boolean);
  const from = before.slice(-WORDS_ABOUT_KEYWORD);
  const to = after.slice(0, WORDS_ABOUT_KEYWORD + 1);
  const start = from.length < before.length ? "... " : "";
  const rest = to.length < after.length ? " ..." : "";
  return `${start}${[...from, ...to].join(" ")}${rest}`;
}
