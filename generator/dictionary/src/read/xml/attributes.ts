/**
 * Attributes of one start tag, with positions. fast-xml-parser tells where an element begins, but not where its attributes stand,
 * so the tag is scanned again. It is known to be well-formed here: the validator has seen it.
 */
import { type DiagnosticBag, quote } from "../../diagnostics.js";
import type { SourceText } from "../../source.js";
import { XML_LIMITS } from "./limits.js";

export interface XmlAttribute {
  /** Lower case, as freeDiameter compares them. */
  readonly name: string;
  readonly value: string;
  /** Where the name begins. */
  readonly offset: number;
  /** Where the value begins, behind the quote. */
  readonly valueOffset: number;
}

export interface StartTag {
  /** Lower case. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
}

const TAG_NAME = /[^\s/>]*/y;
const ATTRIBUTE = /\s*([^\s=/>]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const REFERENCE = /&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[^\s;&]{1,64})?(;)?/gi;
const PREDEFINED = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** `offset` is that of the `<`. */
export function readStartTag(source: SourceText, offset: number, diagnostics: DiagnosticBag): StartTag {
  const { text } = source;
  TAG_NAME.lastIndex = offset + 1;
  const name = TAG_NAME.exec(text)?.[0] ?? "";
  const attributes = new Map<string, XmlAttribute>();
  ATTRIBUTE.lastIndex = offset + 1 + name.length;
  for (let match = ATTRIBUTE.exec(text); match !== null; match = ATTRIBUTE.exec(text)) {
    const [whole, attributeName = "", doubleQuoted, singleQuoted = ""] = match;
    const raw = doubleQuoted ?? singleQuoted;
    const valueOffset = match.index + whole.length - 1 - raw.length;
    const key = attributeName.toLowerCase();
    const value = readValue(source, raw, attributeName, valueOffset, diagnostics);
    if (value !== undefined && !attributes.has(key)) {
      const nameOffset = match.index + whole.indexOf(attributeName);
      attributes.set(key, { name: key, value, offset: nameOffset, valueOffset });
    }
  }
  return { name: name.toLowerCase(), attributes };
}

function readValue(
  source: SourceText,
  raw: string,
  name: string,
  offset: number,
  diagnostics: DiagnosticBag,
): string | undefined {
  if (raw.length > XML_LIMITS.attributeLength) {
    diagnostics.add(
      "DG1002",
      source.at(offset),
      `attribute ${quote(name)} has ${raw.length} characters; ${XML_LIMITS.attributeLength} are read at most`,
    );
    return undefined;
  }
  const less = raw.indexOf("<");
  if (less !== -1) {
    diagnostics.add("DG1001", source.at(offset + less), "character < in the value of an attribute", {
      hint: "Write &lt; or close the quote before it.",
    });
    return undefined;
  }
  // XML 1.0 section 3.3.3: white space in attribute values counts as spaces.
  const spaced = raw.replace(/[\t\r\n]/g, " ");
  if (!spaced.includes("&")) return spaced;
  return spaced.replace(
    REFERENCE,
    (reference: string, entity: string | undefined, end: string | undefined, at: number) => {
      const character = end === undefined ? undefined : resolve(entity ?? "");
      if (character !== undefined) return character;
      const where = source.at(offset + at);
      if (entity === undefined || end === undefined) {
        diagnostics.add("DG1001", where, "character & that begins no reference", { hint: "Write &amp; for &." });
      } else {
        diagnostics.add("DG1003", where, `entity ${quote(reference)} is not known`, {
          hint: "Only &lt; &gt; &amp; &quot; &apos; and character references are read; write the text itself.",
        });
      }
      return reference;
    },
  );
}

function resolve(entity: string): string | undefined {
  if (!entity.startsWith("#")) return PREDEFINED.get(entity);
  const hex = entity[1] === "x" || entity[1] === "X";
  const point = Number.parseInt(entity.slice(hex ? 2 : 1), hex ? 16 : 10);
  // XML 1.0 section 2.2: what is a character.
  const allowed =
    point === 0x9 ||
    point === 0xa ||
    point === 0xd ||
    (point >= 0x20 && point <= 0xd7ff) ||
    (point >= 0xe000 && point <= 0xfffd) ||
    (point >= 0x10000 && point <= 0x10ffff);
  return allowed ? String.fromCodePoint(point) : undefined;
}
