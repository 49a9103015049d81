/** The `{ ... }` after a grouped ATTRIBUTE, a REQUEST or an ANSWER: one AVP a line, as in `Result-Code | REQUIRED | 1`. */
import { oneOf, quote } from "../../diagnostics.js";
import type { GrammarNode, RuleNode, RulePosition, SourceLocation } from "../../model/document.js";
import { didYouMean } from "../../suggest.js";
import type { Line, Word } from "./lines.js";
import type { Values } from "./values.js";

const POSITIONS: Readonly<Record<string, RulePosition>> = {
  FIXED_HEAD: "fixed",
  REQUIRED: "required",
  OPTIONAL: "optional",
};

const KEYWORD = /^(?:ATTRIBUTE|VENDOR|VALUE|APPLICATION(?:-AUTH|-ACC)?|REQUEST|ANSWER)\s/i;

/**
 * Reads the block that begins at `lines[from]`. OpenSIPS skips `{`, and lets `}` or an empty line end the block; a keyword of the
 * next definition ends it here too. freeDiameter takes any further AVP in any group and command, hence the wildcard.
 */
export function readRules(
  lines: readonly Line[],
  from: number,
  at: SourceLocation,
  values: Values,
): { readonly grammar: GrammarNode; readonly next: number } {
  const rules: RuleNode[] = [];
  let next = from;
  let opened = false;
  for (; next < lines.length; next++) {
    const line = lines[next]!;
    if (line.text.startsWith("{")) {
      opened = true;
      continue;
    }
    if (line.text.startsWith("}")) {
      next++;
      break;
    }
    if (KEYWORD.test(line.text) || (line.afterBlank && (opened || rules.length > 0) && !line.text.includes("|"))) break;
    if (line.afterBlank && rules.length > 0) {
      const hint = "Take the empty line out.";
      values.diagnostics.add("DG1046", line.at, "an empty line ends the block in OpenSIPS; this is read all the same", {
        hint,
      });
    }
    const rule = readRule(line, values);
    if (rule !== undefined) rules.push(rule);
  }
  rules.push({ avp: "AVP", position: "optional", min: 0, max: Number.POSITIVE_INFINITY, at });
  return { grammar: { rules, at }, next };
}

function readRule(line: Line, values: Values): RuleNode | undefined {
  const words = line.words().filter(({ text }) => text !== "|");
  const parts = words.flatMap(split);
  const [name, flag, max] = parts;
  if (name === undefined || flag === undefined || max === undefined || line.text.split("|").length !== 3) {
    values.diagnostics.add("DG1045", line.at, `${quote(line.text)} is no AVP of a block`, {
      hint: "It is the name of an AVP, | REQUIRED, OPTIONAL or FIXED_HEAD, | how often it may stand there at most.",
    });
    return undefined;
  }
  const avp = values.avpName(name);
  const position = POSITIONS[flag.text];
  if (position === undefined) {
    values.diagnostics.add("DG1015", flag.at, `${quote(flag.text)} is not ${oneOf(Object.keys(POSITIONS))}`, {
      hint: didYouMean(flag.text, Object.keys(POSITIONS)),
    });
  }
  const most = values.number(max, 0, "how often it may stand there");
  if (avp === undefined || position === undefined || most === undefined) return undefined;
  return { avp, position, min: position === "optional" || most === 0 ? 0 : 1, max: most, at: line.at };
}

/** "Name|REQUIRED|1" is three words too. */
function split({ text, at }: Word): Word[] {
  const parts: Word[] = [];
  for (const { 0: part, index } of text.matchAll(/[^|]+/g))
    parts.push({ text: part, at: { ...at, column: at.column + index } });
  return parts;
}
