/** Asks the database whether it is there: one question at a time, however many want to know. */
import { type Clock, systemClock } from "@diamgen/runtime";
import type { Stores } from "../store/index.js";

/** A probe that hangs is no answer; those who ask give up after 10 s and less. */
const WITHIN_MS = 2000;

export class DatabaseProbe {
  readonly #stores: Pick<Stores, "subscribers">;
  readonly #clock: Clock;
  #asking: Promise<string | undefined> | undefined;

  constructor(stores: Pick<Stores, "subscribers">, clock: Clock = systemClock) {
    this.#stores = stores;
    this.#clock = clock;
  }

  /** Why it cannot be used; undefined: it answered. Never rejects. */
  ask(): Promise<string | undefined> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** A row of the table that matters most, past every cache: a database without it is of no use. */
  #ask(): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(() => resolve(`no answer within ${WITHIN_MS} ms`), WITHIN_MS);
      this.#stores.subscribers
        .list({ limit: 1 })
        .then(
          () => resolve(undefined),
          (error: unknown) => resolve(error instanceof Error ? error.message : String(error)),
        )
        .finally(() => this.#clock.clearTimeout(timer));
    });
  }
}
