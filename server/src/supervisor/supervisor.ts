/**
 * Several processes as one server: it starts workers, has the table of who has which peer, divides the peers that are connected to, starts again
 * what has died, and speaks for all of them to the operator. Messages of Diameter never pass here.
 */
import cluster from "node:cluster";
import type { Endpoint } from "@diamgen/runtime";
import type { Logger } from "pino";
import { AdminSocket } from "../admin/admin-socket.js";
import { Throttle } from "../authentication/index.js";
import type { Config } from "../config/schema/index.js";
import { NonceUses } from "../digest/index.js";
import { Monitor } from "../monitoring/monitor.js";
import { type ConfiguredPeer, peerKey } from "../service/accept.js";
import { type Changes, changesBetween, checkReload, reloaded } from "../service/changes.js";
import { loadDictionaries } from "../service/dictionaries.js";
import { loadTls } from "../service/tls.js";
import { VERSION } from "../version.js";
import type { Handlers } from "./channel.js";
import { ClaimDesk } from "./claim-desk.js";
import { Heartbeats } from "./heartbeats.js";
import type { SipCall } from "./owner-caller.js";
import type { ToSupervisor } from "./protocol.js";
import { MOST_FAILED_STARTS, Restarts } from "./restarts.js";
import { divide, moved } from "./shares.js";
import { SupervisorError } from "./supervisor-error.js";
import { workerCount } from "./worker-count.js";
import { type Exit, WorkerProcess } from "./worker-process.js";
import { WorkersHealth } from "./workers-health.js";
import { WorkersOperations } from "./workers-operations.js";

/** EX_SOFTWARE, where a worker has not said with which code the program is to end. */
const DEFECT = 70;

export interface SupervisorOptions {
  readonly config: Config;
  readonly log: Logger;
  /** What a worker is: the file that Node runs. */
  readonly program: string;
}

export class Supervisor implements AsyncDisposable {
  /** Rejects with a SupervisorError when no worker serves any more, and starting them is no use. */
  readonly failed: Promise<never>;
  readonly #log: Logger;
  readonly #count: number;
  readonly #claims: ClaimDesk;
  readonly #restarts = new Restarts();
  readonly #heartbeats: Heartbeats;
  /** What workers have told: a peer that comes to another one brings its failures along. */
  readonly #throttle: Throttle;
  readonly #nonceUses: NonceUses;
  readonly #health: WorkersHealth;
  readonly #operations: WorkersOperations;
  readonly #workers = new Map<number, WorkerProcess>();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** Of all workers, for as long as this process lives. */
  readonly #originStateId = Math.floor(Date.now() / 1000);
  #config: Config;
  /** By slot: those of a worker that is to be started count. */
  #shares: ReadonlyMap<number, readonly ConfiguredPeer[]> = new Map();
  readonly #slots = new Set<number>();
  #monitor: Monitor | undefined;
  #adminSocket: AdminSocket | undefined;
  #addresses: readonly Endpoint[] = [];
  #stopping = false;
  #fail: (error: SupervisorError) => void = () => {};

