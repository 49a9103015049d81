/** Metrics of all workers as one server's. */
import { AggregatorRegistry, Registry } from "prom-client";
import type { MetricJson } from "../monitoring/server-metrics.js";

/** Dead workers that are kept apart, until they are one sum. */
const MOST_DEAD = 16;

/**
 * What dead workers have counted stays in the sums, as it was when it was looked at last: a counter that went back would be taken for one that
 * began anew, and everything that the others have counted for new.
 */
export class WorkerMetrics {
  static readonly contentType: string = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #last = new Map<number, readonly MetricJson[]>();
  readonly #dead: (readonly MetricJson[])[] = [];
  #summing = false;

  /** What one of them says now. */
  seen(worker: number, metrics: readonly MetricJson[]): void {
    this.#last.set(worker, metrics);
  }

  /** It has ended. */
  async gone(worker: number): Promise<void> {
    const last = this.#last.get(worker);
    if (!this.#last.delete(worker) || last === undefined) return;
    this.#dead.push(last.filter(({ type }) => isCounted(type)));
    if (this.#dead.length < MOST_DEAD || this.#summing) return;
    this.#summing = true;
    const some = [...this.#dead];
    const one = await sum(some).getMetricsAsJSON();
    // Others may have died meanwhile: they stand behind.
    this.#dead.splice(0, some.length, one);
    this.#summing = false;
  }

  /** The text format of Prometheus. */
  text(): Promise<string> {
    return sum([...this.#last.values(), ...this.#dead]).metrics();
  }
}

function sum(metrics: readonly (readonly MetricJson[])[]): Registry {
  return AggregatorRegistry.aggregate(metrics as MetricJson[][]);
}

/** prom-client has them as texts, whatever its types say. */
function isCounted(type: unknown): boolean {
  return type === "counter" || type === "histogram";
}
