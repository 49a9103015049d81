/** Resolves the rules of grammars, extends groups, and finds those that cannot exist. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { AvpDefinition, Grammar, Rule } from "../model/dictionary.js";
import { avpKey } from "../model/dictionary.js";
import type { GrammarNode, RuleNode } from "../model/document.js";
import type { Names } from "./names.js";
import type { Scope } from "./scope.js";

/** Name of the wildcard in rules: `* [ AVP ]`. */
const WILDCARD = "AVP";

export const LOOSE: Grammar = Object.freeze({ rules: Object.freeze([]), wildcard: true, loose: true });

export interface GrammarContext {
  readonly names: Names;
  readonly diagnostics: DiagnosticBag;
  readonly scope: Scope;
  /** Vendor of the group that the grammar is of. */
  readonly groupVendor?: number | undefined;
  readonly applicationVendor?: number | undefined;
}

export function linkGrammar(node: GrammarNode | undefined, context: GrammarContext): Grammar {
  if (node === undefined) return LOOSE;
  const { diagnostics } = context;
  const rules = new Map<AvpDefinition, Rule>();
  let wildcard = false;
  for (const ruleNode of node.rules) {
    if (ruleNode.avp === WILDCARD) {
      wildcard = true;
      continue;
    }
    const rule = linkRule(ruleNode, context);
    if (rule === undefined) continue;
    const before = rules.get(rule.avp);
    if (before === undefined) rules.set(rule.avp, rule);
    else {
      diagnostics.add(
        "DG2013",
        rule.at,
        `${quote(rule.avp.name)} is named twice in one grammar; the first rule stands`,
        {
          hint: "Take one out.",
          related: [{ message: "named first here", at: before.at }],
        },
      );
    }
  }
  return { rules: [...rules.values()], wildcard, loose: false };
}

/** The group as an application sees it: rules of the same AVP replaced, others added, those with a maximum of 0 taken out. */
export function extendGrammar(base: Grammar, node: GrammarNode, context: GrammarContext): Grammar {
  const extension = linkGrammar(node, context);
  const rules = new Map(base.rules.map((rule) => [rule.avp, rule]));
  for (const rule of extension.rules) {
    if (rule.max > 0) rules.set(rule.avp, rule);
    else if (!rules.delete(rule.avp)) {
      context.diagnostics.add("DG2026", rule.at, `the group has no ${quote(rule.avp.name)} to take away`);
    }
  }
  // Fixed rules go first (RFC 6733 section 3.2), also those that an extension adds at the end.
  const all = [...rules.values()];
  const ordered = [
    ...all.filter(({ position }) => position === "fixed"),
    ...all.filter(({ position }) => position !== "fixed"),
  ];
  const removed = node.rules.some(({ avp, max }) => avp === WILDCARD && max === 0);
  const wildcard = removed ? false : base.wildcard || extension.wildcard;
  return { rules: ordered, wildcard, loose: false };
}

function linkRule(node: RuleNode, { names, scope, groupVendor, applicationVendor }: GrammarContext): Rule | undefined {
  const vendors = [groupVendor, applicationVendor];
  const draft = names.resolve({ name: node.avp, vendorId: node.vendorId, vendors, scope, at: node.at });
  if (draft === undefined) return undefined;
  const { position, min, max, at } = node;
  return { avp: draft.avp, position, min, max, at };
}

/**
 * Groups that require themselves, straight or through others. Recursion as such is allowed (a Failed-AVP may hold a Failed-AVP),
 * but a group that must hold itself has no end.
 */
export function endlessGroups(groups: Iterable<readonly [AvpDefinition, Grammar]>): readonly AvpDefinition[] {
  // Taken away step by step: groups that require no group that is left. What stays requires itself, or something that does.
  const open = new Map<string, AvpDefinition>();
  const waiting = new Map<string, number>();
  const requiredBy = new Map<string, string[]>();
  const done: string[] = [];
  for (const [avp, grammar] of groups) {
    const key = avpKey(avp.vendorId, avp.code);
    const required = grammar.rules.filter((rule) => rule.min > 0 && rule.avp.type === "Grouped");
    open.set(key, avp);
    waiting.set(key, required.length);
    if (required.length === 0) done.push(key);
    for (const rule of required) {
      const member = avpKey(rule.avp.vendorId, rule.avp.code);
      const list = requiredBy.get(member);
      if (list === undefined) requiredBy.set(member, [key]);
      else list.push(key);
    }
  }
  for (const key of done) {
    open.delete(key);
    for (const holder of requiredBy.get(key) ?? []) {
      const left = waiting.get(holder)! - 1;
      waiting.set(holder, left);
      if (left === 0) done.push(holder);
    }
  }
  return [...open.values()];
}
