/**
 * What a Multimedia-Auth-Request comes to: RFC 4740 section 8.8, around the digest check of `authenticate`.
 *
 * | the request                                                   | what it comes to                     |
 * |---------------------------------------------------------------|--------------------------------------|
 * | another SIP-Authentication-Scheme than DIGEST                 | 5037                                 |
 * | REGISTER of a SIP-AOR that is not the User-Name's             | 5033                                 |
 * | right credentials, REGISTER of a SIP-AOR that is not theirs   | 5033                                 |
 * | asks for a challenge, and there is a Challenger               | a challenge; 5032, 4013 where due    |
 * | credentials, and too many failures before                     | 4001                                 |
 * | credentials                                                   | as `authenticate` says               |
 * | right credentials, a nonce that is not ours, used or too old  | a challenge with Digest-Stale "true" |
 */

import type { DigestCredentials, SubscriberLookup } from "./authenticate.js";
import { type AuthenticationOptions, type AuthenticationResult, authenticate } from "./authenticate.js";
import { type Challenge, type Challenger, domainOf, userOf } from "./challenge.js";
import { ResultCode } from "./result-codes.js";
import type { Throttle } from "./throttle.js";

/** A request, as far as it matters here. */
export interface AuthenticationRequest {
  readonly credentials: DigestCredentials;
  /** The credentials are in SIP-Auth-Data-Item, as RFC 4740 has them: then nonces are ours. OpenSIPS has them at the top level. */
  readonly grouped: boolean;
  /** It has no credentials, and AVPs of a client of RFC 4740 that wants a challenge. */
  readonly asks: boolean;
  /** SIP-Authentication-Scheme; undefined is DIGEST. */
  readonly scheme: number | undefined;
  readonly userName: string | undefined;
  readonly aor: string;
  readonly sipMethod: string;
  /** SIP-Server-URI. */
  readonly serverUri: string | undefined;
  /** Origin-Host of the connection's peer. */
  readonly peer: string;
}

/** The user is to be asked (again). */
export interface Challenged {
  readonly accepted: false;
  readonly resultCode: number;
  /** It is no refusal. */
  readonly errorMessage: undefined;
  readonly reason: "challenged" | "stale";
  readonly challenge: Challenge;
  readonly cause?: undefined;
}

/** Refused by what RFC 4740 wants checked beside the digest. */
export interface Refused {
  readonly accepted: false;
  readonly resultCode: number;
  readonly errorMessage: string;
  readonly reason: "schemeNotSupported" | "notTheUsersAor" | "userNameRequired" | "throttled" | "unknownUser";
  readonly cause?: undefined;
}

export type Decision = AuthenticationResult | Challenged | Refused;

export interface AuthenticatorOptions {
  /** Looked at for each request. */
  readonly settings?: AuthenticationOptions | undefined;
  readonly subscribers: SubscriberLookup;
  /** Left out: no challenges; a request without credentials is answered 5005. */
  readonly challenger?: Challenger | undefined;
  readonly throttle?: Throttle | undefined;
  /**
   * Whether a user may register a SIP-AOR (RFC 4740 section 8.8). Where left out: one with the user's own name and domain. OpenSIPS checks
   * that itself, and never says REGISTER here.
   */
  readonly mayRegister?: ((userName: string, aor: string) => boolean | Promise<boolean>) | undefined;
}

const DIGEST = 0;

