/** Which elements and attributes stand where: Wireshark's dictionary.dtd as a table, and as lenient as its dictionaries are. */
import { type ElementRule, type Schema, schemaReader } from "../xml/schema.js";

/** Their order is free, and vendors hold types and commands as well as anything else does. */
const CONTENT = ["command", "typedefn", "avp"];

/** What may stand in `<dictionary>` and side by side in a fragment. */
export const TOP: ElementRule = {
  attributes: [],
  // AVPs alone are in no file of Wireshark's, but in those that people pull in by Custom.xml.
  children: ["base", "application", "vendor", ...CONTENT],
};

export const ELEMENTS: Schema = new Map<string, ElementRule>([
  ["dictionary", TOP],
  ["base", { attributes: ["uri"], children: CONTENT }],
  ["application", { attributes: ["id", "name", "uri"], children: CONTENT }],
  ["vendor", { attributes: ["vendor-id", "code", "name"], children: CONTENT }],
  ["command", { attributes: ["name", "code", "vendor-id"], children: [] }],
  ["typedefn", { attributes: ["type-name", "type-parent", "description"], children: [] }],
  [
    "avp",
    {
      attributes: [
        "name",
        "code",
        "vendor-id",
        "description",
        "mandatory",
        "protected",
        "may-encrypt",
        "vendor-bit",
        "constrained",
      ],
      children: ["type", "grouped", "enum"],
    },
  ],
  // The enum is jDiameter's; the AVP's reader moves it to where it belongs.
  ["type", { attributes: ["type-name"], children: ["enum"] }],
  ["grouped", { attributes: [], children: ["gavp"] }],
  ["gavp", { attributes: ["name"], children: [] }],
  ["enum", { attributes: ["name", "code", "description"], children: [] }],
]);

export const knownChildren = schemaReader(ELEMENTS);
