/** `avp`, `enum`, `enumeration` and `typedefn`. */
import { quote } from "../../diagnostics.js";
import type { AvpNode, EnumerationNode, EnumNode, FlagRule, TypeNode } from "../../model/document.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";
import { readGrammar, WILDCARD } from "./grammar.js";
import { knownChildren } from "./schema.js";

const FLAG_RULES: readonly FlagRule[] = ["must", "may", "shouldnot", "mustnot"];
const MIN_INTEGER32 = -(2 ** 31);

/** RFC 6733 section 4.1 and 3.2 allow letters, digits and hyphens; the underscore has become usual. */
export function checkAvpName(name: string, element: XmlElement, fields: Fields): void {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return;
  const attribute = element.attributes.get("name");
  fields.diagnostics.add(
    "DG1017",
    attribute ? fields.atValue(attribute) : fields.at(element),
    `unusual name ${quote(name)}`,
    {
      hint: "Names of AVPs and commands have letters, digits and hyphens.",
    },
  );
}

export function readAvp(element: XmlElement, fields: Fields): AvpNode | undefined {
  const children = knownChildren(element, fields);
  const name = fields.name(element);
  if (name === WILDCARD) {
    fields.diagnostics.add("DG1021", fields.at(element), `pseudo AVP ${quote(name)} is skipped`, {
      hint: "Rules mean any AVP with this name; it needs no definition.",
    });
    return undefined;
  }
  const code = fields.number(element, "code", 0, MAX_UNSIGNED32);
  const vendorId = fields.optionalNumber(element, "vendor-id", 0, MAX_UNSIGNED32);
  if (name !== undefined) checkAvpName(name, element, fields);
  const shape = readShape(element, children, fields);
  if (name === undefined || code === undefined || vendorId === null || shape === undefined) return undefined;
  return {
    name,
    code,
    vendorId: vendorId ?? 0,
    mandatory: fields.word(element, "mandatory", FLAG_RULES) ?? "may",
    protected: fields.word(element, "protected", FLAG_RULES) ?? "mustnot",
    ...shape,
    source: fields.text(element, "document"),
    section: fields.text(element, "section"),
    description: fields.text(element, "description"),
    at: fields.at(element),
  };
}

type Shape = Pick<AvpNode, "type" | "grammar" | "enums">;

function readShape(element: XmlElement, children: readonly XmlElement[], fields: Fields): Shape | undefined {
  const typeElement = children.find((child) => child.name === "type");
  const grouped = children.find((child) => child.name === "grouped");
  const enumElements = children.filter((child) => child.name === "enum");
  let type: string | undefined;
  if (typeElement !== undefined) {
    for (const misplaced of knownChildren(typeElement, fields)) {
      fields.diagnostics.add("DG1019", fields.at(misplaced), "<enum> stands in <type>", {
        hint: "Move it behind <type>, into <avp>.",
      });
      enumElements.push(misplaced);
    }
    type = fields.name(typeElement, "type-name");
    if (type === undefined) return undefined;
  }
  const enums = readEnums(enumElements, undefined, fields);
  if (grouped !== undefined) {
    if ((type !== undefined && type !== "Grouped") || enums.length > 0) {
      fields.diagnostics.add("DG1025", fields.at(grouped), "<grouped> in an AVP that has a data type or values", {
        hint: "Take out <grouped>, or <type> and <enum>.",
      });
      return undefined;
    }
    return { type: "Grouped", grammar: readGrammar(grouped, fields), enums };
  }
  if (type === undefined && enums.length === 0) {
    fields.diagnostics.add("DG1020", fields.at(element), "<avp> without a type", {
      hint: 'Write <type type-name="..."/> or <grouped>...</grouped> into it.',
    });
    return undefined;
  }
  return { type: type ?? "Enumerated", enums };
}

function readEnums(elements: readonly XmlElement[], section: string | undefined, fields: Fields): EnumNode[] {
  const enums: EnumNode[] = [];
  for (const element of elements) {
    knownChildren(element, fields);
    const name = fields.name(element);
    const code = fields.number(element, "code", MIN_INTEGER32, MAX_UNSIGNED32);
    if (name === undefined || code === undefined) continue;
    enums.push({
      name,
      code,
      section: fields.text(element, "section") ?? section,
      description: fields.text(element, "description"),
      at: fields.at(element),
    });
  }
  return enums;
}

export function readEnumeration(element: XmlElement, fields: Fields): EnumerationNode | undefined {
  const section = fields.text(element, "section");
  const values = readEnums(knownChildren(element, fields), section, fields);
  const avp = fields.name(element, "avp");
  const vendorId = fields.optionalNumber(element, "vendor-id", 0, MAX_UNSIGNED32);
  if (avp === undefined || vendorId === null) return undefined;
  return { avp, vendorId, section, values, at: fields.at(element) };
}

export function readType(element: XmlElement, fields: Fields): TypeNode | undefined {
  knownChildren(element, fields);
  const name = fields.name(element, "type-name");
  if (name === undefined) return undefined;
  return { name, parent: fields.text(element, "type-parent"), at: fields.at(element) };
}
