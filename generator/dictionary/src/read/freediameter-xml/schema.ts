/** Which elements and attributes stand where: dictionaries/diamgen.dtd as a table. All are compared without regard to case. */
import { quote } from "../../diagnostics.js";
import { didYouMean, suggest } from "../../suggest.js";
import type { Fields } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";

interface ElementRule {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
}

const AVP_LEVEL = ["typedefn", "avp", "enumeration"];
const RULES = ["fixed", "required", "optional"];
const POSITION: ElementRule = { attributes: [], children: ["avprule"] };
const GRAMMAR: ElementRule = { attributes: [], children: RULES };

const ELEMENTS: ReadonlyMap<string, ElementRule> = new Map<string, ElementRule>([
  [
    "dictionary",
    { attributes: ["name", "document", "title"], children: ["import", "vendor", "base", "application", ...AVP_LEVEL] },
  ],
  ["import", { attributes: ["file"], children: [] }],
  ["vendor", { attributes: ["id", "name", "key"], children: [] }],
  ["base", { attributes: ["uri", "key", "section"], children: ["command", "answer-message", ...AVP_LEVEL] }],
  [
    "application",
    {
      attributes: ["id", "name", "uri", "key", "kind", "vendor-id", "document", "section"],
      children: ["command", "inherit", "extend", ...AVP_LEVEL],
    },
  ],
  [
    "command",
    {
      attributes: ["name", "code", "vendor-id", "pbit", "abbreviation", "section"],
      children: ["requestrules", "answerrules"],
    },
  ],
  ["inherit", { attributes: ["command", "application", "section"], children: [] }],
  ["extend", { attributes: ["avp", "vendor-id", "section"], children: RULES }],
  ["answer-message", { attributes: ["section"], children: RULES }],
  ["requestrules", GRAMMAR],
  ["answerrules", GRAMMAR],
  ["grouped", GRAMMAR],
  ["fixed", POSITION],
  ["required", POSITION],
  ["optional", POSITION],
  ["avprule", { attributes: ["name", "vendor-id", "position", "minimum", "maximum"], children: [] }],
  ["typedefn", { attributes: ["type-name", "type-parent", "description"], children: [] }],
  [
    "avp",
    {
      attributes: [
        "name",
        "code",
        "vendor-id",
        "mandatory",
        "protected",
        "may-encrypt",
        "vendor-bit",
        "constrained",
        "document",
        "section",
        "description",
      ],
      children: ["type", "grouped", "enum"],
    },
  ],
  // The enum is jDiameter's; the AVP's reader moves it to where it belongs.
  ["type", { attributes: ["type-name"], children: ["enum"] }],
  ["enum", { attributes: ["name", "code", "section", "description"], children: [] }],
  ["enumeration", { attributes: ["avp", "vendor-id", "section"], children: ["enum"] }],
]);

/** The children that may stand in the element; reports those that may not, unknown attributes, and stray text. */
export function knownChildren(element: XmlElement, fields: Fields): readonly XmlElement[] {
  const rule = ELEMENTS.get(element.name) ?? { attributes: [], children: [] };
  for (const attribute of element.attributes.values()) {
    // xmlns, xml:lang, xsi:schemaLocation: somebody else's, and harmless.
    if (rule.attributes.includes(attribute.name) || /^xml|:/.test(attribute.name)) continue;
    if (fields.diagnostics.full) break;
    const unused = rule.attributes.filter((name) => !element.attributes.has(name));
    fields.diagnostics.add(
      "DG1011",
      fields.source.at(attribute.offset),
      `unknown attribute ${quote(attribute.name)} of <${element.name}>`,
      { hint: didYouMean(attribute.name, unused) ?? listed("It has", rule.attributes) },
    );
  }
  if (element.hasText) {
    fields.diagnostics.add("DG1026", fields.at(element), `text in <${element.name}>`, {
      hint: "Put remarks into comments: <!-- ... -->.",
    });
  }
  return element.children.filter((child) => {
    if (rule.children.includes(child.name)) return true;
    if (fields.diagnostics.full) return false;
    const nearest = suggest(child.name, rule.children);
    const hint = ELEMENTS.has(child.name)
      ? listed(`<${element.name}> may hold`, rule.children)
      : nearest === undefined
        ? listed(`<${element.name}> may hold`, rule.children)
        : `Did you mean <${nearest}>?`;
    const where = ELEMENTS.has(child.name)
      ? `<${child.name}> may not stand in`
      : `unknown element <${shown(child.name)}> in`;
    fields.diagnostics.add("DG1010", fields.at(child), `${where} <${element.name}>; it is skipped`, { hint });
    return false;
  });
}

function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}...` : name;
}

function listed(intro: string, names: readonly string[]): string {
  return names.length === 0 ? `${intro} none.` : `${intro} ${names.join(", ")}.`;
}
