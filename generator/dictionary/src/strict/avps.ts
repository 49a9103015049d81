/** What AVPs may not be, at any depth: RFC 6733 section 4.1 (flags), 4.3.1 and 4.5 (values of Enumerated, and the flag rules of a dictionary). */
import { AvpFlag, HEADER_LENGTH, type Issue, type RawMessage, ResultCode } from "@diamgen/runtime/codec";
import { Faults, type Holder } from "../interpret/faults.js";
import type { Scope } from "../interpret/scope.js";
import { type Occurrence, walk } from "../interpret/walk.js";
import type { AvpDefinition } from "../model/dictionary.js";
import type { FlagRule } from "../model/document.js";
import type { StrictOptions } from "./strict.js";

/** Groups deeper than the most that a decoder reads: it will complain of them. */
const DEEPEST = 32;
/** What is in Failed-AVP is nobody's fault any more (section 7.5). */
const FAILED_AVP = 279;
const APPLICATION_IDS: readonly number[] = [258, 259];
const VENDOR_SPECIFIC_APPLICATION_ID = 260;
const MOST_AVPS = 4096;
const RESERVED = 0x1f;

export interface AvpRules extends StrictOptions {
  readonly scope: Scope;
  /** Values of an Enumerated AVP. */
  readonly values: (avp: AvpDefinition) => ReadonlySet<number>;
}

/** The first that is wrong, in the order of the message. An impossible length is the decoder's business. */
export function avpIssue(raw: RawMessage, rules: AvpRules): Issue | undefined {
  const faults = new Faults();
  let left = rules.maxAvps ?? MOST_AVPS;
  judge(raw.toBytes().subarray(HEADER_LENGTH), HEADER_LENGTH, undefined, 0);
  return faults.issues[0];

  function judge(octets: Uint8Array, offset: number, holder: Holder | undefined, depth: number): void {
    for (const avp of walk(octets, offset)) {
      if (avp.impossible || faults.issues.length > 0 || left-- <= 0) return;
      const definition = rules.scope.known(avp.vendorId, avp.code);
      const [resultCode, problem] = faultOf(avp, definition, holder, raw, rules) ?? [];
      if (resultCode !== undefined && problem !== undefined) faults.offending(resultCode, problem, avp, holder);
      else if (definition?.type === "Grouped" && avp.code !== FAILED_AVP && depth < DEEPEST)
        judge(avp.data, avp.dataOffset, { group: avp, definition, holder }, depth + 1);
    }
  }
}

function faultOf(
  avp: Occurrence,
  definition: AvpDefinition | undefined,
  holder: Holder | undefined,
  raw: RawMessage,
  { avpFlags = true, enumerated = true, applicationIds = true, values }: AvpRules,
): readonly [number, string] | undefined {
  const name = definition?.name ?? "AVP";
  if (avpFlags) {
    const problem = flagProblem(avp, definition);
    if (problem !== undefined) return [ResultCode.DIAMETER_INVALID_AVP_BITS, `${name} ${problem}`];
  }
  // Without data of the right size there is no value: 5014, says the decoder.
  if (definition === undefined || avp.data.length !== 4) return undefined;
  const value = new DataView(avp.data.buffer, avp.data.byteOffset, 4).getInt32(0);
  if (enumerated && definition.type === "Enumerated") {
    const known = values(definition);
    if (known.size > 0 && !known.has(value))
      return [ResultCode.DIAMETER_INVALID_AVP_VALUE, `${name} has no value ${value}`];
  }
  if (!applicationIds || avp.vendorId !== 0 || !APPLICATION_IDS.includes(avp.code)) return undefined;
  if (holder !== undefined && holder.definition.code !== VENDOR_SPECIFIC_APPLICATION_ID) return undefined;
  // Base messages, CER among them, name applications that are not theirs.
  if (raw.applicationId === 0 || value >>> 0 === raw.applicationId) return undefined;
  const problem = `${name} is ${value >>> 0}, in a message of application ${raw.applicationId}`;
  return [ResultCode.DIAMETER_INVALID_AVP_VALUE, problem];
}

function flagProblem({ flags, vendorId }: Occurrence, definition: AvpDefinition | undefined): string | undefined {
  if ((flags & AvpFlag.VENDOR) !== 0 && vendorId === 0) return "has the V bit and Vendor-ID 0";
  if ((flags & RESERVED) !== 0) return "has a reserved bit";
  if (definition === undefined) return undefined;
  return (
    against(definition.mandatory, (flags & AvpFlag.MANDATORY) !== 0, "M") ??
    against(definition.protected, (flags & AvpFlag.PROTECTED) !== 0, "P")
  );
}

/** MAY and SHOULD NOT leave it to the sender. */
function against(rule: FlagRule, isSet: boolean, bit: string): string | undefined {
  if (rule === "must" && !isSet) return `lacks the ${bit} bit`;
  return rule === "mustnot" && isSet ? `has the ${bit} bit` : undefined;
}
