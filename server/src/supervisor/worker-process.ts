/** A worker as the supervisor sees it: a process that is started, asked and ended. */
import cluster, { type Worker } from "node:cluster";
import { Channel, type Handlers } from "./channel.js";
import type { StartOrder, StartReport, ToSupervisor, ToWorker } from "./protocol.js";

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started. */
  readonly error?: Error | undefined;
}

export class WorkerProcess {
  /** Never used again, also where its place is taken by another. */
  readonly number: number;
  readonly slot: number;
  readonly channel: Channel<ToSupervisor, ToWorker>;
  readonly exited: Promise<Exit>;
  /** Milliseconds of `performance.now()`: since when it serves. */
  servesSince: number | undefined;
  readonly #hears: Promise<void>;
  #dead = false;
  readonly #worker: Worker;

  /** `answer`: what this worker may ask. `failed`: told of what went wrong with what it has told. */
  constructor(
    slot: number,
    answer: (worker: WorkerProcess) => Omit<Handlers<ToSupervisor>, "hello">,
    failed: (worker: WorkerProcess, name: string, error: unknown) => void,
  ) {
    this.#worker = cluster.fork();
    this.number = this.#worker.id;
    this.slot = slot;
    let hears = () => {};
    const heard = new Promise<void>((resolve) => {
      hears = resolve;
    });
    const handlers = { ...answer(this), hello: () => hears() };
    this.channel = new Channel<ToSupervisor, ToWorker>(this.#worker, handlers, (name, error) =>
      failed(this, name, error),
    );
    this.#hears = heard;
    this.exited = new Promise((resolve) => {
      const ended = (exit: Exit) => {
        this.#dead = true;
        this.channel.close();
        hears();
        resolve(exit);
      };
      this.#worker.once("exit", (code, signal) => ended({ code, signal: (signal || null) as Exit["signal"] }));
      // Without a process id it was never started, for want of memory or processes; otherwise its exit says enough.
      this.#worker.on("error", (error) => this.pid === undefined && ended({ code: null, signal: null, error }));
    });
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  /** It listens and answers. */
  get serves(): boolean {
    return this.servesSince !== undefined && !this.#dead;
  }

  /** Rejects where the process ends before it has reported. */
  async start(order: Omit<StartOrder, "worker">): Promise<StartReport> {
    await this.#hears;
    const report = await this.channel.ask("start", { ...order, worker: this.number });
    if (report.started) this.servesSince = performance.now();
    return report;
  }

  /** In order; resolves when the process has ended. It is killed after `timeoutMs`. */
  async stop(timeoutMs: number): Promise<void> {
    if (this.#dead) return;
    void this.#hears.then(() => this.channel.tell("stop", undefined));
    const timer = setTimeout(() => this.kill(), timeoutMs);
    await this.exited;
    clearTimeout(timer);
  }

  kill(): void {
    if (!this.#dead) this.#worker.process.kill("SIGKILL");
  }
}
