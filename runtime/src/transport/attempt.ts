import { type Clock, systemClock } from "../clock.js";
import { AbortedError, type DiameterError, TimeoutError, TransportError } from "../errors.js";

/** Ends a step of an attempt: with an error, or with what it was for. */
export type Done<T> = (error: Error | null | undefined, value?: T) => void;

export interface AttemptOptions {
  readonly clock?: Clock | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bounds each step on the way to a connection by time and by the caller's signal. */
export class Attempt {
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;

  constructor(options: AttemptOptions) {
    this.#signal = options.signal;
    this.#clock = options.clock ?? systemClock;
  }

  /** Runs one step; `begin` returns what undoes it. Rejects with TransportError, TimeoutError or AbortedError. */
  run<T>(what: string, timeoutMs: number, begin: (done: Done<T>) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let undo: (() => void) | undefined;
      const settle = (act: () => void): void => {
        this.#clock.clearTimeout(timer);
        this.#signal?.removeEventListener("abort", abort);
        act();
      };
      const fail = (error: DiameterError): void =>
        settle(() => {
          undo?.();
          reject(error);
        });
      const abort = (): void => fail(new AbortedError(`connecting to ${what} was aborted`, this.#signal?.reason));
      const timer = this.#clock.setTimeout(
        () => fail(new TimeoutError(`${what} did not answer within ${timeoutMs} ms`, timeoutMs)),
        timeoutMs,
      );
      if (this.#signal?.aborted) return abort();
      this.#signal?.addEventListener("abort", abort, { once: true });
      const refuse = (error: Error): void => fail(new TransportError(`${what}: ${error.message}`, error));
      try {
        undo = begin((error, value) => (error ? refuse(error) : settle(() => resolve(value as T))));
      } catch (error) {
        // A port out of range.
        refuse(error as Error);
      }
    });
  }
}
