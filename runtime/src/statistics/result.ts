/** The Result-Code of an answer, or its Experimental-Result, without making an object: RFC 6733 sections 7.1 and 7.6. */
import { AvpFlag } from "../codec/avp.js";
import { HEADER_LENGTH } from "../codec/header.js";

const RESULT_CODE = 268;
const EXPERIMENTAL_RESULT = 297;
const EXPERIMENTAL_RESULT_CODE = 298;
const VENDOR_ID = 266;

/** What `readResult` found last. 0 and 0: no result. */
export const result = { vendorId: 0, code: 0 };

/** Reads the result of the message between `start` and `end` into `result`; ends before an AVP whose length is impossible. */
export function readResult(bytes: Uint8Array, start: number, end: number): void {
  result.vendorId = 0;
  result.code = 0;
  walk(bytes, start + HEADER_LENGTH, end, false);
}

function walk(bytes: Uint8Array, from: number, end: number, experimental: boolean): void {
  for (let at = from; end - at >= 8; ) {
    const length = u32(bytes, at + 4) & 0xffffff;
    const header = (bytes[at + 4] as number) & AvpFlag.VENDOR ? 12 : 8;
    if (length < header || length > end - at) return;
    // All of these are IETF's.
    if (header === 8) {
      const code = u32(bytes, at);
      if (experimental) {
        if (length === 12 && code === VENDOR_ID) result.vendorId = u32(bytes, at + 8);
        else if (length === 12 && code === EXPERIMENTAL_RESULT_CODE) result.code = u32(bytes, at + 8);
      } else if (code === RESULT_CODE && length === 12) {
        result.code = u32(bytes, at + 8);
        return;
      } else if (code === EXPERIMENTAL_RESULT) {
        walk(bytes, at + 8, at + length, true);
        return;
      }
    }
    at += (length + 3) & ~3;
  }
}

function u32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
