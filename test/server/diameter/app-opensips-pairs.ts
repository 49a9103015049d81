/**
 * The 38 request/answer pairs of freeDiameter 1.2.1 with app_opensips, what ours says to the same octets, and why where it says something else.
 * The table of docs/migration.md is made of it.
 */
import type { CaptureName } from "../../support/golden.js";

export const APP_OPENSIPS: CaptureName = "freediameter-app_opensips-error-answers";

/** The same AVPs, flags and data included, in whatever order. */
export const SAME = { as: "theirs" } as const;
/** The same Result-Code and AVP in Failed-AVP, worded otherwise: these are of freeDiameter itself, not of app_opensips. */
export const SAME_FAILURE = { as: "failure" } as const;
/** Another Result-Code. */
const ours = (code: number, because: string) => ({ code, because });

export type Expected = typeof SAME | typeof SAME_FAILURE | ReturnType<typeof ours>;

const HEX_CASE = "RFC 7616 3.4 writes the response in lower case; the value is right, and other servers take it too";
const QOP = "RFC 7616 3.4.1: response with qop; app_opensips computes without it, so that no such client could log in";
const NESTED = "RFC 4740 9.5 and 9.5.3: that is where the digest belongs; app_opensips looks at the top level only";
const LONG = "RFC 4740 8.8: a name that nobody has is unknown; app_opensips' buffer for SQL is too short for it";
const REALM = "RFC 6733 7.1.3: the realm is not served here; 3002 is for a host, or a realm, that is known";
const APPLICATION =
  "RFC 6733 7.1.3: 3007 is for an application that is not supported; freeDiameter looks for another peer";
const COMMAND = "RFC 6733 7.1.3: application 3 is served here, this command of it is not";
export const LENGTH =
  "RFC 6733 7.1.5: answered, with Failed-AVP; freeDiameter closes the connection, with all that is in flight";

/** By number of the request's message in the capture. */
export const pairs: readonly (readonly [number, string, Expected])[] = [
  [3, "right response", SAME],
  [11, "wrong response", SAME],
  [13, "right response in upper case", ours(2006, HEX_CASE)],
  [15, "no such subscriber", SAME],
  [17, "User-Name is not Digest-Username", SAME],
  [19, "no Digest-Username", SAME],
  [21, "no Digest-Realm", SAME],
  [23, "no Digest-Nonce", SAME],
  [25, "no Digest-URI", SAME],
  [27, "no Digest-Method", SAME],
  [29, "no Digest-Response", SAME],
  [31, "no User-Name", SAME],
  [33, "no Acct-Session-Id", SAME],
  [35, "qop=auth", ours(2006, QOP)],
  [37, "unknown AVP with M", SAME_FAILURE],
  [39, "unknown AVP without M", SAME],
  [41, "a name of 198 characters", ours(5032, LONG)],
  [43, "no SIP-AOR", SAME_FAILURE],
  [45, "no Auth-Session-State", SAME_FAILURE],
  [47, "no Session-Id", SAME_FAILURE],
  [49, "another Destination-Realm", ours(3003, REALM)],
  [51, "the digest in SIP-Auth-Data-Item", ours(2006, NESTED)],
  [53, "a name with SQL in it", SAME],
  [55, "EVENT_RECORD", SAME],
  [57, "START_RECORD", SAME],
  [59, "STOP_RECORD", SAME],
  [61, "Accounting-Record-Type 9", SAME],
  [63, "no Accounting-Record-Type", SAME_FAILURE],
  [65, "no Accounting-Record-Number", SAME_FAILURE],
  [67, "a record", SAME],
  [69, "another record under its Session-Id and number, with T", SAME],
  [71, "a record with custom AVPs", SAME],
  [73, "a record with an unknown AVP with M", SAME_FAILURE],
  [75, "a record with comma, quote and line break", SAME],
  [77, "application 4", ours(3007, APPLICATION)],
  [79, "command 999 of application 6", ours(3001, "")],
  [81, "Multimedia-Auth in application 3", ours(3001, COMMAND)],
];
