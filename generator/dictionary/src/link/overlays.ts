/** Applications of dictionaries that have overlays: a command of an overlay takes the place of that with its code in the application below. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { Command } from "../model/dictionary.js";
import { slug } from "../slug.js";
import type { ApplicationDraft } from "./commands.js";

export type CommandsOf = (draft: ApplicationDraft) => readonly Command[];

/**
 * The profiles stay apart, each with its own commands: the overlay's with grammars, that below with the rest of its own, loosely typed. No
 * (application id, command code) is in both, so a node can have both. Of an application that the overlay has whole nothing is left.
 * A loosely typed command of application 0 stands there for want of a better place (Wireshark's): an overlay that has it in any application
 * is one.
 */
export function withoutReplaced(
  drafts: readonly ApplicationDraft[],
  commandsOf: CommandsOf,
  diagnostics: DiagnosticBag,
): readonly ApplicationDraft[] {
  const above = new Map<number, { readonly draft: ApplicationDraft; readonly codes: Set<number> }>();
  const anywhere = new Set<number>();
  for (const draft of drafts) {
    if (!draft.scope.overlay) continue;
    const overlay = above.get(draft.node.id) ?? { draft, codes: new Set() };
    above.set(draft.node.id, overlay);
    for (const { code } of commandsOf(draft)) {
      overlay.codes.add(code);
      anywhere.add(code);
    }
  }
  return drafts.flatMap((draft) => {
    const { id, name, at } = draft.node;
    const overlay = above.get(id);
    if (draft.scope.overlay || (overlay === undefined && id !== 0)) return [draft];
    const isReplaced = ({ code, request, answer }: Command) =>
      overlay?.codes.has(code) === true || (id === 0 && request.loose && answer.loose && anywhere.has(code));
    const replaced = [...draft.own.values()].filter(isReplaced);
    const gone = overlay !== undefined && replaced.length === draft.own.size && draft.inherits.size === 0;
    if (replaced.length === 0 && !gone) return [draft];
    const message = `application ${quote(name)} (${id}): ${listed(replaced)}${gone ? "; nothing is left of it" : ""}`;
    const related = overlay && [
      { message: `application ${quote(overlay.draft.node.name)} of the overlay`, at: overlay.draft.node.at },
    ];
    diagnostics.add("DG2030", at, message, { related });
    return gone ? [] : [{ ...draft, own: new Map([...draft.own].filter(([, command]) => !isReplaced(command))) }];
  });
}

function listed(commands: readonly Command[]): string {
  if (commands.length === 0) return "it has no commands";
  const names = commands.slice(0, 10).map(({ name }) => name);
  const more = commands.length > names.length ? ` and ${commands.length - names.length} more` : "";
  return `${names.join(", ")}${more} ${commands.length === 1 ? "is" : "are"} the overlay's`;
}

/** Keys of applications. What is below an overlay gives way where both have a key: nobody can change it there. */
export function keysBelowOverlays(drafts: readonly ApplicationDraft[]): (draft: ApplicationDraft) => string {
  const plain = ({ node }: ApplicationDraft) => node.key ?? slug(node.name, "application", `application-${node.id}`);
  const above = new Set(drafts.filter(({ scope }) => scope.overlay).map(plain));
  return (draft) => {
    const key = plain(draft);
    if (draft.scope.overlay || !above.has(key)) return key;
    return slug(`${key.slice(0, 31)}-${draft.scope.document.name.slice(0, 32)}`, "application");
  };
}
