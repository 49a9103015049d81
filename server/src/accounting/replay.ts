/** From a spool to its sink, batch by batch; what the sink will never take does not hold up the others. */

import { StoreError } from "../store/store-error.js";
import type { AccountingRecord } from "./accounting-record.js";
import { type AccountingRecordJson, fromRecordJson } from "./record-json.js";
import type { Rejected } from "./rejected.js";
import type { Sink } from "./sinks/sink.js";
import type { SpoolQueue } from "./spool/spool-queue.js";

/** Records replayed at once: they share a commit. */
const BATCH = 256;
const MAX_DOUBLINGS = 4;

export interface Replayed {
  /** Records that were taken from the queue. */
  readonly done: number;
  /** Why the next one was not, or why the last one was put aside. */
  readonly error: unknown;
}

/** What all queues of a sink have in common. */
export interface ReplayContext {
  readonly sink: Sink;
  readonly rejected: Rejected;
  /** Records that the sink has stored, from whichever queue. */
  stored: number;
}

/** Of one queue. */
export class Replay {
  readonly #context: ReplayContext;
  /** Places whose record the sink refused when it was last tried. */
  #refused: ReadonlySet<string> = new Set();
  /** How many records it had stored by then. */
  #storedThen = 0;

  constructor(context: ReplayContext) {
    this.#context = context;
  }

  /**
   * Tries the oldest of a queue. Never rejects.
   *
   * @param failures how many times running it took none
   */
  async next(queue: SpoolQueue, failures: number): Promise<Replayed> {
    let done = 0;
    let error: unknown;
    try {
      // More each time: behind hundreds that the sink refuses may be one that it takes.
      const { payloads, cursors } = await queue.peek(BATCH << Math.min(failures, MAX_DOUBLINGS));
      // All at once, in order: they share a commit of the sink.
      const outcomes = await Promise.allSettled(payloads.map((payload) => this.#write(payload)));
      const context = this.#context;
      context.stored += outcomes.filter((one) => one.status === "fulfilled" && one.value === "stored").length;
      const takesOthers = context.stored > this.#storedThen;
      const refused = new Set<string>();
      try {
        for (const [index, outcome] of outcomes.entries()) {
          if (outcome.status === "rejected") {
            const { reason } = outcome;
            const place = `${cursors[index]?.segment} ${cursors[index]?.offset}`;
            if (isRefusal(reason)) refused.add(place);
            // Behind one that must be tried again.
            if (done < index) continue;
            error = reason;
            if (!isInvalid(reason) && !(isRefusal(reason) && takesOthers && this.#refused.has(place))) continue;
            await context.rejected.add(payloads[index] as Uint8Array, reason);
          }
          if (done === index) done += 1;
        }
      } finally {
        this.#refused = refused;
        this.#storedThen = context.stored;
        const cursor = cursors[done - 1];
        if (cursor !== undefined) await queue.remove(cursor, done);
      }
    } catch (thrown) {
      // The spool's own disk: tried again.
      error = thrown;
    }
    return { done, error };
  }

  /** Rejects with what is no StoreError where this is no record. */
  async #write(payload: Uint8Array): Promise<"stored" | "duplicate"> {
    return this.#context.sink.write(recordOf(payload));
  }
}

/** A payload of the spool. Throws where it is no record. */
export function recordOf(payload: Uint8Array): AccountingRecord {
  return fromRecordJson(JSON.parse(Buffer.from(payload).toString("utf8")) as AccountingRecordJson);
}

/** The sink will never take it, or it is no record at all. */
function isInvalid(error: unknown): boolean {
  return !(error instanceof StoreError) || error.code === "STORE_INVALID";
}

/**
 * For a reason that is not ours to know, such as somebody else's trigger or index: the record's own where the sink has refused it before and now stores
 * others; everybody's, and perhaps about to be mended, where it stores none.
 */
function isRefusal(error: unknown): boolean {
  return error instanceof StoreError && (error.code === "STORE_FAILED" || error.code === "STORE_EXISTS");
}
