/** How one server is: what `/metrics` and `/readyz` say of it. */
import type { DiameterNode } from "@diamgen/runtime";
import type { AccountingPipeline } from "../accounting/delivered.js";
import type { Stores } from "../store/index.js";
import { DatabaseProbe } from "./database-probe.js";
import { DeliveryProbe } from "./delivery-probe.js";
import type { MonitorSource } from "./monitor.js";
import { type Readiness, readiness } from "./readiness.js";
import type { MetricJson, Observed, ServerMetrics } from "./server-metrics.js";

export interface Monitored {
  readonly metrics: ServerMetrics;
  readonly node: Pick<DiameterNode, "statistics" | "isRunning" | "addresses">;
  /** Addresses that the node is to listen on. */
  readonly listens: number;
  readonly stores: Pick<Stores, "subscribers" | "pool">;
  readonly accounting: Pick<AccountingPipeline, "check" | "health">;
}

export class ServiceHealth implements MonitorSource {
  readonly #monitored: Monitored;
  readonly #probe: DatabaseProbe;
  readonly #deliveries: DeliveryProbe;
  #draining = false;

  constructor(monitored: Monitored) {
    this.#monitored = monitored;
    this.#probe = new DatabaseProbe(monitored.stores);
    this.#deliveries = new DeliveryProbe(monitored.accounting);
  }

  /** From now on not ready: the server is ending. */
  drain(): void {
    this.#draining = true;
  }

  async readiness(): Promise<Readiness> {
    const { node, listens } = this.#monitored;
    return readiness({
      listening: node.isRunning && node.addresses.length >= listens,
      draining: this.#draining,
      ...(await this.#ask()),
    });
  }

  get contentType(): string {
    return this.#monitored.metrics.contentType;
  }

  metrics(): Promise<string> {
    return this.#monitored.metrics.text(this.#observed());
  }

  /** The same as data, for one who adds several servers up. */
  metricsJson(): Promise<readonly MetricJson[]> {
    return this.#monitored.metrics.json(this.#observed());
  }

  async #ask() {
    const [database, deliveries] = await Promise.all([this.#probe.ask(), this.#deliveries.ask()]);
    return { database, deliveries };
  }

  #observed(): Observed {
    const { node, stores } = this.#monitored;
    return {
      node,
      stores: async () => {
        const { database, deliveries } = await this.#ask();
        return { databaseUp: database === undefined, pool: stores.pool, deliveries, at: Date.now() };
      },
    };
  }
}