  private constructor({ config, log, program }: SupervisorOptions) {
    this.#config = config;
    this.#log = log;
    this.#count = workerCount(config);
    for (let slot = 0; slot < this.#count; slot++) this.#slots.add(slot);
    this.#health = new WorkersHealth(() => this.#serving, this.#count);
    this.#heartbeats = new Heartbeats({
      silenceMs: config.workerSilenceMs,
      onSilent: (number, silentMs) => {
        const worker = this.#workers.get(number);
        log.error({ worker: number, pid: worker?.pid, silentMs }, "a worker does not answer: it is killed");
        worker?.kill();
      },
    });
    const { throttle, challenge } = config.authentication;
    this.#throttle = new Throttle(throttle);
    this.#nonceUses = NonceUses.of({ lifetimeMs: challenge?.lifetimeMs });
    const startedAt = Date.now();
    this.#operations = new WorkersOperations({
      serving: () => this.#serving,
      move: (peer, slot) => this.#move(peer, slot),
      log,
      status: () => ({
        version: VERSION,
        identity: config.identity,
        realm: config.realm,
        pid: process.pid,
        startedAt,
        listening: this.#addresses.map(({ address, port }) => ({ address, port })),
      }),
    });
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    this.#claims = new ClaimDesk(config.identity, (worker, claim) =>
      this.#workers.get(worker)?.channel.tell("revoke", claim),
    );
    // "advanced": octets and bigints of requests stay what they are.
    cluster.setupPrimary({ exec: program, args: [], serialization: "advanced" });
  }

  /**
   * Resolves when all workers listen. Rejects with a SupervisorError where one cannot start, saying what it has said; then none is left.
   */
  static async start(options: SupervisorOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options);
    try {
      await supervisor.#openListeners();
      const [first, ...others] = [...supervisor.#slots].map((slot) => supervisor.#fork(slot)) as [WorkerProcess];
      // One first: it makes the tables that are missing, and where it cannot start no other could.
      await supervisor.#first(first);
      await Promise.all(others.map((worker) => supervisor.#first(worker)));
      return supervisor;
    } catch (error) {
      await supervisor.stop();
      throw error;
    }
  }

  get config(): Config {
    return this.#config;
  }

  /** False while no worker is heard: see Heartbeats. */
  get lives(): boolean {
    return this.#heartbeats.lives;
  }

  /** Where all workers listen, with real ports. */
  get addresses(): readonly Endpoint[] {
    return this.#addresses;
  }

  get monitorAddress(): { readonly address: string; readonly port: number } | undefined {
    return this.#monitor?.address;
  }

  /**
   * As that of a Service, in all workers. Rejects where a dictionary or a certificate cannot be used; then no worker has heard of it.
   */
  async reload(config: Config): Promise<Changes> {
    await loadDictionaries(config.dictionaries);
    await loadTls(config.tls);
    checkReload(this.#config, config);
    const changes = changesBetween(this.#config, config);
    this.#config = reloaded(this.#config, config);
    this.#log.level = config.logging.level;
    this.#divide();
    await Promise.all(this.#serving.map((worker) => this.#reload(worker, config)));
    return changes;
  }

  async #reload({ number, slot, pid, channel }: WorkerProcess, config: Config): Promise<void> {
    try {
      await channel.ask("reload", { config, share: this.#share(slot) });
    } catch (error) {
      this.#log.error({ err: error, worker: number, pid }, "a worker could not read the configuration again");
    }
  }

  /** All workers, each in order: see that of a Service. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#health.drain();
    for (const timer of this.#timers) clearTimeout(timer);
    // What a worker itself takes at most, and time to spare.
    const timeoutMs = 2 * this.#config.shutdown.timeoutMs + 5000;
    await Promise.all([...this.#workers.values()].map((worker) => worker.stop(timeoutMs)));
    this.#heartbeats.close();
    await Promise.all([this.#monitor?.close(), this.#adminSocket?.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  get #serving(): readonly WorkerProcess[] {
    return [...this.#workers.values()].filter(({ serves }) => serves);
  }

  async #openListeners(): Promise<void> {
    const { metrics, admin } = this.#config;
    const log = this.#log;
    if (metrics !== undefined) this.#monitor = await Monitor.open({ at: metrics, source: this.#health, log });
    if (admin !== undefined)
      this.#adminSocket = await AdminSocket.open({ at: admin, operations: this.#operations, log });
  }

  /** A worker that the start of the program waits for: one that says why it cannot is the end, one that dies may be tried again. */
  async #first(worker: WorkerProcess): Promise<void> {
    const { slot } = worker;
    const outcome = await this.#launch(worker);
    if (outcome === undefined || this.#stopping) return;
    if ("text" in outcome) throw new SupervisorError(outcome.text, outcome.code);
    await new Promise((resolve) => this.#timers.add(setTimeout(resolve, this.#delay(slot, undefined, outcome))));
    await this.#first(this.#fork(slot));
  }

  /** One that takes the place of another. */
  async #again(slot: number): Promise<void> {
    const outcome = await this.#launch(this.#fork(slot));
    if (outcome !== undefined && !this.#stopping) this.#later(slot, undefined, outcome);
  }

  #fork(slot: number): WorkerProcess {
    const failed = ({ number, pid }: WorkerProcess, note: string, err: unknown) =>
      this.#log.error({ err, note, worker: number, pid }, "what a worker has told could not be dealt with");
    const worker = new WorkerProcess(slot, (one) => this.#answers(one), failed);
    this.#workers.set(worker.number, worker);
    this.#heartbeats.watch(worker.number);
    this.#slots.add(slot);
    this.#divide();
    return worker;
  }

  /** Undefined when it serves; otherwise what it has said, or how it ended. */
  async #launch(worker: WorkerProcess): Promise<{ readonly code: number; readonly text: string } | Exit | undefined> {
    const { number, slot, pid } = worker;
    const config = this.#config;
    const order = {
      // The level may have been changed by an operator.
      config: {
        ...config,
        logging: { ...config.logging, level: this.#log.level as Config["logging"]["level"] },
      },
      share: this.#share(slot),
      originStateId: this.#originStateId,
      barred: this.#operations.barred,
    };
    const report = await worker.start(order).catch(() => undefined);
    if (report === undefined || !report.started) {
      worker.kill();
      const exit = await worker.exited;
      this.#bury(worker);
      return report ?? exit;
    }
    this.#restarts.ready();
    this.#heartbeats.serves(number);
    this.#addresses = report.addresses;
    void worker.exited.then((exit) => this.#died(worker, exit));
    // What has changed while it started.
    if (this.#config === config) worker.channel.tell("share", this.#share(slot));
    else await this.#reload(worker, this.#config);
    this.#log.info({ worker: number, pid }, "a worker serves");
    this.#operations.joined(worker);
    return undefined;
  }

  #died(worker: WorkerProcess, exit: Exit): void {
    this.#bury(worker);
    if (this.#stopping) return;
    this.#later(worker.slot, performance.now() - (worker.servesSince ?? 0), exit);
  }

  /** Its peers are anybody's, and those that it connected to are another's. */
  #bury(worker: WorkerProcess): void {
    this.#workers.delete(worker.number);
    this.#heartbeats.forget(worker.number);
    this.#slots.delete(worker.slot);
    this.#claims.gone(worker.number);
    this.#health.gone(worker.number);
    this.#divide();
  }

  #later(slot: number, servedMs: number | undefined, outcome: Exit | { readonly code: number; readonly text: string }) {
    let delay: number;
    try {
      delay = this.#delay(slot, servedMs, outcome);
    } catch (error) {
      this.#fail(error as SupervisorError);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#again(slot);
    }, delay);
    this.#timers.add(timer);
  }

  /** Throws a SupervisorError where it is no use. */
  #delay(slot: number, servedMs: number | undefined, outcome: Exit | { readonly code: number; readonly text: string }) {
    const delay = this.#restarts.ended(slot, servedMs, this.#serving.length);
    const how = "text" in outcome ? outcome.text : endOf(outcome);
    if (delay === undefined)
      throw new SupervisorError(
        `diamgen-server: no worker serves, and ${MOST_FAILED_STARTS} that were started did not come to it; of the last one: ${how}`,
        "text" in outcome ? outcome.code : DEFECT,
      );
    this.#log.error({ slot, servedMs: servedMs && Math.round(servedMs), delay, how }, "a worker has ended");
    return delay;
  }

  /** Peers that are connected to: every one is some worker's. */
  #divide(): void {
    if (this.#stopping) return;
    const before = this.#shares;
    this.#shares = divide(this.#config.peers, [...this.#slots], before, peerKey);
    for (const { slot, channel } of this.#serving) {
      const share = this.#share(slot);
      if (!sameShare(before.get(slot) ?? [], share)) channel.tell("share", share);
    }
  }

  /**
   * Leaves a peer that the worker of that slot connects to, and has the one connect to it that has least. False where that would level nothing,
   * or it is another's.
   */
  async #move(name: string, slot: number): Promise<boolean> {
    const wanted = name.toLowerCase();
    const peer = this.#config.peers.find(({ identity }) => identity?.toLowerCase() === wanted);
    const serving = this.#serving;
    const slots = serving.map(({ slot }) => slot);
    const move = peer && moved(peer, slots, this.#shares, peerKey);
    if (move?.from !== slot) return false;
    this.#shares = move.shares;
    const of = (slot: number) => serving.find((worker) => worker.slot === slot)?.channel;
    try {
      // First of all it is let go of: two that want it would be in each other's way.
      await of(move.from)?.ask("share", this.#share(move.from));
    } finally {
      of(move.to)?.tell("share", this.#share(move.to));
    }
    return true;
  }

  #share(slot: number): readonly ConfiguredPeer[] {
    return this.#shares.get(slot) ?? [];
  }

  #answers(worker: WorkerProcess): Omit<Handlers<ToSupervisor>, "hello"> {
    const { number } = worker;
    return {
      alive: () => this.#heartbeats.heard(number),
      claim: async (question) => {
        const claim = await this.#claims.claim(number, question);
        return claim === undefined ? undefined : { claim, failures: this.#throttle.entriesOf(question.originHost) };
      },
      cancel: (ask) => this.#claims.cancel(number, ask),
      release: (claim) => this.#claims.release(number, claim),
      opened: (opened) => this.#claims.opened(number, opened),
      traced: (traced) => this.#operations.traced(traced),
      failures: (changes) => {
        for (const { user, peer, failed } of changes)
          if (failed) this.#throttle.failed(user, peer);
          else this.#throttle.succeeded(user, peer);
      },
      useNonce: ({ nonce, nonceCount }) => this.#nonceUses.use(nonce, nonceCount),
      call: (call) => this.#call(call),
    };
  }

  #call(call: SipCall): Promise<unknown> {
    const owner = this.#claims.owner(call.destinationHost);
    const worker = owner === undefined ? undefined : this.#workers.get(owner);
    if (worker === undefined) throw new Error(`there is no connection with ${call.destinationHost}`);
    return worker.channel.ask("call", call);
  }
}

function endOf({ error, signal, code }: Exit): string {
  return error === undefined
    ? `it ended with ${signal ?? `exit code ${code}`}`
    : `it could not be started: ${error.message}`;
}

function sameShare(one: readonly ConfiguredPeer[], other: readonly ConfiguredPeer[]): boolean {
  return one.length === other.length && one.every((peer, index) => peerKey(peer) === peerKey(other[index] ?? peer));
}
