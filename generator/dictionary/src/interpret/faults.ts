import { Avp, AvpFlag, encodeAvps, failedAvpOf, type Issue, ResultCode } from "@diamgen/runtime/codec";
import type { AvpDefinition } from "../model/dictionary.js";
import { minLength } from "./values.js";
import type { Occurrence } from "./walk.js";

/** More are not kept of one message: a hostile one could have thousands. */
const MAX_ISSUES = 16;

/** The groups around an AVP, from the innermost out; undefined at the top level of a message. */
export interface Holder {
  readonly group: Occurrence;
  readonly definition: AvpDefinition;
  readonly holder: Holder | undefined;
}

/** What is wrong with a message, in the order in which it is found, with the Failed-AVP that RFC 6733 sections 7.1.5 and 7.5 want. */
export class Faults {
  readonly issues: Issue[] = [];

  /** The AVP itself, whole. */
  offending(resultCode: number, problem: string, avp: Occurrence, holder: Holder | undefined): void {
    const whole = new Avp(avp.code, avp.vendorId, avp.flags, avp.data);
    this.#add(resultCode, problem, avp.offset, failedAvpOf(whole), holder);
  }

  /**
   * RFC 6733 section 7.1.5, 5014: "it is sufficient to include the offending AVP header and a zero filled payload of the minimum required
   * length for the payload data type"; `definition` where the AVP is known.
   */
  impossibleLength(avp: Occurrence, definition: AvpDefinition | undefined, holder: Holder | undefined): void {
    const zeros = new Uint8Array(definition === undefined ? 0 : minLength(definition));
    const copy = new Avp(avp.code, avp.vendorId, avp.flags, zeros);
    this.#add(ResultCode.DIAMETER_INVALID_AVP_LENGTH, "the length is impossible", avp.offset, copy, holder);
  }

  /** RFC 6733 section 7.1.5, 5005: "an example of the missing AVP complete with the Vendor-Id if applicable", filled with zeros. */
  missing(definition: AvpDefinition, holder: Holder | undefined): void {
    const { code, vendorId } = definition;
    const flags = AvpFlag.MANDATORY | (vendorId === 0 ? 0 : AvpFlag.VENDOR);
    const example = new Avp(code, vendorId, flags, new Uint8Array(minLength(definition)));
    const problem = `${definition.name} is missing`;
    this.#add(ResultCode.DIAMETER_MISSING_AVP, problem, holder?.group.offset ?? 0, example, holder);
  }

  #add(resultCode: number, problem: string, offset: number, avp: Avp, holder: Holder | undefined): void {
    if (this.issues.length >= MAX_ISSUES) return;
    const steps = [codeText(avp)];
    let failedAvp = avp;
    // RFC 6733 section 7.5: "the grouped AVP hierarchy up to the single offending AVP".
    for (let outer = holder; outer !== undefined; outer = outer.holder) {
      const { code, vendorId, flags } = outer.group;
      failedAvp = new Avp(code, vendorId, flags, encodeAvps([failedAvp]));
      steps.unshift(codeText(outer.group));
    }
    const path = steps.join("/");
    this.issues.push({ resultCode, message: `${problem}: AVP ${path}`, offset, path, failedAvp });
  }
}

function codeText({ vendorId, code }: { readonly vendorId: number; readonly code: number }): string {
  return vendorId === 0 ? `${code}` : `${vendorId}:${code}`;
}
