/** The values of one enumerated AVP, collected from its definition and from the documents that add to it. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { DataType, EnumValue } from "../model/dictionary.js";
import type { EnumNode } from "../model/document.js";

const MAX_INTEGER32 = 0x7fffffff;

/** Bit masks and Result-Codes are Unsigned32 with names for their values. */
export function mayHaveValues(type: DataType): boolean {
  return type === "Enumerated" || type === "Integer32" || type === "Unsigned32";
}

export interface EnumeratedAvp {
  readonly name: string;
  readonly type: DataType;
}

export class EnumTable {
  readonly values: EnumValue[] = [];
  readonly #byName = new Map<string, EnumNode>();
  readonly #byCode = new Map<number, EnumNode>();

  hasName(name: string): boolean {
    return this.#byName.has(name);
  }

  hasCode(code: number, { type }: EnumeratedAvp): boolean {
    return this.#byCode.has(type === "Unsigned32" ? code : code | 0);
  }

  /** False where the very same value is there already. */
  add(node: EnumNode, avp: EnumeratedAvp, diagnostics: DiagnosticBag, source?: string): boolean {
    const code = codeOf(node, avp, diagnostics);
    if (code === undefined) return false;
    const sameName = this.#byName.get(node.name);
    const sameCode = this.#byCode.get(code);
    if (sameName !== undefined && this.#byCode.get(code)?.name === node.name) return false;
    if (sameName !== undefined) {
      const message = `value ${quote(node.name)} of ${quote(avp.name)} is both ${sameName.code} and ${code}`;
      diagnostics.add("DG2014", node.at, message, {
        hint: "Rename one of the two.",
        related: [{ message: `${sameName.code} here`, at: sameName.at }],
      });
    } else if (sameCode !== undefined) {
      const message = `value ${code} of ${quote(avp.name)} is both ${quote(sameCode.name)} and ${quote(node.name)}`;
      diagnostics.add("DG2015", node.at, message, {
        hint: "Decide on one name.",
        related: [{ message: `${quote(sameCode.name)} here`, at: sameCode.at }],
      });
    }
    const { name, section, description } = node;
    this.values.push({ name, code, ...(source === undefined ? {} : { source }), section, description });
    if (sameName === undefined) this.#byName.set(name, { ...node, code });
    if (sameCode === undefined) this.#byCode.set(code, { ...node, code });
    return true;
  }
}

/** RFC 6733 section 4.3.1: Enumerated is derived from Integer32. */
function codeOf(node: EnumNode, avp: EnumeratedAvp, diagnostics: DiagnosticBag): number | undefined {
  const { code } = node;
  if (avp.type === "Unsigned32") {
    if (code >= 0) return code;
    diagnostics.add(
      "DG2017",
      node.at,
      `value ${quote(node.name)} of ${quote(avp.name)} is ${code}, but the AVP is Unsigned32`,
      {
        hint: "Give the AVP the type Enumerated or Integer32, or correct the value.",
      },
    );
    return undefined;
  }
  if (code <= MAX_INTEGER32) return code;
  const folded = code | 0;
  const message = `value ${quote(node.name)} of ${quote(avp.name)} is ${code}, but ${avp.type} has a sign; it is read as ${folded}`;
  diagnostics.add("DG2024", node.at, message, { hint: `Write ${folded}, or give the AVP the type Unsigned32.` });
  return folded;
}
