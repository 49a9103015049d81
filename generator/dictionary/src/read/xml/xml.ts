/**
 * XML text to a tree of elements with positions. fast-xml-parser checks that the text is well-formed and finds the elements; what it is
 * not asked to do is expand entities, guess types of values, or read attributes (see attributes.ts).
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { type DiagnosticBag, hasErrors } from "../../diagnostics.js";
import { SourceText } from "../../source.js";
import { readStartTag, type XmlAttribute } from "./attributes.js";
import { blank, findDoctype } from "./doctype.js";
import { XML_LIMITS } from "./limits.js";

export interface XmlElement {
  /** Lower case. */
  readonly name: string;
  readonly offset: number;
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
  readonly children: readonly XmlElement[];
  /** Text other than white space stands directly in it. */
  readonly hasText: boolean;
}

type ParserNode = Record<string | symbol, unknown>;

const META = XMLParser.getMetaDataSymbol() as symbol;
const TEXT = "#text";

/** A document, with its one root element. Undefined where it is not well-formed or beyond the limits; a diagnostic says why. */
export function parseXml(source: SourceText, diagnostics: DiagnosticBag): XmlElement | undefined {
  const { text } = source;
  if (text.length > XML_LIMITS.fileSize) {
    diagnostics.add(
      "DG1002",
      source.at(0),
      `the file has ${text.length} characters; ${XML_LIMITS.fileSize} are read at most`,
    );
    return undefined;
  }
  const doctype = findDoctype(text);
  if (doctype?.entity !== undefined) {
    diagnostics.add("DG1003", source.at(doctype.entity), "the DOCTYPE declares entities", {
      hint: 'Entities are not expanded. Write the text itself; to pull in another file use <import file="..."/>.',
    });
    return undefined;
  }
  const roots = parse(source, doctype === undefined ? text : blank(text, [doctype]), 0, diagnostics);
  if (roots === undefined) return undefined;
  const [root, second] = roots.children;
  if (second !== undefined) {
    diagnostics.add("DG1001", source.at(second.offset), "a second root element", { hint: "An XML file has one." });
    return undefined;
  }
  if (root === undefined) diagnostics.add("DG1001", source.at(0), "no element in the file");
  return root;
}

/** In which the elements of a fragment are parsed. */
const FRAGMENT = "<x>";

/**
 * The elements of a text that has any number of them side by side. `text` is that of the source, blanked where it is nothing for the
 * parser: DOCTYPE, text declaration, references to entities. Undefined where it is not well-formed.
 */
export function parseFragment(
  source: SourceText,
  text: string,
  diagnostics: DiagnosticBag,
): Pick<XmlElement, "children" | "hasText"> | undefined {
  const roots = parse(source, `${FRAGMENT}${text}</x>`, FRAGMENT.length, diagnostics);
  return roots?.children[0];
}

/** `body` is the text of the source behind `shift` characters of our own. */
function parse(source: SourceText, body: string, shift: number, diagnostics: DiagnosticBag) {
  const problem = XMLValidator.validate(body);
  if (problem !== true) {
    const { msg, line = 1, col = 1 } = problem.err;
    const offset = new SourceText("", body).offset(line, col) - shift;
    diagnostics.add("DG1001", source.at(Math.min(Math.max(0, offset), source.text.length)), wording(msg));
    return undefined;
  }
  try {
    const nodes = new XMLParser({
      preserveOrder: true,
      captureMetaData: true,
      ignoreAttributes: true,
      ignoreDeclaration: true,
      ignorePiTags: true,
      parseTagValue: false,
      processEntities: false,
      maxNestedTags: XML_LIMITS.depth,
      // Keeps elements named `constructor` and the like away from the parser's own objects. Names are read from the text below.
      transformTagName: (name) => `<${name}`,
    }).parse(body) as ParserNode[];
    const before = diagnostics.list.length;
    const roots = elements(nodes, source, shift, diagnostics);
    // What attributes.ts refuses makes the whole text unfit, as the XML specification has it.
    return hasErrors(diagnostics.list.slice(before)) ? undefined : roots;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (message.startsWith("Maximum nested tags")) {
      const deep = `elements are nested more than ${XML_LIMITS.depth} deep`;
      diagnostics.add("DG1002", source.at(0), deep);
    } else {
      diagnostics.add("DG1001", source.at(0), wording(message));
    }
    return undefined;
  }
}

function elements(nodes: readonly ParserNode[], source: SourceText, shift: number, diagnostics: DiagnosticBag) {
  const children: XmlElement[] = [];
  let hasText = false;
  for (const node of nodes) {
    const meta = node[META] as { startIndex: number } | undefined;
    if (meta === undefined) {
      hasText ||= typeof node[TEXT] === "string" && node[TEXT].trim() !== "";
      continue;
    }
    const inner = Object.values(node).find((value) => Array.isArray(value)) as ParserNode[];
    const offset = meta.startIndex - shift;
    // The element that a fragment is parsed in is not in the text.
    const tag = offset < 0 ? { name: "", attributes: new Map() } : readStartTag(source, offset, diagnostics);
    children.push({ ...tag, offset, ...elements(inner, source, shift, diagnostics) });
  }
  return { children, hasText };
}

/** The parser's messages hold whatever stood in the file, of any length. */
function wording(message: string): string {
  return message.length > 200 ? `${message.slice(0, 197)}...` : message;
}
