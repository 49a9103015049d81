/** How a node goes: RFC 6733 section 5.4, with what is in flight answered first. */
import type { Clock } from "../clock.js";
import type { DisconnectCause } from "../peer/base-messages.js";

export type StopCause = keyof typeof DisconnectCause;

export interface StopOptions {
  /** Disconnect-Cause of the DPRs; "REBOOTING" where left out: peers come back when we do. */
  readonly cause?: StopCause | undefined;
  /** Milliseconds for DPAs and for what is in flight; 5000 where left out. */
  readonly timeoutMs?: number | undefined;
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
