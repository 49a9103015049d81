/** Keeps callers from a database that is down: they are refused at once, and one of them at a time may try whether it is back. */

import { StoreError } from "../store-error.js";

export interface Backoff {
  /** Milliseconds until the first new attempt. */
  readonly first: number;
  /** Milliseconds between attempts at most. */
  readonly last: number;
}

export interface GateOptions {
  readonly backoff: Backoff;
  /** Milliseconds that never go back. */
  readonly now?: (() => number) | undefined;
  /** 0 to 1. */
  readonly random?: (() => number) | undefined;
  /** Called when it goes down, and when it is back. */
  readonly onChange?: ((up: boolean, error: StoreError | undefined) => void) | undefined;
}

export class Gate {
  readonly #options: GateOptions;
  /** undefined: up. */
  #error: StoreError | undefined;
  #attempts = 0;
  #retryAt = 0;
  #trying = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  get isUp(): boolean {
    return this.#error === undefined;
  }

  /** Performs `work`; whether the database is up is learnt from how that ends. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    const down = this.#error;
    if (down !== undefined && (this.#trying || this.#now() < this.#retryAt)) {
      throw new StoreError("STORE_UNAVAILABLE", `the database is down: ${down.message}`, { cause: down });
    }
    if (down !== undefined) this.#trying = true;
    try {
      const result = await work();
      this.#up();
      return result;
    } catch (thrown) {
      if (thrown instanceof StoreError && thrown.code === "STORE_UNAVAILABLE") this.#down(thrown);
      // Any other answer is one of the database, which is up then.
      else this.#up();
      throw thrown;
    } finally {
      if (down !== undefined) this.#trying = false;
    }
  }

  #up(): void {
    if (this.#error === undefined) return;
    this.#error = undefined;
    this.#attempts = 0;
    this.#options.onChange?.(true, undefined);
  }

  #down(error: StoreError): void {
    const was = this.#error;
    this.#error = error;
    this.#retryAt = this.#now() + backoffDelay(this.#options.backoff, this.#attempts, this.#options.random);
    this.#attempts += 1;
    if (was === undefined) this.#options.onChange?.(false, error);
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}

/** Milliseconds before attempt `attempt + 1`: doubled each time, half of it by chance, so that many do not come at once. */
export function backoffDelay({ first, last }: Backoff, attempt: number, random: () => number = Math.random): number {
  const delay = Math.min(last, first * 2 ** Math.min(attempt, 30));
  return delay / 2 + (delay / 2) * random();
}
