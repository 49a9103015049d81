/**
 * Challenges of our own, for clients that leave them to the Diameter server (RFC 4740 sections 6.2, 6.3 and 11): "nonces are always
 * generated in the Diameter server". OpenSIPS makes its own and never asks.
 */

import {
  computeHa1,
  type DigestSecrets,
  findDigestAlgorithm,
  type NonceOptions,
  type NonceState,
  Nonces,
  NonceUses,
  storedHa1,
} from "../digest/index.js";

export interface ChallengeOptions extends NonceOptions {
  /** Digest-Realm of the challenge; the domain of the User-Name, or of the SIP-AOR, where left out. */
  readonly realm?: string | undefined;
  /** The algorithm offered; "MD5" where left out. */
  readonly algorithm?: string | undefined;
  /** Digest-QoP of the challenge; "auth" where left out, "" for none (RFC 2069). */
  readonly qop?: string | undefined;
  /**
   * true: the challenge comes with H(A1), and the SIP server checks the response itself (section 6.3). H(A1) is as good as the password:
   * only for SIP servers that are trusted with all of them, over TLS. Default false.
   */
  readonly delegate?: boolean | undefined;
  /** Knows the uses of all processes that are one server. Default: those of this one. */
  readonly uses?: NonceLedger | undefined;
}

/** Notes that a nonce is used with a count, after the response was found right: false for a replay. See NonceUses. */
export interface NonceLedger {
  use(nonce: string, nonceCount: string | undefined): boolean | Promise<boolean>;
}

/** Contents of a SIP-Authenticate AVP. */
export interface Challenge {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: string;
  readonly qop: string | undefined;
  /** The nonce of the request was ours and its response right, but the nonce was old: the user need not be asked again. */
  readonly stale: boolean;
  /** H(A1), where the final check is the SIP server's. A secret: never log it. */
  readonly ha1: string | undefined;
}

/** Of credentials whose response was right. */
export interface Judged {
  readonly nonce?: string | undefined;
  readonly nonceCount?: string | undefined;
  readonly algorithm?: string | undefined;
}

export class Challenger {
  readonly delegate: boolean;
  private readonly nonces: Nonces;
  private readonly uses: NonceLedger;
  private readonly realm: string | undefined;
  private readonly algorithm: string;
  private readonly qop: string | undefined;

  /** @throws {RangeError} an option is out of range, or the algorithm unknown, or one whose H(A1) nobody can know beforehand ("-sess") */
  constructor(options: ChallengeOptions) {
    const algorithm = findDigestAlgorithm(options.algorithm);
    if (algorithm === undefined) throw new RangeError(`there is no digest algorithm "${options.algorithm}"`);
    this.delegate = options.delegate ?? false;
    if (this.delegate && algorithm.session)
      throw new RangeError(
        `${algorithm.name} cannot be delegated: its H(A1) needs the client's nonce (RFC 4740 section 6.3)`,
      );
    this.nonces = new Nonces(options);
    this.uses = options.uses ?? NonceUses.of(options);
    this.realm = options.realm;
    this.algorithm = algorithm.name;
    this.qop = options.qop === "" ? undefined : (options.qop ?? "auth");
  }

  /** True where all users are asked in one realm, whatever their domains. */
  get hasOneRealm(): boolean {
    return this.realm !== undefined;
  }

  /** The realm in which a user is asked for a password: where there is not one for all, the User-Name's; nobody named, the SIP-AOR's. */
  realmOf(userName: string | undefined, aor: string): string {
    return this.realm ?? domainOf(userName?.includes("@") ? userName : aor);
  }

  /** @param subscriber whose H(A1) comes along where the check is delegated */
  challenge(realm: string, stale: boolean, username?: string, subscriber?: DigestSecrets): Challenge {
    const { algorithm, qop } = this;
    const nonce = this.nonces.issue(realm);
    return { realm, nonce, algorithm, qop, stale, ha1: this.ha1(realm, username, subscriber) };
  }

  /**
   * What a right response is worth: "stale" also for a nonce count that was used before, and for another algorithm than the one asked for, such as a weaker
   * one that somebody on the way has put into the challenge.
   */
  async judge({ nonce = "", nonceCount, algorithm }: Judged, realm: string): Promise<NonceState> {
    const state = this.nonces.check(nonce, realm);
    if (state !== "fresh") return state;
    const asked = findDigestAlgorithm(algorithm)?.name === this.algorithm;
    return asked && (await this.uses.use(nonce, nonceCount)) ? "fresh" : "stale";
  }

  private ha1(realm: string, username: string | undefined, subscriber: DigestSecrets | undefined): string | undefined {
    const algorithm = findDigestAlgorithm(this.algorithm);
    if (!this.delegate || algorithm === undefined || username === undefined || subscriber === undefined)
      return undefined;
    const stored = storedHa1(algorithm, subscriber);
    if (stored !== undefined) return stored;
    const { password } = subscriber;
    return password === undefined || password === "" ? undefined : computeHa1(algorithm, username, realm, password);
  }
}

/** "sip:alice@example.com:5060;transport=tcp" is in "example.com", and so is "alice@example.com". */
export function domainOf(aor: string): string {
  const host = aor.slice(aor.lastIndexOf("@") + 1).replace(/^sips?:/i, "");
  // An IPv6 address keeps its brackets.
  return /^(\[[^\]]*\]|[^:;?>]*)/.exec(host)?.[0] ?? host;
}

/** The user part of a SIP-AOR or of a User-Name: "alice" of "sip:alice@example.com". */
export function userOf(aor: string): string {
  const at = aor.lastIndexOf("@");
  return (at < 0 ? aor : aor.slice(0, at)).replace(/^sips?:/i, "");
}
