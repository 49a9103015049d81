/** A server by its configuration: started, changed while it runs, ended in order. */
import type { Caller, ClaimPeer, DiameterNode, Endpoint, TlsOptions } from "@diamgen/runtime";
import type { Logger } from "pino";
import { AccountingPipeline, type DeliveryEvent } from "../accounting/delivered.js";
import { AdminSocket, ServerOperations } from "../admin/index.js";
import type { ChallengeOptions, Throttle } from "../authentication/index.js";
import type { Config } from "../config/schema/index.js";
import { ExtraAvps } from "../diameter/extra-avps.js";
import { Monitor } from "../monitoring/monitor.js";
import { ServerMetrics } from "../monitoring/server-metrics.js";
import { ServiceHealth } from "../monitoring/service-health.js";
import { SipServer } from "../server.js";
import { openDatabase, type Stores } from "../store/index.js";
import { type ConfiguredPeer, isAccepted, isConfigured, peerKey } from "./accept.js";
import { type Changes, changesBetween, checkReload, reloaded } from "./changes.js";
import { databaseOptions } from "./database-options.js";
import { type Dictionaries, loadDictionaries } from "./dictionaries.js";
import { logDelivery } from "./log-delivery.js";
import { registrationOf } from "./registration.js";
import { loadTls } from "./tls.js";

const peerConfig = ({ identity, realm, ...peer }: ConfiguredPeer) => ({
  ...peer,
  originHost: identity,
  originRealm: realm,
});

/** One of several processes that are one server. */
export interface WorkerRole {
  /** Ends its Session-Ids. */
  readonly instance: string;
  /** Of all of them. */
  readonly originStateId: number;
  readonly claim: ClaimPeer;
  /** Peers that this one connects to, of those that are configured. */
  readonly share: readonly ConfiguredPeer[];
  /** Peers that an operator has taken out of service. */
  readonly barred: readonly string[];
  /** Failures of peers that were with another process before count here, too. */
  readonly throttle: Throttle;
  /** Of all of them. */
  readonly nonceUses: ChallengeOptions["uses"];
  /** Requests go by the process that has the peer. */
  readonly caller: (node: DiameterNode) => Caller;
}

/** What must be closed, in the end. */
interface Opened {
  readonly stores: Stores;
  readonly accounting: AccountingPipeline;
}

/** Keys are base64 in the configuration, whichever alphabet. */
function challengeOf(
  { authentication: { challenge } }: Config,
  uses: ChallengeOptions["uses"],
): ChallengeOptions | undefined {
  if (challenge === undefined) return undefined;
  const octets = (key: string) => Buffer.from(key, "base64");
  return { ...challenge, key: octets(challenge.key), previousKeys: challenge.previousKeys.map(octets), uses };
}

