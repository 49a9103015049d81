/** A worker: the server as one process has it, ordered about by the supervisor. */
import type { Logger } from "pino";
import { Throttle } from "../authentication/index.js";
import { createLogger } from "../log.js";
import { Service } from "../service/service.js";
import { Channel, type Handlers, type Port } from "./channel.js";
import { Claimant } from "./claimant.js";
import { FailureReports } from "./failure-reports.js";
import { BEAT_MS } from "./heartbeats.js";
import { callHere, OwnerCaller } from "./owner-caller.js";
import type { StartOrder, StartReport, ToSupervisor, ToWorker } from "./protocol.js";
import { TraceOutbox } from "./trace-outbox.js";

export interface WorkerOptions {
  /** To the supervisor. */
  readonly port: Port;
  /** What is said of an error that ends the program, and with which exit code. */
  readonly describe: (error: unknown) => { readonly code: number; readonly text: string };
  /** Ends the process, once what was said is said. */
  readonly end: () => void;
}

export function serveWorker({ port, describe, end }: WorkerOptions): void {
  let service: Service | undefined;
  let log: Logger | undefined;
  const traces = new Map<number, () => void>();
  let starting: Promise<StartReport> | undefined;
  const running = (): Service => {
    if (service === undefined) throw new Error("the worker does not serve");
    return service;
  };
  const handlers: Handlers<ToWorker> = {
    start: (order) => {
      starting = start(order);
      return starting;
    },
    reload: ({ config, share }) => running().reload(config, share),
    share: (share) => running().takePeers(share),
    metrics: async () => (await running().health?.metricsJson()) ?? [],
    readiness: () => running().health?.readiness(),
    revoke: (claim) => claimant.revoke(claim),
    call: (call) => callHere(running().server.node, call),
    operate: ({ operation, request }) => running().admin.call(operation, request as never),
    disable: async (request) => {
      const { admin } = running();
      const { peers } = await admin.call("peers.list", {});
      const isHere = peers.some(({ name }) => name.toLowerCase() === request.peer.toLowerCase());
      if (isHere) await admin.call("peers.disable", request);
      else admin.bar([request.peer]);
    },
    trace: async ({ id, request }) => {
      traces.set(id, await running().admin.trace(request, (event) => outbox.show(id, event)));
    },
    untrace: (id) => {
      outbox.end(id);
      traces.get(id)?.();
      traces.delete(id);
    },
    stop: async () => {
      // A start that is under way is finished first: what it opens must be closed.
      try {
        await starting;
        await service?.stop();
      } finally {
        setImmediate(end);
      }
    },
  };
  const channel: Channel<ToWorker, ToSupervisor> = new Channel(port, handlers, (note, err) =>
    log?.error({ err, note }, "what the supervisor has told could not be done"),
  );
  const outbox = new TraceOutbox((traced, sent) => channel.tell("traced", traced, sent));
  const reports = new FailureReports((changes) => channel.tell("failures", changes));
  let throttle: Throttle | undefined;
  const claimant = new Claimant(channel, {
    comes: (failures) => throttle?.take(failures),
    leaves: () => reports.flush(),
  });
  channel.tell("hello", undefined);
  // One at a time: a supervisor that does not read is not told more and more.
  let beating = false;
  const beat = () => {
    if (beating) return;
    beating = true;
    channel.tell("alive", undefined, () => {
      beating = false;
    });
  };
  setInterval(beat, BEAT_MS).unref();

  async function start({ config, share, originStateId, barred, worker }: StartOrder): Promise<StartReport> {
    log = loggerOf(config.logging, worker);
    throttle = new Throttle({ ...config.authentication.throttle, watch: reports });
    try {
      service = await Service.start(config, log, {
        instance: String(worker),
        originStateId,
        share,
        barred,
        claim: claimant.claim,
        throttle,
        nonceUses: { use: (nonce, nonceCount) => channel.ask("useNonce", { nonce, nonceCount }) },
        caller: (node) => {
          claimant.watch(node);
          return new OwnerCaller(node, (call) => channel.ask("call", call));
        },
      });
      return { started: true, addresses: service.addresses };
    } catch (error) {
      return { started: false, ...describe(error) };
    }
  }
}

/** As the supervisor's, and each line says which worker. */
function loggerOf({ level, format }: StartOrder["config"]["logging"], worker: number): Logger {
  return createLogger({ level, pretty: format === "pretty" }).child({ worker });
}
