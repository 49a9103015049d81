/** What an operator may ask, of all workers together: asked of each, or of the one that has the peer, and put together again. */
import type { Statistics } from "@diamgen/runtime";
import type { Logger } from "pino";
import { AdminError, type AdminErrorCode } from "../admin/admin-error.js";
import type { AdminOperations, AdminResponses, PeerView, ServerStatus, TraceEvent } from "../admin/operations.js";
import {
  type AdminOperation,
  type AdminRequests,
  isAdminOperation,
  parseRequest,
  parseTraceRequest,
  type TraceRequest,
} from "../admin/requests.js";
import { MAX_TRACES } from "../admin/traces.js";
import { isOpen } from "../peer-state.js";
import { ChannelError } from "./channel.js";
import { merged, mergedStatistics } from "./merged-statistics.js";
import type { Traced } from "./trace-outbox.js";
import type { WorkerProcess } from "./worker-process.js";

export interface OperatedWorkers {
  /** Those that serve now. */
  readonly serving: () => readonly WorkerProcess[];
  readonly status: () => ServerStatus;
  /** Has another worker than that of the slot connect to a peer, where it makes their shares more even; otherwise false, and nothing is done. */
  readonly move: (peer: string, slot: number) => Promise<boolean>;
  readonly log: Logger;
}

interface Trace {
  readonly request: TraceRequest;
  readonly show: (event: TraceEvent) => void;
  readonly missed: (messages: number) => void;
}

type Handlers = { readonly [O in AdminOperation]: (request: AdminRequests[O]) => Promise<AdminResponses[O]> };

export class WorkersOperations implements AdminOperations {
  readonly #workers: OperatedWorkers;
  readonly #traces = new Map<number, Trace>();
  /** Peers out of service, as an operator named them, by their names in lower case. */
  readonly #disabled = new Map<string, string>();
  #lastTrace = 0;

