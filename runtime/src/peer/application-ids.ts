/** Vendor-Specific-Application-Id has either Auth-Application-Id or Acct-Application-Id: RFC 6733 section 6.11. */
import { Avp, AvpFlag, encodeAvps } from "../codec/avp.js";
import type { Issue } from "../codec/issue.js";
import { AVP_OCCURS_TOO_MANY_TIMES, MISSING_AVP } from "../codec/result-code.js";
import { AvpCode, unsigned32 } from "./base-avps.js";

export interface ApplicationIds {
  readonly authApplicationId?: number | undefined;
  readonly acctApplicationId?: number | undefined;
}

/**
 * Neither id is 5005, both are 5009; Failed-AVP has both either way, within their group: examples, or what was received.
 *
 * @param offset of the group's header in the message
 */
export function applicationIdsIssue(
  { authApplicationId, acctApplicationId }: ApplicationIds,
  offset: number,
): Issue | undefined {
  const neither = authApplicationId === undefined && acctApplicationId === undefined;
  if (!neither && (authApplicationId === undefined || acctApplicationId === undefined)) return undefined;
  const members = [
    new Avp(AvpCode.AUTH_APPLICATION_ID, 0, AvpFlag.MANDATORY, unsigned32(authApplicationId ?? 0)),
    new Avp(AvpCode.ACCT_APPLICATION_ID, 0, AvpFlag.MANDATORY, unsigned32(acctApplicationId ?? 0)),
  ];
  return {
    resultCode: neither ? MISSING_AVP : AVP_OCCURS_TOO_MANY_TIMES,
    message: "Vendor-Specific-Application-Id has either Auth-Application-Id or Acct-Application-Id",
    offset,
    path: `${AvpCode.VENDOR_SPECIFIC_APPLICATION_ID}`,
    failedAvp: new Avp(AvpCode.VENDOR_SPECIFIC_APPLICATION_ID, 0, AvpFlag.MANDATORY, encodeAvps(members)),
  };
}
