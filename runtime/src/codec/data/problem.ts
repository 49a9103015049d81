import { AvpError, EncodeError } from "../../errors.js";
import { INVALID_AVP_LENGTH, INVALID_AVP_VALUE } from "../result-code.js";

/** DIAMETER_INVALID_AVP_LENGTH */
export function invalidLength(format: string, length: number, expected: string): AvpError {
  return new AvpError(INVALID_AVP_LENGTH, `${format} takes ${expected} octets of data, there are ${length}`);
}

/** DIAMETER_INVALID_AVP_VALUE */
export function invalidValue(message: string): AvpError {
  return new AvpError(INVALID_AVP_VALUE, message);
}

/** A value that the format cannot carry, shown short. */
export function unfit(value: unknown, expected: string): EncodeError {
  return new EncodeError("", `${show(value)} is not ${expected}`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 64 ? `${value.slice(0, 64)}...` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return String(value);
}
