/** `avp`, `enum`, `enumeration` and `typedefn`. */
import { quote } from "../../diagnostics.js";
import type { AvpNode, EnumerationNode, EnumNode, TypeNode } from "../../model/document.js";
import { checkAvpName, readEnum, readFlags } from "../xml/avp-parts.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";
import { readGrammar, WILDCARD } from "./grammar.js";
import { knownChildren } from "./schema.js";

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
    ...readFlags(element, fields, { mandatory: "may", protected: "mustnot" }),
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
  return elements.flatMap((element) => {
    knownChildren(element, fields);
    const value = readEnum(element, section, fields);
    return value === undefined ? [] : [value];
  });
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
