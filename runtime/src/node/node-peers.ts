/** The peers of a node, for its program: looked at, and changed while the node runs. */
import { ConfigurationError } from "../errors.js";
import { DisconnectCause } from "../peer/base-messages.js";
import { sameIdentity } from "../peer/election.js";
import type { Peer } from "../peer/peer.js";
import type { PeerConfig } from "../peer/peer-types.js";
import type { PeerInfo } from "./events.js";
import { peerInfo } from "./peer-info.js";
import type { Peers } from "./peers.js";
import { portOf } from "./security.js";
import type { StopCause } from "./stop.js";

/** Which peer: its Origin-Host or, for a configured peer whose name is not known, the place that it is configured with. */
export type PeerId = string | { readonly host: string; readonly port?: number | undefined };

/** How a peer is taken out of service. */
export interface DepartureSettings {
  /**
   * True, and where left out: our requests that it has are waited for before the DPR. False: they are sent to other peers at once, with the T
   * bit; those that no other peer may have are waited for.
   */
  readonly drain?: boolean | undefined;
  /** Milliseconds to wait for them, then they are failed over as well; 5000 where left out. The DPA then has `limits.closeTimeoutMs`. */
  readonly timeoutMs?: number | undefined;
  /** Disconnect-Cause of the DPR (RFC 6733 section 5.4.3); "DO_NOT_WANT_TO_TALK_TO_YOU" where left out: it should not come back. */
  readonly cause?: StopCause | undefined;
}

/**
 * `node.peers`: as they are at the moment, in the order of the configuration, then of their coming.
 *
 * ```ts
 * for (const peer of node.peers) console.log(peer.originHost, peer.state, peer.watchdog);
 * node.peers.add({ host: "192.0.2.7", originHost: "hss7.example" });
 * await node.peers.remove("hss3.example");
 * ```
 */
export class NodePeers implements Iterable<PeerInfo> {
  readonly #peers: Peers;
  readonly #node: { readonly isRunning: boolean };

  /** @internal */
  constructor(peers: Peers, node: { readonly isRunning: boolean }) {
    this.#peers = peers;
    this.#node = node;
  }

  [Symbol.iterator](): IterableIterator<PeerInfo> {
    return this.list()[Symbol.iterator]();
  }

  get size(): number {
    return this.#peers.table.size;
  }

  /** A snapshot of all. */
  list(): PeerInfo[] {
    return [...this.#peers.table].map(peerInfo);
  }

  /** One of them; undefined where there is none. */
  get(id: PeerId): PeerInfo | undefined {
    const peer = this.#find(id);
    return peer && peerInfo(peer);
  }

  /**
   * Configures a peer; a running node connects to it from now on (`node.connect` waits until it has). Where it is connected to us already, that
   * connection is used, and the configuration counts once it has gone.
   *
   * @throws {ConfigurationError} it is configured already, differently
   */
  add(config: PeerConfig): PeerInfo {
    const peer = this.#peers.configure(config);
    if (this.#node.isRunning && peer.enabled) void this.#peers.open(peer);
    return peerInfo(peer);
  }

  /**
   * Takes a peer out of service and forgets it; resolves when it is disconnected. Requests are routed elsewhere from the call on. A peer that
   * came by itself is disconnected, and may come back where `options.accept` lets it.
   *
   * @throws {ConfigurationError} there is no such peer
   */
  async remove(id: PeerId, settings: DepartureSettings = {}): Promise<void> {
    await this.#peers.remove(this.#require(id), departure(settings));
  }

  /**
   * Takes a configured peer out of service until `enable`; resolves when it is disconnected. It gets no requests from the call on, is not
   * connected to, and its own CERs are answered with 3010 (DIAMETER_UNKNOWN_PEER).
   *
   * @throws {ConfigurationError} there is no such peer, or it is not configured
   */
  async disable(id: PeerId, settings: DepartureSettings = {}): Promise<void> {
    await this.#peers.disable(this.#configured(id), departure(settings));
  }

  /**
   * Puts it in service again; a running node connects to it now. One that was not disconnected yet stays connected.
   *
   * @throws {ConfigurationError} there is no such peer, or it is not configured
   */
  enable(id: PeerId): void {
    this.#peers.enable(this.#configured(id), this.#node.isRunning);
  }

  #configured(id: PeerId): Peer {
    const peer = this.#require(id);
    if (peer.config === undefined)
      throw new ConfigurationError(
        `${peer.originHost} is not configured: options.accept decides whether it may connect`,
      );
    return peer;
  }

  #require(id: PeerId): Peer {
    const peer = this.#find(id);
    if (peer !== undefined) return peer;
    throw new ConfigurationError(`there is no peer ${typeof id === "string" ? id : `at ${id.host}:${portOf(id)}`}`);
  }

  #find(id: PeerId): Peer | undefined {
    const { table } = this.#peers;
    if (typeof id === "string") {
      // Its configuration first: a connection of its own may stand beside it.
      for (const peer of table)
        if (peer.config !== undefined && peer.originHost !== undefined && sameIdentity(peer.originHost, id))
          return peer;
      return table.find(id);
    }
    for (const peer of table)
      if (peer.config?.host === id.host && portOf(peer.config) === portOf({ ...peer.config, port: id.port }))
        return peer;
    return undefined;
  }
}

function departure({ drain = true, timeoutMs = 5_000, cause = "DO_NOT_WANT_TO_TALK_TO_YOU" }: DepartureSettings) {
  return { drain, timeoutMs, disconnectCause: DisconnectCause[cause] };
}
