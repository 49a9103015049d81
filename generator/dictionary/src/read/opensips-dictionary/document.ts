/**
 * OpenSIPS's dictionary.opensips, the "extra-avps-file" of its module aaa_diameter and of app_opensips. Line by line:
 *
 *   # comment
 *   VENDOR 10415 TGPP
 *   ATTRIBUTE name code [type] [vendor]        a string where it has no type; a block of rules follows a grouped one
 *   APPLICATION[-AUTH|-ACC] id[/vendor] name
 *   REQUEST code name                          with its block
 *   ANSWER code name
 *
 * It names AVPs of the base protocol, of RFC 4740 and of OpenSIPS itself as known, and imports nothing. It knows nothing of flags:
 * OpenSIPS sets the M bit in every AVP that it defines.
 */
import { quote } from "../../diagnostics.js";
import type { AvpNode, DictionaryDocument, VendorNode } from "../../model/document.js";
import { slug } from "../../slug.js";
import { didYouMean } from "../../suggest.js";
import type { Read } from "../reader.js";
import { Applications } from "./applications.js";
import { type Line, linesOf } from "./lines.js";
import { readRules } from "./rules.js";
import { Values } from "./values.js";

const KEYWORDS = ["ATTRIBUTE", "VENDOR", "APPLICATION", "APPLICATION-AUTH", "APPLICATION-ACC", "REQUEST", "ANSWER"];

export const readOpensipsDictionary: Read = (source, hash, diagnostics): DictionaryDocument => {
  const values = new Values(diagnostics);
  const vendors: VendorNode[] = [];
  const avps: AvpNode[] = [];
  const applications = new Applications(values);
  const lines = linesOf(source);
  for (let next = 0; next < lines.length; ) {
    const line = lines[next++]!;
    const keyword = line.words()[0]!.text.toUpperCase();
    if (keyword === "VENDOR") {
      const vendor = readVendor(line, values);
      if (vendor !== undefined) vendors.push(vendor);
    } else if (keyword === "ATTRIBUTE") {
      const avp = readAttribute(line, values);
      // The block of what could not be read is read too, lest every line of it be complained about.
      if (avp === undefined ? lines[next]?.text.startsWith("{") === true : avp.type === "Grouped") {
        const { grammar, next: after } = readRules(lines, next, line.at, values);
        next = after;
        if (avp !== undefined) avps.push({ ...avp, grammar });
      } else if (avp !== undefined) avps.push(avp);
    } else if (/^APPLICATION(-AUTH|-ACC)?$/.test(keyword)) applications.declare(line);
    else if (keyword === "REQUEST" || keyword === "ANSWER") {
      const place = applications.command(line);
      const { grammar, next: after } = readRules(lines, next, line.at, values);
      next = after;
      place?.(grammar);
    } else {
      diagnostics.add("DG1045", line.at, `${quote(line.text)} says nothing to OpenSIPS; the line is ignored`, {
        hint: didYouMean(keyword, KEYWORDS) ?? "A comment begins with #.",
      });
    }
  }
  return {
    file: source.file,
    format: "opensips",
    hash,
    name: nameFromFile(source.file),
    imports: [],
    vendors,
    types: [],
    avps,
    enumerations: [],
    applications: applications.finish(),
  };
};

function readVendor(line: Line, values: Values): VendorNode | undefined {
  const [, id] = line.words();
  const name = line.rest(2);
  if (id === undefined || name === undefined) {
    values.diagnostics.add("DG1012", line.at, "a VENDOR has an id and a name", { hint: "VENDOR 10415 TGPP" });
    return undefined;
  }
  if (!/^\d/.test(id.text) && /^\d+$/.test(name.text)) {
    values.diagnostics.add("DG1013", id.at, `the id of a vendor is a decimal number, not ${quote(id.text)}`, {
      hint: `OpenSIPS wants the id first, unlike RADIUS: VENDOR ${name.text} ${id.text.slice(0, 40)}`,
    });
    return undefined;
  }
  const number = values.number(id, 0, "the id of a vendor");
  const named = values.name(name);
  return number === undefined || named === undefined ? undefined : { id: number, name: named, at: line.at };
}

/** Without its block. */
function readAttribute(line: Line, values: Values): AvpNode | undefined {
  const words = line.words();
  const comment = words.findIndex(({ text }) => text.startsWith("#"));
  const [, name, code, type, vendor, ...more] = comment < 0 ? words : words.slice(0, comment);
  if (name === undefined || code === undefined) {
    values.diagnostics.add("DG1012", line.at, "an ATTRIBUTE has a name and a code", {
      hint: "ATTRIBUTE out_gw 232 string",
    });
    return undefined;
  }
  if (more[0] !== undefined)
    values.diagnostics.add("DG1045", more[0].at, `${quote(more[0].text)} is one word too many; it is ignored`);
  const named = values.avpName(name);
  const number = values.number(code, 1, "the code of an AVP");
  const typed = values.type(type);
  const vendorId = vendor === undefined ? 0 : values.number(vendor, 0, "a vendor id");
  if (named === undefined || number === undefined || typed === undefined || vendorId === undefined) return undefined;
  return {
    ...{ name: named, code: number, vendorId, type: typed },
    mandatory: "must",
    protected: "may",
    assumed: ["mandatory", "protected"],
    enums: [],
    at: line.at,
  };
}

/** The usual name, dictionary.opensips, says which it is by what follows the dot. */
function nameFromFile(file: string): string {
  const base = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  if (/^dictionary\.opensips$/i.test(base)) return "opensips-extra";
  return slug(base.replace(/\.[^.]*$/, ""), "dictionary");
}
