/** `avp` with its type, members and values. What the DTD has as defaults is applied here: the file is never validated. */
import { quote } from "../../diagnostics.js";
import type { AvpNode, EnumNode, GrammarNode, RuleNode } from "../../model/document.js";
import { checkAvpName, FLAG_RULES, readEnum, readFlags } from "../xml/avp-parts.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";
import { knownChildren } from "./schema.js";
import type { TypeNames } from "./types.js";
import type { Vendors } from "./vendors.js";

/** `mandatory` and `protected` of the DTD. */
const DEFAULTS = { mandatory: "may", protected: "may" } as const;
/** Members' names are all that there is: they may be absent, be there more than once, and others may stand with them. */
const WILDCARD = "AVP";

export interface AvpContext {
  readonly vendors: Vendors;
  readonly types: TypeNames;
  /** The `<vendor>` that it stands in. */
  readonly surrounding?: number | undefined;
}

export function readAvp(element: XmlElement, fields: Fields, context: AvpContext): AvpNode | undefined {
  const children = knownChildren(element, fields);
  const name = fields.name(element);
  if (name === WILDCARD) {
    fields.diagnostics.add("DG1021", fields.at(element), `pseudo AVP ${quote(name)} is skipped`);
    return undefined;
  }
  const code = fields.number(element, "code", 0, MAX_UNSIGNED32);
  const vendorId = readVendor(element, fields, context);
  if (name !== undefined) checkAvpName(name, element, fields);
  const shape = readShape(element, children, code ?? 0, fields, context.types);
  if (name === undefined || code === undefined || vendorId === null || shape === undefined) return undefined;
  return {
    name,
    code,
    vendorId,
    ...readFlags(element, fields, DEFAULTS),
    ...shape,
    description: fields.text(element, "description"),
    at: fields.at(element),
  };
}

/** Its own attribute counts, whatever the vendor-bit and the surrounding `<vendor>` say; without one, the surrounding. */
function readVendor(element: XmlElement, fields: Fields, { vendors, surrounding }: AvpContext): number | null {
  const own = vendors.idOf(element, fields);
  if (own === null) return null;
  const vendorId = own ?? surrounding ?? 0;
  const attribute = element.attributes.get("vendor-id");
  const at = attribute === undefined ? fields.at(element) : fields.atValue(attribute);
  if (surrounding !== undefined && own !== surrounding) {
    const message = own === undefined ? "without vendor-id" : `of vendor ${own}`;
    fields.diagnostics.add("DG1039", at, `an AVP ${message} among those of vendor ${surrounding}`, {
      hint: own === undefined ? `It is read as one of vendor ${surrounding}.` : "It may stand outside of <vendor>.",
    });
  }
  // Absent, it is the DTD's mustnot, and means nothing.
  const bit = fields.word(element, "vendor-bit", FLAG_RULES);
  if (bit !== undefined && (vendorId === 0 ? bit === "must" : bit === "mustnot")) {
    const where = element.attributes.get("vendor-bit");
    fields.diagnostics.add(
      "DG1038",
      where === undefined ? at : fields.atValue(where),
      `vendor-bit is ${bit}, but the vendor is ${vendorId}`,
      { hint: "Correct the one that is wrong." },
    );
  }
  return vendorId;
}

type Shape = Pick<AvpNode, "type" | "grammar" | "enums">;

function readShape(
  element: XmlElement,
  children: readonly XmlElement[],
  code: number,
  fields: Fields,
  types: TypeNames,
): Shape | undefined {
  const typeElement = children.find((child) => child.name === "type");
  const grouped = children.find((child) => child.name === "grouped");
  const enums: EnumNode[] = [];
  for (const child of children) if (child.name === "enum") enums.push(...readValue(child, fields));
  let type: string | undefined;
  if (typeElement !== undefined) {
    for (const misplaced of knownChildren(typeElement, fields)) {
      fields.diagnostics.add("DG1019", fields.at(misplaced), "<enum> stands in <type>", {
        hint: "Move it behind <type>, into <avp>.",
      });
      enums.push(...readValue(misplaced, fields));
    }
    type = fields.name(typeElement, "type-name");
    if (type === undefined) return undefined;
  }
  if (grouped !== undefined) {
    if ((type !== undefined && type.toLowerCase() !== "grouped") || enums.length > 0) {
      fields.diagnostics.add("DG1025", fields.at(grouped), "<grouped> in an AVP that has a data type or values", {
        hint: "Take out <grouped>, or <type> and <enum>.",
      });
      return undefined;
    }
    return { type: "Grouped", grammar: readMembers(grouped, fields), enums };
  }
  if (type === undefined && enums.length === 0) {
    fields.diagnostics.add("DG1020", fields.at(element), "<avp> without a type", {
      hint: 'Write <type type-name="..."/> or <grouped>...</grouped> into it.',
    });
    return undefined;
  }
  return { type: types.read(type ?? "Enumerated", code, fields.at(typeElement ?? element)), enums };
}

function readValue(element: XmlElement, fields: Fields): EnumNode[] {
  knownChildren(element, fields);
  const value = readEnum(element, undefined, fields);
  return value === undefined ? [] : [value];
}

function readMembers(element: XmlElement, fields: Fields): GrammarNode | undefined {
  const rules: RuleNode[] = [];
  const at = fields.at(element);
  for (const child of knownChildren(element, fields)) {
    knownChildren(child, fields);
    const avp = fields.name(child);
    if (avp !== undefined) rules.push(rule(avp, fields.at(child)));
  }
  if (rules.length > 0) return { rules: [...rules, rule(WILDCARD, at)], at };
  fields.diagnostics.add("DG1022", at, "<grouped> has no members", { hint: "Any AVP may stand in it now." });
  return undefined;
}

function rule(avp: string, at: RuleNode["at"]): RuleNode {
  return { avp, position: "optional", min: 0, max: Number.POSITIVE_INFINITY, at };
}
