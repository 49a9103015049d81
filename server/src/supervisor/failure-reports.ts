/** Failures to authenticate, from a worker to the supervisor: not each alone, for somebody who guesses makes many. */
import { type Clock, systemClock, type Timer } from "@diamgen/runtime";
import type { ThrottleWatch } from "../authentication/index.js";

/** A failure, or that the user has found the password. */
export interface FailureChange {
  readonly user: string;
  readonly peer: string;
  readonly failed: boolean;
}

/** Milliseconds for which they are gathered: what a worker that is killed has not told is lost. */
const GATHER_MS = 100;
/** Gathered at most. */
const MOST = 1000;

export class FailureReports implements ThrottleWatch {
  readonly #tell: (changes: readonly FailureChange[]) => void;
  readonly #clock: Clock;
  #changes: FailureChange[] = [];
  #timer: Timer | undefined;

  constructor(tell: (changes: readonly FailureChange[]) => void, clock: Clock = systemClock) {
    this.#tell = tell;
    this.#clock = clock;
  }

  failed(user: string, peer: string): void {
    this.#add({ user, peer, failed: true });
  }

  succeeded(user: string, peer: string): void {
    this.#add({ user, peer, failed: false });
  }

  /** Now: what follows must not come before it. */
  flush(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#changes.length > 0) this.#tell(this.#changes.splice(0));
  }

  #add(change: FailureChange): void {
    this.#changes.push(change);
    if (this.#changes.length >= MOST) this.flush();
    else this.#timer ??= this.#clock.setTimeout(() => this.flush(), GATHER_MS, true);
  }
}
