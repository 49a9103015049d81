import {
  type Address,
  address,
  type DataFormat,
  diameterIdentity,
  diameterURI,
  enumerated,
  float32,
  float64,
  integer32,
  integer64,
  ipFilterRule,
  octetString,
  qosFilterRule,
  time,
  unsigned32,
  unsigned64,
  utf8String,
} from "@diamgen/runtime/codec";
import type { DataType } from "../model/dictionary.js";

/** A value of an AVP that is not a group. */
export type SimpleValue = string | number | bigint | Date | Uint8Array | Address;

export type SimpleType = Exclude<DataType, "Grouped">;

/** The runtime's data formats by the names that RFC 6733 sections 4.2 and 4.3 give them. */
export const FORMATS: Readonly<Record<SimpleType, DataFormat<SimpleValue>>> = {
  OctetString: octetString,
  Integer32: integer32,
  Integer64: integer64,
  Unsigned32: unsigned32,
  Unsigned64: unsigned64,
  Float32: float32,
  Float64: float64,
  Address: address,
  Time: time,
  UTF8String: utf8String,
  DiameterIdentity: diameterIdentity,
  DiameterURI: diameterURI,
  Enumerated: enumerated,
  IPFilterRule: ipFilterRule,
  QoSFilterRule: qosFilterRule,
} as Record<SimpleType, DataFormat<never>> as Record<SimpleType, DataFormat<SimpleValue>>;
