/** Capabilities exchange, RFC 6733 section 5.3: what we say of ourselves, and what we make of what a peer says. */
import type { Address } from "../codec/data/address.js";
import { NO_COMMON_APPLICATION, UNKNOWN_PEER } from "../codec/result-code.js";
import type { ApplicationDefinition, KnownAvps } from "../codegen/types.js";
import type { Capabilities, Outcome, VendorSpecificApplicationId } from "./base-messages.js";
import { sameIdentity } from "./election.js";
import { cerRefusal } from "./inband.js";
import type { Link } from "./link.js";

/** Application-Id of relays: RFC 6733 section 2.4. */
export const RELAY_APPLICATION_ID = 0xffffffff;

/** What CER and CEA advertise, in place of what the applications say. */
export interface Advertise {
  /** Auth-Application-Id. */
  readonly auth?: readonly number[] | undefined;
  /** Acct-Application-Id. */
  readonly acct?: readonly number[] | undefined;
  readonly vendorSpecific?: readonly VendorSpecificApplicationId[] | undefined;
  /**
   * The Relay application: common with everybody, advertised as Auth-Application-Id. The node then is a relay agent: what is not for it goes to
   * the peer that it is for (RFC 6733 section 2.8.1).
   */
  readonly relay?: boolean | undefined;
}

/** What of CER and CEA does not depend on the connection. */
export interface LocalCapabilities extends Omit<Capabilities, "hostIpAddress"> {
  /** Empty: each connection's local address. */
  readonly hostIpAddress: readonly Address[];
}

export interface LocalCapabilitiesInit {
  readonly originHost: string;
  readonly originRealm: string;
  readonly originStateId?: number | undefined;
  readonly vendorId: number;
  readonly productName: string;
  readonly firmwareRevision?: number | undefined;
  readonly hostIpAddress?: readonly string[] | undefined;
  readonly applications: readonly ApplicationDefinition[];
  readonly extensions?: readonly KnownAvps[] | undefined;
  readonly advertise?: Advertise | undefined;
}

/** What a node with these options says of itself. Inband-Security-Id is left out: RFC 6733 section 6.10 does not recommend it. */
export function localCapabilities(init: LocalCapabilitiesInit): LocalCapabilities {
  const { applications, advertise = {} } = init;
  const plain = (kind: "auth" | "acct") =>
    applications.filter((app) => app.kind === kind && app.vendorId === 0).map(({ id }) => id);
  const auth = unique(advertise.auth ?? plain("auth"));
  const relay = advertise.relay && !auth.includes(RELAY_APPLICATION_ID) ? [RELAY_APPLICATION_ID] : [];
  return {
    originHost: init.originHost,
    originRealm: init.originRealm,
    hostIpAddress: init.hostIpAddress ?? [],
    vendorId: init.vendorId,
    productName: init.productName,
    originStateId: init.originStateId,
    firmwareRevision: init.firmwareRevision,
    supportedVendorId: supportedVendors(init),
    authApplicationId: [...auth, ...relay],
    acctApplicationId: unique(advertise.acct ?? plain("acct")),
    inbandSecurityId: [],
    vendorSpecificApplicationId: advertise.vendorSpecific ?? applications.filter(isVendorSpecific).map(vendorSpecific),
  };
}

function isVendorSpecific(application: ApplicationDefinition): boolean {
  return application.kind !== "base" && application.vendorId !== 0;
}

function vendorSpecific({ kind, id, vendorId }: ApplicationDefinition): VendorSpecificApplicationId {
  return kind === "acct" ? { vendorId, acctApplicationId: id } : { vendorId, authApplicationId: id };
}

/** Section 5.3.6: vendors of AVPs and applications that we support, other than the device's own; never 0, none twice. */
function supportedVendors({ applications, extensions = [], vendorId }: LocalCapabilitiesInit): readonly number[] {
  const vendors = applications.flatMap((application) => [
    application.vendorId,
    ...application.avps.flatMap((avps) => [...avps.keys()]),
  ]);
  for (const avps of extensions) vendors.push(...avps.keys());
  return unique(vendors).filter((vendor) => vendor !== 0 && vendor !== vendorId);
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)];
}

/** The applications that a node or peer advertises. */
export class ApplicationSet {
  readonly ids: ReadonlySet<number>;
  /** Supports all, now and in future: RFC 6733 section 2.4. */
  readonly relay: boolean;

  constructor(ids: ReadonlySet<number>) {
    this.ids = ids;
    this.relay = ids.has(RELAY_APPLICATION_ID);
  }

  /**
   * By id, whatever AVP it stands in: section 5.3 intersects over all three, and freeDiameter advertises the authentication application
   * of RFC 4740 as Acct-Application-Id.
   */
  static of(message: Partial<Capabilities>): ApplicationSet {
    const ids = new Set([...(message.authApplicationId ?? []), ...(message.acctApplicationId ?? [])]);
    for (const { authApplicationId, acctApplicationId } of message.vendorSpecificApplicationId ?? []) {
      if (authApplicationId !== undefined) ids.add(authApplicationId);
      if (acctApplicationId !== undefined) ids.add(acctApplicationId);
    }
    return new ApplicationSet(ids);
  }

  /** True where requests of this application may be sent to whoever advertised this. */
  supports(applicationId: number): boolean {
    return this.relay || this.ids.has(applicationId);
  }

  /** True where the two have an application in common: section 5.3, a relay has with everybody. */
  meets(other: ApplicationSet): boolean {
    if (this.relay || other.relay) return true;
    for (const id of this.ids) if (other.ids.has(id)) return true;
    return false;
  }
}

/**
 * Whose CER is answered with success: a list of Origin-Hosts, a predicate, or anybody. `secured`: the connection is under TLS, or will be behind
 * CER and CEA, so that the Origin-Host is proven.
 */
export type Accept =
  | "any"
  | readonly string[]
  | ((originHost: string, originRealm: string, secured: boolean) => boolean);

export function accepts(accept: Accept, originHost: string, originRealm: string, secured: boolean): boolean {
  if (accept === "any") return true;
  if (typeof accept === "function") return accept(originHost, originRealm, secured);
  return accept.some((identity) => sameIdentity(identity, originHost));
}

/** What is known of the peer that a CER is from, by its Origin-Host. */
export interface Standing {
  /** It may be a peer of ours. */
  readonly welcome: boolean;
  /** It is configured with TLS. */
  readonly protectedOnly: boolean;
}

/** Why this CER, which came on `link`, is answered with an error; undefined where it is welcome. */
export function refusal(
  local: LocalCapabilities,
  cer: Capabilities,
  link: Link,
  { welcome, protectedOnly }: Standing,
): Outcome | undefined {
  // A connection to oneself never ends its election: neither side succeeds the other.
  if (sameIdentity(local.originHost, cer.originHost))
    return { resultCode: UNKNOWN_PEER, errorMessage: "this is my own Origin-Host" };
  if (!welcome) return { resultCode: UNKNOWN_PEER, errorMessage: "this Origin-Host is not one of my peers" };
  const insecure = cerRefusal(link, cer, protectedOnly);
  if (insecure !== undefined) return insecure;
  if (!ApplicationSet.of(local).meets(ApplicationSet.of(cer)))
    return { resultCode: NO_COMMON_APPLICATION, errorMessage: "no application in common" };
  return undefined;
}
