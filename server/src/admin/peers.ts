/** Peers as an operator sees them, and takes them out of service; also those who connect by themselves and are nowhere configured. */
import type { DepartureSettings, DiameterNode, PeerId, PeerInfo, PeerStatistics } from "@diamgen/runtime";
import { AdminError } from "./admin-error.js";
import type { PeerView } from "./operations.js";
import type { AdminRequests } from "./requests.js";

export interface AdministeredPeers {
  readonly node: Pick<DiameterNode, "peers" | "statistics">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Departure = AdminRequests["peers.disable"];

const NOTHING = { sent: 0, received: 0 };

export class AdminPeers {
  readonly #node: AdministeredPeers["node"];
  readonly #now: () => number;
  /** Origin-Hosts in lower case that are not welcome, though `accept` would have them; with the time since when. */
  readonly #barred = new Map<string, { readonly name: string; readonly since: number }>();

  constructor({ node, now }: AdministeredPeers) {
    this.#node = node;
    this.#now = now;
  }

  /** True while a peer that is not configured is out of service: to be asked before `accept` of the configuration. */
  isBarred(originHost: string): boolean {
    return this.#barred.size > 0 && this.#barred.has(originHost.toLowerCase());
  }

  list(): PeerView[] {
    const counted = new Map(this.#node.statistics().peers.map((peer) => [peer.peer, peer]));
    const views = this.#node.peers.list().map((info) => view(info, counted.get(nameOf(info).toLowerCase())));
    const there = new Set(views.map(({ name }) => name.toLowerCase()));
    for (const [key, { name, since }] of this.#barred)
      if (!there.has(key)) views.push(barredView(name, since, counted.get(key)));
    return views;
  }

  /** Until `enable`, or until the process ends. */
  async disable({ peer: name, ...departure }: Departure): Promise<PeerView[]> {
    const info = this.#find(name);
    if (info === undefined) {
      if (this.isBarred(name)) return this.#named(name);
      throw unknown(name);
    }
    if (info.configured) await this.#node.peers.disable(idOf(info), settings(departure));
    else {
      const originHost = info.originHost ?? name;
      this.#barred.set(originHost.toLowerCase(), { name: originHost, since: this.#now() });
      await this.#node.peers.remove(originHost, settings(departure));
    }
    return this.#named(name);
  }

  /** Not welcome, whether or not it is there: where another process has it, or had. One that is configured here is out of service. */
  bar(name: string): void {
    const info = this.#find(name);
    if (info?.configured) void this.#node.peers.disable(idOf(info)).catch(() => {});
    else this.#barred.set(name.toLowerCase(), { name, since: this.#now() });
  }

  enable({ peer: name }: AdminRequests["peers.enable"]): PeerView[] {
    const wasBarred = this.#barred.delete(name.toLowerCase());
    const info = this.#find(name);
    if (info === undefined && !wasBarred) throw unknown(name);
    if (info?.configured) this.#node.peers.enable(idOf(info));
    return this.#named(name);
  }

  /** DPR; afterwards it is connected to again, or may come again. */
  async disconnect({ peer: name, cause = "REBOOTING", ...departure }: Departure): Promise<PeerView[]> {
    const info = this.#find(name);
    if (info === undefined) throw unknown(name);
    if (!info.enabled) throw new AdminError("ADMIN_IMPOSSIBLE", `${name} is out of service`);
    const id = idOf(info);
    if (info.configured) {
      await this.#node.peers.disable(id, settings({ cause, ...departure }));
      this.#node.peers.enable(id);
    } else await this.#node.peers.remove(id, settings({ cause, ...departure }));
    return this.#named(name);
  }

  #find(name: string): PeerInfo | undefined {
    const wanted = name.toLowerCase();
    const found = this.#node.peers.list().filter((info) => nameOf(info).toLowerCase() === wanted);
    return found.find(({ configured }) => configured) ?? found[0];
  }

  #named(name: string): PeerView[] {
    const wanted = name.toLowerCase();
    return this.list().filter((peer) => peer.name.toLowerCase() === wanted);
  }
}

/** As statistics name it, but for the case. */
export function nameOf({ originHost, remote }: PeerInfo): string {
  return originHost ?? `${remote?.address ?? ""}:${remote?.port ?? 0}`;
}

/** Without a name it is not connected, and `remote` is the place that is configured. */
function idOf({ originHost, remote }: PeerInfo): PeerId {
  return originHost ?? { host: remote?.address ?? "", port: remote?.port };
}

function settings({ cause, drain, timeoutMs }: Omit<Departure, "peer">): DepartureSettings {
  return { cause, drain, timeoutMs };
}

function unknown(name: string): AdminError {
  return new AdminError("ADMIN_NO_SUCH_PEER", `there is no peer ${name}`);
}

function view(info: PeerInfo, counted: PeerStatistics | undefined): PeerView {
  return {
    name: nameOf(info),
    originRealm: info.originRealm,
    state: info.state,
    watchdog: info.watchdog,
    since: info.since ?? 0,
    remote: info.remote,
    transport: info.transport,
    protocol: info.security?.protocol,
    applications: info.applications,
    relay: info.relay,
    productName: info.productName,
    configured: info.configured,
    enabled: info.enabled,
    pending: info.pending,
    serving: info.serving,
    ...countersOf(counted),
  };
}

function barredView(name: string, since: number, counted: PeerStatistics | undefined): PeerView {
  return {
    name,
    state: "Closed",
    watchdog: "INITIAL",
    since,
    applications: [],
    relay: false,
    configured: false,
    enabled: false,
    pending: 0,
    serving: 0,
    ...countersOf(counted),
  };
}

function countersOf(counted: PeerStatistics | undefined) {
  const total = (what: "requests" | "answers") =>
    (counted?.commands ?? []).reduce(
      (sum, { [what]: { sent, received } }) => ({ sent: sum.sent + sent, received: sum.received + received }),
      NOTHING,
    );
  return {
    requests: total("requests"),
    answers: total("answers"),
    octets: counted?.octets ?? NOTHING,
    timeouts: counted?.timeouts ?? 0,
    failovers: counted?.failovers ?? 0,
  };
}
