import { AvpError, ResultCode } from "@diamgen/runtime/codec";
import type { AvpDefinition } from "../model/dictionary.js";
import { FORMATS, type SimpleValue } from "./formats.js";

const SESSION_ID = 263;

/**
 * The value of an AVP that is no group.
 *
 * @throws {AvpError} with 5014 for data of an impossible size, 5004 for data that is no value (RFC 6733 section 7.1.5)
 */
export function readValue(avp: AvpDefinition, data: Uint8Array): SimpleValue {
  if (avp.type === "Grouped") throw new TypeError(`${avp.name} is a group`);
  const value = FORMATS[avp.type].decode(data);
  // Ours, not the RFC's: a NUL cuts a Session-Id short in half the world's implementations, which makes two sessions one.
  if (avp.code === SESSION_ID && avp.vendorId === 0 && typeof value === "string" && value.includes("\0")) {
    throw new AvpError(ResultCode.DIAMETER_INVALID_AVP_VALUE, "Session-Id has a NUL in it");
  }
  return value;
}

/**
 * The data of an AVP that is no group.
 *
 * @throws {EncodeError} for a value that its data format cannot carry
 */
export function writeValue(avp: AvpDefinition, value: SimpleValue): Uint8Array {
  if (avp.type === "Grouped") throw new TypeError(`${avp.name} is a group`);
  return FORMATS[avp.type].encode(value);
}

/** Octets of the shortest data that the AVP can have: with so many zeros it stands in Failed-AVP where it is missing (RFC 6733 section 7.5). */
export function minLength(avp: AvpDefinition): number {
  return avp.type === "Grouped" ? 0 : FORMATS[avp.type].minLength;
}
