/** Records to one sink, by way of the spool where the sink does not take them in time. */

import { type Clock, systemClock, type Timer } from "@diamgen/runtime";
import { type Backoff, backoffDelay } from "../store/sql/gate.js";
import { StoreError } from "../store/store-error.js";
import type { AccountingRecord } from "./accounting-record.js";
import { toRecordJson } from "./record-json.js";
import { Rejected, type RejectedRecord } from "./rejected.js";
import { Replay, type ReplayContext, recordOf } from "./replay.js";
import type { Sink } from "./sinks/sink.js";
import { SpoolFolder } from "./spool/spool-folder.js";
import { DEFAULT_MAX_BYTES, type SpoolQueue } from "./spool/spool-queue.js";

/** What became of a record: durable in the sink, there before, or durable in the spool and on its way. */
export type Delivered = "stored" | "duplicate" | "spooled";

/** What happens to a sink, for logs and metrics. */
export type DeliveryEvent =
  /** From here on records go to the spool, in order, until it is empty. */
  | { readonly type: "spooling"; readonly sink: string; readonly error: unknown }
  /** The spool is empty: records go to the sink again. */
  | { readonly type: "drained"; readonly sink: string; readonly records: number }
  /** A process that has ended left these records in its slot of the spool: they are replayed from here. */
  | { readonly type: "adopted"; readonly sink: string; readonly records: number }
  /** A record could not even be spooled, and was refused. */
  | { readonly type: "refused"; readonly sink: string; readonly error: unknown }
  /** The sink will never take this record: it lies in `file` instead. */
  | { readonly type: "rejected"; readonly sink: string; readonly file: string; readonly error: unknown }
  /** A segment had an end that is no record; it was put aside. Normal after a crash while writing. */
  | { readonly type: "damaged"; readonly sink: string; readonly file: string; readonly bytes: number };

export interface DeliveryHealth {
  readonly sink: string;
  readonly state: "direct" | "spooling";
  /** In the spool. */
  readonly records: number;
  readonly bytes: number;
  /** Why the sink did not take the last one that it did not take. */
  readonly lastError: string | undefined;
}

export const NO_SPOOL = "there is none";

/** With what the disk had to be asked for. */
export interface CheckedDelivery extends DeliveryHealth {
  /** Why the spool cannot take a record, NO_SPOOL where there is none; undefined: it can. */
  readonly spoolProblem: string | undefined;
  /** When the oldest record in the spool came; undefined where it is empty. */
  readonly oldestAt: Date | undefined;
}

export interface DeliveryOptions {
  readonly sink: Sink;
  /** Folder, maxBytes, segmentBytes; where left out, there is no spool. */
  readonly spool?:
    | { readonly folder: string; readonly maxBytes?: number | undefined; readonly segmentBytes?: number | undefined }
    | undefined;
  /** Default 1000. */
  readonly waitMs?: number | undefined;
  /** Default 100 to 5000. */
  readonly replayMs?: Backoff | undefined;
  /** Milliseconds from one look for what processes that have ended left in the spool to the next; 5000 where left out. */
  readonly adoptMs?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly onEvent?: ((event: DeliveryEvent) => void) | undefined;
}

export class Delivery {
  readonly sink: Sink;
  readonly #options: DeliveryOptions;
  readonly #clock: Clock;
  readonly #spool: SpoolFolder | undefined;
  /** Where there is a spool. */
  readonly #rejected: Rejected | undefined;
  #replaying: Promise<void> | undefined;
  #adopting: Promise<void> | undefined;
  #nextLook: Timer | undefined;
  #lastError: string | undefined;
  #closing = false;
  #closed: Promise<void> | undefined;
  #wake: (() => void) | undefined;