  readonly #handlers: Handlers = {
    status: async () => this.#workers.status(),
    "peers.list": async () => ({ peers: await this.#peers() }),
    "peers.disable": (request) => this.#disable(request),
    "peers.enable": (request) => this.#enable(request),
    "peers.disconnect": (request) => this.#disconnect(request),
    statistics: async () => mergedStatistics((await this.#all("statistics", {})) as Statistics[]) ?? nobody(),
    "log.level": async (request) => {
      const { log } = this.#workers;
      if (request.level !== undefined) log.level = request.level;
      await this.#all("log.level", request);
      return { level: log.level };
    },
    // The worker sends what it has to send by the one that has the SIP server.
    "registrations.terminate": (request) => this.#any("registrations.terminate", request),
    "registrations.push": (request) => this.#any("registrations.push", request),
    "subscribers.forget": async (request) => {
      await this.#all("subscribers.forget", request);
      return request;
    },
  };

  constructor(workers: OperatedWorkers) {
    this.#workers = workers;
  }

  /** Peers that a worker must not let in, from its start on. */
  get barred(): readonly string[] {
    return [...this.#disabled.values()];
  }

  async call<O extends AdminOperation>(operation: O, request: AdminRequests[O]): Promise<AdminResponses[O]> {
    if (!isAdminOperation(operation))
      throw new AdminError("ADMIN_UNKNOWN_OPERATION", `there is no operation ${String(operation)}`);
    return this.#handlers[operation](parseRequest(operation, request));
  }

  async trace(
    request: TraceRequest,
    show: (event: TraceEvent) => void,
    missed: (messages: number) => void = () => {},
  ): Promise<() => void> {
    const checked = parseTraceRequest(request);
    if (this.#traces.size >= MAX_TRACES)
      throw new AdminError("ADMIN_LIMIT", `${MAX_TRACES} traces are running already`);
    const id = ++this.#lastTrace;
    this.#traces.set(id, { request: checked, show, missed });
    for (const { channel } of this.#workers.serving()) channel.tell("trace", { id, request: checked });
    return () => {
      if (!this.#traces.delete(id)) return;
      for (const { channel } of this.#workers.serving()) channel.tell("untrace", id);
    };
  }

  /** A message that a worker has seen, or that there were more than it could send. */
  traced(traced: Traced): void {
    const trace = this.#traces.get(traced.id);
    if ("event" in traced) trace?.show(traced.event);
    else trace?.missed(traced.missed);
  }

  /** A worker serves from now on. */
  joined({ channel }: WorkerProcess): void {
    for (const [id, { request }] of this.#traces) channel.tell("trace", { id, request });
  }

  async #peers(): Promise<readonly PeerView[]> {
    const lists = await this.#all("peers.list", {});
    return lists.reduce<PeerView[]>((one, { peers }) => merged(one, peers, nameOf, viewOf), []);
  }

  async #named(name: string): Promise<{ readonly peers: readonly PeerView[] }> {
    const wanted = name.toLowerCase();
    return { peers: (await this.#peers()).filter((peer) => nameOf(peer) === wanted) };
  }

  /** In all of them: it may come to any. */
  async #disable(request: AdminRequests["peers.disable"]): Promise<AdminResponses["peers.disable"]> {
    const [peer] = (await this.#named(request.peer)).peers;
    if (peer === undefined) throw unknown(request.peer);
    this.#disabled.set(nameOf(peer), peer.name);
    await Promise.all(this.#workers.serving().map(({ channel }) => asked(channel.ask("disable", request))));
    return this.#named(request.peer);
  }

  async #enable(request: AdminRequests["peers.enable"]): Promise<AdminResponses["peers.enable"]> {
    if ((await this.#named(request.peer)).peers.length === 0) throw unknown(request.peer);
    this.#disabled.delete(request.peer.toLowerCase());
    const enabled = this.#workers.serving().map(async (worker) => {
      try {
        await call(worker, "peers.enable", request);
      } catch (error) {
        if (!(error instanceof AdminError) || error.code !== "ADMIN_NO_SUCH_PEER") throw error;
      }
    });
    await Promise.all(enabled);
    return this.#named(request.peer);
  }

  /** By the worker that is connected with it; where none is, it is as with one process: nothing to disconnect. */
  async #disconnect(request: AdminRequests["peers.disconnect"]): Promise<AdminResponses["peers.disconnect"]> {
    const wanted = request.peer.toLowerCase();
    let having: WorkerProcess | undefined;
    for (const worker of this.#workers.serving()) {
      const { peers } = await call(worker, "peers.list", {});
      const view = peers.find((peer) => nameOf(peer) === wanted);
      if (view !== undefined && (having === undefined || isOpen(view.state))) having = worker;
    }
    if (having === undefined) throw unknown(request.peer);
    // It is to be connected to again: by who has least.
    if (request.cause === undefined && (await this.#workers.move(request.peer, having.slot)))
      return this.#named(request.peer);
    await call(having, "peers.disconnect", request);
    return this.#named(request.peer);
  }

  /** A worker that dies meanwhile has nothing to say. */
  async #all<O extends AdminOperation>(operation: O, request: AdminRequests[O]): Promise<AdminResponses[O][]> {
    const answers = await Promise.allSettled(this.#workers.serving().map((worker) => call(worker, operation, request)));
    const told = answers.filter((answer) => answer.status === "fulfilled").map(({ value }) => value);
    const [failed] = answers.filter((answer) => answer.status === "rejected");
    if (told.length === 0 && failed !== undefined) throw failed.reason;
    return told;
  }

  async #any<O extends AdminOperation>(operation: O, request: AdminRequests[O]): Promise<AdminResponses[O]> {
    const [worker] = this.#workers.serving();
    if (worker === undefined) throw new AdminError("ADMIN_IMPOSSIBLE", "no worker serves at the moment");
    return call(worker, operation, request);
  }
}

async function call<O extends AdminOperation>(
  { channel }: WorkerProcess,
  operation: O,
  request: AdminRequests[O],
): Promise<AdminResponses[O]> {
  return (await asked(channel.ask("operate", { operation, request }))) as AdminResponses[O];
}

/** What a worker has thrown was an AdminError there. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const { code, message } = error;
    throw new AdminError(code?.startsWith("ADMIN_") ? (code as AdminErrorCode) : "ADMIN_IMPOSSIBLE", message);
  }
}

function nameOf({ name }: PeerView): string {
  return name.toLowerCase();
}

/** One peer as two workers see it: as who is connected with it, or is to connect to it. */
function viewOf(one: PeerView, other: PeerView): PeerView {
  const better = isOpen(other.state) || (other.configured && !isOpen(one.state)) ? other : one;
  const ways = (name: "requests" | "answers" | "octets") => ({
    sent: one[name].sent + other[name].sent,
    received: one[name].received + other[name].received,
  });
  return {
    ...better,
    configured: one.configured || other.configured,
    enabled: one.enabled && other.enabled,
    requests: ways("requests"),
    answers: ways("answers"),
    octets: ways("octets"),
    timeouts: one.timeouts + other.timeouts,
    failovers: one.failovers + other.failovers,
  };
}

function unknown(name: string): AdminError {
  return new AdminError("ADMIN_NO_SUCH_PEER", `there is no peer ${name}`);
}

/** While no worker serves. */
function nobody(): Statistics {
  return { at: Date.now(), peers: [], events: {} };
}
