/** The data formats of RFC 6733 sections 4.2 and 4.3. */
export { type Address, address, addressLength, readAddress, writeAddress } from "./address.js";
export type { DataFormat } from "./format.js";
export { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from "./ip.js";
export { enumerated, float32, float64, integer32, integer64, unsigned32, unsigned64 } from "./numbers.js";
export { octetString } from "./octets.js";
export { diameterIdentity, ipFilterRule, qosFilterRule, utf8String } from "./text.js";
export { ntpSeconds, readTime, time } from "./time.js";
export { type DiameterURI, type DiameterURIParts, diameterURI, parseDiameterURI } from "./uri.js";
