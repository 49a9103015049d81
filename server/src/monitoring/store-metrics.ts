/** Metrics of the database, and of the spools before sinks. */
import type { DeliveryHealth } from "../accounting/delivered.js";
import type { PoolHealth } from "../store/index.js";
import type { MetricDefinition, Sample } from "./metric.js";

export interface StoreSource {
  /** Whether the database answered just now. */
  readonly databaseUp: boolean;
  readonly pool: PoolHealth | undefined;
  readonly deliveries: readonly DeliveryHealth[];
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

function ofSink(name: string, help: string, value: (delivery: DeliveryHealth) => number | undefined): StoreMetric {
  return {
    name: `diamgen_${name}`,
    help,
    type: "gauge",
    labels: ["sink"],
    *samples({ deliveries }): Iterable<Sample> {
      for (const delivery of deliveries) {
        const found = value(delivery);
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
    samples: ({ databaseUp }) => [{ labels: {}, value: databaseUp ? 1 : 0 }],
  },
  ofPool("connections_in_use", "Connections to the database that work on something.", ({ inUse }) => inUse),
  ofPool("connections_max", "Connections to the database at most.", ({ max }) => max),
  ofPool(
    "waiting",
    "Statements and transactions that wait for a connection to the database.",
    ({ waiting }) => waiting,
  ),
  ofSink("sink_spooling", "1 while records go to the spool of the sink.", ({ state }) =>
    state === "spooling" ? 1 : 0,
  ),
  ofSink("spool_records", "Records in the spool of the sink.", ({ records }) => records),
  ofSink("spool_bytes", "Octets of the spool of the sink.", ({ bytes }) => bytes),
];
