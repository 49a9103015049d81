/** Commands of the applications: their own, and those that they take over from another. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { Command } from "../model/dictionary.js";
import type { ApplicationNode, CommandNode, InheritNode, SourceLocation } from "../model/document.js";
import { didYouMean } from "../suggest.js";
import type { AvpDrafts } from "./avps.js";
import { type GrammarContext, linkGrammar } from "./grammar.js";
import { looseCommand } from "./loose.js";
import type { Scope } from "./scope.js";

export interface ApplicationDraft {
  readonly node: ApplicationNode;
  readonly scope: Scope;
  /** Its own ones, by name. */
  readonly own: ReadonlyMap<string, Command>;
  readonly inherits: ReadonlyMap<string, InheritNode>;
}

/** By application id, in the order of the documents. */
export type ApplicationDrafts = ReadonlyMap<number, readonly ApplicationDraft[]>;

export function groupById(drafts: readonly ApplicationDraft[]): ApplicationDrafts {
  const byId = new Map<number, ApplicationDraft[]>();
  for (const draft of drafts) {
    const list = byId.get(draft.node.id);
    if (list === undefined) byId.set(draft.node.id, [draft]);
    else list.push(draft);
  }
  return byId;
}

export function draftApplication(node: ApplicationNode, context: GrammarContext, drafts: AvpDrafts): ApplicationDraft {
  const { diagnostics, scope } = context;
  const own = new Map<string, Command>();
  const codes = new Map<number, CommandNode>();
  for (const command of node.commands) {
    const before = codes.get(command.code) ?? own.get(command.name);
    if (before !== undefined) reportTwice(command.name, command.code, command.at, before.at, diagnostics);
    else {
      codes.set(command.code, command);
      own.set(command.name, linkCommand(command, node, context, drafts));
    }
  }
  const inherits = new Map<string, InheritNode>();
  for (const inherit of node.inherits) {
    const before = own.get(inherit.command) ?? inherits.get(inherit.command);
    if (before !== undefined) reportTwice(inherit.command, undefined, inherit.at, before.at, diagnostics);
    else inherits.set(inherit.command, inherit);
  }
  return { node, scope, own, inherits };
}

function linkCommand(
  command: CommandNode,
  application: ApplicationNode,
  context: GrammarContext,
  drafts: AvpDrafts,
): Command {
  const grammar = (side: "request" | "answer") =>
    command[side] === undefined
      ? looseCommand(command, side, context.scope, drafts)
      : linkGrammar(command[side], context);
  return {
    name: command.name,
    code: command.code,
    abbreviation: command.abbreviation,
    // Where the format does not say: RFC 6733 section 3, all but the base's own session-less commands may be proxied.
    proxiable: command.proxiable ?? application.id !== 0,
    request: grammar("request"),
    answer: grammar("answer"),
    source: application.source ?? context.scope.document.source,
    section: command.section,
    at: command.at,
  };
}

function reportTwice(
  name: string,
  code: number | undefined,
  at: SourceLocation,
  before: SourceLocation,
  diagnostics: DiagnosticBag,
): void {
  const which = code === undefined ? quote(name) : `${quote(name)} (code ${code})`;
  diagnostics.add("DG2007", at, `command ${which} is in this application already`, {
    hint: "Name and code of a command are unique in an application. Take one out.",
    related: [{ message: "it stands here", at: before }],
  });
}

/** Own commands, then inherited ones, in the order written. */
export function commandsOf(
  draft: ApplicationDraft,
  all: ApplicationDrafts,
  diagnostics: DiagnosticBag,
): readonly Command[] {
  const commands = [...draft.own.values()];
  const codes = new Map(commands.map((command) => [command.code, command]));
  for (const inherit of draft.inherits.values()) {
    const found = findInherited(draft, inherit, all, diagnostics);
    if (found === undefined) continue;
    const before = codes.get(found.code);
    if (before !== undefined) {
      reportTwice(found.name, found.code, inherit.at, before.at, diagnostics);
      continue;
    }
    codes.set(found.code, found);
    commands.push({ ...found, inheritedFrom: inherit.application });
  }
  return commands;
}

/** Follows the chain: an application may take over what another took over. */
function findInherited(
  from: ApplicationDraft,
  first: InheritNode,
  all: ApplicationDrafts,
  diagnostics: DiagnosticBag,
): Command | undefined {
  const seen = new Set<InheritNode>();
  let heir = from;
  let inherit = first;
  for (;;) {
    if (seen.has(inherit)) {
      diagnostics.add("DG2011", first.at, `command ${quote(first.command)} is inherited in a circle`, {
        hint: "One of the applications must define it.",
        related: [...seen].slice(1, 10).map(({ at }) => ({ message: "by way of this", at })),
      });
      return undefined;
    }
    seen.add(inherit);
    const source = findSource(heir, inherit, all, diagnostics);
    if (source === undefined) return undefined;
    const command = source.own.get(inherit.command);
    if (command !== undefined) return command;
    inherit = source.inherits.get(inherit.command)!;
    heir = source;
  }
}

/** The one application with that id that has the command; one that is imported goes before others. */
function findSource(
  heir: ApplicationDraft,
  inherit: InheritNode,
  all: ApplicationDrafts,
  diagnostics: DiagnosticBag,
): ApplicationDraft | undefined {
  const { command, application, at } = inherit;
  const withId = (all.get(application) ?? []).filter((draft) => draft !== heir);
  const having = withId.filter((draft) => draft.own.has(command) || draft.inherits.has(command));
  const visible = having.filter((draft) => heir.scope.visible.has(draft.scope.document));
  const candidates = visible.length > 0 ? visible : having;
  if (candidates.length === 1) return candidates[0];
  if (candidates.length > 1) {
    diagnostics.add(
      "DG2010",
      at,
      `command ${quote(command)} is in ${candidates.length} applications with id ${application}`,
      {
        hint: "Define it here instead, or import only one of them.",
        related: candidates
          .slice(0, 10)
          .map(({ node }) => ({ message: `application ${quote(node.name)}`, at: node.at })),
      },
    );
    return undefined;
  }
  const names = withId.flatMap((draft) => [...draft.own.keys()]);
  const hint =
    withId.length === 0
      ? `No application has the id ${application}; import the dictionary that defines it.`
      : (didYouMean(command, names) ?? `It has ${names.slice(0, 12).join(", ") || "no commands"}.`);
  diagnostics.add("DG2009", at, `application ${application} has no command ${quote(command)}`, { hint });
  return undefined;
}
