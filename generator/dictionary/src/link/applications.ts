/** Applications with all that they have and see. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import { type Application, type AvpDefinition, avpKey, type Command, type Grammar } from "../model/dictionary.js";
import type { ApplicationNode, DictionaryDocument } from "../model/document.js";
import type { AvpDrafts } from "./avps.js";
import { type ApplicationDraft, commandsOf, draftApplication, groupById } from "./commands.js";
import { endlessGroups, extendGrammar, type GrammarContext, LOOSE } from "./grammar.js";
import { isVisible, type Names } from "./names.js";
import { type CommandsOf, keysBelowOverlays, withoutReplaced } from "./overlays.js";
import type { Scope } from "./scope.js";

export interface LinkedApplication {
  readonly application: Application;
  readonly document: DictionaryDocument;
}

/** RFC 6733 section 2.4: the Diameter base accounting application. */
const BASE_ACCOUNTING = 3;

export function linkApplications(
  scopes: Iterable<Scope>,
  names: Names,
  drafts: AvpDrafts,
  diagnostics: DiagnosticBag,
): readonly LinkedApplication[] {
  const contextOf = (node: ApplicationNode, scope: Scope): GrammarContext => ({
    names,
    diagnostics,
    scope,
    applicationVendor: node.vendorId,
  });
  const drafted: ApplicationDraft[] = [];
  for (const scope of scopes) {
    for (const node of scope.document.applications)
      drafted.push(draftApplication(node, contextOf(node, scope), drafts));
  }
  // Overlays' commands are needed before those below them are known.
  const found = new Map<ApplicationDraft, readonly Command[]>();
  const commandsAmong = (all: readonly ApplicationDraft[]): CommandsOf => {
    const byId = groupById(all);
    return (draft) => {
      const commands = found.get(draft) ?? commandsOf(draft, byId, diagnostics);
      found.set(draft, commands);
      return commands;
    };
  };
  const all = withoutReplaced(drafted, commandsAmong(drafted), diagnostics);
  const commandsIn = commandsAmong(all);
  const keyOf = keysBelowOverlays(all);
  const known = new Map<Scope, readonly AvpDefinition[]>();
  const linked = all.map((draft): LinkedApplication => {
    const { node, scope } = draft;
    const { document } = scope;
    const commands = commandsIn(draft);
    const groups = groupsOf(draft, commands, contextOf(node, scope));
    const application: Application = {
      id: node.id,
      name: node.name,
      key: keyOf(draft),
      kind: node.id === 0 ? "base" : (node.kind ?? (node.id === BASE_ACCOUNTING ? "acct" : "auth")),
      vendorId: node.vendorId,
      source: node.source ?? document.source,
      section: node.section,
      commands,
      groups,
      avps: avpsOf(scope, commands, groups, drafts, known),
      document: document.name,
      at: node.at,
    };
    return { application, document };
  });
  checkKeys(linked, diagnostics);
  checkClaims(linked, diagnostics);
  return linked;
}

/** As this application sees them: its own extensions, and whatever its commands reach. */
function groupsOf(
  { node, scope }: ApplicationDraft,
  commands: readonly Command[],
  context: GrammarContext,
): ReadonlyMap<string, Grammar> {
  const { names, diagnostics } = context;
  const extended = new Map<AvpDefinition, Grammar>();
  for (const extension of node.extensions) {
    const { avp: name, vendorId, at } = extension;
    const avp = names.resolve({ name, vendorId, vendors: [context.applicationVendor], scope, at })?.avp;
    if (avp === undefined) continue;
    if (avp.type !== "Grouped") {
      diagnostics.add("DG2012", at, `${quote(name)} is ${avp.type}, not Grouped; it has no grammar to extend`, {
        related: [{ message: "defined here", at: avp.at }],
      });
      continue;
    }
    const base = extended.get(avp) ?? avp.grammar ?? LOOSE;
    extended.set(avp, extendGrammar(base, extension.grammar, { ...context, groupVendor: avp.vendorId }));
  }
  const groups = new Map<AvpDefinition, Grammar>();
  const open: Grammar[] = [...extended.values()];
  for (const { request, answer } of commands) open.push(request, answer);
  for (const [avp, grammar] of extended) groups.set(avp, grammar);
  for (const grammar of open) {
    for (const { avp } of grammar.rules) {
      if (avp.type !== "Grouped" || groups.has(avp)) continue;
      const own = avp.grammar ?? LOOSE;
      groups.set(avp, own);
      open.push(own);
    }
  }
  if (extended.size > 0) {
    for (const avp of endlessGroups(groups)) {
      if (!extended.has(avp)) continue;
      diagnostics.add("DG2018", node.at, `as extended here, ${quote(avp.name)} requires itself`);
    }
  }
  return new Map([...groups].map(([avp, grammar]) => [avpKey(avp.vendorId, avp.code), grammar]));
}

/** Of its document and of those that it imports; and what it refers to besides (see DG2003). */
function avpsOf(
  scope: Scope,
  commands: readonly Command[],
  groups: ReadonlyMap<string, Grammar>,
  drafts: AvpDrafts,
  known: Map<Scope, readonly AvpDefinition[]>,
): readonly AvpDefinition[] {
  let visible = known.get(scope);
  if (visible === undefined) {
    visible = [...drafts.values()].filter((draft) => isVisible(draft, scope)).map(({ avp }) => avp);
    known.set(scope, visible);
  }
  const besides = new Set<AvpDefinition>();
  for (const { rules } of [...commands.flatMap(({ request, answer }) => [request, answer]), ...groups.values()]) {
    for (const { avp } of rules) {
      const draft = drafts.get(avpKey(avp.vendorId, avp.code));
      if (draft !== undefined && !isVisible(draft, scope)) besides.add(avp);
    }
  }
  return besides.size === 0 ? visible : [...visible, ...besides];
}

function checkKeys(linked: readonly LinkedApplication[], diagnostics: DiagnosticBag): void {
  const keys = new Map<string, Application>();
  for (const { application } of linked) {
    const before = keys.get(application.key);
    if (before === undefined) {
      keys.set(application.key, application);
      continue;
    }
    diagnostics.add(
      "DG2021",
      application.at,
      `application ${quote(application.name)} has the key ${quote(application.key)} as well`,
      {
        hint: 'Write key="..." at one of them.',
        related: [{ message: `application ${quote(before.name)}`, at: before.at }],
      },
    );
  }
}

/** (4, 272) is credit control of RFC 8506 and Ro of 3GPP: both may be generated, one can be served. */
function checkClaims(linked: readonly LinkedApplication[], diagnostics: DiagnosticBag): void {
  const byId = new Map<number, Application[]>();
  for (const { application } of linked) {
    if (diagnostics.full) return;
    const others = byId.get(application.id) ?? [];
    for (const other of others) {
      const codes = new Set(other.commands.map(({ code }) => code));
      const shared = application.commands.filter(({ code }) => codes.has(code)).map(({ name }) => name);
      if (shared.length === 0) continue;
      const message = `application ${quote(application.name)} has the id ${application.id} of ${quote(other.name)}, and commands of it`;
      diagnostics.add("DG2008", application.at, `${message}: ${shared.slice(0, 10).join(", ")}`, {
        hint: "A node can serve only one of them, and has to be told which.",
        related: [{ message: `application ${quote(other.name)}`, at: other.at }],
      });
    }
    others.push(application);
    byId.set(application.id, others);
  }
}
