/**
 * A dictionary with its fragments, as one list of elements: what stands in `<dictionary>`, with the content of each entity in the place
 * of the reference. Every fragment is parsed by itself, so that places are those of its own file; it may have any number of elements.
 */
import { type DiagnosticBag, quote } from "../../diagnostics.js";
import type { SourceText } from "../../source.js";
import { didYouMean } from "../../suggest.js";
import type { Siblings } from "../siblings.js";
import { blank, findDoctype } from "../xml/doctype.js";
import { Fields } from "../xml/fields.js";
import { parseFragment, type XmlElement } from "../xml/xml.js";
import { Entities, type Entity } from "./entities.js";
import { findReferences, firstElement } from "./references.js";

/** An element with what reads its attributes: places in it are those of its own file. */
export interface Item {
  readonly element: XmlElement;
  readonly fields: Fields;
}

/** A text whose references are resolved, but that is not parsed yet. */
interface Piece {
  readonly source: SourceText;
  readonly text: string;
  readonly inserts: readonly { readonly offset: number; readonly piece: Piece }[];
}

export interface Fragments {
  /** The `<dictionary>`, without what entities bring; a fragment that is read by itself has none. */
  readonly root?: Item | undefined;
  readonly items: readonly Item[];
}

/** Undefined where a part is missing or is not well-formed: half a dictionary is none. */
export function readFragments(
  source: SourceText,
  diagnostics: DiagnosticBag,
  siblings: Siblings,
): Fragments | undefined {
  const entities = new Entities(siblings, diagnostics);
  const doctype = findDoctype(source.text);
  if (doctype?.subset !== undefined) entities.declare(source, doctype.subset);
  const text = withoutDeclaration(doctype === undefined ? source.text : blank(source.text, [doctype]));
  const isDocument = /^<dictionary[\s/>]/i.test(text.slice(firstElement(text)).slice(0, 20));
  const piece = resolve(source, text, isDocument ? 1 : 0, []);
  // All that is missing is known now, before the work of parsing.
  if (diagnostics.hasErrors || siblings.needed.size > 0) return undefined;
  const parsed = parse(piece);
  if (parsed === undefined || !isDocument) return parsed === undefined ? undefined : { items: parsed };
  const [root, second] = parsed;
  if (second !== undefined) {
    const at = second.fields.at(second.element);
    diagnostics.add("DG1001", at, "a second root element", { hint: "An XML file has one." });
  }
  if (root === undefined || second !== undefined) return undefined;
  const inner = merge(root.element.children, root.fields, piece);
  return inner && { root, items: inner };

  /** `depth`: of the elements that references may stand in. */
  function resolve(from: SourceText, content: string, depth: number, path: readonly Entity[]): Piece {
    if (path.length > 0) refuseDoctype(from, content);
    const references = findReferences(content);
    const inserts = references.flatMap((reference) => {
      const { name, start } = reference;
      const entity = entities.general(name);
      if (entity === undefined) {
        if (diagnostics.full) return [];
        const hint = didYouMean(name, entities.names) ?? `Declare it: <!ENTITY ${name.slice(0, 60)} SYSTEM "...">.`;
        diagnostics.add("DG1035", from.at(start), `entity ${quote(`&${name};`)} is not declared`, { hint });
        return [];
      }
      if (reference.depth !== depth) {
        const hint = "Put it between the elements of <dictionary>.";
        diagnostics.add("DG1035", from.at(start), `entity ${quote(`&${name};`)} inside an element`, { hint });
        return [];
      }
      const expanded = entities.expand(entity, path, from, start);
      if (expanded === undefined) return [];
      const inner = withoutDeclaration(expanded.text);
      return [{ offset: start, piece: resolve(expanded, inner, 0, [...path, entity]) }];
    });
    return { source: from, text: references.length === 0 ? content : blank(content, references), inserts };
  }

  /** XML 1.0 section 4.3.2: a fragment is content. */
  function refuseDoctype(from: SourceText, content: string): void {
    const inner = findDoctype(content);
    if (inner === undefined) return;
    diagnostics.add("DG1001", from.at(inner.start), "a DOCTYPE in a fragment", {
      hint: "Only the dictionary has one.",
    });
  }

  function parse(from: Piece): readonly Item[] | undefined {
    const parsed = parseFragment(from.source, from.text, diagnostics);
    if (parsed === undefined) return undefined;
    const fields = new Fields(from.source, diagnostics);
    if (parsed.hasText) {
      const hint = "Put remarks into comments: <!-- ... -->.";
      diagnostics.add("DG1026", from.source.at(0), "text between the elements of a fragment", { hint });
    }
    // Of the document itself, references stand one level deeper.
    return from === piece && isDocument
      ? parsed.children.map((element) => ({ element, fields }))
      : merge(parsed.children, fields, from);
  }

  /** Elements and the content of references, in the order of the text. */
  function merge(elements: readonly XmlElement[], fields: Fields, { inserts }: Piece): readonly Item[] | undefined {
    const items: Item[] = [];
    let next = 0;
    for (const { offset, piece: inner } of inserts) {
      for (let element = elements[next]; element !== undefined && element.offset < offset; element = elements[++next]) {
        items.push({ element, fields });
      }
      const inserted = parse(inner);
      if (inserted === undefined) return undefined;
      for (const item of inserted) items.push(item);
    }
    for (const element of elements.slice(next)) items.push({ element, fields });
    return items;
  }
}

/** `<?xml version="1.0" encoding="UTF-8"?>`, which fragments begin with as well, and which the parser takes only at the very beginning. */
function withoutDeclaration(text: string): string {
  const match = /^\s*<\?xml\s[^?]*(?:\?(?!>)[^?]*)*\?>/i.exec(text);
  return match === null ? text : blank(text, [{ start: 0, end: match[0].length }]);
}
