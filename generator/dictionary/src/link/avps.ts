/** Gathers the AVPs of all documents into one definition for each (vendor id, code). */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import { avpKey } from "../model/dictionary.js";
import type { AvpNode, GrammarNode } from "../model/document.js";
import type { AvpDraft } from "./drafts.js";
import { type EnumeratedAvp, EnumTable, mayHaveValues } from "./enums.js";
import type { Scope } from "./scope.js";
import type { Types } from "./types.js";

/** In the order of definition. */
export type AvpDrafts = ReadonlyMap<string, AvpDraft>;

export function defineAvps(scopes: Iterable<Scope>, types: Types, diagnostics: DiagnosticBag): AvpDrafts {
  const drafts = new Map<string, AvpDraft>();
  for (const scope of scopes) {
    for (const node of scope.document.avps) {
      const key = avpKey(node.vendorId, node.code);
      const before = drafts.get(key);
      const draft = define(node, scope, types, diagnostics);
      if (before === undefined) drafts.set(key, draft);
      else if (before.overlay && !draft.overlay) layBelow(before, draft, diagnostics);
      else merge(before, draft, diagnostics);
    }
  }
  return drafts;
}

function define(node: AvpNode, scope: Scope, types: Types, diagnostics: DiagnosticBag): AvpDraft {
  const { document } = scope;
  const type = types.resolve(node, scope);
  const { name, code, vendorId, section, description, at } = node;
  const enums = new EnumTable();
  if (node.enums.length > 0 && !mayHaveValues(type)) {
    diagnostics.add("DG2016", node.enums[0]!.at, `values for ${quote(name)}, which is ${type}; they are dropped`, {
      hint: "Values are for Enumerated, Integer32 and Unsigned32.",
    });
  } else for (const value of node.enums) addOnce(enums, value, { name, type }, diagnostics);
  const avp = {
    name,
    code,
    vendorId,
    type,
    typeName: node.type,
    mandatory: node.mandatory,
    protected: node.protected,
    enums: enums.values,
    source: node.source ?? document.source,
    section,
    description,
    document: document.name,
    at,
  };
  const names = new Map([[name, new Set([document])]]);
  const { overlay } = scope;
  return { avp, home: document, overlay, node, document, homes: new Set([document]), names, enums, below: [] };
}

/** Within one definition the same value twice is a slip worth telling. */
function addOnce(
  enums: EnumTable,
  value: AvpNode["enums"][number],
  avp: EnumeratedAvp,
  diagnostics: DiagnosticBag,
): void {
  const size = diagnostics.list.length;
  if (!enums.add(value, avp, diagnostics) && diagnostics.list.length === size) {
    diagnostics.add("DG2015", value.at, `value ${quote(value.name)} of ${quote(avp.name)} stands there twice`, {
      hint: "Take one out.",
    });
  }
}

/**
 * The definition of the overlay stands, and takes what it says nothing of: a grammar, a description; values, once all overlays have
 * added theirs (see `addValuesBelow`). That grammars differ is what overlays are for.
 */
function layBelow(overlay: AvpDraft, draft: AvpDraft, diagnostics: DiagnosticBag): void {
  const { node, document, avp } = draft;
  const assumed = new Set([...(overlay.node.assumed ?? []), ...(node.assumed ?? [])]);
  const differences = [...compareFacts(overlay, draft, (flag) => !assumed.has(flag))];
  if (differences.length > 0) {
    const what = `AVP ${quote(node.name)} (vendor ${node.vendorId}, code ${node.code})`;
    diagnostics.add("DG2029", node.at, `${what} is defined differently in the overlay: ${differences.join("; ")}`, {
      hint: "The overlay stands.",
      related: [{ message: "the overlay", at: overlay.avp.at }],
    });
  }
  overlay.homes.add(document);
  alsoCalled(overlay, draft);
  overlay.below.push(node);
  if (overlay.avp.type === "Grouped" && overlay.node.grammar === undefined && node.grammar !== undefined) {
    overlay.node = node;
    overlay.document = document;
  }
  overlay.avp.description ??= avp.description;
}

/** Values that only the definitions below an overlay have. What the overlay calls otherwise, or has under another code, is its own affair. */
export function addValuesBelow(drafts: AvpDrafts, diagnostics: DiagnosticBag): void {
  for (const { avp, enums, below } of drafts.values()) {
    if (!mayHaveValues(avp.type)) continue;
    for (const value of below.flatMap((node) => node.enums)) {
      if (!enums.hasName(value.name) && !enums.hasCode(value.code, avp)) enums.add(value, avp, diagnostics);
    }
  }
}

/** Two definitions of one AVP: the first stands, and takes from the second what it lacks. */
function merge(first: AvpDraft, second: AvpDraft, diagnostics: DiagnosticBag): void {
  const differences = [...compare(first, second)];
  const what = `AVP ${quote(second.node.name)} (vendor ${second.node.vendorId}, code ${second.node.code})`;
  const related = [{ message: "defined first here", at: first.node.at }];
  // What refers to it by another name is not wrong as well.
  alsoCalled(first, second);
  if (differences.length > 0) {
    diagnostics.add("DG2004", second.node.at, `${what} is defined twice, differently: ${differences.join("; ")}`, {
      hint: "One (vendor id, code) is one AVP. Remove one definition, or correct it.",
      related,
    });
    return;
  }
  first.homes.add(second.document);
  if (first.node.grammar === undefined && second.node.grammar !== undefined) {
    first.node = second.node;
    first.document = second.document;
  }
  first.avp.section ??= second.avp.section;
  first.avp.description ??= second.avp.description;
  let added = 0;
  for (const value of mayHaveValues(first.avp.type) ? second.node.enums : []) {
    if (first.enums.add(value, first.avp, diagnostics)) added++;
  }
  if (added > 0) {
    diagnostics.add("DG2027", second.node.at, `${what} is defined twice; this one adds ${added} values`, {
      hint: `Define it once. To add values write <enumeration avp="${second.node.name}">.`,
      related,
    });
  }
}

function* compare(first: AvpDraft, second: AvpDraft): Generator<string> {
  yield* compareFacts(first, second, () => true);
  if (!sameGrammar(first.node.grammar, second.node.grammar)) yield "their grammars differ";
}

type Flag = "mandatory" | "protected";

function* compareFacts(first: AvpDraft, second: AvpDraft, counts: (flag: Flag) => boolean): Generator<string> {
  const here = second.avp;
  const there = first.avp;
  if (here.name !== there.name) yield `name ${quote(here.name)} here, ${quote(there.name)} there`;
  if (here.type !== there.type) yield `type ${here.type} here, ${there.type} there`;
  for (const flag of ["mandatory", "protected"] as const) {
    if (here[flag] !== there[flag] && counts(flag)) yield `${flag} ${here[flag]} here, ${there[flag]} there`;
  }
}

function alsoCalled(first: AvpDraft, { avp: { name }, document }: AvpDraft): void {
  const documents = first.names.get(name);
  if (documents === undefined) first.names.set(name, new Set([document]));
  else documents.add(document);
}

/** A definition without grammar agrees with any. */
function sameGrammar(first: GrammarNode | undefined, second: GrammarNode | undefined): boolean {
  if (first === undefined || second === undefined) return true;
  return (
    first.rules.length === second.rules.length &&
    first.rules.every((rule, index) => {
      const other = second.rules[index]!;
      return (
        rule.avp === other.avp &&
        rule.vendorId === other.vendorId &&
        rule.position === other.position &&
        rule.min === other.min &&
        rule.max === other.max
      );
    })
  );
}
