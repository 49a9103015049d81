/** How a node goes: RFC 6733 section 5.4, with what is in flight answered first. */
import type { Clock } from "../clock.js";
import { AbortedError } from "../errors.js";
import type { DisconnectCause } from "../peer/base-messages.js";

export type StopCause = keyof typeof DisconnectCause;

export interface StopOptions {
  /** Disconnect-Cause of the DPRs; "REBOOTING" where left out: peers come back when we do. */
  readonly cause?: StopCause | undefined;
  /** Milliseconds for DPAs and for what is in flight; 5000 where left out. */
  readonly timeoutMs?: number | undefined;
}

/** For what waits: ends the wait, not what is waited for. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DrainOptions extends WaitOptions {
  /** Milliseconds for what is under way; 5000 where left out. */
  readonly timeoutMs?: number | undefined;
}

/** As `promise`; rejects with AbortedError when `signal` fires first. */
export function abortable<T>(promise: Promise<T>, { signal }: WaitOptions): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(new AbortedError("the wait was aborted", signal.reason));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Resolves with `promise`, or after `ms` milliseconds. */
export function within(clock: Clock, promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, ms);
    const done = () => {
      clock.clearTimeout(timer);
      resolve();
    };
    promise.then(done, done);
  });
}