  private constructor(options: DeliveryOptions, spool: SpoolFolder | undefined) {
    this.sink = options.sink;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#spool = spool;
    const { folder, maxBytes = DEFAULT_MAX_BYTES } = options.spool ?? { folder: "" };
    const onRejected = (rejected: RejectedRecord) =>
      this.#emit({ type: "rejected", sink: this.sink.name, ...rejected });
    this.#rejected = spool && new Rejected({ folder, maxBytes, onRejected });
    if (this.#queues().some((queue) => queue.records > 0)) this.#startReplay();
    this.#lookLater();
  }

  /** Opens the spool, and begins to replay what is in it. Rejects with a StoreError. */
  static async open(options: DeliveryOptions): Promise<Delivery> {
    const { spool, sink, onEvent } = options;
    if (spool === undefined) return new Delivery(options, undefined);
    const onDamage = (file: string, bytes: number) => onEvent?.({ type: "damaged", sink: sink.name, file, bytes });
    return new Delivery(options, await SpoolFolder.open({ ...spool, onDamage }));
  }

  get health(): DeliveryHealth {
    const queues = this.#queues();
    return {
      sink: this.sink.name,
      state: this.#replaying === undefined ? "direct" : "spooling",
      records: queues.reduce((sum, queue) => sum + queue.records, 0),
      bytes: queues.reduce((sum, queue) => sum + queue.bytes, 0),
      lastError: this.#lastError,
    };
  }

  /** Never rejects. */
  async check(): Promise<CheckedDelivery> {
    return { ...this.health, spoolProblem: await this.#spoolProblem(), oldestAt: await this.#oldestAt() };
  }

  /** Resolves when the record is durable. Rejects with a StoreError: STORE_FULL where the spool is full. */
  async deliver(record: AccountingRecord): Promise<Delivered> {
    if (this.#closing) throw new StoreError("STORE_CLOSED", "accounting is closed");
    // While older ones wait in the spool, newer ones wait behind them.
    if (this.#replaying !== undefined) return this.#toSpool(record);
    const writing = this.sink.write(record);
    try {
      return await (this.#spool === undefined ? writing : this.#inTime(writing));
    } catch (error) {
      if (this.#spool === undefined) throw error;
      if (error instanceof StoreError && error.code === "STORE_INVALID") {
        await this.#reject(record, error);
        throw error;
      }
      return this.#toSpool(record, error);
    }
  }

  /** Ends the replay between two attempts; what is in the spool stays there. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing = true;
    this.#clock.clearTimeout(this.#nextLook);
    this.#wake?.();
    await this.#adopting;
    await this.#replaying;
    await this.#spool?.close();
    await this.sink.close();
  }

  #queues(): readonly SpoolQueue[] {
    return this.#spool === undefined ? [] : [...this.#spool.left, this.#spool.own];
  }

  async #spoolProblem(): Promise<string | undefined> {
    if (this.#spool === undefined) return NO_SPOOL;
    try {
      await this.#spool.own.check();
      return undefined;
    } catch (error) {
      const full = error instanceof StoreError && error.code === "STORE_FULL";
      return `${full ? "full" : "cannot be written"}: ${messageOf(error)}`;
    }
  }

  async #oldestAt(): Promise<Date | undefined> {
    const times = await Promise.all(
      this.#queues().map(async (queue) => {
        try {
          const payload = await queue.front();
          return payload && recordOf(payload).receivedAt.getTime();
        } catch {
          // Replayed and removed meanwhile; or a record that no sink will take.
          return undefined;
        }
      }),
    );
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : new Date(Math.min(...known));
  }

  /** What comes after the deadline comes to nobody: the spool has the record too, and the sink knows it then. */
  #inTime(writing: Promise<"stored" | "duplicate">): Promise<"stored" | "duplicate"> {
    return new Promise((resolve, reject) => {
      const ms = this.#options.waitMs ?? 1000;
      const late = () => reject(new StoreError("STORE_BUSY", `${this.sink.name} did not store it within ${ms} ms`));
      const timer = this.#clock.setTimeout(late, ms);
      writing.then(resolve, reject).finally(() => this.#clock.clearTimeout(timer));
    });
  }

  /** It is refused; but OpenSIPS never sends it again, and somebody may want to know what it was. */
  async #reject(record: AccountingRecord, cause: StoreError): Promise<void> {
    try {
      await this.#rejected?.add(payloadOf(record), cause);
    } catch (error) {
      this.#emit({ type: "refused", sink: this.sink.name, error });
    }
  }

  async #toSpool(record: AccountingRecord, cause?: unknown): Promise<"spooled"> {
    const spool = this.#spool as SpoolFolder;
    try {
      const appending = spool.own.append(payloadOf(record));
      if (cause !== undefined) {
        this.#lastError = messageOf(cause);
        if (this.#replaying === undefined) this.#emit({ type: "spooling", sink: this.sink.name, error: cause });
      }
      this.#startReplay();
      await appending;
      return "spooled";
    } catch (error) {
      this.#emit({ type: "refused", sink: this.sink.name, error });
      throw error;
    }
  }

  #startReplay(): void {
    this.#replaying ??= this.#replay().finally(() => {
      this.#replaying = undefined;
    });
  }

  #lookLater(): void {
    if (this.#spool === undefined || this.#closing) return;
    const look = () => {
      this.#adopting = this.#adopt().finally(() => this.#lookLater());
    };
    this.#nextLook = this.#clock.setTimeout(look, this.#options.adoptMs ?? 5000, true);
  }

  async #adopt(): Promise<void> {
    try {
      const records = await (this.#spool as SpoolFolder).adopt();
      if (records > 0) this.#emit({ type: "adopted", sink: this.sink.name, records });
    } catch (error) {
      // The spool's own disk: looked at again.
      this.#lastError = messageOf(error);
    }
    if (this.#queues().some((queue) => queue.records > 0)) this.#startReplay();
  }

  /** Until nothing is left, or we close. */
  async #replay(): Promise<void> {
    let replayed = 0;
    const context: ReplayContext = { sink: this.sink, rejected: this.#rejected as Rejected, stored: 0 };
    const tries = new Map<SpoolQueue, { readonly replay: Replay; failures: number }>();
    const triesOf = (queue: SpoolQueue) => {
      const found = tries.get(queue) ?? { replay: new Replay(context), failures: 0 };
      tries.set(queue, found);
      return found;
    };
    while (!this.#closing) {
      // One that the sink takes nothing of, for reasons of its own, does not hold up the others.
      const [queue] = this.#queues()
        .filter(({ records }) => records > 0)
        .sort((one, other) => triesOf(one).failures - triesOf(other).failures);
      if (queue === undefined) {
        // No await between the last look and the end, so that no record falls in between.
        if (replayed > 0) this.#emit({ type: "drained", sink: this.sink.name, records: replayed });
        return;
      }
      const trying = triesOf(queue);
      const { done, error } = await trying.replay.next(queue, trying.failures);
      if (error !== undefined) this.#lastError = messageOf(error);
      if (queue.records === 0) await this.#giveUp();
      replayed += done;
      trying.failures = done > 0 ? 0 : trying.failures + 1;
      if (trying.failures > 0) await this.#pause(trying.failures - 1);
    }
  }

  /** Slots that others left are anybody's again when they are empty. */
  async #giveUp(): Promise<void> {
    try {
      await this.#spool?.giveUp();
    } catch (error) {
      this.#lastError = messageOf(error);
    }
  }

  #pause(failures: number): Promise<void> {
    const ms = backoffDelay(this.#options.replayMs ?? { first: 100, last: 5000 }, failures);
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, ms);
      this.#wake = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  #emit(event: DeliveryEvent): void {
    this.#options.onEvent?.(event);
  }
}

function payloadOf(record: AccountingRecord): Buffer {
  return Buffer.from(JSON.stringify(toRecordJson(record)));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
