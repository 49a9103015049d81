/** `@diamgen/runtime/codec`: octets to messages and back. Needs neither Node nor a socket. */
export { AvpError, DiameterError, EncodeError } from "../errors.js";
export { Avp, AvpFlag, avpLength, encodeAvps, writeAvps } from "./avp.js";
export {
  type Address,
  address,
  addressLength,
  type DataFormat,
  type DiameterURI,
  type DiameterURIParts,
  diameterIdentity,
  diameterURI,
  enumerated,
  float32,
  float64,
  formatIPv4,
  formatIPv6,
  integer32,
  integer64,
  ipFilterRule,
  ntpSeconds,
  octetString,
  parseDiameterURI,
  parseIPv4,
  parseIPv6,
  qosFilterRule,
  readAddress,
  readTime,
  time,
  unsigned32,
  unsigned64,
  utf8String,
  writeAddress,
} from "./data/index.js";
export type { DecodeLimits } from "./decode-limits.js";
export { ErrorAnswer, type ErrorAnswerInit, type ExperimentalResult } from "./error-answer.js";
export { failedAvpOf } from "./failed-avp.js";
export { Framer, type FramerOptions, type FramingFault } from "./framing.js";
export { CommandFlag, HEADER_LENGTH, Header, readHeader, writeHeader } from "./header.js";
export type { Issue } from "./issue.js";
export { fromJson, type JsonValue, toJson } from "./json.js";
export { type Decoded, decodeMessage, encodeMessage } from "./message.js";
export { decodeAvps, RawMessage } from "./raw-message.js";
export { ResultCode, resultCodeName } from "./result-code.js";
