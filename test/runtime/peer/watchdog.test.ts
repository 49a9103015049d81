/** The watchdog: RFC 3539 section 3.4.1 and appendix A. */

import { describe, expect, test } from "vitest";
import {
  initialWatchdog,
  jitteredTw,
  type Watchdog,
  type WatchdogAction,
  type WatchdogEvent,
  type WatchdogStatus,
  watchdogEvents,
  watchdogStatuses,
  watchdogStep,
} from "../../../runtime/src/peer/watchdog.js";
import { WatchdogTimer } from "../../../runtime/src/peer/watchdog-timer.js";
import { VirtualClock } from "../../../runtime/src/testing/clock.js";

const at = (status: WatchdogStatus, pending = false, numDwa = 0): Watchdog => ({ status, pending, numDwa });

describe("RFC 3539 appendix A, the table", () => {
  test.each<[Watchdog, WatchdogEvent, readonly WatchdogAction[], Watchdog]>([
    [at("OKAY", true), "Receive DWA", ["SetWatchdog"], at("OKAY")],
    [at("OKAY", true), "Receive non-DWA", ["SetWatchdog"], at("OKAY", true)],
    [at("SUSPECT", true), "Receive DWA", ["Failback", "SetWatchdog"], at("OKAY")],
    [at("SUSPECT", true), "Receive non-DWA", ["Failback", "SetWatchdog"], at("OKAY", true)],
    [at("REOPEN", true, 2), "Receive DWA", ["Failback"], at("OKAY", false, 3)],
    [at("REOPEN", true, 1), "Receive DWA", [], at("REOPEN", false, 2)],
    [at("REOPEN", true, -1), "Receive DWA", [], at("REOPEN", false, 0)],
    [at("REOPEN", true, 1), "Receive non-DWA", ["Throwaway"], at("REOPEN", true, 1)],
    [at("INITIAL", true), "Receive DWA", ["Throwaway"], at("INITIAL")],
    [at("INITIAL"), "Receive non-DWA", ["Throwaway"], at("INITIAL")],
    [at("DOWN", true), "Receive DWA", ["Throwaway"], at("DOWN")],
    [at("DOWN"), "Receive non-DWA", ["Throwaway"], at("DOWN")],
    [at("OKAY"), "Timer expires", ["SendWatchdog", "SetWatchdog"], at("OKAY", true)],
    [at("OKAY", true), "Timer expires", ["Failover", "SetWatchdog"], at("SUSPECT", true)],
    [at("SUSPECT", true), "Timer expires", ["CloseConnection", "SetWatchdog"], at("DOWN", true)],
    [at("INITIAL"), "Timer expires", ["AttemptOpen", "SetWatchdog"], at("INITIAL")],
    [at("DOWN"), "Timer expires", ["AttemptOpen", "SetWatchdog"], at("DOWN")],
    [at("REOPEN"), "Timer expires", ["SendWatchdog", "SetWatchdog"], at("REOPEN", true)],
    [at("REOPEN", true, -1), "Timer expires", ["CloseConnection", "SetWatchdog"], at("DOWN", true, -1)],
    [at("REOPEN", true, 0), "Timer expires", ["SetWatchdog"], at("REOPEN", true, -1)],
    [at("INITIAL"), "Connection up", ["SetWatchdog"], at("OKAY")],
    [at("DOWN", false, 3), "Connection up", ["SendWatchdog", "SetWatchdog"], at("REOPEN", true, 0)],
    [at("OKAY", true), "Connection down", ["CloseConnection", "Failover", "SetWatchdog"], at("DOWN")],
    [at("SUSPECT", true), "Connection down", ["CloseConnection", "SetWatchdog"], at("DOWN")],
    [at("REOPEN", true, 2), "Connection down", ["CloseConnection", "SetWatchdog"], at("DOWN")],
  ])("%j, %s: %j", (from, event, actions, next) => {
    expect(watchdogStep(from, event)).toEqual({ next, actions });
  });

  test("total, and pure", () => {
    for (const status of watchdogStatuses)
      for (const event of watchdogEvents)
        for (const pending of [true, false])
          for (const numDwa of [-1, 0, 1, 2]) {
            const from = Object.freeze(at(status, pending, numDwa));
            expect(watchdogStatuses).toContain(watchdogStep(from, event).next.status);
          }
    expect(initialWatchdog.status).toBe("INITIAL");
  });

  test("section 3.4.1 [1]: Tw is Twinit with a jitter between -2 and 2 seconds", () => {
    expect(jitteredTw(30_000, () => 0)).toBe(28_000);
    expect(jitteredTw(30_000, () => 0.5)).toBe(30_000);
    expect(jitteredTw(30_000, () => 1)).toBe(32_000);
  });
});

