/**
 * Which format a dictionary text is in, from what stands in it. Five formats are XML, three of them with a root element called
 * `dictionary`, so the elements and attributes that only one of them has decide.
 */
import type { DictionaryFormat } from "../model/document.js";
import { findDoctype } from "./xml/doctype.js";

/** "pana" is RFC 5191's protocol, whose dictionaries OpenDiameter wrote in nearly the same XML. */
export type DetectedFormat = DictionaryFormat | "pana" | "unknown-xml" | "unknown";

export function detectFormat(text: string): DetectedFormat {
  const start = text.search(/[^\s\uFEFF]/);
  if (start === -1) return "unknown";
  if (text[start] === "<") return detectXml(text.slice(start));
  if (text[start] === "{") return "freediameter-json";
  return detectLines(text);
}

const TAG_NAME = /<([a-z_:][\w:.-]*)/iy;

function detectXml(text: string): DetectedFormat {
  const doctype = findDoctype(text);
  if (doctype?.externalEntities === true) return "wireshark-xml";
  let root: string | undefined;
  let depth = 0;
  let pana = false;
  for (let at = doctype?.end ?? 0; ; at++) {
    at = text.indexOf("<", at);
    if (at === -1) break;
    if (text.startsWith("<!--", at)) {
      at = text.indexOf("-->", at);
      if (at === -1) break;
      continue;
    }
    if (text[at + 1] === "/") {
      depth--;
      continue;
    }
    TAG_NAME.lastIndex = at;
    const match = TAG_NAME.exec(text);
    if (match === null) continue;
    const name = match[1]!.toLowerCase();
    const end = endOfTag(text, TAG_NAME.lastIndex);
    if (end === -1) break;
    const attributes = text.slice(TAG_NAME.lastIndex, end);
    if (root === undefined) {
      root = name;
      if (name === "diameter") return "go-diameter-xml";
      // Wireshark's files are pulled in as entities, each a fragment without the root element.
      if (name === "application" || name === "vendor" || name === "avp") return "wireshark-xml";
      if (name !== "dictionary") return "unknown-xml";
    }
    const mark = characteristic(name, attributes);
    if (mark !== undefined) return mark;
    if (name === "command" && depth === 1) pana = true;
    if (!attributes.endsWith("/")) depth++;
    at = end;
  }
  if (root === undefined) return "unknown-xml";
  return pana ? "pana" : "freediameter-xml";
}

/** Offset of the `>`, which does not count in quotes. */
function endOfTag(text: string, from: number): number {
  const mark = /[>"']/g;
  mark.lastIndex = from;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    if (match[0] === ">") return match.index;
    const close = text.indexOf(match[0], match.index + 1);
    if (close === -1) return -1;
    mark.lastIndex = close + 1;
  }
  return -1;
}

/** What no other format has. */
function characteristic(name: string, attributes: string): DictionaryFormat | undefined {
  if (name === "avpdefn") return "jdiameter-xml";
  if (name === "gavp") return "wireshark-xml";
  if (name === "vendor" && /\bvendor-id\s*=/i.test(attributes)) {
    // jDiameter's vendors stand empty in a list, Wireshark's hold the AVPs.
    return attributes.endsWith("/") ? "jdiameter-xml" : "wireshark-xml";
  }
  if (name === "command" && /\brequest\s*=/i.test(attributes)) return "jdiameter-xml";
  // A vendor id is a number in freeDiameter's XML, the key of a vendor in Wireshark's.
  if ((name === "command" || name === "avp") && /\bvendor-id\s*=\s*["'][a-z]/i.test(attributes)) return "wireshark-xml";
  return undefined;
}

function detectLines(text: string): DetectedFormat {
  let from = 0;
  for (let line = 0; line < 1000 && from < text.length; line++) {
    const newline = text.indexOf("\n", from);
    const end = newline === -1 ? text.length : newline;
    const words = text.slice(from, Math.min(end, from + 200)).trim();
    if (/^@(?:id|name|prefix|vendor|inherits|avp_types|messages|grouped|enum|define|custom_types|codecs)\b/.test(words))
      return "dia";
    if (/^(?:ATTRIBUTE|VENDOR|VALUE|APPLICATION|REQUEST|ANSWER)\s/.test(words)) return "opensips";
    from = end + 1;
  }
  return "unknown";
}
