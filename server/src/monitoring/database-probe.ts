import type { Clock } from "@diamgen/runtime";
import type { Stores } from "../store/index.js";
import { Probe } from "./probe.js";

/** Why the database cannot be used; undefined: it answered. Asked for a row of the table that matters most, past every cache: a database without it is of no use. */
export class DatabaseProbe extends Probe<string | undefined> {
  constructor(stores: Pick<Stores, "subscribers">, clock?: Clock) {
    const work = () =>
      stores.subscribers.list({ limit: 1 }).then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
    super(work, (words) => words, clock);
  }
}
