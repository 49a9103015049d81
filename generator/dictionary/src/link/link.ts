/** Documents to a dictionary: names resolved, definitions merged, checked, and frozen. */
import { DiagnosticBag, quote } from "../diagnostics.js";
import type { Diagnostic } from "../model/diagnostic.js";
import { type AvpDefinition, avpKey, type Dictionary, type Grammar, type LinkedDocument } from "../model/dictionary.js";
import type { DictionaryDocument, SourceLocation } from "../model/document.js";
import { linkApplications } from "./applications.js";
import { type AvpDrafts, addValuesBelow, defineAvps } from "./avps.js";
import type { Draft } from "./drafts.js";
import { mayHaveValues } from "./enums.js";
import { deepFreeze } from "./freeze.js";
import { endlessGroups, LOOSE, linkGrammar } from "./grammar.js";
import { Names } from "./names.js";
import { type Imports, makeScopes, type Scope } from "./scope.js";
import { Types } from "./types.js";
import { linkVendors } from "./vendors.js";

export interface LinkOptions {
  /** Which documents each one imports directly. Without it none imports another, and all may refer to all. */
  readonly imports?: Imports | undefined;
  /** Those that were asked for; the others came by import. Without it all. */
  readonly roots?: ReadonlySet<DictionaryDocument> | undefined;
  /** Those whose definitions stand where others define the same: `LoadOptions.overlays`. */
  readonly overlays?: ReadonlySet<DictionaryDocument> | undefined;
}

export interface LinkResult {
  /** With errors among the diagnostics, what could be linked: good enough to look at, not to generate from. */
  readonly dictionary: Dictionary;
  readonly diagnostics: readonly Diagnostic[];
}

/** `documents` with imports before importers; that order decides which of two definitions is the first. They are frozen too. */
export function link(documents: readonly DictionaryDocument[], options: LinkOptions = {}): LinkResult {
  const diagnostics = new DiagnosticBag();
  const imports: Imports = options.imports ?? new Map();
  const scopes = makeScopes(documents, imports, options.overlays);
  checkDocumentNames(documents, diagnostics);

  const vendors = linkVendors(scopes.values(), diagnostics);
  const drafts = defineAvps(scopes.values(), new Types([...scopes.keys()], diagnostics), diagnostics);
  const names = new Names(drafts, diagnostics);
  addEnumerations(scopes.values(), names, diagnostics);
  addValuesBelow(drafts, diagnostics);
  linkGroups(drafts, scopes, names, diagnostics);
  const applications = linkApplications(scopes.values(), names, drafts, diagnostics);
  const answerMessage = linkAnswerMessage(scopes.values(), names, diagnostics);

  const linked = new Map<DictionaryDocument, Draft<LinkedDocument>>();
  for (const document of documents) {
    linked.set(document, {
      document,
      isRoot: options.roots?.has(document) ?? true,
      imports: [],
      avps: [...drafts.values()].filter(({ home }) => home === document).map(({ avp }) => avp),
      applications: applications.filter((item) => item.document === document).map(({ application }) => application),
    });
  }
  for (const [document, node] of linked) {
    node.imports = (imports.get(document) ?? []).flatMap((imported) => linked.get(imported) ?? []);
  }
  const dictionary: Dictionary = {
    documents: [...linked.values()],
    vendors,
    avps: new Map([...drafts.values()].map(({ avp }) => [avpKey(avp.vendorId, avp.code), avp])),
    applications: applications.map(({ application }) => application),
    answerMessage,
  };
  return { dictionary: deepFreeze(dictionary), diagnostics: diagnostics.list };
}

function addEnumerations(scopes: Iterable<Scope>, names: Names, diagnostics: DiagnosticBag): void {
  for (const scope of scopes) {
    const { document } = scope;
    const vendors = [vendorOfApplications(document)];
    for (const { avp: name, vendorId, values, at } of document.enumerations) {
      const draft = names.resolve({ name, vendorId, vendors, scope, at });
      if (draft === undefined) continue;
      const { avp, enums } = draft;
      if (!mayHaveValues(avp.type)) {
        diagnostics.add("DG2016", at, `values for ${quote(name)}, which is ${avp.type}; they are dropped`, {
          hint: "Values are for Enumerated, Integer32 and Unsigned32.",
          related: [{ message: "defined here", at: avp.at }],
        });
      } else for (const value of values) enums.add(value, avp, diagnostics, document.source);
    }
  }
}

function linkGroups(
  drafts: AvpDrafts,
  scopes: ReadonlyMap<DictionaryDocument, Scope>,
  names: Names,
  diagnostics: DiagnosticBag,
): void {
  const groups: [AvpDefinition, Grammar][] = [];
  for (const { avp, node, document } of drafts.values()) {
    if (avp.type !== "Grouped") continue;
    const scope = scopes.get(document)!;
    const applicationVendor = vendorOfApplications(document);
    const context = { names, diagnostics, scope, groupVendor: avp.vendorId, applicationVendor };
    avp.grammar = node.grammar === undefined ? LOOSE : linkGrammar(node.grammar, context);
    groups.push([avp, avp.grammar]);
  }
  for (const avp of endlessGroups(groups)) {
    diagnostics.add("DG2018", avp.at, `group ${quote(avp.name)} requires itself, or a group that does`, {
      hint: "Make the member that leads back to it optional.",
    });
  }
}

/** An AVP stands in a document, not in an application; its application's vendor is known where all have the same one. */
function vendorOfApplications({ applications }: DictionaryDocument): number | undefined {
  const vendors = new Set(applications.map(({ vendorId }) => vendorId));
  return vendors.size === 1 ? [...vendors][0] : undefined;
}

function linkAnswerMessage(scopes: Iterable<Scope>, names: Names, diagnostics: DiagnosticBag): Grammar | undefined {
  let first: { readonly grammar: Grammar; readonly at: SourceLocation } | undefined;
  for (const scope of scopes) {
    for (const { answerMessage: node, vendorId } of scope.document.applications) {
      if (node === undefined) continue;
      if (first === undefined) {
        first = { grammar: linkGrammar(node, { names, diagnostics, scope, applicationVendor: vendorId }), at: node.at };
        continue;
      }
      diagnostics.add("DG2023", node.at, "a second grammar for answers with the E bit", {
        related: [{ message: "the first is here", at: first.at }],
      });
    }
  }
  return first?.grammar;
}

function checkDocumentNames(documents: readonly DictionaryDocument[], diagnostics: DiagnosticBag): void {
  const names = new Map<string, DictionaryDocument>();
  for (const document of documents) {
    const before = names.get(document.name);
    if (before === undefined) names.set(document.name, document);
    else {
      const at = { file: document.file, line: 1, column: 1 };
      diagnostics.add("DG2022", at, `${before.file} is also called ${quote(document.name)}`, {
        hint: 'Write <dictionary name="..."> with another name.',
        related: [{ message: "the other", at: { file: before.file, line: 1, column: 1 } }],
      });
    }
  }
}
