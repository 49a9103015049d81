/** One definition for each AVP of a file. */
import { type DiagnosticBag, quote } from "../../diagnostics.js";
import { avpKey } from "../../model/dictionary.js";
import type { AvpNode } from "../../model/document.js";

/**
 * Of AVPs with one (vendor id, code) the last stands, as in Wireshark. Groups name their members, and may name the one that is left out:
 * then that which stands for it is meant.
 */
export function lastDefinitions(avps: readonly AvpNode[], diagnostics: DiagnosticBag): readonly AvpNode[] {
  const last = new Map(avps.map((avp) => [avpKey(avp.vendorId, avp.code), avp]));
  if (last.size === avps.length) return avps;
  const standing = avps.filter((avp) => last.get(avpKey(avp.vendorId, avp.code)) === avp);
  const names = new Set(standing.map(({ name }) => name));
  const renamed = new Map<string, string>();
  for (const avp of avps) {
    const other = last.get(avpKey(avp.vendorId, avp.code))!;
    if (other === avp) continue;
    if (!names.has(avp.name)) renamed.set(avp.name, other.name);
    const what = `AVP ${quote(avp.name)} (vendor ${avp.vendorId}, code ${avp.code})`;
    const as = other.name === avp.name ? "again" : `as ${quote(other.name)}`;
    diagnostics.add("DG1037", avp.at, `${what} is defined ${as} further on; that one stands`, {
      hint: "One (vendor id, code) is one AVP. Take one definition out.",
      related: [{ message: `${quote(other.name)}, ${other.type}`, at: other.at }],
    });
  }
  return standing.map((avp) => {
    if (avp.grammar?.rules.some((rule) => renamed.has(rule.avp)) !== true) return avp;
    const rules = avp.grammar.rules.map((rule) => ({ ...rule, avp: renamed.get(rule.avp) ?? rule.avp }));
    return { ...avp, grammar: { ...avp.grammar, rules } };
  });
}
