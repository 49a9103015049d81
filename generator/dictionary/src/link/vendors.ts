/** Every vendor that is declared or used. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { Vendor } from "../model/dictionary.js";
import type { DictionaryDocument, SourceLocation, VendorNode } from "../model/document.js";
import { slug } from "../slug.js";
import type { Scope } from "./scope.js";

/** AVPs without a vendor are those of the IETF: RFC 6733 section 4.1. */
const IETF: Vendor = { id: 0, name: "IETF", key: "ietf" };

export function linkVendors(scopes: Iterable<Scope>, diagnostics: DiagnosticBag): ReadonlyMap<number, Vendor> {
  const all = [...scopes];
  const documents = all.map(({ document }) => document);
  const declared = declarations(all, diagnostics);
  const vendors = new Map<number, Vendor>([[IETF.id, IETF]]);
  const keys = new Map<string, number>([[IETF.key, IETF.id]]);
  // Keys that are written go before those that are derived, whatever the order; those of overlays before all.
  for (const { id, key, at, overlay } of declared.values()) {
    if (key === undefined) continue;
    const other = keys.get(key);
    if (other === undefined) keys.set(key, id);
    else if (other !== id) {
      const rival = declared.get(other);
      if (rival?.overlay === true && !overlay) continue;
      const related = rival && [{ message: "it stands here", at: rival.at }];
      diagnostics.add("DG2028", at, `key ${quote(key)} is that of vendor ${other} as well`, { related });
    }
  }
  for (const { id, name, key } of declared.values()) {
    const wanted = key ?? slug(name, "vendor", `vendor-${id}`);
    const free = keys.has(wanted) && keys.get(wanted) !== id ? `${wanted}-${id}` : wanted;
    vendors.set(id, { id, name, key: free });
    keys.set(free, id);
  }
  for (const { id, at, user } of uses(documents)) {
    if (vendors.has(id)) continue;
    const name = `vendor-${id}`;
    vendors.set(id, { id, name, key: name });
    diagnostics.add("DG2020", at, `vendor ${id} of ${quote(user)} is not declared`, {
      hint: `Write <vendor id="${id}" name="..."/>.`,
    });
  }
  return vendors;
}

type Declared = VendorNode & { readonly overlay: boolean };

/** One for each id; a later one may add the key. */
function declarations(scopes: readonly Scope[], diagnostics: DiagnosticBag): ReadonlyMap<number, Declared> {
  const declared = new Map<number, Declared>();
  for (const { document, overlay } of scopes) {
    for (const node of document.vendors) {
      const first = declared.get(node.id);
      if (first === undefined) {
        declared.set(node.id, { ...node, overlay });
        continue;
      }
      const otherKey = node.key !== undefined && first.key !== undefined && node.key !== first.key;
      if (first.name !== node.name || otherKey) {
        const names = [node, first].map(({ name, key }) => quote(key === undefined ? name : `${name} (${key})`));
        diagnostics.add(
          first.overlay && !overlay ? "DG2029" : "DG2019",
          node.at,
          `vendor ${node.id} is ${names[0]} here and ${names[1]} there; ${first.overlay && !overlay ? "the overlay" : "the first"} stands`,
          { related: [{ message: "declared first here", at: first.at }] },
        );
      } else if (first.key === undefined && node.key !== undefined) declared.set(node.id, { ...first, key: node.key });
    }
  }
  return declared;
}

function* uses(
  documents: readonly DictionaryDocument[],
): Generator<{ readonly id: number; readonly at: SourceLocation; readonly user: string }> {
  for (const document of documents) {
    for (const { vendorId, at, name } of document.avps) yield { id: vendorId, at, user: name };
    for (const { vendorId, at, name } of document.applications) yield { id: vendorId, at, user: name };
  }
}
