/** Which SIP-User-Data a SIP server gets: RFC 4740 sections 8.4, 9.11 and 9.12. */

import type { UserData } from "./types.js";

/**
 * The first type of the SIP server's that we have; all that we have where it names none. Empty where none is common: then
 * SIP-Supported-User-Data-Type tells which ones there are.
 */
export function chooseUserData(userData: readonly UserData[], supported: readonly string[]): readonly UserData[] {
  if (supported.length === 0) return userData;
  const type = supported.find((wanted) => userData.some((one) => one.type === wanted));
  return userData.filter((one) => one.type === type);
}
