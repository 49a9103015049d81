/**
 * Wireshark's XML (resources/protocols/diameter), as Debian ships it in /usr/share/wireshark/diameter: AVPs, groups without grammar,
 * values, and names of commands and applications. It is never validated, for it would not pass.
 */
import type { AvpNode, DictionaryDocument, TypeNode } from "../../model/document.js";
import { slug } from "../../slug.js";
import type { Read } from "../reader.js";
import type { Fields } from "../xml/fields.js";
import { mayStand } from "../xml/schema.js";
import type { XmlElement } from "../xml/xml.js";
import { type ApplicationDraft, Applications } from "./applications.js";
import { readAvp } from "./avp.js";
import { lastDefinitions } from "./definitions.js";
import { readFragments } from "./fragments.js";
import { ELEMENTS, knownChildren, TOP } from "./schema.js";
import { TypeNames } from "./types.js";
import { Vendors } from "./vendors.js";

export const readWiresharkXml: Read = (source, hash, diagnostics, siblings): DictionaryDocument | undefined => {
  const fragments = readFragments(source, diagnostics, siblings);
  if (fragments === undefined) return undefined;
  const { root } = fragments;
  // Its children are among the items.
  if (root !== undefined) knownChildren({ ...root.element, children: [] }, root.fields);
  const items = fragments.items.filter(({ element, fields }) =>
    mayStand(ELEMENTS, TOP, element, "<dictionary>", fields),
  );

  const vendors = new Vendors();
  for (const { element, fields } of items) if (element.name === "vendor") vendors.declare(element, fields);
  const types = new TypeNames();
  const typeNodes: TypeNode[] = [];
  const avps: AvpNode[] = [];
  const applications = new Applications(vendors);
  for (const { element, fields } of items) readItem(element, fields);
  types.report(diagnostics);
  const at = source.at(root?.element.offset ?? 0);
  diagnostics.add("DG1043", at, "the format has no grammars: groups and commands may hold anything", {
    hint: "A dictionary with grammars may be laid over this one.",
  });

  return {
    file: source.file,
    format: "wireshark-xml",
    hash,
    fragments: siblings.used,
    name: nameFromFile(source.file),
    imports: [],
    vendors: vendors.nodes,
    types: typeNodes,
    avps: lastDefinitions(avps, diagnostics),
    enumerations: [],
    applications: applications.finish(diagnostics),
  };

  function readItem(element: XmlElement, fields: Fields): void {
    if (element.name === "base" || element.name === "application") {
      const application = applications.open(element, fields);
      for (const child of knownChildren(element, fields)) readContent(child, fields, application);
    } else if (element.name === "vendor") {
      const surrounding = vendors.declaredBy(element);
      for (const child of knownChildren(element, fields)) readContent(child, fields, undefined, surrounding);
    } else readContent(element, fields);
  }

  /** AVPs and types belong to the document, wherever they stand in it. */
  function readContent(
    element: XmlElement,
    fields: Fields,
    application?: ApplicationDraft,
    surrounding?: number,
  ): void {
    if (element.name === "command") applications.command(element, fields, application);
    else if (element.name === "typedefn") {
      knownChildren(element, fields);
      const name = fields.name(element, "type-name");
      const parent = fields.text(element, "type-parent");
      if (name !== undefined) typeNodes.push({ name, parent, at: fields.at(element) });
    } else {
      const avp = readAvp(element, fields, { vendors, types, surrounding });
      if (avp !== undefined) avps.push(avp);
    }
  }
};

/** "dictionary.xml" is what Wireshark's is called, and says nothing. */
function nameFromFile(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1).replace(/\.[^.]*$/, "");
  return base.toLowerCase() === "dictionary" ? "wireshark" : slug(base, "dictionary");
}
