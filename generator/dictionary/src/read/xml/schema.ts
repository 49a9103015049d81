/** Which elements and attributes a format has, and where they stand. All are compared without regard to case. */
import { quote } from "../../diagnostics.js";
import { didYouMean, suggest } from "../../suggest.js";
import type { Fields } from "./fields.js";
import type { XmlElement } from "./xml.js";

export interface ElementRule {
  readonly attributes: readonly string[];
  readonly children: readonly string[];
}

export type Schema = ReadonlyMap<string, ElementRule>;

/** A function that gives the children that may stand in an element; it reports those that may not, unknown attributes, and stray text. */
export function schemaReader(schema: Schema): (element: XmlElement, fields: Fields) => readonly XmlElement[] {
  return (element, fields) => knownChildren(schema, element, fields);
}

function knownChildren(schema: Schema, element: XmlElement, fields: Fields): readonly XmlElement[] {
  const rule = schema.get(element.name) ?? { attributes: [], children: [] };
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
  return element.children.filter((child) => mayStand(schema, rule, child, `<${element.name}>`, fields));
}

/** Reports an element that is in no schema, or in the wrong place. `where` is what it stands in, for the message. */
export function mayStand(schema: Schema, rule: ElementRule, child: XmlElement, where: string, fields: Fields): boolean {
  if (rule.children.includes(child.name)) return true;
  if (fields.diagnostics.full) return false;
  const known = schema.has(child.name);
  const nearest = known ? undefined : suggest(child.name, rule.children);
  const hint = nearest === undefined ? listed(`${where} may hold`, rule.children) : `Did you mean <${nearest}>?`;
  const what = known ? `<${child.name}> may not stand in` : `unknown element <${shown(child.name)}> in`;
  fields.diagnostics.add("DG1010", fields.at(child), `${what} ${where}; it is skipped`, { hint });
  return false;
}

function shown(name: string): string {
  return name.length > 60 ? `${name.slice(0, 57)}...` : name;
}

function listed(intro: string, names: readonly string[]): string {
  return names.length === 0 ? `${intro} none.` : `${intro} ${names.join(", ")}.`;
}
