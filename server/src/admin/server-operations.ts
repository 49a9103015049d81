/** What an operator may ask, on the server of this process. */
import { ConfigurationError, type DiameterNode } from "@diamgen/runtime";
import type { Logger } from "pino";
import { type SipUser, userOfName } from "../registration/index.js";
import type { SipServer } from "../server.js";
import { StoreError, type SubscriberStore } from "../store/index.js";
import { VERSION } from "../version.js";
import { AdminError } from "./admin-error.js";
import type { AdminOperations, AdminResponses, TraceEvent } from "./operations.js";
import { outcomeView } from "./outcomes.js";
import { AdminPeers } from "./peers.js";
import {
  type AdminOperation,
  type AdminRequests,
  isAdminOperation,
  parseRequest,
  parseTraceRequest,
  type TraceRequest,
} from "./requests.js";
import { Traces } from "./traces.js";

/** The server that is looked after. */
export interface Administered {
  readonly node: Pick<
    DiameterNode,
    "originHost" | "originRealm" | "addresses" | "peers" | "statistics" | "onMessage" | "isRunning"
  >;
  readonly sipServers: Pick<SipServer, "terminateRegistration" | "pushProfile">;
  /** Where subscribers are kept in memory. */
  readonly subscribers: Pick<SubscriberStore, "invalidate">;
  readonly log: Logger;
}

type Handlers = {
  readonly [O in AdminOperation]: (request: AdminRequests[O]) => AdminResponses[O] | Promise<AdminResponses[O]>;
};

export class ServerOperations implements AdminOperations {
  readonly #server: Administered;
  readonly #peers: AdminPeers;
  readonly #traces: Traces;
  readonly #startedAt = Date.now();

  readonly #handlers: Handlers = {
    status: () => this.#status(),
    "peers.list": () => ({ peers: this.#peers.list() }),
    "peers.disable": async (request) => ({ peers: await this.#peers.disable(request) }),
    "peers.enable": (request) => ({ peers: this.#peers.enable(request) }),
    "peers.disconnect": async (request) => ({ peers: await this.#peers.disconnect(request) }),
    statistics: () => this.#server.node.statistics(),
    "log.level": (request) => this.#logLevel(request),
    "registrations.terminate": async ({ user, ...request }) => {
      const outcomes = await this.#server.sipServers.terminateRegistration({ ...userOf(user), ...request });
      return { outcomes: outcomes.map(outcomeView) };
    },
    "registrations.push": async ({ user, ...request }) => {
      const outcomes = await this.#server.sipServers.pushProfile({ ...userOf(user), ...request });
      return { outcomes: outcomes.map(outcomeView) };
    },
    "subscribers.forget": ({ user }) => {
      // The last "@", as the command line has it: a domain has none.
      const at = user.lastIndexOf("@");
      this.#server.subscribers.invalidate?.(user.slice(0, at), user.slice(at + 1));
      return { user };
    },
  };

  constructor(server: Administered) {
    this.#server = server;
    this.#peers = new AdminPeers({ node: server.node, now: Date.now });
    this.#traces = new Traces(server.node);
  }

  /** A peer that an operator took out of service and that is not configured: it is not welcome. */
  isBarred(originHost: string): boolean {
    return this.#peers.isBarred(originHost);
  }

  /** Takes peers out of service that need not be there. */
  bar(names: readonly string[]): void {
    for (const name of names) this.#peers.bar(name);
  }

  async call<O extends AdminOperation>(operation: O, request: AdminRequests[O]): Promise<AdminResponses[O]> {
    if (!isAdminOperation(operation))
      throw new AdminError("ADMIN_UNKNOWN_OPERATION", `there is no operation ${String(operation)}`);
    const checked = parseRequest(operation, request);
    const { log } = this.#server;
    try {
      const response = await this.#handlers[operation](checked);
      if (changes(operation, checked)) log.info({ operation, request: checked }, "done for an operator");
      return response;
    } catch (error) {
      const told = adminError(error);
      if (told.code === "ADMIN_FAILED") log.error({ operation, err: error }, "an operator's request failed");
      throw told;
    }
  }

  async trace(request: TraceRequest, show: (event: TraceEvent) => void): Promise<() => void> {
    const checked = parseTraceRequest(request);
    const stop = this.#traces.start(checked, show);
    this.#server.log.info({ request: checked }, "an operator traces messages");
    return stop;
  }

  #status(): AdminResponses["status"] {
    const { originHost, originRealm, addresses } = this.#server.node;
    return {
      version: VERSION,
      identity: originHost,
      realm: originRealm,
      pid: process.pid,
      startedAt: this.#startedAt,
      listening: addresses.map(({ address, port }) => ({ address, port })),
    };
  }

  #logLevel({ level }: AdminRequests["log.level"]): AdminResponses["log.level"] {
    const { log } = this.#server;
    if (level !== undefined) log.level = level;
    return { level: log.level };
  }
}

/** What is worth a line in the log. */
function changes<O extends AdminOperation>(operation: O, request: AdminRequests[O]): boolean {
  if (operation === "log.level") return Object.keys(request).length > 0;
  return operation !== "status" && operation !== "peers.list" && operation !== "statistics";
}

/** The form of the request has made sure of a domain. */
function userOf(name: string): SipUser {
  return userOfName(name, "");
}

/** Whatever was thrown, in an operator's terms. */
export function adminError(thrown: unknown): AdminError {
  if (thrown instanceof AdminError) return thrown;
  // What the node says of peers that are not there, or cannot be enabled now.
  if (thrown instanceof ConfigurationError) return new AdminError("ADMIN_IMPOSSIBLE", thrown.message);
  if (thrown instanceof StoreError)
    return new AdminError(thrown.code === "STORE_INVALID" ? "ADMIN_INVALID" : "ADMIN_DATABASE", thrown.message);
  return new AdminError("ADMIN_FAILED", "it failed; the log of the server says why");
}
