/**
 * Which workers are heard. One whose event loop stands still says nothing, answers nobody and keeps what it has: its peers, and its slot of the
 * spool.
 */
import { type Clock, systemClock, type Timer } from "@diamgen/runtime";

/** Milliseconds from one beat of a worker to the next; the supervisor looks as often. */
export const BEAT_MS = 1000;
/** Until it serves, a worker may be silent for so many times as long: it loads its program, and may read a large database at one go. */
export const STARTING = 6;

export interface HeartbeatsOptions {
  /** Milliseconds of silence that are too long; 0: no silence is. */
  readonly silenceMs: number;
  /** Called once for a worker that was silent for so many milliseconds at least. */
  readonly onSilent: (worker: number, silentMs: number) => void;
  readonly clock?: Clock | undefined;
}

interface Watched {
  /** Looks since it was heard. */
  looks: number;
  serves: boolean;
}

/**
 * Silence is counted in looks, not in time: where this process itself stood still, or the whole machine, what the workers have said meanwhile is
 * read before the second look.
 */
export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  readonly #clock: Clock;
  readonly #watched = new Map<number, Watched>();
  #timer: Timer | undefined;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    if (options.silenceMs > 0) this.#again();
  }

  /** True where a worker was heard within `silenceMs`, or began within it; always where no silence is too long. */
  get lives(): boolean {
    return this.#options.silenceMs === 0 || [...this.#watched.values()].some(({ looks }) => looks < this.#most(1));
  }

  /** A worker begins. */
  watch(worker: number): void {
    this.#watched.set(worker, { looks: 0, serves: false });
  }

  heard(worker: number): void {
    const watched = this.#watched.get(worker);
    if (watched !== undefined) watched.looks = 0;
  }

  serves(worker: number): void {
    const watched = this.#watched.get(worker);
    if (watched !== undefined) Object.assign(watched, { looks: 0, serves: true });
  }

  /** It has ended. */
  forget(worker: number): void {
    this.#watched.delete(worker);
  }

  close(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #again(): void {
    this.#timer = this.#clock.setTimeout(() => this.#look(), BEAT_MS, true);
  }

  #look(): void {
    this.#again();
    for (const [worker, watched] of this.#watched) {
      watched.looks += 1;
      const times = watched.serves ? 1 : STARTING;
      if (watched.looks === this.#most(times)) this.#options.onSilent(worker, times * this.#options.silenceMs);
    }
  }

  /** The first look may come right after a beat. */
  #most(times: number): number {
    return Math.ceil((times * this.#options.silenceMs) / BEAT_MS) + 1;
  }
}
