import { describe, expect, test } from "vitest";
import { systemClock } from "../../runtime/src/clock.js";
import { VirtualClock } from "../../runtime/src/testing/clock.js";

describe("VirtualClock", () => {
  test("runs timers in the order of their time, and of their setting, each at its own time", () => {
    const clock = new VirtualClock(1000);
    const log: [string, number][] = [];
    const set = (name: string, ms: number) => clock.setTimeout(() => log.push([name, clock.now()]), ms);
    set("c", 30);
    set("a", 10);
    set("b", 10);
    set("late", 31);
    clock.advance(30);
    expect(log).toEqual([
      ["a", 1010],
      ["b", 1010],
      ["c", 1030],
    ]);
    expect(clock.now()).toBe(1030);
    expect(clock.pending).toBe(1);
    expect(clock.next).toBe(1);
  });

  test("runs what timers set, where it falls due too", () => {
    const clock = new VirtualClock(0);
    const log: number[] = [];
    const tick = (): void => {
      log.push(clock.now());
      clock.setTimeout(tick, 10);
    };
    clock.setTimeout(tick, 10);
    clock.advance(35);
    expect(log).toEqual([10, 20, 30]);
    expect(clock.now()).toBe(35);
  });

  test("does not run what was cleared, even by a timer of the same time", () => {
    const clock = new VirtualClock();
    const log: string[] = [];
    clock.setTimeout(() => clock.clearTimeout(second), 5);
    const second = clock.setTimeout(() => log.push("second"), 5);
    clock.clearTimeout(undefined);
    clock.clearTimeout(clock.setTimeout(() => log.push("third"), 1));
    clock.advance(5);
    expect(log).toEqual([]);
    expect(clock.next).toBeUndefined();
  });

  test("a timer of 0 ms waits for advance(0)", () => {
    const clock = new VirtualClock();
    let run = false;
    clock.setTimeout(() => {
      run = true;
    }, 0);
    expect(run).toBe(false);
    clock.advance(0);
    expect(run).toBe(true);
  });

  test("advanceAsync lets promises go on between timers", async () => {
    const clock = new VirtualClock(0);
    const log: string[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
    const worker = async (): Promise<void> => {
      for (let i = 0; i < 3; i++) {
        await sleep(10);
        log.push(`worked at ${clock.now()}`);
      }
    };
    void worker();
    await clock.advanceAsync(100);
    expect(log).toEqual(["worked at 10", "worked at 20", "worked at 30"]);
    expect(clock.now()).toBe(100);
  });

  test("jump() moves the time and not the timers", () => {
    const clock = new VirtualClock(0);
    const log: number[] = [];
    clock.setTimeout(() => log.push(clock.now()), 10);
    clock.jump(3_600_000);
    clock.advance(9);
    expect(log).toEqual([]);
    clock.jump(-7_200_000);
    clock.advance(1);
    expect(log).toEqual([-3_600_000 + 10]);
  });

  test("refuses to go back, and to run for ever", () => {
    const clock = new VirtualClock();
    expect(() => clock.advance(-1)).toThrow(RangeError);
    const again = (): void => void clock.setTimeout(again, 0);
    again();
    expect(() => clock.advance(1)).toThrow(/again and again/);
  });
});

describe("systemClock", () => {
  test("runs a timer, and forgets one that is cleared", async () => {
    const log: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.clearTimeout(systemClock.setTimeout(() => log.push("cleared"), 0));
      systemClock.clearTimeout(undefined);
      systemClock.setTimeout(() => {
        log.push("run");
        resolve();
      }, 0);
    });
    expect(log).toEqual(["run"]);
  });

  test("does not take a long timer for a short one", () => {
    const timer = systemClock.setTimeout(() => {}, 2 ** 40) as NodeJS.Timeout & { _idleTimeout: number };
    expect(timer._idleTimeout).toBe(2 ** 31 - 1);
    systemClock.clearTimeout(timer);
  });

  test("background timers do not keep the process alive, others do", () => {
    const timers = [true, false].map((background) => systemClock.setTimeout(() => {}, 60_000, background));
    expect(timers.map((timer) => (timer as NodeJS.Timeout).hasRef())).toEqual([false, true]);
    timers.forEach((timer) => {
      systemClock.clearTimeout(timer);
    });
  });
});
