/** `fixed`, `required` and `optional` with their `avprule`s: the CCF of RFC 6733 section 3.2 in XML. */
import { quote } from "../../diagnostics.js";
import type { GrammarNode, RuleNode, RulePosition } from "../../model/document.js";
import { type Fields, MAX_UNSIGNED32 } from "../xml/fields.js";
import type { XmlElement } from "../xml/xml.js";
import { knownChildren } from "./schema.js";

/** The wildcard's name in a rule: `* [ AVP ]`. */
export const WILDCARD = "AVP";

/**
 * Undefined where there is no rule: freeDiameter's own dict_gx.xml has commands that are empty, and does not mean that no AVP may
 * appear. `extending`: a maximum of 0 takes the AVP out of the group.
 */
export function readGrammar(element: XmlElement, fields: Fields, extending = false): GrammarNode | undefined {
  const rules: RuleNode[] = [];
  let written = 0;
  for (const section of knownChildren(element, fields)) {
    for (const child of knownChildren(section, fields)) {
      written++;
      const rule = readRule(child, section.name as RulePosition, fields, extending);
      if (rule !== undefined) rules.push(rule);
    }
  }
  const at = fields.at(element);
  if (written === 0) {
    fields.diagnostics.add("DG1022", at, `<${element.name}> has no rules`, {
      hint: `Anything may appear there now. To say so write <optional><avprule name="${WILDCARD}"/></optional>.`,
    });
    return undefined;
  }
  return { rules, at };
}

function readRule(
  element: XmlElement,
  written: RulePosition,
  fields: Fields,
  extending: boolean,
): RuleNode | undefined {
  knownChildren(element, fields);
  const avp = fields.name(element);
  const vendorId = fields.optionalNumber(element, "vendor-id", 0, MAX_UNSIGNED32);
  const minimum = fields.optionalNumber(element, "minimum", 0, MAX_UNSIGNED32);
  const maximum = fields.optionalNumber(element, "maximum", 0, MAX_UNSIGNED32);
  if (avp === undefined || vendorId === null || minimum === null || maximum === null) return undefined;

  const at = fields.at(element);
  const max = maximum ?? Number.POSITIVE_INFINITY;
  const removes = extending && max === 0;
  const min = removes ? 0 : (minimum ?? (written === "optional" || avp === WILDCARD ? 0 : 1));
  if (min > max) {
    const hint = max === 0 ? "Leave the rule out: what is not named may not appear." : "Make the maximum the larger.";
    fields.diagnostics.add("DG1023", at, `${quote(avp)} must appear ${min} times and may appear ${max} times`, {
      hint,
    });
    return undefined;
  }
  if (max === 0 && !removes) {
    fields.diagnostics.add("DG1023", at, `${quote(avp)} may appear 0 times`, {
      hint: "Leave the rule out: what is not named may not appear.",
    });
    return undefined;
  }
  return { avp, ...(vendorId === undefined ? {} : { vendorId }), position: position(), min, max, at };

  /** `{ X }` with a minimum of 0 and `[ X ]` with one of 1 contradict themselves; a fixed rule may be optional (section 3.2). */
  function position(): RulePosition {
    if (avp === WILDCARD || removes) return written;
    const meant =
      written === "required" && min === 0 ? "optional" : written === "optional" && min > 0 ? "required" : written;
    if (meant !== written) {
      fields.diagnostics.add(
        "DG1024",
        at,
        `${quote(avp ?? "")} is ${written}, but its minimum is ${min}; it is read as ${meant}`,
        {
          hint: `Move it to <${meant}>, or correct the minimum.`,
        },
      );
    }
    return meant;
  }
}
