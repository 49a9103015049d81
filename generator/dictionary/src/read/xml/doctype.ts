/**
 * The DOCTYPE is read here and blanked out before the XML parser sees the text. Its external DTD name is accepted, as every freeDiameter
 * dictionary has one, and never fetched. What entities it declares is the affair of the one format that has them: see ../wireshark-xml.
 */

export interface Doctype {
  /** Offset of `<!DOCTYPE`. */
  readonly start: number;
  /** Offset behind the closing `>`; that of the end of the text where it is missing. */
  readonly end: number;
  /** Offset behind the `[` of the internal subset. */
  readonly subset?: number | undefined;
  /** Offset of the first entity declaration in the internal subset. */
  readonly entity?: number | undefined;
  /** A fragment of the dictionary is pulled in by `<!ENTITY name SYSTEM "file">`: Wireshark does so. */
  readonly externalEntities: boolean;
}

const MARKUP = /<!--|<\?|<!ENTITY\b|["'[\]>]/gi;

/** The DOCTYPE of the text, if it has one before its root element. */
export function findDoctype(text: string): Doctype | undefined {
  let index = 0;
  for (;;) {
    index = text.indexOf("<", index);
    if (index === -1) return undefined;
    if (text.startsWith("<!--", index)) index = behind(text, "-->", index + 4);
    else if (text.startsWith("<?", index)) index = behind(text, "?>", index + 2);
    else break;
  }
  return /^<!DOCTYPE/i.test(text.slice(index, index + 9)) ? readDoctype(text, index) : undefined;
}

/** The text with parts of it replaced by spaces, so that every offset, line and column stays. `parts` in the order of the text. */
export function blank(text: string, parts: readonly { readonly start: number; readonly end: number }[]): string {
  const pieces: string[] = [];
  let from = 0;
  for (const { start, end } of parts) {
    pieces.push(text.slice(from, start), text.slice(start, end).replace(/[^\n]/g, " "));
    from = end;
  }
  return pieces.join("") + text.slice(from);
}

function readDoctype(text: string, start: number): Doctype {
  let entity: number | undefined;
  let subset: number | undefined;
  let inside = false;
  MARKUP.lastIndex = start + 9;
  for (let match = MARKUP.exec(text); match !== null; match = MARKUP.exec(text)) {
    const mark = match[0];
    if (mark === "<!--") MARKUP.lastIndex = behind(text, "-->", match.index + 4);
    else if (mark === "<?") MARKUP.lastIndex = behind(text, "?>", match.index + 2);
    else if (mark === '"' || mark === "'") MARKUP.lastIndex = behind(text, mark, match.index + 1);
    else if (mark === "[") {
      inside = true;
      subset ??= match.index + 1;
    } else if (mark === "]") inside = false;
    else if (mark === ">") {
      if (!inside) return finish(match.index + 1);
    } else entity ??= match.index;
  }
  return finish(text.length);

  function finish(end: number): Doctype {
    const externalEntities =
      entity !== undefined && /<!ENTITY\s+(?:%\s+)?[^\s%"']+\s+SYSTEM\b/i.test(text.slice(entity, end));
    return { start, end, subset, entity, externalEntities };
  }
}

function behind(text: string, end: string, from: number): number {
  const index = text.indexOf(end, from);
  return index === -1 ? text.length : index + end.length;
}