describe("the watchdog on a clock", () => {
  function start() {
    const clock = new VirtualClock();
    const log: string[] = [];
    const watchdog = new WatchdogTimer(
      { clock, random: () => 0.5, twinitMs: 30_000 },
      {
        sendWatchdog: () => log.push("DWR"),
        failover: () => log.push("failover"),
        failback: () => log.push("failback"),
        closeConnection: () => {
          log.push("close");
          watchdog.connectionDown();
        },
      },
    );
    const taken = () => log.splice(0);
    return { clock, watchdog, taken };
  }

  test("[2] a DWR after Tw of silence; [3] failover after another; [4] closed after the third", () => {
    const { clock, watchdog, taken } = start();
    watchdog.connectionUp();
    clock.advance(29_999);
    expect(taken()).toEqual([]);
    clock.advance(1);
    expect(taken()).toEqual(["DWR"]);
    clock.advance(30_000);
    expect(taken()).toEqual(["failover"]);
    expect(watchdog.status).toBe("SUSPECT");
    clock.advance(30_000);
    expect(taken()).toEqual(["close"]);
    expect(watchdog.status).toBe("DOWN");
    // [5] No watchdog on a closed connection; and no timer of its own, for Tc opens it again.
    expect(clock.pending).toBe(0);
  });

  test("[2] any message resets Tw", () => {
    const { clock, watchdog, taken } = start();
    watchdog.connectionUp();
    for (let i = 0; i < 10; i++) {
      clock.advance(29_000);
      watchdog.received(false);
    }
    expect(taken()).toEqual([]);
    clock.advance(30_000);
    expect(taken()).toEqual(["DWR"]);
    watchdog.received(true);
    clock.advance(29_999);
    expect(taken()).toEqual([]);
  });

  test("[4] whatever comes from a suspect peer makes it OKAY again", () => {
    const { clock, watchdog, taken } = start();
    watchdog.connectionUp();
    clock.advance(60_000);
    expect(taken()).toEqual(["DWR", "failover"]);
    watchdog.received(true);
    expect(taken()).toEqual(["failback"]);
    expect(watchdog.status).toBe("OKAY");
  });

  test("[5] a connection that is open again is on probation for three DWAs, which follow one another at once", () => {
    const { clock, watchdog, taken } = start();
    watchdog.connectionUp();
    watchdog.connectionDown();
    expect(taken()).toEqual(["close", "failover"]);
    watchdog.connectionUp();
    expect(watchdog.status).toBe("REOPEN");
    expect(taken()).toEqual(["DWR"]);
    watchdog.received(true);
    watchdog.received(true);
    expect(taken()).toEqual(["DWR", "DWR"]);
    expect(watchdog.status).toBe("REOPEN");
    watchdog.received(true);
    expect(taken()).toEqual(["failback"]);
    expect(watchdog.status).toBe("OKAY");
    clock.advance(30_000);
    expect(taken()).toEqual(["DWR"]);
  });

  test("[5] in REOPEN, two Tw without a DWA close the connection", () => {
    const { clock, watchdog, taken } = start();
    watchdog.connectionUp();
    watchdog.connectionDown();
    taken();
    watchdog.connectionUp();
    watchdog.received(false);
    clock.advance(30_000);
    expect(watchdog.status).toBe("REOPEN");
    clock.advance(30_000);
    expect(taken()).toEqual(["DWR", "close"]);
    expect(watchdog.status).toBe("DOWN");
  });

  test("a system clock that is set back does not stop the watchdog", () => {
    const { clock, watchdog, taken } = start();
    watchdog.connectionUp();
    clock.advance(20_000);
    clock.jump(-3_600_000);
    clock.advance(10_000);
    clock.advance(30_000);
    expect(taken()[0]).toBe("DWR");
  });
});
