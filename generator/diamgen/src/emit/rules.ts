import type { AvpDefinition, Grammar, Rule } from "@diamgen/dictionary";
import type { Folder } from "./layout.js";

/** Every AVP that a grammar of the folder's groups and commands names. */
export function namedAvps(folder: Pick<Folder, "groups" | "application">): AvpDefinition[] {
  const grammars: Grammar[] = [...folder.groups.values()].map((place) => place.grammar);
  for (const command of folder.application?.commands ?? []) grammars.push(command.request, command.answer);
  return grammars.flatMap((grammar) => grammar.rules).map((rule) => rule.avp);
}

/** `1* { SIP-AOR }`, as RFC 6733 section 3.2 writes it. */
export function ruleText({ avp, position, min, max }: Rule): string {
  const [open, close] = { fixed: ["<", ">"], required: ["{", "}"], optional: ["[", "]"] }[position];
  const bounds = max === 1 ? "" : `${min > 0 ? min : ""}*${Number.isFinite(max) ? max : ""} `;
  return `${bounds}${open} ${avp.name} ${close}`;
}
