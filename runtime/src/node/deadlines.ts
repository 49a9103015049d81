import type { Clock, Timer } from "../clock.js";

interface Entry<T> {
  readonly item: T;
  at: number;
}

/** Deadlines that are all equally long: first in, first due, so that one timer does for all of them. */
export class Deadlines<T extends { readonly settled: boolean }> {
  private readonly clock: Clock;
  private readonly ms: number;
  private readonly expired: (item: T) => void;
  private queue: Entry<T>[] = [];
  /** Entries of `queue` before this one are done with. */
  private first = 0;
  private timer: Timer | undefined;

  constructor(clock: Clock, ms: number, expired: (item: T) => void) {
    this.clock = clock;
    this.ms = ms;
    this.expired = expired;
  }

  add(item: T): void {
    this.queue.push({ item, at: this.clock.now() + this.ms });
    this.trim();
    if (this.timer === undefined) this.arm(this.ms);
  }

  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.queue = [];
    this.first = 0;
  }

  /** Items settle in another order than they came: what is settled at the head goes, so that the queue holds what is in flight. */
  private trim(): void {
    while (this.queue[this.first]?.item.settled) this.first++;
    if (this.first > 1024 && this.first * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.first);
      this.first = 0;
    }
  }

  private arm(ms: number): void {
    this.timer = this.clock.setTimeout(() => this.run(), ms, true);
  }

  private wait(at: number, now: number): void {
    // The clock was set back: everything waits `ms` from now, once, instead of until the clock is where it was.
    if (at - now > this.ms) for (const entry of this.queue) entry.at = Math.min(entry.at, now + this.ms);
    this.arm(Math.min(at - now, this.ms));
  }

  private run(): void {
    this.timer = undefined;
    const now = this.clock.now();
    for (this.trim(); this.first < this.queue.length; this.trim()) {
      const { item, at } = this.queue[this.first] as Entry<T>;
      if (at > now) {
        this.wait(at, now);
        return;
      }
      this.first++;
      this.expired(item);
    }
    this.queue = [];
    this.first = 0;
  }
}
