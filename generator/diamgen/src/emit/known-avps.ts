import type { Application, AvpDefinition, Dictionary, LinkedDocument } from "@diamgen/dictionary";
import { minLength } from "./data-types.js";
import type { ImportSource } from "./imports.js";
import type { Folder, Layout } from "./layout.js";
import { camelCase, Scope } from "./names.js";
import { MODULE_NAMES } from "./reserved.js";

/** What `knownAvps()` takes: by vendor, code and minimum length of the data of each AVP. */
export function knownNumbers(avps: readonly AvpDefinition[]) {
  const ids = [...new Set(avps.map((avp) => avp.vendorId))].sort((a, b) => a - b);
  return ids.map((vendorId) => ({
    vendorId,
    numbers: avps
      .filter((avp) => avp.vendorId === vendorId)
      .sort((a, b) => a.code - b.code)
      .map((avp) => `${avp.code},${minLength(avp.type)}`)
      .join(","),
  }));
}

/**
 * The AVPs that an application knows: a set for its document and for each that it imports, straight or not; and one of its own for AVPs
 * that it knows but that are at home elsewhere.
 */
export function knownAvpsOf(application: Application, folder: Folder, dictionary: Dictionary, layout: Layout) {
  const expressions: string[] = [];
  const sources = new Map<string, ImportSource>();
  const scope = new Scope(MODULE_NAMES);
  const rest = new Set(application.avps);
  for (const linked of importedBy(
    dictionary.documents.find(({ document }) => document.name === application.document),
  )) {
    const home = layout.folders.find((candidate) => candidate.document === linked);
    if (home === undefined || linked.avps.length === 0) continue;
    const local = scope.claim(`${camelCase(home.name)}Avps`);
    expressions.push(local);
    const from = home === folder ? "./known.js" : `../${home.name}/known.js`;
    sources.set(local, { from, type: false, exported: "avps" });
    for (const avp of linked.avps) rest.delete(avp);
  }
  if (rest.size > 0) {
    const sets = knownNumbers([...rest]).map(({ vendorId, numbers }) => `[${vendorId}, "${numbers}"]`);
    expressions.push(`/*@__PURE__*/ knownAvps([${sets.join(", ")}])`);
  }
  return { expressions, sources };
}

/** Imports before importers, each once. */
function importedBy(root: LinkedDocument | undefined): LinkedDocument[] {
  const seen = new Set<LinkedDocument>();
  const visit = (linked: LinkedDocument): LinkedDocument[] => {
    if (seen.has(linked)) return [];
    seen.add(linked);
    return [...linked.imports.flatMap(visit), linked];
  };
  return root === undefined ? [] : visit(root);
}
