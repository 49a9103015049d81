/**
 * Requests that come twice: a node that fails over sends again what it has no answer to (RFC 6733 section 5.5.4), with the same Origin-Host
 * and End-to-End Identifier (section 3). What was answered once is answered with the same octets again.
 */
import type { Clock, Timer } from "../clock.js";

/** Section 3: End-to-End Identifiers are unique "for a minimum of 4 minutes, even across reboots". */
const LIFE_MS = 240_000;

/** What an entry takes beside its key and its answer, roughly: the figure keeps many short answers within the limit too. */
const OVERHEAD = 256;

/** The same request again, while its first is still being served. */
export interface Waiter {
  answered(answer: Uint8Array): void;
  /** There will be none. */
  unanswered(): void;
}

/** A request that is being served, or its answer. */
export class FirstRequest {
  readonly key: string;
  /** Owns its octets. */
  answer: Uint8Array | undefined;
  readonly waiting = new Set<Waiter>();
  expires = 0;

  constructor(key: string) {
    this.key = key;
  }

  get size(): number {
    return OVERHEAD + this.key.length + (this.answer?.length ?? 0);
  }
}

export class DuplicateCache {
  private readonly clock: Clock;
  private readonly maxBytes: number;
  private readonly forgotten: (octets: number, early: number) => void;
  /** Those being served, then those answered, in the order of their answers: the first of these expires first. */
  private readonly serving = new Map<string, FirstRequest>();
  private readonly answered = new Map<string, FirstRequest>();
  private timer: Timer | undefined;
  private octets = 0;

  /**
   * @param maxBytes `limits.maxDuplicateCacheBytes`
   * @param forgotten hears of each answer that goes before its time, for want of room
   */
  constructor(clock: Clock, maxBytes: number, forgotten: (octets: number, early: number) => void = () => {}) {
    this.clock = clock;
    this.maxBytes = maxBytes;
    this.forgotten = forgotten;
  }

  /** Octets that answers and what belongs to them take, roughly. */
  get bytes(): number {
    return this.octets;
  }

  /** Requests known, those being served included. */
  get size(): number {
    return this.serving.size + this.answered.size;
  }

  find(key: string): FirstRequest | undefined {
    return this.serving.get(key) ?? this.answered.get(key);
  }

  /** A request that `find` does not know; `settle` is to follow. */
  begin(key: string): FirstRequest {
    const first = new FirstRequest(key);
    this.serving.set(key, first);
    return first;
  }

  /** Its answer: for those who wait, and for those who ask within the next four minutes. `answer` is copied. */
  settle(first: FirstRequest, answer: Uint8Array): void {
    // The cache was cleared meanwhile.
    if (this.serving.get(first.key) !== first) return;
    this.serving.delete(first.key);
    first.answer = Uint8Array.prototype.slice.call(answer);
    first.expires = this.clock.now() + LIFE_MS;
    this.answered.set(first.key, first);
    this.octets += first.size;
    while (this.octets > this.maxBytes) {
      const { answer, expires } = this.forgetFirst();
      this.forgotten(answer?.length ?? 0, Math.max(0, expires - this.clock.now()));
    }
    if (this.answered.size > 0) this.timer ??= this.arm(LIFE_MS);
    for (const waiter of first.waiting) waiter.answered(first.answer);
    first.waiting.clear();
  }

  /** It has no answer, nor will it have one: whoever sends it again is served anew. */
  forget(first: FirstRequest): void {
    if (this.serving.get(first.key) === first) this.serving.delete(first.key);
    for (const waiter of first.waiting) waiter.unanswered();
    first.waiting.clear();
  }

  /** Forgets everything. */
  clear(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.serving.clear();
    this.answered.clear();
    this.octets = 0;
  }

  /** There is one. */
  private forgetFirst(): FirstRequest {
    const [key, first] = this.answered.entries().next().value as [string, FirstRequest];
    this.answered.delete(key);
    this.octets -= first.size;
    return first;
  }

  private arm(ms: number): Timer {
    return this.clock.setTimeout(() => this.expire(), ms, true);
  }

  private expire(): void {
    this.timer = undefined;
    const now = this.clock.now();
    for (const { expires } of this.answered.values()) {
      if (expires > now) {
        // The clock was set back: everything lives for four minutes from now, once, instead of until the clock is where it was.
        const most = now + LIFE_MS;
        if (expires > most) for (const first of this.answered.values()) first.expires = Math.min(first.expires, most);
        this.timer = this.arm(Math.min(expires, most) - now);
        return;
      }
      this.forgetFirst();
    }
  }
}
