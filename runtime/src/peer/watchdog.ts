/**
 * The watchdog of RFC 3539 section 3.4.1 and appendix A, pure: it decides when a peer may be sent requests (OKAY), when its pending
 * requests go elsewhere (SUSPECT), when its connection is given up (DOWN), and how it is trusted again (REOPEN). It stands above the peer
 * state machine, which knows only of connections.
 */

export const watchdogStatuses = ["INITIAL", "OKAY", "SUSPECT", "DOWN", "REOPEN"] as const;
/** INITIAL: never opened. DOWN: closed. REOPEN: open again, and on probation for three DWAs. */
export type WatchdogStatus = (typeof watchdogStatuses)[number];

export const watchdogEvents = [
  "Receive DWA",
  "Receive non-DWA",
  "Timer expires",
  "Connection up",
  "Connection down",
] as const;
export type WatchdogEvent = (typeof watchdogEvents)[number];

export type WatchdogAction =
  | "SetWatchdog"
  | "SendWatchdog"
  | "Failover"
  | "Failback"
  | "CloseConnection"
  | "AttemptOpen"
  | "Throwaway";

export interface Watchdog {
  readonly status: WatchdogStatus;
  /** A DWR is unanswered. */
  readonly pending: boolean;
  /** DWAs received in REOPEN; -1 after a Tw without one. */
  readonly numDwa: number;
}

export interface WatchdogStep {
  readonly next: Watchdog;
  readonly actions: readonly WatchdogAction[];
}

/** A peer control block that was never opened. */
export const initialWatchdog: Watchdog = { status: "INITIAL", pending: false, numDwa: 0 };

/** What `event` does; total, and without effects. */
export function watchdogStep(watchdog: Watchdog, event: WatchdogEvent): WatchdogStep {
  const { status } = watchdog;
  switch (event) {
    case "Receive DWA":
      return received({ ...watchdog, pending: false }, true);
    case "Receive non-DWA":
      return received(watchdog, false);
    case "Timer expires":
      return timerExpires(watchdog);
    case "Connection up":
      if (status === "INITIAL") return { next: { ...watchdog, status: "OKAY" }, actions: ["SetWatchdog"] };
      if (status === "DOWN")
        return { next: { status: "REOPEN", pending: true, numDwa: 0 }, actions: ["SendWatchdog", "SetWatchdog"] };
      // Appendix A: "Shouldn't be here". There is one connection; a second one going up changes nothing.
      return { next: watchdog, actions: [] };
    case "Connection down":
      // Appendix A leaves INITIAL out: a connection that never was open. DOWN again: closed by the watchdog itself before.
      if (status === "INITIAL" || status === "DOWN") return { next: watchdog, actions: [] };
      return {
        // Nothing is pending on a connection that is gone; appendix A says so only when the next one is up.
        next: { status: "DOWN", pending: false, numDwa: 0 },
        actions:
          status === "OKAY" ? ["CloseConnection", "Failover", "SetWatchdog"] : ["CloseConnection", "SetWatchdog"],
      };
  }
}

function received(watchdog: Watchdog, dwa: boolean): WatchdogStep {
  switch (watchdog.status) {
    case "OKAY":
      return { next: watchdog, actions: ["SetWatchdog"] };
    case "SUSPECT":
      return { next: { ...watchdog, status: "OKAY" }, actions: ["Failback", "SetWatchdog"] };
    case "REOPEN": {
      if (!dwa) return { next: watchdog, actions: ["Throwaway"] };
      const numDwa = watchdog.numDwa + 1;
      if (numDwa === 3) return { next: { ...watchdog, status: "OKAY", numDwa }, actions: ["Failback"] };
      return { next: { ...watchdog, numDwa }, actions: [] };
    }
    case "INITIAL":
    case "DOWN":
      return { next: watchdog, actions: ["Throwaway"] };
  }
}

function timerExpires(watchdog: Watchdog): WatchdogStep {
  const { status, pending, numDwa } = watchdog;
  switch (status) {
    case "OKAY":
      if (!pending) return { next: { ...watchdog, pending: true }, actions: ["SendWatchdog", "SetWatchdog"] };
      return { next: { ...watchdog, status: "SUSPECT" }, actions: ["Failover", "SetWatchdog"] };
    case "SUSPECT":
      return { next: { ...watchdog, status: "DOWN" }, actions: ["CloseConnection", "SetWatchdog"] };
    case "INITIAL":
    case "DOWN":
      return { next: watchdog, actions: ["AttemptOpen", "SetWatchdog"] };
    case "REOPEN":
      if (!pending) return { next: { ...watchdog, pending: true }, actions: ["SendWatchdog", "SetWatchdog"] };
      if (numDwa < 0) return { next: { ...watchdog, status: "DOWN" }, actions: ["CloseConnection", "SetWatchdog"] };
      return { next: { ...watchdog, numDwa: -1 }, actions: ["SetWatchdog"] };
  }
}

/** Twinit where nobody says otherwise: RFC 3539 section 3.4.1 [1]. */
export const DEFAULT_TWINIT_MS = 30_000;
/** It MUST NOT be set lower: RFC 3539 section 3.4.1 [1]. */
export const LEAST_TWINIT_MS = 6_000;

/** Tw of RFC 3539: Twinit with a jitter of up to two seconds either way. `random` gives 0 to 1. */
export function jitteredTw(twinitMs: number, random: () => number): number {
  return Math.round(twinitMs - 2_000 + 4_000 * random());
}
