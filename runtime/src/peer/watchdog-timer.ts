/** The watchdog of RFC 3539 at work: its timer, and its actions on the peer. */
import type { Clock, Timer } from "../clock.js";
import type { Random } from "../routing/identifiers.js";
import {
  initialWatchdog,
  jitteredTw,
  type Watchdog,
  type WatchdogAction,
  type WatchdogEvent,
  type WatchdogStatus,
  watchdogStep,
} from "./watchdog.js";

export interface WatchdogEffects {
  sendWatchdog(): void;
  failover(): void;
  failback(): void;
  closeConnection(): void;
}

export interface WatchdogOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly twinitMs: number;
}

export class WatchdogTimer {
  private watchdog: Watchdog = initialWatchdog;
  private readonly options: WatchdogOptions;
  private readonly effects: WatchdogEffects;
  private timer: Timer | undefined;
  /** When Tw was last set, and to what. */
  private setAt = 0;
  private tw = 0;

  constructor(options: WatchdogOptions, effects: WatchdogEffects) {
    this.options = options;
    this.effects = effects;
  }

  get status(): WatchdogStatus {
    return this.watchdog.status;
  }

  connectionUp(): void {
    this.step("Connection up");
  }

  connectionDown(): void {
    this.step("Connection down");
  }

  received(dwa: boolean): void {
    if (!dwa && this.watchdog.status === "OKAY") {
      // The row "OKAY, Receive non-DWA: SetWatchdog()", once per message: the timer that runs finds out when it expires.
      this.setAt = this.options.clock.now();
      return;
    }
    this.step(dwa ? "Receive DWA" : "Receive non-DWA");
    // Three exchanges make REOPEN OKAY again (RFC 3539 section 3.4.1 [5]). The RFC does not say that Tw must pass between them, and
    // freeDiameter does not let it: a peer that is back serves again within three round trips, not after a minute.
    if (dwa && this.watchdog.status === "REOPEN") this.step("Timer expires");
  }

  /** No timer runs any more. */
  stop(): void {
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private step(event: WatchdogEvent): void {
    const { next, actions } = watchdogStep(this.watchdog, event);
    this.watchdog = next;
    for (const action of actions) this.perform(action);
    // In INITIAL and DOWN the timer would attempt to open; RFC 6733 section 2.1 has Tc for that.
    if (next.status === "INITIAL" || next.status === "DOWN") this.stop();
  }

  private perform(action: WatchdogAction): void {
    switch (action) {
      case "SetWatchdog":
        this.setWatchdog();
        break;
      case "SendWatchdog":
        this.effects.sendWatchdog();
        break;
      case "Failover":
        this.effects.failover();
        break;
      case "Failback":
        this.effects.failback();
        break;
      case "CloseConnection":
        this.effects.closeConnection();
        break;
      case "AttemptOpen":
        break;
      case "Throwaway":
        // Not done: requests that come in REOPEN are served. Their sender holds the connection for open (it may never have lost it)
        // and would wait in vain; RFC 6733 section 5.6 processes messages in R-Open and I-Open without a condition.
        break;
    }
  }

  private setWatchdog(): void {
    this.stop();
    this.setAt = this.options.clock.now();
    this.tw = jitteredTw(this.options.twinitMs, this.options.random);
    this.arm(this.tw);
  }

  private arm(ms: number): void {
    this.timer = this.options.clock.setTimeout(
      () => {
        this.timer = undefined;
        const now = this.options.clock.now();
        // The clock was set back: Tw begins anew, once, instead of lasting until the clock is where it was.
        this.setAt = Math.min(this.setAt, now);
        // Set again by a message meanwhile.
        const left = this.setAt + this.tw - now;
        if (left > 0) this.arm(left);
        else this.step("Timer expires");
      },
      ms,
      true,
    );
  }
}
