/** What AVPs have alike in every XML format. */
import { quote } from "../../diagnostics.js";
import type { AvpNode, EnumNode, FlagRule } from "../../model/document.js";
import { type Fields, MAX_UNSIGNED32 } from "./fields.js";
import type { XmlElement } from "./xml.js";

export const FLAG_RULES: readonly FlagRule[] = ["must", "may", "shouldnot", "mustnot"];
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

/** Flags that nothing is said of have the format's default. */
export function readFlags(
  element: XmlElement,
  fields: Fields,
  defaults: Pick<AvpNode, "mandatory" | "protected">,
): Pick<AvpNode, "mandatory" | "protected" | "assumed"> {
  const mandatory = fields.word(element, "mandatory", FLAG_RULES);
  const protection = fields.word(element, "protected", FLAG_RULES);
  const assumed: NonNullable<AvpNode["assumed"]> = [
    ...(mandatory === undefined ? (["mandatory"] as const) : []),
    ...(protection === undefined ? (["protected"] as const) : []),
  ];
  return {
    mandatory: mandatory ?? defaults.mandatory,
    protected: protection ?? defaults.protected,
    ...(assumed.length > 0 ? { assumed } : {}),
  };
}

export function readEnum(element: XmlElement, section: string | undefined, fields: Fields): EnumNode | undefined {
  const name = fields.name(element);
  const code = fields.number(element, "code", MIN_INTEGER32, MAX_UNSIGNED32);
  if (name === undefined || code === undefined) return undefined;
  return {
    name,
    code,
    section: fields.text(element, "section") ?? section,
    description: fields.text(element, "description"),
    at: fields.at(element),
  };
}
