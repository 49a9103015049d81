/** How all workers together are: what `/metrics` and `/readyz` say of them. */
import type { MonitorSource } from "../monitoring/monitor.js";
import type { Readiness } from "../monitoring/readiness.js";
import { WorkerMetrics } from "./worker-metrics.js";
import type { WorkerProcess } from "./worker-process.js";

/** One that does not answer in that time does not serve either; those who ask give up after 10 s and less. */
const WITHIN_MS = 4000;

export class WorkersHealth implements MonitorSource {
  readonly contentType = WorkerMetrics.contentType;
  readonly #serving: () => readonly WorkerProcess[];
  readonly #wanted: number;
  readonly #metrics = new WorkerMetrics();
  #draining = false;

  /** `serving`: those that serve now, of the `wanted` that there should be. */
  constructor(serving: () => readonly WorkerProcess[], wanted: number) {
    this.#serving = serving;
    this.#wanted = wanted;
  }

  /** From now on not ready: the server is ending. */
  drain(): void {
    this.#draining = true;
  }

  /** A worker has ended. */
  gone(worker: number): void {
    void this.#metrics.gone(worker);
  }

  async metrics(): Promise<string> {
    const asked = this.#serving().map(async ({ number, channel }) => {
      const metrics = await within(channel.ask("metrics", undefined));
      if (metrics !== undefined && this.#serving().some((worker) => worker.number === number))
        this.#metrics.seen(number, metrics);
    });
    await Promise.all(asked);
    return this.#metrics.text();
  }

  /** Ready where one worker is: connections go to it. What is said of checks is of one that is not ready, where there is one. */
  async readiness(): Promise<Readiness> {
    const asked = this.#serving().map(({ channel }) => within(channel.ask("readiness", undefined)));
    const answers = (await Promise.all(asked)).filter((answer) => answer !== undefined);
    const ready = answers.filter((answer) => answer.ready);
    const checks = (answers.find((answer) => !answer.ready) ?? ready[0])?.checks;
    return {
      ready: ready.length > 0 && !this.#draining,
      checks: {
        workers: `${ready.length} of ${this.#wanted} ready`,
        ...checks,
        draining: this.#draining ? "the server is ending" : "no",
      },
    };
  }
}

/** Undefined where there is no answer in time, or the process has ended. */
async function within<T>(answer: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), WITHIN_MS);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
