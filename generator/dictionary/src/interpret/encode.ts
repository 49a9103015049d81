import { Avp, AvpFlag, avpLength, EncodeError, encodeAvps } from "@diamgen/runtime/codec";
import { type AvpDefinition, avpKey, type Rule } from "../model/dictionary.js";
import { InterpretedGroup, type InterpretedValue, valuesOf } from "./message.js";
import { writeValue } from "./values.js";

/** The longest that AVP Length and Message Length can say, a multiple of four: RFC 6733 sections 3 and 4.1. */
export const MAX_LENGTH = 0xfffffc;

/**
 * The AVPs of a group or message, in the order of the grammar, then those that it does not name.
 *
 * @throws {EncodeError} for a value that its AVP cannot carry, and for fewer or more than the grammar allows; its path is made of AVP names
 */
export function avpsOf(group: InterpretedGroup): Avp[] {
  const avps = group.grammar.rules.flatMap((rule) => {
    const values = valuesOf(group.fields.get(avpKey(rule.avp.vendorId, rule.avp.code)));
    checkCount(rule, values.length);
    return values.map((value, i) => inside(rule, i, () => avpOf(rule.avp, value)));
  });
  return [...avps, ...group.avps];
}

/**
 * One AVP, with the flags that its definition asks for.
 *
 * @throws {EncodeError} as `avpsOf` does
 */
export function avpOf(definition: AvpDefinition, value: InterpretedValue): Avp {
  const { code, vendorId } = definition;
  const data = dataOf(definition, value);
  const avp = new Avp(code, vendorId, flagsOf(definition), data);
  if (avpLength(avp) > MAX_LENGTH) throw new EncodeError("", `${data.length} octets are more than AVP Length can say`);
  return avp;
}

function dataOf(definition: AvpDefinition, value: InterpretedValue): Uint8Array {
  const isGroup = value instanceof InterpretedGroup;
  if (definition.type !== "Grouped") {
    if (isGroup) throw new EncodeError("", `a group is no ${definition.type}`);
    return writeValue(definition, value);
  }
  if (!isGroup) throw new EncodeError("", "this is no group");
  return encodeAvps(avpsOf(value));
}

/** V, M and P as a sender sets them: RFC 6733 section 4.1. */
function flagsOf({ vendorId, mandatory, protected: encrypted }: AvpDefinition): number {
  let flags = 0;
  if (vendorId !== 0) flags |= AvpFlag.VENDOR;
  if (mandatory === "must") flags |= AvpFlag.MANDATORY;
  if (encrypted === "must") flags |= AvpFlag.PROTECTED;
  return flags;
}

function checkCount({ avp, min, max }: Rule, count: number): void {
  if (count < min) throw new EncodeError(avp.name, `occurs ${count} times, at least ${min} are required`);
  if (count > max) throw new EncodeError(avp.name, `occurs ${count} times, at most ${max} are allowed`);
}

/** Puts the AVP's name before the path of what `encode` throws. */
function inside<T>({ avp, max }: Rule, index: number, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error;
    const step = max > 1 ? `${avp.name}[${index}]` : avp.name;
    throw new EncodeError(error.path === "" ? step : `${step}/${error.path}`, error.problem, error);
  }
}