async function open(config: Config, log: Logger): Promise<Opened> {
  const stores = await openDatabase(await databaseOptions(config.database));
  try {
    const onEvent = (event: DeliveryEvent) => logDelivery(log, event);
    return {
      stores,
      accounting: await AccountingPipeline.open(config.accounting, { store: stores.accounting, onEvent }),
    };
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function close({ accounting, stores }: Opened): Promise<void> {
  await accounting.close();
  await stores.close();
}

export class Service implements AsyncDisposable {
  readonly server: SipServer;
  /** What an operator may ask of it. */
  readonly admin: ServerOperations;
  readonly #stores: Stores;
  readonly #accounting: AccountingPipeline;
  readonly #log: Logger;
  readonly #extraAvps: ExtraAvps;
  readonly #metrics: ServerMetrics | undefined;
  readonly #health: ServiceHealth | undefined;
  #monitor: Monitor | undefined;
  #adminSocket: AdminSocket | undefined;
  #config: Config;
  /** Those of `config` that this process connects to. */
  #share: readonly ConfiguredPeer[];
  /** Of peers that come and go: one order after the other. */
  #taking: Promise<void> = Promise.resolve();

  private constructor(
    config: Config,
    { stores, accounting }: Opened,
    extraAvps: ExtraAvps,
    tls: TlsOptions | undefined,
    log: Logger,
    role: WorkerRole | undefined,
  ) {
    this.#config = config;
    this.#share = role?.share ?? config.peers;
    this.#stores = stores;
    this.#accounting = accounting;
    this.#extraAvps = extraAvps;
    this.#log = log;
    this.#metrics = config.metrics && new ServerMetrics(config.metrics);
    const current = () => this.#config;
    this.server = new SipServer({
      originHost: config.identity,
      originRealm: config.realm,
      realms: config.realms,
      hostIpAddress: config.hostIpAddresses.length > 0 ? config.hostIpAddresses : undefined,
      listen: config.listen,
      peers: this.#share.map(peerConfig),
      tls,
      // Peers that another process connects to may come to this one. Its own are the node's to judge.
      accept: (originHost, _realm, secured) => {
        const { accept, acceptSecured, peers } = current();
        return (
          !this.admin.isBarred(originHost) &&
          (isAccepted(accept, originHost) ||
            (secured && isAccepted(acceptSecured, originHost)) ||
            (role !== undefined && isConfigured(peers, originHost, secured)))
        );
      },
      claim: role?.claim,
      instance: role?.instance,
      originStateId: role?.originStateId,
      caller: role?.caller,
      limits: config.limits,
      reconnectMs: config.timers.reconnectMs,
      watchdogMs: config.timers.watchdogMs,
      authentication: {
        get answerWithinMs() {
          return current().authentication.answerWithinMs;
        },
        get revealUnknownUser() {
          return current().authentication.revealUnknownUser;
        },
      },
      challenge: challengeOf(config, role?.nonceUses),
      throttle: role?.throttle ?? config.authentication.throttle,
      registration: registrationOf(current),
      onReject: () => current().authentication.onReject,
      accounting,
      interimIntervalSeconds: config.accounting.interimIntervalSeconds,
      realtimeRequired: config.accounting.realtimeRequired,
      extraAvps,
      stores,
      log,
      watch: this.#metrics,
    });
    const { subscribers } = stores;
    this.admin = new ServerOperations({ node: this.server.node, sipServers: this.server, subscribers, log });
    this.#health =
      this.#metrics &&
      new ServiceHealth({
        metrics: this.#metrics,
        node: this.server.node,
        stores,
        listens: config.listen.length,
        accounting,
      });
  }

  /**
   * Resolves when it listens. Rejects with a ConfigError, a StoreError or a DiameterError; then nothing is left open. With a `role`, it opens no
   * monitor: `health` is for whoever adds up all processes.
   */
  static async start(config: Config, log: Logger, role?: WorkerRole): Promise<Service> {
    const dictionaries = await loadDictionaries(config.dictionaries);
    const tls = await loadTls(config.tls);
    const opened = await open(config, log);
    let service: Service | undefined;
    try {
      const extraAvps = new ExtraAvps();
      service = new Service(config, opened, extraAvps, tls, log, role);
      service.#take(dictionaries);
      // Before the node: whoever asks meanwhile hears that it is not ready.
      if (role === undefined) {
        await service.#openMonitor();
        await service.#openAdmin();
      }
      service.admin.bar(role?.barred ?? []);
      await service.server.start();
      return service;
    } catch (error) {
      await service?.closeListeners();
      await close(opened);
      throw error;
    }
  }

  get config(): Config {
    return this.#config;
  }

  /** Where it listens, with real ports. */
  get addresses(): readonly Endpoint[] {
    return this.server.node.addresses;
  }

  /** What `/metrics` and `/readyz` say; undefined without `metrics` in the configuration. */
  get health(): ServiceHealth | undefined {
    return this.#health;
  }

  /** Where `/metrics`, `/healthz` and `/readyz` are. */
  get monitorAddress(): { readonly address: string; readonly port: number } | undefined {
    return this.#monitor?.address;
  }

  /**
   * Brings into force what may change while the server runs; connections stay. Rejects with a ConfigError where a dictionary or a certificate
   * cannot be used; then nothing has changed.
   *
   * @param share of a worker: the peers that it connects to from now on
   */
  async reload(config: Config, share: readonly ConfiguredPeer[] = config.peers): Promise<Changes> {
    const dictionaries = await loadDictionaries(config.dictionaries);
    const tls = await loadTls(config.tls);
    checkReload(this.#config, config);
    const changes = changesBetween(this.#config, config);
    if (tls !== undefined) this.server.node.setSecureContext(tls);
    await this.takePeers(share, config.peers);
    this.#take(dictionaries);
    this.#accounting.reopen();
    this.#log.level = config.logging.level;
    this.#config = reloaded(this.#config, config);
    return changes;
  }

  /** @internal Those for people and their programs. */
  async closeListeners(): Promise<void> {
    await Promise.all([this.#monitor?.close(), this.#adminSocket?.close()]);
  }

  async #openAdmin(): Promise<void> {
    const { admin: at } = this.#config;
    if (at !== undefined) this.#adminSocket = await AdminSocket.open({ at, operations: this.admin, log: this.#log });
  }

  async #openMonitor(): Promise<void> {
    const { metrics: at } = this.#config;
    if (at === undefined || this.#health === undefined) return;
    this.#monitor = await Monitor.open({ at, source: this.#health, log: this.#log });
  }

  /**
   * Connects to these peers, in place of those before. One that has changed leaves and comes again, others keep their connections.
   *
   * @internal
   */
  takePeers(share: readonly ConfiguredPeer[], configured = this.#config.peers): Promise<void> {
    const taken = this.#taking.then(() => this.#takePeers(share, configured));
    this.#taking = taken.catch(() => {});
    return taken;
  }

  async #takePeers(share: readonly ConfiguredPeer[], configured: readonly ConfiguredPeer[]): Promise<void> {
    const known = this.server.node.peers;
    const { timeoutMs } = this.#config.shutdown;
    const wanted = new Set(share.map(peerKey));
    const had = new Set(this.#share.map(peerKey));
    const gone = this.#share.filter((peer) => !wanted.has(peerKey(peer)));
    this.#share = share;
    const stay = new Set(configured.map(peerKey));
    const leave = (peer: ConfiguredPeer) => {
      const { identity, host, port } = peer;
      // Another process connects to it then: it is not unwanted.
      return known.remove(identity ?? { host, port }, {
        timeoutMs,
        ...(stay.has(peerKey(peer)) && { cause: "REBOOTING" }),
      });
    };
    await Promise.all(gone.map(leave));
    for (const peer of share) {
      if (had.has(peerKey(peer))) continue;
      known.add(peerConfig(peer));
      if (peer.identity !== undefined && this.admin.isBarred(peer.identity)) this.admin.bar([peer.identity]);
    }
  }

  #take({ dictionary, isExtra, warnings }: Dictionaries): void {
    for (const { code, at, message, hint } of warnings?.diagnostics ?? [])
      this.#log.warn({ code, at: `${at.file}:${at.line}:${at.column}`, hint }, message);
    this.#extraAvps.replace(dictionary, isExtra);
  }

  /** Peers are told, what is being answered is finished, spool, files and database are closed: within twice `shutdown.timeoutMs`. */
  async stop(): Promise<void> {
    const { timeoutMs } = this.#config.shutdown;
    this.#health?.drain();
    await this.server.stop({ timeoutMs });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), timeoutMs);
    });
    const closed = await Promise.race([close({ stores: this.#stores, accounting: this.#accounting }), late]);
    clearTimeout(timer);
    await this.closeListeners();
    if (closed === "late") this.#log.error({ timeoutMs }, "accounting and the database did not finish in time");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
