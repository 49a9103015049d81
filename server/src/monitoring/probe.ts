/** Asks for something that may hang: one question at a time, however many want to know. */
import { type Clock, systemClock } from "@diamgen/runtime";

/** Milliseconds: those who ask give up after 10 s and less. */
export const PROBE_WITHIN_MS = 2000;

export class Probe<T> {
  readonly #work: () => Promise<T>;
  readonly #late: (words: string) => T;
  readonly #clock: Clock;
  #asking: Promise<T> | undefined;

  /**
   * @param work never rejects
   * @param late what is said of a question that hangs
   */
  constructor(work: () => Promise<T>, late: (words: string) => T, clock: Clock = systemClock) {
    this.#work = work;
    this.#late = late;
    this.#clock = clock;
  }

  ask(): Promise<T> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  #ask(): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimeout(
        () => resolve(this.#late(`no answer within ${PROBE_WITHIN_MS} ms`)),
        PROBE_WITHIN_MS,
      );
      this.#work()
        .then(resolve, reject)
        .finally(() => this.#clock.clearTimeout(timer));
    });
  }
}
