/** The Timeout event of the states that wait for the peer: RFC 6733 section 5.6.2, "an application-defined timer has expired". */
import type { Clock, Timer } from "../clock.js";
import type { Limits } from "../limits.js";
import type { State } from "./machine.js";

export interface StateTimerHost {
  readonly clock: Clock;
  readonly limits: Limits;
}

export class StateTimer {
  private readonly host: StateTimerHost;
  private readonly expired: (message: string) => void;
  private timer: Timer | undefined;

  constructor(host: StateTimerHost, expired: (message: string) => void) {
    this.host = host;
    this.expired = expired;
  }

  /**
   * The machine is in `state` now. Connecting has a limit of its own, and ends as Conn-Nack.
   *
   * @param closingMs how long Closing may last
   */
  enter(state: State, closingMs: number): void {
    const waitsForCEA = state === "Wait-I-CEA" || state === "Wait-Returns";
    // These two wait for the same CEA.
    if (waitsForCEA && this.timer !== undefined) return;
    this.host.clock.clearTimeout(this.timer);
    this.timer = undefined;
    if (waitsForCEA) this.arm(this.host.limits.cerTimeoutMs, "the peer does not answer the CER");
    else if (state === "Closing") this.arm(closingMs, "the peer does not close the connection");
  }

  private arm(ms: number, message: string): void {
    this.timer = this.host.clock.setTimeout(() => {
      this.timer = undefined;
      this.expired(message);
    }, ms);
  }
}
