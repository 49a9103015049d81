/**
 * Multimedia-Auth-Request to result: the checks of app_opensips, the freeDiameter extension that OpenSIPS was written
 * against, in its order and with its answers, which are those of the captures in test/fixtures/opensips.
 *
 * | check                                            | Result-Code |
 * |--------------------------------------------------|-------------|
 * | Digest-Username is there                         | 5005        |
 * | User-Name, up to "@", is the Digest-Username     | 5033        |
 * | Digest-Realm is there                            | 5005        |
 * | the database answers                             | 5012        |
 * | there is such a subscriber                       | 5032        |
 * | Digest-Nonce, -URI, -Method, -Response are there | 5005        |
 * | the response is right                            | 4001        |
 * | (none failed)                                    | 2006        |
 *
 * It differs where app_opensips could do less: qop=auth and algorithms other than MD5 are verified, and so is auth-int
 * where the hash of the body comes along; a response in upper-case hex is right; a long name is unknown (5032), not
 * too long for a buffer (5012).
 */

import {
  type DigestAttribute,
  type DigestOutcome,
  type DigestSecrets,
  responseAuth,
  verifyDigest,
} from "../digest/index.js";
import { ResultCode, type ResultCodeName } from "./result-codes.js";

/** The AVPs of a request that matter here; undefined is an absent AVP. */
export interface DigestCredentials {
  /** User-Name (1), "user@realm" or "user". Absent is fine. */
  readonly userName?: string | undefined;
  /** Digest-Username (115). */
  readonly username?: string | undefined;
  /** Digest-Realm (104). */
  readonly realm?: string | undefined;
  /** Digest-Nonce (105). Whether it is fresh and used once is for whoever made it to check: the SIP server, or a Challenger. */
  readonly nonce?: string | undefined;
  /** Digest-URI (109). */
  readonly uri?: string | undefined;
  /** Digest-Method (108). */
  readonly method?: string | undefined;
  /** Digest-Response (103). */
  readonly response?: string | undefined;
  /** Digest-Algorithm (111); absent is MD5. */
  readonly algorithm?: string | undefined;
  /** Digest-QoP (110). */
  readonly qop?: string | undefined;
  /** Digest-CNonce (113). */
  readonly cnonce?: string | undefined;
  /** Digest-Nonce-Count (114). */
  readonly nonceCount?: string | undefined;
  /** Digest-Entity-Body-Hash (112). */
  readonly entityBodyHash?: string | undefined;
}

/** What authentication needs of a database. SubscriberStore is one. */
export interface SubscriberLookup {
  find(username: string, domain: string): Promise<DigestSecrets | undefined>;
}

export interface AuthenticationOptions {
  /**
   * false: an unknown user gets the answer to a wrong password, 4001, so that nobody can ask for names.
   * Default true: 5032, as app_opensips says and RFC 4740 section 8.8 has it.
   */
  readonly revealUnknownUser?: boolean | undefined;
  /** true: an accepted result says what proves to the user that we know the password too. Default false. */
  readonly prove?: boolean | undefined;
}

export interface MissingAvp {
  readonly name: string;
  /** Vendor 0. */
  readonly code: number;
}

export type AuthenticationResult =
  | {
      readonly accepted: true;
      /** The first, where no SIP server is kept. */
      readonly resultCode:
        | typeof ResultCode.DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED
        | typeof ResultCode.DIAMETER_SUCCESS;
      readonly username: string;
      readonly realm: string;
      /** With `prove`: Digest-Response-Auth (RFC 7616 section 3.5), where the qop has one. */
      readonly responseAuth?: string | undefined;
    }
  | {
      readonly accepted: false;
      readonly resultCode: ResultCode;
      /**
       * For the Error-Message AVP (281), which must be sent: OpenSIPS up to 3.4 takes its presence for failure, and
       * anything without it, even 4001, for success. The name of the Result-Code, as app_opensips has it.
       */
      readonly errorMessage: ResultCodeName;
      /** For the log: more than the peer is told. */
      readonly reason:
        | Extract<DigestOutcome, { outcome: "rejected" }>["reason"]
        | "identitiesDontMatch"
        | "storeFailed";
      /** With DIAMETER_MISSING_AVP. app_opensips sends no Failed-AVP here. */
      readonly missingAvp?: MissingAvp;
      /** With DIAMETER_UNABLE_TO_COMPLY: the error of the store. */
      readonly cause?: unknown;
    };

type Rejection = Extract<AuthenticationResult, { accepted: false }>;

const AVPS: Readonly<Record<DigestAttribute | "username" | "realm", MissingAvp>> = {
  username: { name: "Digest-Username", code: 115 },
  realm: { name: "Digest-Realm", code: 104 },
  nonce: { name: "Digest-Nonce", code: 105 },
  uri: { name: "Digest-URI", code: 109 },
  method: { name: "Digest-Method", code: 108 },
  response: { name: "Digest-Response", code: 103 },
  cnonce: { name: "Digest-CNonce", code: 113 },
  nonceCount: { name: "Digest-Nonce-Count", code: 114 },
};

/**
 * Decides about one request. Never rejects: when the store fails, that is a result too, since OpenSIPS 3.2 waits
 * forever for an answer that does not come.
 *
 * A request of OpenSIPS's aaa_does_uri_exist(), which has no Digest-* AVP at all, ends at the first check.
 */
export async function authenticate(
  credentials: DigestCredentials,
  subscribers: SubscriberLookup,
  options: AuthenticationOptions = {},
): Promise<AuthenticationResult> {
  const { username, realm, userName } = credentials;
  if (username === undefined) return missing(AVPS.username);
  if (userName !== undefined && userName.split("@", 1)[0] !== username) {
    return reject("DIAMETER_ERROR_IDENTITIES_DONT_MATCH", "identitiesDontMatch");
  }
  if (realm === undefined) return missing(AVPS.realm);

  let subscriber: DigestSecrets | undefined;
  let outcome: DigestOutcome;
  try {
    subscriber = await subscribers.find(username, realm);
    outcome = verifyDigest({ ...credentials, username, realm }, subscriber);
  } catch (cause) {
    return { ...reject("DIAMETER_UNABLE_TO_COMPLY", "storeFailed"), cause };
  }
  if (outcome.outcome === "accepted") {
    const resultCode = ResultCode.DIAMETER_SUCCESS_SERVER_NAME_NOT_STORED;
    if (!options.prove || subscriber === undefined) return { accepted: true, resultCode, username, realm };
    const proof = responseAuth({ ...credentials, username, realm }, subscriber);
    return { accepted: true, resultCode, username, realm, responseAuth: proof };
  }
  switch (outcome.reason) {
    case "unknownUser": {
      const { reason, attribute } = outcome;
      if (options.revealUnknownUser !== false) return reject("DIAMETER_ERROR_USER_UNKNOWN", reason);
      // What is missing is said to everybody, or it would tell who is there.
      return attribute === undefined
        ? reject("DIAMETER_AUTHENTICATION_REJECTED", reason)
        : { ...missing(AVPS[attribute]), reason };
    }
    case "missing":
      return missing(AVPS[outcome.attribute]);
    default:
      return reject("DIAMETER_AUTHENTICATION_REJECTED", outcome.reason);
  }
}

function missing(missingAvp: MissingAvp): Rejection {
  return { ...reject("DIAMETER_MISSING_AVP", "missing"), missingAvp };
}

function reject(errorMessage: Rejection["errorMessage"], reason: Rejection["reason"]): Rejection {
  return { accepted: false, resultCode: ResultCode[errorMessage], errorMessage, reason };
}
