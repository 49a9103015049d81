/** Which elements and attributes stand where: dictionaries/diamgen.dtd as a table. All are compared without regard to case. */
import { type ElementRule, type Schema, schemaReader } from "../xml/schema.js";

const AVP_LEVEL = ["typedefn", "avp", "enumeration"];
const RULES = ["fixed", "required", "optional"];
const POSITION: ElementRule = { attributes: [], children: ["avprule"] };
const GRAMMAR: ElementRule = { attributes: [], children: RULES };

const ELEMENTS: Schema = new Map<string, ElementRule>([
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
export const knownChildren = schemaReader(ELEMENTS);
