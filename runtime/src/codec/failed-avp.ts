import { Avp } from "./avp.js";

/** Octets of an offending AVP's data that are sent back where nobody says otherwise: see `Limits.maxFailedAvpBytes`. */
export const MAX_FAILED_AVP_BYTES = 1024;

/**
 * The AVP as it goes into Failed-AVP (RFC 6733 section 7.5): not all of a long one. Its sender knows what it sent, and an answer that is much
 * longer than what asked for it would make an amplifier of us.
 *
 * @param maxBytes octets of data that are kept
 */
export function failedAvpOf(avp: Avp, maxBytes: number = MAX_FAILED_AVP_BYTES): Avp {
  if (avp.data.length <= maxBytes) return avp;
  return new Avp(avp.code, avp.vendorId, avp.flags, avp.data.slice(0, maxBytes));
}
