/** freeDiameter's XML (dict_legacy_xml, which is OpenDiameter's), with the extensions of dictionaries/diamgen.dtd. */
import type {
  ApplicationNode,
  AvpNode,
  DictionaryDocument,
  EnumerationNode,
  ImportNode,
  TypeNode,
  VendorNode,
} from "../../model/document.js";
import { slug } from "../../slug.js";
import type { Read } from "../reader.js";
import { Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import { parseXml, type XmlElement } from "../xml/xml.js";
import { readApplication, readKey } from "./application.js";
import { readAvp, readEnumeration, readType } from "./avp.js";
import { knownChildren } from "./schema.js";

export const readFreediameterXml: Read = (source, hash, diagnostics): DictionaryDocument | undefined => {
  const root = parseXml(source, diagnostics);
  if (root === undefined) return undefined;
  const fields = new Fields(source, diagnostics);
  if (root.name !== "dictionary") {
    diagnostics.add("DG1004", fields.at(root), `the root element is <${root.name.slice(0, 60)}>, not <dictionary>`);
    return undefined;
  }

  const imports: ImportNode[] = [];
  const vendors: VendorNode[] = [];
  const types: TypeNode[] = [];
  const avps: AvpNode[] = [];
  const enumerations: EnumerationNode[] = [];
  const applications: ApplicationNode[] = [];
  readChildren(knownChildren(root, fields));

  return {
    file: source.file,
    format: "freediameter-xml",
    hash,
    name: readKey(root, fields, "name") ?? nameFromFile(source.file),
    source: fields.text(root, "document"),
    title: fields.text(root, "title"),
    imports,
    vendors,
    types,
    avps,
    enumerations,
    applications,
  };

  /** AVPs and types belong to the document, also where they stand in an application. */
  function readChildren(children: readonly XmlElement[]): void {
    for (const child of children) {
      if (child.name === "avp") push(avps, readAvp(child, fields));
      else if (child.name === "typedefn") push(types, readType(child, fields));
      else if (child.name === "enumeration") push(enumerations, readEnumeration(child, fields));
      else if (child.name === "import") push(imports, readImport(child, fields));
      else if (child.name === "vendor") push(vendors, readVendor(child, fields));
      else if (child.name === "base" || child.name === "application") {
        const inner = knownChildren(child, fields);
        push(applications, readApplication(child, inner, fields));
        readChildren(inner);
      }
    }
  }
};

function readImport(element: XmlElement, fields: Fields): ImportNode | undefined {
  knownChildren(element, fields);
  const file = fields.name(element, "file");
  return file === undefined ? undefined : { file, at: fields.at(element) };
}

function readVendor(element: XmlElement, fields: Fields): VendorNode | undefined {
  knownChildren(element, fields);
  const id = fields.number(element, "id", 0, MAX_UNSIGNED32);
  const name = fields.name(element);
  const key = readKey(element, fields);
  return id === undefined || name === undefined ? undefined : { id, name, key, at: fields.at(element) };
}

/** "dictionaries/sip.xml" gives "sip". */
function nameFromFile(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return slug(base.replace(/\.[^.]*$/, ""), "dictionary");
}

function push<T>(list: T[], item: T | undefined): void {
  if (item !== undefined) list.push(item);
}
