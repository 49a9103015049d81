/** Finds references to entities between elements: `&TGPP;`. In comments, tags, instructions and CDATA there are none. */

export interface Reference {
  readonly name: string;
  /** Offset of the `&`, and behind the `;`. */
  readonly start: number;
  readonly end: number;
  /** Elements that it stands in. */
  readonly depth: number;
}

const MARK = /<!--|<!\[CDATA\[|<\?|<\/|<|&([A-Za-z_:][\w:.-]*);/g;
const PREDEFINED = new Set(["lt", "gt", "amp", "quot", "apos"]);

/** `text` without its DOCTYPE. Of text that is not well-formed anything may come: the parser refuses it afterwards. */
export function findReferences(text: string): readonly Reference[] {
  const references: Reference[] = [];
  let depth = 0;
  const mark = new RegExp(MARK);
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    const [found, name] = match;
    const start = match.index;
    if (name !== undefined) {
      if (!PREDEFINED.has(name)) references.push({ name, start, end: start + found.length, depth });
    } else if (found === "<!--") mark.lastIndex = behind(text, "-->", start + 4);
    else if (found === "<?") mark.lastIndex = behind(text, "?>", start + 2);
    else if (found === "<![CDATA[") mark.lastIndex = behind(text, "]]>", start + 9);
    else if (found === "</") depth--;
    else {
      const end = endOfTag(text, start);
      if (text[end - 2] !== "/") depth++;
      mark.lastIndex = end;
    }
  }
  return references;
}

/** Offset of the first tag. */
export function firstElement(text: string): number {
  let index = text.indexOf("<");
  while (index !== -1) {
    if (text.startsWith("<!--", index)) index = behind(text, "-->", index + 4);
    else if (text.startsWith("<?", index)) index = behind(text, "?>", index + 2);
    else return index;
    index = text.indexOf("<", index);
  }
  return text.length;
}

/** Behind the `>` of a tag or declaration, which does not count in quotes. */
export function endOfTag(text: string, from: number): number {
  const mark = /[>"']/g;
  mark.lastIndex = from;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    if (match[0] === ">") return match.index + 1;
    mark.lastIndex = behind(text, match[0], match.index + 1);
  }
  return text.length;
}

/** Behind the next `end`, or the end of the text. */
export function behind(text: string, end: string, from: number): number {
  const index = text.indexOf(end, from);
  return index === -1 ? text.length : index + end.length;
}
