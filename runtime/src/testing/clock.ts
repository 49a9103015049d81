import type { Clock, Timer } from "../clock.js";

interface VirtualTimer {
  due: number;
  readonly callback: () => void;
}

/** Timers run without time passing, behind which something sets them again and again. */
const MOST_AT_ONCE = 100_000;

/**
 * A clock that stands still until a test moves it. Give it to a node or a connection as `clock`, and every timer of theirs runs when, and
 * in the order that, the test says: no sleeping, no luck.
 *
 * ```ts
 * const clock = new VirtualClock();
 * const node = new DiameterNode({ clock, ... });
 * await clock.advanceAsync(30_000); // Tw has expired, the DWR is out, and what it led to has happened
 * ```
 */
export class VirtualClock implements Clock {
  #now: number;
  #jumped = 0;
  /** In the order in which they were set. */
  readonly #timers = new Set<VirtualTimer>();

  /** @param now milliseconds since 1970; 2026-01-01T00:00:00Z where left out */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#jumped;
  }

  setTimeout(callback: () => void, ms: number): Timer {
    const timer = { due: this.#now + Math.max(0, Number.isNaN(ms) ? 0 : ms), callback };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#timers.delete(timer as VirtualTimer);
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Milliseconds from now to the next timer; undefined where none is set. */
  get next(): number | undefined {
    const timer = this.#first(Number.POSITIVE_INFINITY);
    return timer && timer.due - this.#now;
  }

  /**
   * Lets `ms` milliseconds pass: timers that fall due run in the order of their time, those of one time in the order in which they were set;
   * also such as are set by them. While a timer runs, `now()` is its time. Promises go on only after the call: see `advanceAsync`.
   */
  advance(ms: number): void {
    const end = this.#end(ms);
    for (let run = 0; this.#runFirst(end); run++) this.#guard(run);
    this.#now = end;
  }

  /** The same; before, between and after the timers everything happens that waits for nothing but its turn: promises, ticks, memory connections. */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#end(ms);
    await settle();
    for (let run = 0; this.#runFirst(end); run++) {
      this.#guard(run);
      await settle();
    }
    this.#now = end;
  }

  /** Sets the time without running a timer, as an administrator or NTP does; timers keep the time that they have left. */
  jump(ms: number): void {
    this.#now += ms;
    this.#jumped += ms;
    for (const timer of this.#timers) timer.due += ms;
  }

  #end(ms: number): number {
    if (!(ms >= 0)) throw new RangeError(`time passes forwards only, got ${ms} ms: see jump()`);
    return this.#now + ms;
  }

  #first(end: number): VirtualTimer | undefined {
    let first: VirtualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }

  #runFirst(end: number): boolean {
    const timer = this.#first(end);
    if (timer === undefined) return false;
    this.#timers.delete(timer);
    this.#now = Math.max(this.#now, timer.due);
    timer.callback();
    return true;
  }

  #guard(run: number): void {
    if (run > MOST_AT_ONCE)
      throw new Error(`more than ${MOST_AT_ONCE} timers ran in one advance(): one sets itself again and again?`);
  }
}

/** A turn of the event loop begins only when no promise and no tick is left. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
