/** Each nonce count is good for one request: RFC 7616 section 3.3, against replay. */

import { NONCE_LIFETIME_MS, type NonceOptions, skewMs } from "./nonce.js";

/** Counts below the highest one seen by so many or more are taken for replays. */
const WINDOW = 64;

interface Uses {
  /** The highest nonce count seen. */
  highest: number;
  /** Bit n: the count `highest - n` was seen. */
  seen: bigint;
  readonly until: number;
}

export interface NonceUsesOptions {
  /** Milliseconds that a nonce lives: what is older needs no memory, for its time is over. */
  readonly lifetimeMs: number;
  /** Nonces remembered; beyond that the oldest is forgotten. 100,000 where left out, some 20 MB. */
  readonly most?: number | undefined;
  readonly now?: (() => number) | undefined;
}

/**
 * Which counts of which nonces were used. Several workers share one, which the supervisor has; another machine has another, and a request may be
 * replayed once there within the nonce's lifetime. Counts may come out of order, as requests over UDP do, within a window of 64.
 */
export class NonceUses {
  /** Uses of nonces with that lifetime, as long as one may be fresh that is still ahead of our clock. */
  static of({ lifetimeMs = NONCE_LIFETIME_MS, now }: Pick<NonceOptions, "lifetimeMs" | "now">): NonceUses {
    return new NonceUses({ lifetimeMs: lifetimeMs + skewMs(lifetimeMs), now });
  }

  private readonly uses = new Map<string, Uses>();
  private readonly lifetimeMs: number;
  private readonly most: number;
  private readonly now: () => number;

  constructor({ lifetimeMs, most = 100_000, now = Date.now }: NonceUsesOptions) {
    this.lifetimeMs = lifetimeMs;
    this.most = most;
    this.now = now;
  }

  get size(): number {
    return this.uses.size;
  }

  /**
   * Notes a use, after the response was found right. Without a nonce count (no qop), the nonce is good once.
   *
   * @param nonceCount the eight hex digits of "nc"
   * @returns false for a replay, and for what is no nonce count
   */
  use(nonce: string, nonceCount: string | undefined): boolean {
    if (nonceCount !== undefined && !/^[0-9a-f]{8}$/i.test(nonceCount)) return false;
    const count = nonceCount === undefined ? 1 : Number.parseInt(nonceCount, 16);
    // RFC 7616 section 3.4: the first request has 00000001.
    if (count === 0) return false;
    const uses = this.uses.get(nonce);
    if (uses === undefined) {
      this.forget();
      this.uses.set(nonce, { highest: count, seen: 1n, until: this.now() + this.lifetimeMs });
      return true;
    }
    if (count > uses.highest) {
      const by = count - uses.highest;
      uses.seen = by >= WINDOW ? 1n : BigInt.asUintN(WINDOW, uses.seen << BigInt(by)) | 1n;
      uses.highest = count;
      return true;
    }
    const back = uses.highest - count;
    if (back >= WINDOW || (uses.seen >> BigInt(back)) & 1n) return false;
    uses.seen |= 1n << BigInt(back);
    return true;
  }

  /** Those whose time is over, and the oldest where there are too many; all are in the order of their time. */
  private forget(): void {
    const now = this.now();
    for (const [nonce, { until }] of this.uses) {
      if (until > now && this.uses.size < this.most) return;
      this.uses.delete(nonce);
    }
  }
}
