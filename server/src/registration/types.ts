/** What is known of a user, as RFC 4740 has it. */

/** A row of `subscriber`, by its key. */
export interface SipUser {
  readonly username: string;
  readonly domain: string;
}

/** A SIP server and the Diameter node in it. */
export interface SipServerNode {
  /** SIP-Server-URI (section 9.2). */
  readonly uri: string;
  /** Origin-Host of its SAR or MAR: the Destination-Host of RTR and PPR. */
  readonly originHost: string;
  readonly originRealm: string;
}

/**
 * `registered`; `unregistered`: a SIP server serves the user though there is no registration (UNREGISTERED_USER of section 8.4); else
 * `notRegistered`, where a SIP server may still be kept.
 */
export type AorRegistration = "notRegistered" | "registered" | "unregistered";

/** The Diameter session of what one SIP server has of a user (section 6.7): its end is the end of that, and the other way round. */
export interface RegistrationSession {
  /** Session-Id. */
  readonly id: string;
  /** The Diameter node that opened it, and alone may end it: where ASR goes. */
  readonly originHost: string;
  readonly originRealm: string;
  /** Origin-State-Id of that node when it opened the session; undefined where it says none (RFC 6733 section 8.16). */
  readonly originStateId: number | undefined;
  /** When Authorization-Lifetime is over, and when Auth-Grace-Period is too: milliseconds since 1970; undefined: never. */
  readonly authorizedUntil: number | undefined;
  readonly expiresAt: number | undefined;
}

export interface AorRecord {
  /** See `canonicalAor`. */
  readonly aor: string;
  /** false: barred, DIAMETER_AUTHORIZATION_REJECTED (section 8.2). */
  readonly mayRegister: boolean;
  readonly registration: AorRegistration;
  /** Assigned, or kept. */
  readonly server: SipServerNode | undefined;
  /** SIP-Supported-User-Data-Type of the last SAR, best first: what a PPR may bring (section 8.11). */
  readonly userDataTypes: readonly string[];
  /** Of what `server` has; undefined where no session is maintained. Several SIP-AORs of a user may have the same. */
  readonly session?: RegistrationSession | undefined;
}

export interface UserProfile {
  /** SIP-Visited-Network-Ids that the user may roam to; undefined: any. In any case. */
  readonly visitedNetworks: readonly string[] | undefined;
  /** SIP-Mandatory-Capability and SIP-Optional-Capability, Unsigned32 each (section 9.3). */
  readonly mandatoryCapabilities: readonly number[];
  readonly optionalCapabilities: readonly number[];
  /** Services for when the user is not registered: DIAMETER_UNREGISTERED_SERVICE (section 8.6). */
  readonly unregisteredService: boolean;
}

/** SIP-User-Data (section 9.12): we do not look into it. */
export interface UserData {
  readonly type: string;
  readonly contents: Uint8Array;
}

export interface UserRecord {
  readonly user: SipUser;
  readonly profile: UserProfile;
  /** The SIP server that a MAR named and that is not the assigned one; while it is there, authentication is pending (section 8.8). */
  readonly pending: SipServerNode | undefined;
  /** All SIP-AORs of the user, that of `subscriber` among them. */
  readonly aors: readonly AorRecord[];
  readonly userData: readonly UserData[];
}

/** Of a user of whom nothing was said. */
export const DEFAULT_PROFILE: UserProfile = {
  visitedNetworks: undefined,
  mandatoryCapabilities: [],
  optionalCapabilities: [],
  unregisteredService: false,
};

/** A SIP-AOR that was never registered. */
export function newAor(aor: string, mayRegister = true): AorRecord {
  return { aor, mayRegister, registration: "notRegistered", server: undefined, userDataTypes: [], session: undefined };
}
