import type { DataType } from "@diamgen/dictionary";

/** How generated code handles a data format of RFC 6733 sections 4.2 and 4.3. */
export interface DataTypeCode {
  /** Type of the property. */
  readonly ts: string;
  /** `read…` and `write…` of the runtime; the latter has a variant with V at the end where there is a Vendor-ID. */
  readonly primitive: string;
  /** Data format object of the runtime, for AVPs that a grammar does not name. */
  readonly format: string;
  /** Value of a required field before decoding: of the right representation, so that the hidden class stays. */
  readonly initial: string;
  /** `get…` of DataView, where nothing but its size can be wrong: read in place, which costs no call. */
  readonly view?: string;
  /** Octets of data where all values have as many. */
  readonly size?: number;
  /** Shortest data allowed: what a Failed-AVP for a missing one is filled with. */
  readonly min: number;
}

const string = { initial: '""', min: 0 } as const;

export const DATA_TYPES: Readonly<Record<Exclude<DataType, "Grouped">, DataTypeCode>> = {
  OctetString: { ts: "Uint8Array", primitive: "Octets", format: "octetString", initial: "undefined as never", min: 0 },
  Integer32: {
    ts: "number",
    primitive: "I32",
    view: "Int32",
    format: "integer32",
    initial: "0",
    size: 4,
    min: 4,
  },
  Integer64: {
    ts: "bigint",
    primitive: "I64",
    view: "BigInt64",
    format: "integer64",
    initial: "0n",
    size: 8,
    min: 8,
  },
  Unsigned32: {
    ts: "number",
    primitive: "U32",
    view: "Uint32",
    format: "unsigned32",
    initial: "0",
    size: 4,
    min: 4,
  },
  Unsigned64: {
    ts: "bigint",
    primitive: "U64",
    view: "BigUint64",
    format: "unsigned64",
    initial: "0n",
    size: 8,
    min: 8,
  },
  Float32: {
    ts: "number",
    primitive: "F32",
    view: "Float32",
    format: "float32",
    initial: "0",
    size: 4,
    min: 4,
  },
  Float64: {
    ts: "number",
    primitive: "F64",
    view: "Float64",
    format: "float64",
    initial: "0",
    size: 8,
    min: 8,
  },
  Address: { ts: "Address", primitive: "Address", format: "address", initial: '""', min: 6 },
  Time: { ts: "Date", primitive: "Time", format: "time", initial: "undefined as never", size: 4, min: 4 },
  UTF8String: { ts: "string", primitive: "Text", format: "utf8String", ...string },
  DiameterIdentity: { ts: "string", primitive: "Identity", format: "diameterIdentity", initial: '""', min: 1 },
  DiameterURI: { ts: "DiameterURI", primitive: "Uri", format: "diameterURI", initial: '"" as never', min: 7 },
  Enumerated: {
    ts: "number",
    primitive: "I32",
    view: "Int32",
    format: "enumerated",
    initial: "0",
    size: 4,
    min: 4,
  },
  IPFilterRule: { ts: "string", primitive: "Rule", format: "ipFilterRule", ...string },
  QoSFilterRule: { ts: "string", primitive: "Rule", format: "qosFilterRule", ...string },
};

/** Encoders that are shared by several types: URIs and rules are written as text, identities too where they have a Vendor-ID, which is rare. */
export function encodePrimitive(type: Exclude<DataType, "Grouped">, vendorId: number): string {
  const { primitive } = DATA_TYPES[type];
  if (primitive === "Identity" && vendorId === 0) return primitive;
  return primitive === "Identity" || primitive === "Uri" || primitive === "Rule" ? "Text" : primitive;
}

export function minLength(type: DataType): number {
  return type === "Grouped" ? 0 : DATA_TYPES[type].min;
}
