/** What `Clock.setTimeout` gives and `Clock.clearTimeout` takes; nothing else may be done with it. */
export type Timer = object;

/**
 * Time, as the runtime sees it. Every timer of peers, requests and transports runs on one of these, so that a test can drive them all
 * with `VirtualClock` of `@diamgen/runtime/testing`.
 */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May jump when the system's time is set: measure with timers, not with differences. */
  now(): number;
  /** Milliseconds and parts of them since any moment; never set back. Latencies are measured with it; with `now` where it is missing. */
  monotonic?(): number;
  /**
   * Calls `callback` once, after `ms` milliseconds or more; never before this call has returned.
   *
   * @param background true for housekeeping, which must not keep the process alive
   */
  setTimeout(callback: () => void, ms: number, background?: boolean): Timer;
  /** Forgets a timer; one that has run, or undefined, is ignored. */
  clearTimeout(timer: Timer | undefined): void;
}

/** Milliseconds, for differences. */
export function monotonic(clock: Clock): number {
  return clock.monotonic === undefined ? clock.now() : clock.monotonic();
}

/** Node takes what is longer for 1 ms. */
const LONGEST = 0x7fffffff;

/** The time of the system. Timers longer than 24.8 days run after 24.8 days. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(callback, ms, background) {
    const timer: NodeJS.Timeout | number = setTimeout(callback, Math.min(ms, LONGEST));
    // A number in browsers, where nothing needs an unref.
    if (typeof timer === "number") return { id: timer };
    if (background) timer.unref();
    return timer;
  },
  clearTimeout(timer) {
    if (timer !== undefined) clearTimeout("id" in timer ? (timer.id as number) : (timer as NodeJS.Timeout));
  },
};
