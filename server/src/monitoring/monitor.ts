/** `/metrics`, `/healthz` and `/readyz` of a server. */
import type { DiameterNode } from "@diamgen/runtime";
import type { Logger } from "pino";
import type { AccountingPipeline } from "../accounting/delivered.js";
import type { Stores } from "../store/index.js";
import { DatabaseProbe } from "./database-probe.js";
import { DeliveryProbe } from "./delivery-probe.js";
import { HttpListener, type Page, type Pages } from "./http-listener.js";
import { type Readiness, readiness } from "./readiness.js";
import type { ServerMetrics } from "./server-metrics.js";

export interface Monitored {
  readonly node: Pick<DiameterNode, "statistics" | "isRunning" | "addresses">;
  /** Addresses that the node is to listen on. */
  readonly listens: number;
  readonly stores: Pick<Stores, "subscribers" | "pool">;
  readonly accounting: Pick<AccountingPipeline, "check" | "health">;
}

export interface MonitorOptions extends Monitored {
  readonly metrics: ServerMetrics;
  readonly at: { readonly host: string; readonly port: number };
  readonly log: Logger;
}

export class Monitor implements AsyncDisposable {
  readonly #options: MonitorOptions;
  readonly #probe: DatabaseProbe;
  readonly #deliveries: DeliveryProbe;
  #listener: HttpListener | undefined;
  #draining = false;

  private constructor(options: MonitorOptions) {
    this.#options = options;
    this.#probe = new DatabaseProbe(options.stores);
    this.#deliveries = new DeliveryProbe(options.accounting);
  }

  /** Rejects with the system's error where it cannot listen. */
  static async open(options: MonitorOptions): Promise<Monitor> {
    const monitor = new Monitor(options);
    const pages: Pages = {
      "/metrics": () => monitor.#metrics(),
      // The event loop turns, or nobody would say so.
      "/healthz": async () => text(200, "ok\n"),
      "/readyz": () => monitor.#ready(),
    };
    const failed = (path: string, error: unknown) =>
      options.log.error({ path, err: error }, "a page could not be made");
    monitor.#listener = await HttpListener.open(options.at, pages, failed);
    return monitor;
  }

  get address(): { readonly address: string; readonly port: number } | undefined {
    return this.#listener?.address;
  }

  /** From now on not ready: the server is ending. */
  drain(): void {
    this.#draining = true;
  }

  async readiness(): Promise<Readiness> {
    const { node, listens } = this.#options;
    return readiness({
      listening: node.isRunning && node.addresses.length >= listens,
      draining: this.#draining,
      ...(await this.#ask()),
    });
  }

  async close(): Promise<void> {
    await this.#listener?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #ask() {
    const [database, deliveries] = await Promise.all([this.#probe.ask(), this.#deliveries.ask()]);
    return { database, deliveries };
  }

  async #metrics(): Promise<Page> {
    const { metrics, node, stores } = this.#options;
    const observed = async () => {
      const { database, deliveries } = await this.#ask();
      return { databaseUp: database === undefined, pool: stores.pool, deliveries, at: Date.now() };
    };
    return { status: 200, contentType: metrics.contentType, body: await metrics.text({ node, stores: observed }) };
  }

  async #ready(): Promise<Page> {
    const { ready, checks } = await this.readiness();
    const lines = Object.entries(checks).map(([name, state]) => `${name}: ${state.replace(/\s+/g, " ")}\n`);
    return text(ready ? 200 : 503, `${ready ? "ready" : "not ready"}\n${lines.join("")}`);
  }
}

function text(status: number, body: string): Page {
  return { status, contentType: "text/plain; charset=utf-8", body };
}
