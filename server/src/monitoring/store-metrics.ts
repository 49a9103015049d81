/** Metrics of the database, and of the spools before sinks. */
import { type CheckedDelivery, NO_SPOOL } from "../accounting/delivered.js";
import type { PoolHealth } from "../store/index.js";
import type { MetricDefinition, Sample } from "./metric.js";

export interface StoreSource {
  /** Whether the database answered just now. */
  readonly databaseUp: boolean;
  readonly pool: PoolHealth | undefined;
  readonly deliveries: readonly CheckedDelivery[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

type StoreMetric = MetricDefinition<StoreSource>;

function ofPool(name: string, help: string, value: (pool: PoolHealth) => number): StoreMetric {
  return {
    name: `diamgen_database_${name}`,
    help,
    type: "gauge",
    labels: [],
    *samples({ pool }): Iterable<Sample> {
      if (pool !== undefined) yield { labels: {}, value: value(pool) };
    },
  };
}

function ofSink(
  name: string,
  help: string,
  value: (delivery: CheckedDelivery, at: number) => number | undefined,
  aggregator?: StoreMetric["aggregator"],
): StoreMetric {
  return {
    name: `diamgen_${name}`,
    help,
    type: "gauge",
    labels: ["sink"],
    aggregator,
    *samples({ deliveries, at }): Iterable<Sample> {
      for (const delivery of deliveries) {
        const found = value(delivery, at);
        if (found !== undefined) yield { labels: { sink: delivery.sink }, value: found };
      }
    },
  };
}

export const STORE_METRICS: readonly StoreMetric[] = [
  {
    name: "diamgen_database_up",
    help: "1 where the database answered when this was asked.",
    type: "gauge",
    labels: [],
    aggregator: "min",
    samples: ({ databaseUp }) => [{ labels: {}, value: databaseUp ? 1 : 0 }],
  },
  ofPool("connections_in_use", "Connections to the database that work on something.", ({ inUse }) => inUse),
  ofPool("connections_max", "Connections to the database at most.", ({ max }) => max),
  ofPool(
    "waiting",
    "Statements and transactions that wait for a connection to the database.",
    ({ waiting }) => waiting,
  ),
  ofSink(
    "sink_spooling",
    "1 while records go to the spool of the sink.",
    ({ state }) => (state === "spooling" ? 1 : 0),
    "max",
  ),
  ofSink("spool_records", "Records in the spool of the sink.", ({ records }) => records),
  ofSink("spool_bytes", "Octets of the spool of the sink.", ({ bytes }) => bytes),
  ofSink(
    "spool_oldest_seconds",
    "Age of the oldest record in the spool of the sink; 0 where it is empty.",
    ({ oldestAt }, at) => (oldestAt === undefined ? 0 : Math.max(0, (at - oldestAt.getTime()) / 1000)),
    "max",
  ),
  ofSink(
    "spool_writable",
    "1 where the spool of the sink can be written to and has room.",
    ({ spoolProblem }) => (spoolProblem === NO_SPOOL ? undefined : Number(spoolProblem === undefined)),
    "min",
  ),
];
