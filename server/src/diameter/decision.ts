import type { Avp } from "@diamgen/runtime";
import type * as authentication from "../authentication/index.js";

/** A Digest AVP that is no value of its type, such as a Digest-Username that is no UTF-8: SIP clients can have OpenSIPS send that. */
export interface Unreadable {
  readonly accepted: false;
  readonly resultCode: number;
  readonly errorMessage: string;
  readonly reason: "unreadable";
  readonly failedAvp: Avp | undefined;
  readonly cause?: undefined;
}

export type Decision = authentication.Decision | Unreadable;
