/**
 * Nonces that need no memory (RFC 7616 section 3.3): whoever has the key can tell that it made one, and when.
 *
 * ```
 *  0         6              14                              30 octets, as base64url: 40 characters
 *  +---------+--------------+-------------------------------+
 *  | made at | random       | HMAC-SHA-256 of both and the  |
 *  | (ms)    |              | realm, its first 16 octets    |
 *  +---------+--------------+-------------------------------+
 * ```
 */

import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const TIME = 6;
const RANDOM = 8;
const MAC = 16;
const LENGTH = TIME + RANDOM + MAC;
/** Octets of the shortest key: RFC 2104 section 3 discourages less than the hash has. */
const LEAST_KEY = 32;

/** fresh: ours, and young enough; stale: ours, and too old; foreign: not made with one of our keys for this realm. */
export type NonceState = "fresh" | "stale" | "foreign";

export const NONCE_LIFETIME_MS = 300_000;

export interface NonceOptions {
  /** 32 octets at least, secret; the same for all processes and machines that answer for one realm. */
  readonly key: Uint8Array;
  /** Keys that were in use before: their nonces are still known, so that a new key annoys nobody. */
  readonly previousKeys?: readonly Uint8Array[] | undefined;
  /** Milliseconds; 300,000 where left out. */
  readonly lifetimeMs?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/** Milliseconds that the clocks of two machines may be apart, at most, and as part of the lifetime. */
const MAX_SKEW_MS = 10_000;
const SKEW_OF_LIFETIME = 0.1;

export class Nonces {
  readonly lifetimeMs: number;
  /** Milliseconds that a nonce may be ahead of our clock: another machine made it, whose clock is fast. */
  readonly skewMs: number;
  private readonly keys: readonly Uint8Array[];
  private readonly now: () => number;

  /** @throws {RangeError} a key has less than 32 octets, or the lifetime is not positive */
  constructor({ key, previousKeys = [], lifetimeMs = NONCE_LIFETIME_MS, now = Date.now }: NonceOptions) {
    if ([key, ...previousKeys].some(({ length }) => length < LEAST_KEY))
      throw new RangeError(`a nonce key has at least ${LEAST_KEY} octets`);
    if (!(lifetimeMs > 0)) throw new RangeError("the lifetime of a nonce is a positive number of milliseconds");
    this.keys = [key, ...previousKeys];
    this.lifetimeMs = lifetimeMs;
    this.skewMs = skewMs(lifetimeMs);
    this.now = now;
  }

  issue(realm: string): string {
    const nonce = Buffer.alloc(LENGTH);
    nonce.writeUIntBE(this.now(), 0, TIME);
    randomBytes(RANDOM).copy(nonce, TIME);
    mac(this.keys[0] as Uint8Array, nonce, realm).copy(nonce, TIME + RANDOM);
    return nonce.toString("base64url");
  }

  check(nonce: string, realm: string): NonceState {
    const octets = Buffer.from(nonce, "base64url");
    // Decoding is lenient: another spelling of the same octets would be another nonce to whoever counts its uses.
    if (octets.length !== LENGTH || octets.toString("base64url") !== nonce) return "foreign";
    const given = octets.subarray(TIME + RANDOM);
    let ours = false;
    for (const key of this.keys) if (timingSafeEqual(mac(key, octets, realm), given)) ours = true;
    if (!ours) return "foreign";
    const age = this.now() - octets.readUIntBE(0, TIME);
    // From farther in the future: the clock was set back. It is ours all the same, and the user gets a new one.
    return age >= -this.skewMs && age < this.lifetimeMs ? "fresh" : "stale";
  }
}

/** Milliseconds that clocks of machines may be apart, for nonces of that lifetime. */
export function skewMs(lifetimeMs: number): number {
  return Math.min(MAX_SKEW_MS, lifetimeMs * SKEW_OF_LIFETIME);
}

function mac(key: Uint8Array, nonce: Buffer, realm: string): Buffer {
  return createHmac("sha256", key)
    .update(nonce.subarray(0, TIME + RANDOM))
    .update(realm)
    .digest()
    .subarray(0, MAC);
}
