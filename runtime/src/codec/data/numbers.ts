/**
 * Integer32, Integer64, Unsigned32, Unsigned64, Float32, Float64: RFC 6733 section 4.2; Enumerated: section 4.3.1. All most significant octet
 * first, four or eight octets. 64-bit integers are `bigint`.
 */
import type { DataFormat } from "./format.js";
import { invalidLength, unfit } from "./problem.js";

type Read<T> = (view: DataView) => T;
type Write<T> = (view: DataView, value: T) => void;

function fixed<T>(
  name: string,
  minLength: 4 | 8,
  expected: string,
  fits: (value: T) => boolean,
  read: Read<T>,
  write: Write<T>,
): DataFormat<T> {
  return {
    name,
    minLength,
    decode(data) {
      if (data.length !== minLength) throw invalidLength(name, data.length, String(minLength));
      return read(new DataView(data.buffer, data.byteOffset, minLength));
    },
    encode(value) {
      if (!fits(value)) throw unfit(value, expected);
      const data = new Uint8Array(minLength);
      write(new DataView(data.buffer), value);
      return data;
    },
  };
}

const isInteger32 = (value: number): boolean => Number.isInteger(value) && value === (value | 0);
const readInt32: Read<number> = (view) => view.getInt32(0);
const writeInt32: Write<number> = (view, value) => view.setInt32(0, value);
const range32 = "(a whole number from -2147483648 to 2147483647)";

/** -2^31 to 2^31 - 1. */
export const integer32: DataFormat<number> = /*@__PURE__*/ fixed(
  "Integer32",
  4,
  `an Integer32 ${range32}`,
  isInteger32,
  readInt32,
  writeInt32,
);

/** An Integer32 whose values have names; any value is taken, named or not. */
export const enumerated: DataFormat<number> = /*@__PURE__*/ fixed(
  "Enumerated",
  4,
  `an Enumerated ${range32}`,
  isInteger32,
  readInt32,
  writeInt32,
);

/** 0 to 2^32 - 1. */
export const unsigned32: DataFormat<number> = /*@__PURE__*/ fixed<number>(
  "Unsigned32",
  4,
  "an Unsigned32 (a whole number from 0 to 4294967295)",
  (value) => Number.isInteger(value) && value === value >>> 0,
  (view) => view.getUint32(0),
  (view, value) => view.setUint32(0, value),
);

/** -2^63 to 2^63 - 1. */
export const integer64: DataFormat<bigint> = /*@__PURE__*/ fixed<bigint>(
  "Integer64",
  8,
  "an Integer64 (a bigint from -2^63 to 2^63 - 1)",
  (value) => typeof value === "bigint" && value === BigInt.asIntN(64, value),
  (view) => view.getBigInt64(0),
  (view, value) => view.setBigInt64(0, value),
);

/** 0 to 2^64 - 1. */
export const unsigned64: DataFormat<bigint> = /*@__PURE__*/ fixed<bigint>(
  "Unsigned64",
  8,
  "an Unsigned64 (a bigint from 0 to 2^64 - 1)",
  (value) => typeof value === "bigint" && value === BigInt.asUintN(64, value),
  (view) => view.getBigUint64(0),
  (view, value) => view.setBigUint64(0, value),
);

/** IEEE 754 single precision: encoding rounds, and refuses what would become infinite. */
export const float32: DataFormat<number> = /*@__PURE__*/ fixed<number>(
  "Float32",
  4,
  "a Float32 (a number up to 3.4e38)",
  (value) => typeof value === "number" && (Number.isFinite(Math.fround(value)) || !Number.isFinite(value)),
  (view) => view.getFloat32(0),
  (view, value) => view.setFloat32(0, value),
);

/** IEEE 754 double precision. */
export const float64: DataFormat<number> = /*@__PURE__*/ fixed<number>(
  "Float64",
  8,
  "a number",
  (value) => typeof value === "number",
  (view) => view.getFloat64(0),
  (view, value) => view.setFloat64(0, value),
);
