/** Everything that `/metrics` says, in a registry of its own. */
import type { DiameterNode } from "@diamgen/runtime";
import { Counter, collectDefaultMetrics, Registry } from "prom-client";
import type { ServerWatch } from "../server.js";
import { COMMAND_METRICS } from "./command-metrics.js";
import { PeerLabels } from "./labels.js";
import { register } from "./metric.js";
import { type NodeSource, PEER_METRICS } from "./peer-metrics.js";
import { STORE_METRICS, type StoreSource } from "./store-metrics.js";

/** Looked at once a scrape. */
export interface Observed {
  readonly node: Pick<DiameterNode, "statistics">;
  readonly stores: () => Promise<StoreSource>;
}

/** A metric with its samples, as prom-client has it. */
export type MetricJson = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>[number];

export interface MetricsOptions {
  /** Peers that are told apart; the others together are "other". */
  readonly maxPeers: number;
}

export class ServerMetrics implements ServerWatch {
  readonly #registry = new Registry();
  readonly #peers: PeerLabels;
  readonly #authentications: Counter<"result">;
  readonly #records: Counter<"outcome">;
  readonly #sessionsOpened: Counter;
  readonly #sessionsEnded: Counter<"cause">;
  #node: NodeSource | undefined;
  #stores: StoreSource | undefined;

  constructor({ maxPeers }: MetricsOptions) {
    const registers = [this.#registry];
    this.#peers = new PeerLabels(maxPeers);
    this.#authentications = new Counter({
      name: "diamgen_authentications_total",
      help: "Decisions on Multimedia-Auth-Requests: accepted, or why not.",
      labelNames: ["result"],
      registers,
    });
    this.#records = new Counter({
      name: "diamgen_accounting_records_total",
      help: "Accounting records by what became of them: stored, duplicate, spooled, refused.",
      labelNames: ["outcome"],
      registers,
    });
    this.#sessionsOpened = new Counter({
      name: "diamgen_registration_sessions_opened_total",
      help: "Diameter sessions of registrations (RFC 4740 section 6.7) that were opened.",
      registers,
    });
    this.#sessionsEnded = new Counter({
      name: "diamgen_registration_sessions_ended_total",
      help: "Diameter sessions of registrations that have ended, by cause: terminated, aborted, expired, lost, replaced, deregistered, refused.",
      labelNames: ["cause"],
      registers,
    });
    for (const definition of [...PEER_METRICS, ...COMMAND_METRICS])
      register(this.#registry, definition, () => this.#node as NodeSource);
    for (const definition of STORE_METRICS) register(this.#registry, definition, () => this.#stores as StoreSource);
    collectDefaultMetrics({ register: this.#registry });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  authenticated(result: string): void {
    this.#authentications.inc({ result });
  }

  accounted(outcome: string): void {
    this.#records.inc({ outcome });
  }

  sessionsOpened(count: number): void {
    this.#sessionsOpened.inc(count);
  }

  sessionsEnded(cause: string, count: number): void {
    this.#sessionsEnded.inc({ cause }, count);
  }

  /** The text format of Prometheus. */
  async text(observed: Observed): Promise<string> {
    await this.#look(observed);
    return this.#registry.metrics();
  }

  /** The same as data. */
  async json(observed: Observed): Promise<readonly MetricJson[]> {
    await this.#look(observed);
    return this.#registry.getMetricsAsJSON();
  }

  async #look({ node, stores }: Observed): Promise<void> {
    this.#stores = await stores();
    this.#node = { statistics: node.statistics(), peerLabel: (peer) => this.#peers.of(peer) };
  }
}
