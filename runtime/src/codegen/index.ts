/**
 * The one entry through which generated code reaches the runtime. Versioned: see `requireCodegen`. Not for direct use by applications,
 * which find what they need in `@diamgen/runtime`.
 */

export { Avp } from "../codec/avp.js";
export type { Address } from "../codec/data/address.js";
export {
  address,
  type DiameterURI,
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
} from "../codec/data/index.js";
export { Header, readHeader } from "../codec/header.js";
export { identity as writeIdentity } from "../codec/identity-output.js";
export {
  address as readAddress,
  ascend,
  descend,
  excluded,
  forbidden,
  identity as readIdentity,
  malformed,
  missing,
  NONE,
  octets as readOctets,
  opaque,
  repeated,
  rule as readRule,
  sessionId as readSessionId,
  text as readText,
  time as readTime,
  unknown,
  uri as readUri,
} from "../codec/input.js";
export {
  address as writeAddress,
  addressV as writeAddressV,
  group as writeGroup,
  groupV as writeGroupV,
  HIGH,
  halves,
  i32,
  invalidI64,
  invalidU64,
  LOW,
  octets as writeOctets,
  octetsV as writeOctetsV,
  others as writeOthers,
  out,
  text as writeText,
  textV as writeTextV,
  time as writeTime,
  timeV as writeTimeV,
  u32,
  wide,
  wideSigned,
} from "../codec/output.js";
export { type AvpDefinition, defineAvp, defineGroup, knownAvps } from "./define.js";
export { CODEGEN_VERSION, list, listOf, requireCodegen, withProxyInfo } from "./support.js";
export type {
  AnyCommand,
  ApplicationDefinition,
  Call,
  Caller,
  CallOptions,
  Codec,
  Command,
  Context,
  ErrorOptions,
  Fill,
  HandleOptions,
  Handler,
  InvalidRequest,
  KnownAvps,
  kind,
  Message,
  Server,
  Withheld,
} from "./types.js";
