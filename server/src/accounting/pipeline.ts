/** Every record to every sink. */

import type { Clock } from "@diamgen/runtime";
import type { AccountingStore } from "../store/accounting-store.js";
import type { AccountingRecord } from "./accounting-record.js";
import { type CheckedDelivery, type Delivered, Delivery, type DeliveryEvent, type DeliveryHealth } from "./delivery.js";
import type { AccountingOptions, FileSinkOptions, SinkOptions } from "./options.js";
import { FileSink } from "./sinks/file-sink.js";
import { accLog, csv, jsonLines, type LineFormat } from "./sinks/line-formats.js";
import { NatsSink } from "./sinks/nats-sink.js";
import type { Sink } from "./sinks/sink.js";
import { SqlSink } from "./sinks/sql-sink.js";

/** What the Diameter side needs of accounting. An AccountingStore is one. */
export interface AccountingRecorder {
  /** Resolves when the record is durable. Rejects with a StoreError. */
  record(record: AccountingRecord): Promise<Delivered>;
}

export interface PipelineContext {
  /** The database, for the sink "sql". It belongs to the caller. */
  readonly store: AccountingStore;
  readonly clock?: Clock | undefined;
  readonly onEvent?: ((event: DeliveryEvent) => void) | undefined;
}

export class AccountingPipeline implements AccountingRecorder, AsyncDisposable {
  readonly #deliveries: readonly Delivery[];
  readonly #acknowledge: "primary" | "all";

  private constructor(deliveries: readonly Delivery[], acknowledge: "primary" | "all") {
    this.#deliveries = deliveries;
    this.#acknowledge = acknowledge;
  }

  /** Opens files and spools, and begins to replay. Rejects with a StoreError; databases and NATS may be down. */
  static async open(options: AccountingOptions, context: PipelineContext): Promise<AccountingPipeline> {
    const { spool, waitMs, replayMs, sinks: configured = [{ type: "sql" }] } = options;
    const sinks: Sink[] = [];
    const deliveries: Delivery[] = [];
    try {
      for (const [index, one] of configured.entries()) {
        const sink = createSink(one, sinkName(configured, index), context);
        sinks.push(sink);
        const folder = spool && { ...spool, folder: `${spool.directory}/${sink.name}` };
        const { clock, onEvent } = context;
        deliveries.push(await Delivery.open({ sink, spool: folder, waitMs, replayMs, clock, onEvent }));
      }
      return new AccountingPipeline(deliveries, options.acknowledge ?? "all");
    } catch (thrown) {
      for (const delivery of deliveries) await delivery.close();
      for (const sink of sinks.slice(deliveries.length)) await sink.close();
      throw thrown;
    }
  }

  get health(): readonly DeliveryHealth[] {
    return this.#deliveries.map(({ health }) => health);
  }

  /** The same, and how the spools are: asks the disk. Never rejects. */
  check(): Promise<readonly CheckedDelivery[]> {
    return Promise.all(this.#deliveries.map((delivery) => delivery.check()));
  }

  /** What became of it in the primary sink. With "all", rejects where any sink and its spool refuse it. */
  async record(record: AccountingRecord): Promise<Delivered> {
    const deliveries = this.#deliveries.map((delivery) => delivery.deliver(record));
    const [primary] = deliveries;
    if (primary === undefined) throw new TypeError("there is no sink");
    // Those that are not waited for have said what went wrong by an event.
    for (const delivery of deliveries) delivery.catch(() => {});
    if (this.#acknowledge === "all") await Promise.all(deliveries);
    return primary;
  }

  /** After SIGHUP. */
  reopen(): void {
    for (const { sink } of this.#deliveries) sink.reopen?.();
  }

  /** Finishes what is under way; what is in spools stays there. The database stays open. */
  async close(): Promise<void> {
    for (const delivery of this.#deliveries) await delivery.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The type, and from the second of a type on a number: its spool must be found again after a restart. */
function sinkName(sinks: readonly SinkOptions[], index: number): string {
  const type = sinks[index]?.type ?? "";
  const before = sinks.slice(0, index).filter((sink) => sink.type === type).length;
  return before === 0 ? type : `${type}-${before + 1}`;
}

const FORMATS: Readonly<Record<FileSinkOptions["type"], LineFormat>> = { "acc-log": accLog, csv, json: jsonLines };

function createSink(options: SinkOptions, name: string, { store, clock }: PipelineContext): Sink {
  switch (options.type) {
    case "sql":
      return new SqlSink(store);
    case "nats":
      return new NatsSink(options, name);
    default: {
      const { path, rotate = {}, rememberDays, type } = options;
      const now = clock === undefined ? undefined : () => clock.now();
      return new FileSink({ name, path, format: FORMATS[type], ...rotate, rememberDays, now });
    }
  }
}
