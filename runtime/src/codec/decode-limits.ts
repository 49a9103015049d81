import { MAX_FAILED_AVP_BYTES } from "./failed-avp.js";

/** What one message may cost its reader; part of `Limits`. */
export interface DecodeLimits {
  /** AVPs in one message, those within groups too. */
  readonly maxAvps: number;
  /** Groups that may hold themselves, within one another. */
  readonly maxGroupedDepth: number;
  /** Octets of an offending AVP's data in Failed-AVP. */
  readonly maxFailedAvpBytes: number;
}

export const decodeLimits: DecodeLimits = {
  maxAvps: 4096,
  maxGroupedDepth: 16,
  maxFailedAvpBytes: MAX_FAILED_AVP_BYTES,
};