export class Authenticator {
  private readonly options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.options = options;
  }

  async decide(request: AuthenticationRequest): Promise<Decision> {
    try {
      return await this.decided(request);
    } catch (cause) {
      const errorMessage = "DIAMETER_UNABLE_TO_COMPLY";
      return { accepted: false, resultCode: ResultCode[errorMessage], errorMessage, reason: "storeFailed", cause };
    }
  }

  private async decided(request: AuthenticationRequest): Promise<Decision> {
    const { userName, aor, sipMethod, scheme } = request;
    const { challenger, mayRegister = isOwnAor } = this.options;
    if (scheme !== undefined && scheme !== DIGEST)
      return refuse("DIAMETER_ERROR_AUTH_SCHEME_NOT_SUPPORTED", "schemeNotSupported");
    if (sipMethod === "REGISTER" && userName !== undefined && !(await mayRegister(userName, aor)))
      return refuse("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "notTheUsersAor");
    if (request.asks && challenger !== undefined) return this.challenge(request, challenger);
    return this.verify(request);
  }

  private async challenge(request: AuthenticationRequest, challenger: Challenger): Promise<Decision> {
    const { userName, aor } = request;
    const realm = challenger.realmOf(userName, aor);
    if (userName === undefined) {
      // H(A1) is somebody's.
      if (challenger.delegate) return refuse("DIAMETER_USER_NAME_REQUIRED", "userNameRequired");
      return challenged(request, challenger.challenge(realm, false));
    }
    const username = userOf(userName);
    const subscriber = await this.options.subscribers.find(username, realm);
    // "The Diameter server MUST verify the existence of the user in the realm."
    if (subscriber === undefined && this.options.settings?.revealUnknownUser !== false)
      return refuse("DIAMETER_ERROR_USER_UNKNOWN", "unknownUser");
    return challenged(request, challenger.challenge(realm, false, username, subscriber));
  }

  private async verify(request: AuthenticationRequest): Promise<Decision> {
    const { credentials, grouped, peer } = request;
    const { subscribers, throttle, challenger, settings } = this.options;
    const user = `${credentials.username ?? ""}@${credentials.realm ?? ""}`;
    if (throttle?.blocks(user, peer)) return refuse("DIAMETER_AUTHENTICATION_REJECTED", "throttled");
    const result = await authenticate(credentials, subscribers, {
      revealUnknownUser: settings?.revealUnknownUser,
      prove: grouped,
    });
    if (result.accepted) throttle?.succeeded(user, peer);
    else if (result.reason === "wrongResponse" || result.reason === "unknownUser") throttle?.failed(user, peer);
    if (!result.accepted) return result;
    if (!(await this.mayRegister(request, result.username, result.realm)))
      return refuse("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "notTheUsersAor");
    if (!grouped || challenger === undefined) return result;
    const state = await challenger.judge(credentials, result.realm);
    // RFC 7616 section 3.3: stale is said to those only whose response was right.
    if (state === "fresh") return result;
    return challenged(request, challenger.challenge(challenger.realmOf(request.userName, request.aor), true));
  }

  /**
   * Whether a SIP-AOR is of who has just proved to be somebody, not only of the User-Name: that may be missing, and its domain need not be the realm of
   * the credentials. Where one realm is for all, it says nothing of the domain.
   */
  private async mayRegister(
    { sipMethod, userName, aor }: AuthenticationRequest,
    username: string,
    realm: string,
  ): Promise<boolean> {
    const { challenger, mayRegister = isOwnAor } = this.options;
    if (sipMethod !== "REGISTER") return true;
    if (challenger?.hasOneRealm && realm === challenger.realmOf(userName, aor))
      return userName !== undefined || mayRegister(username, aor);
    return mayRegister(`${username}@${realm}`, aor);
  }
}

function refuse(errorMessage: keyof typeof ResultCode, reason: Refused["reason"]): Refused {
  return { accepted: false, resultCode: ResultCode[errorMessage], errorMessage, reason };
}

/**
 * Section 8.8 has DIAMETER_SUCCESS_AUTH_SENT_SERVER_NOT_STORED where a challenge is sent and there was no SIP-Server-URI. Where there was
 * one, section 6.2 shows DIAMETER_MULTI_ROUND_AUTH: the next request is to come back; and with H(A1), where none is to come, DIAMETER_SUCCESS.
 */
function challenged({ serverUri }: AuthenticationRequest, challenge: Challenge): Challenged {
  const name =
    serverUri === undefined
      ? "DIAMETER_SUCCESS_AUTH_SENT_SERVER_NOT_STORED"
      : challenge.ha1 === undefined
        ? "DIAMETER_MULTI_ROUND_AUTH"
        : "DIAMETER_SUCCESS";
  const reason = challenge.stale ? "stale" : "challenged";
  return { accepted: false, resultCode: ResultCode[name], errorMessage: undefined, reason, challenge };
}

/** "alice", "alice@example.com" and "sip:alice@example.com" may register "sip:alice@example.com"; domains in any case. */
function isOwnAor(userName: string, aor: string): boolean {
  if (userOf(userName) !== userOf(aor)) return false;
  return !userName.includes("@") || domainOf(userName).toLowerCase() === domainOf(aor).toLowerCase();
}
