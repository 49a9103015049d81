import type { Avp } from "./avp.js";

/** One thing that is wrong with a message: RFC 6733 section 7.1.5 has a Result-Code for each, section 7.5 says what Failed-AVP holds. */
export interface Issue {
  /** 5001, 5004, 5005, 5008, 5009, 5014 ... */
  readonly resultCode: number;
  /** What is wrong, in words that may go into Error-Message. */
  readonly message: string;
  /** Octet of the message at which the AVP begins; for a missing AVP, at which the group begins that lacks it. */
  readonly offset: number;
  /** Codes on the way to the AVP: "376/380/104", vendor ids as "10415:1032". Empty for the message itself. */
  readonly path: string;
  /** What belongs into Failed-AVP: the offending AVP within its groups, zero-filled where RFC 6733 section 7.5 says so. */
  readonly failedAvp?: Avp | undefined;
  /** True where `failedAvp` has not all of the offending AVP's data: see `Limits.maxFailedAvpBytes`. */
  readonly cut?: true | undefined;
}
