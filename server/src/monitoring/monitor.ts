/** `/metrics`, `/healthz` and `/readyz`. */
import type { Logger } from "pino";
import { HttpListener, type Page, type Pages } from "./http-listener.js";
import type { Readiness } from "./readiness.js";

/** What the pages are about: a server, or several workers as one. */
export interface MonitorSource {
  readonly contentType: string;
  /** The text format of Prometheus. */
  metrics(): Promise<string>;
  readiness(): Promise<Readiness>;
}

export interface MonitorOptions {
  readonly source: MonitorSource;
  readonly at: { readonly host: string; readonly port: number };
  readonly log: Logger;
}

export class Monitor implements AsyncDisposable {
  readonly #listener: HttpListener;

  private constructor(listener: HttpListener) {
    this.#listener = listener;
  }

  /** Rejects with the system's error where it cannot listen. */
  static async open({ source, at, log }: MonitorOptions): Promise<Monitor> {
    const pages: Pages = {
      "/metrics": async () => ({ status: 200, contentType: source.contentType, body: await source.metrics() }),
      // The event loop turns, or nobody would say so.
      "/healthz": async () => text(200, "ok\n"),
      "/readyz": async () => page(await source.readiness()),
    };
    const failed = (path: string, error: unknown) => log.error({ path, err: error }, "a page could not be made");
    return new Monitor(await HttpListener.open(at, pages, failed));
  }

  get address(): { readonly address: string; readonly port: number } {
    return this.#listener.address;
  }

  async close(): Promise<void> {
    await this.#listener.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function page({ ready, checks }: Readiness): Page {
  const lines = Object.entries(checks).map(([name, state]) => `${name}: ${state.replace(/\s+/g, " ")}\n`);
  return text(ready ? 200 : 503, `${ready ? "ready" : "not ready"}\n${lines.join("")}`);
}

function text(status: number, body: string): Page {
  return { status, contentType: "text/plain; charset=utf-8", body };
}
