/** What a node puts into a message where its caller says nothing: for the code that is generated, and for the interpreting codec. */
import type { Application, DataType, Rule } from "./dictionary.js";

const AUTH_APPLICATION_ID = 258;
const ACCT_APPLICATION_ID = 259;
const VENDOR_SPECIFIC_APPLICATION_ID = 260;
const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const VENDOR_ID = 266;
const ORIGIN_REALM = 296;

export type Filled =
  /** What the node knows of itself, or makes for each session. */
  | "sessionId"
  | "originHost"
  | "originRealm"
  /** The application's id. */
  | number
  /** A group, Vendor-Specific-Application-Id: its members' values by code (RFC 6733 section 6.11). */
  | ReadonlyMap<number, number>;

const TEXTS: ReadonlySet<DataType> = new Set(["UTF8String", "DiameterIdentity"]);
const NUMBERS: ReadonlySet<DataType> = new Set(["Unsigned32", "Integer32", "Enumerated"]);

/**
 * What the AVP of this rule is filled with in the application's commands; undefined for all but a few AVPs of the base protocol. Where a
 * dictionary gives them another data format, or lets them repeat, its callers are on their own.
 */
export function filledWith({ id, kind, vendorId }: Application, { avp, min, max }: Rule): Filled | undefined {
  if (avp.vendorId !== 0 || max > 1) return undefined;
  // An application of a vendor names itself in Vendor-Specific-Application-Id, unless the grammar requires the plain AVP.
  const plain = NUMBERS.has(avp.type) && (min > 0 || vendorId === 0);
  switch (avp.code) {
    case SESSION_ID:
      return TEXTS.has(avp.type) ? "sessionId" : undefined;
    case ORIGIN_HOST:
      return TEXTS.has(avp.type) ? "originHost" : undefined;
    case ORIGIN_REALM:
      return TEXTS.has(avp.type) ? "originRealm" : undefined;
    case AUTH_APPLICATION_ID:
      return kind === "auth" && plain ? id : undefined;
    case ACCT_APPLICATION_ID:
      return kind === "acct" && plain ? id : undefined;
    case VENDOR_SPECIFIC_APPLICATION_ID:
      if (vendorId === 0) return undefined;
      return new Map([
        [VENDOR_ID, vendorId],
        [kind === "acct" ? ACCT_APPLICATION_ID : AUTH_APPLICATION_ID, id],
      ]);
    default:
      return undefined;
  }
}
