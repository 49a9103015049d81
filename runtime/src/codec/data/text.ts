/** UTF8String, DiameterIdentity, IPFilterRule: RFC 6733 section 4.3.1; QoSFilterRule: RFC 7155 section 4.1.1. */
import type { DataFormat } from "./format.js";
import { invalidValue, unfit } from "./problem.js";

const decoder = /*@__PURE__*/ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = /*@__PURE__*/ new TextEncoder();

/** Half of a surrogate pair on its own, which UTF-8 cannot carry. */
const LONE_SURROGATE = /\p{Surrogate}/u;

function readText(name: string, data: Uint8Array): string {
  try {
    return decoder.decode(data);
  } catch {
    throw invalidValue(`${name} is not valid UTF-8`);
  }
}

/**
 * UTF-8 as of RFC 3629: overlong forms, surrogates and code points above U+10FFFF are refused, a leading U+FEFF is kept. RFC 6733 wants
 * code points to 0x7fffffff, for which no UTF-8 exists any more.
 */
export const utf8String: DataFormat<string> = {
  name: "UTF8String",
  minLength: 0,
  decode: (data) => readText("UTF8String", data),
  encode(value) {
    if (typeof value !== "string" || LONE_SURROGATE.test(value)) throw unfit(value, "a well-formed string");
    return encoder.encode(value);
  },
};

/** Text of which `pattern` says what it may hold: ASCII only. */
export function asciiText(name: string, minLength: number, pattern: RegExp, expected: string): DataFormat<string> {
  return {
    name,
    minLength,
    decode(data) {
      const value = readText(name, data);
      if (!pattern.test(value)) throw invalidValue(`${name} is not ${expected}`);
      return value;
    },
    encode(value) {
      if (typeof value !== "string" || !pattern.test(value)) throw unfit(value, expected);
      return encoder.encode(value);
    },
  };
}

/** FQDN or realm: printable ASCII without spaces, at least one character. That it is a domain name is not checked: peers are called "pcrf_1". */
export const diameterIdentity: DataFormat<string> = /*@__PURE__*/ asciiText(
  "DiameterIdentity",
  1,
  /^[\x21-\x7e]+$/,
  "a DiameterIdentity (printable ASCII without spaces, not empty)",
);

/** "permit in ip from 192.0.2.0/24 to any", as text. */
export const ipFilterRule: DataFormat<string> = /*@__PURE__*/ asciiText(
  "IPFilterRule",
  0,
  /^[\t\r\n -~]*$/,
  "an IPFilterRule (printable ASCII)",
);

/** "tag in ip from any to any DSCP 46", as text. */
export const qosFilterRule: DataFormat<string> = /*@__PURE__*/ asciiText(
  "QoSFilterRule",
  0,
  /^[\t\r\n -~]*$/,
  "a QoSFilterRule (printable ASCII)",
);
