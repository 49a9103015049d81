/** What a metric is, and how what is counted elsewhere becomes one. */
import type { Metric, MetricType, Registry } from "prom-client";

export type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
  /** Of a histogram: what is appended to the name. */
  readonly suffix?: "_bucket" | "_sum" | "_count";
}

export interface MetricDefinition<Source> {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** In the order of the documentation; "le" of histograms apart. */
  readonly labels: readonly string[];
  /** How those of several workers become one; "sum" where left out. */
  readonly aggregator?: "sum" | "max" | "min" | undefined;
  readonly samples: (source: Source) => Iterable<Sample>;
}

/** Read at each scrape: nothing is counted twice. */
export function register<Source>(
  registry: Registry,
  { name, help, type, aggregator = "sum", samples }: MetricDefinition<Source>,
  source: () => Source,
): void {
  const metric = {
    name,
    help,
    type: type as unknown as MetricType,
    aggregator,
    get: async () => ({ name, help, type, aggregator, values: merged(name, samples(source())) }),
    reset: () => {},
  };
  // The registry calls `get` and `reset` alone, whatever its types say.
  registry.registerMetric(metric as unknown as Metric);
}

/** Those with equal labels are one: several peers may be "other". */
function merged(name: string, samples: Iterable<Sample>) {
  const found = new Map<string, { metricName: string; labels: Labels; value: number }>();
  for (const { labels, value, suffix = "" } of samples) {
    const key = `${suffix} ${JSON.stringify(labels)}`;
    const there = found.get(key);
    if (there === undefined) found.set(key, { metricName: name + suffix, labels, value });
    else there.value += value;
  }
  return [...found.values()];
}
