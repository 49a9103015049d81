/** The node's peers: made, found, opened and closed here; what they need of the node, and what they tell it. */
import { isDeepStrictEqual } from "node:util";
import type { RawMessage } from "../codec/raw-message.js";
import { ConfigurationError, NodeStoppedError } from "../errors.js";
import { AvpCode } from "../peer/base-avps.js";
import type { Capabilities } from "../peer/base-messages.js";
import { accepts, type Standing } from "../peer/capabilities.js";
import { sameIdentity, winsElection } from "../peer/election.js";
import type { InbandSecurity } from "../peer/inband.js";
import type { Link, LinkEnvironment } from "../peer/link.js";
import { Peer } from "../peer/peer.js";
import type { CloseReason, PeerConfig } from "../peer/peer-types.js";
import { endToEndSequence, type Sequence } from "../routing/identifiers.js";
import { PeerTable } from "../routing/peer-table.js";
import type { Requester } from "../routing/requester.js";
import type { Connection, Endpoint, Transport } from "../transport/transport.js";
import { Acceptor, type AcceptorHost } from "./acceptor.js";
import { Claims } from "./claims.js";
import { type DepartureOptions, Departures } from "./departures.js";
import type { NodeEmitter } from "./events.js";
import type { NodeStatistics } from "./node-statistics.js";
import type { Settings } from "./options.js";
import { OriginStates, originStateIn } from "./origin-states.js";
import { checkedPeer } from "./peer-config.js";
import { peerInfo } from "./peer-info.js";
import { credentialsOf, inbandOf, isProtected, portOf, referenceIdentity } from "./security.js";
import type { RequestServer } from "./server.js";
import { type MessageTap, Taps } from "./taps.js";

/** The rest of the node, as its peers see it. */
export interface PeersHost {
  readonly settings: Settings;
  readonly events: NodeEmitter;
  readonly requester: Requester;
  readonly server: RequestServer;
  readonly statistics: NodeStatistics;
}

export class Peers implements AcceptorHost {
  readonly table = new PeerTable();
  readonly acceptor: Acceptor;
  readonly clock: Settings["clock"];
  readonly random: Settings["random"];
  readonly limits: Settings["limits"];
  readonly local: Settings["local"];
  readonly known: AcceptorHost["known"];
  readonly twinitMs: number;
  readonly tcMs: number;
  readonly claims: Claims | undefined;
  tap: LinkEnvironment["tap"];
  private readonly host: PeersHost;
  private readonly endToEnd: Sequence;
  private readonly originStates = new OriginStates();
  private readonly taps: Taps;
  private readonly departures: Departures;
  private readonly removing = new Set<Peer>();
  /** Those who wait until a peer is open or closed. */
  private readonly waiters = new Map<Peer, ((reason: CloseReason | undefined) => void)[]>();
  private stopping = false;

  constructor(host: PeersHost) {
    const { settings } = host;
    this.host = host;
    this.clock = settings.clock;
    this.random = settings.random;
    this.limits = settings.limits;
    this.local = settings.local;
    this.known = [...settings.applications.flatMap(({ avps }) => avps), ...settings.extensions];
    this.twinitMs = settings.twinitMs;
    this.tcMs = settings.tcMs;
    this.endToEnd = endToEndSequence(settings.clock.now(), settings.random);
    this.claims = settings.claim && new Claims(settings.claim);
    this.acceptor = new Acceptor(this);
    this.taps = new Taps(settings);
    this.departures = new Departures({ settings, failover: (peer, link) => host.requester.failover(peer, link) });
  }

  nextEndToEnd(): number {
    return this.endToEnd.next();
  }

  /**
   * The peer that the node connects to by this configuration; not started. One that is there already is that one.
   *
   * @throws {ConfigurationError} it is configured already, differently
   */
  configure(given: PeerConfig): Peer {
    this.transport(given);
    const config = checkedPeer(given, this.host.settings.tls);
    if (this.claims !== undefined && config.originHost === undefined)
      throw new ConfigurationError(`peers: ${config.host} needs an originHost, for options.claim asks who has it`);
    for (const peer of this.table) {
      const same = peer.config;
      if (same === undefined) continue;
      const samePlace = same.host === config.host && portOf(same) === portOf(config);
      if (samePlace && same.originHost === config.originHost) {
        if (this.removing.has(peer)) throw new ConfigurationError(`peers: ${config.host} is being removed: await that`);
        if (isSame(same, config)) return peer;
        throw new ConfigurationError(`peers: ${config.host} is configured already, differently: remove it first`);
      }
      if (
        config.originHost !== undefined &&
        same.originHost !== undefined &&
        sameIdentity(config.originHost, same.originHost)
      )
        throw new ConfigurationError(`peers: ${config.originHost} is configured with another address already`);
    }
    const peer = new Peer(this, config);
    this.table.add(peer);
    this.host.events.tell("peer:add", () => [peerInfo(peer)]);
    return peer;
  }

  /** Starts it, and resolves with why it did not open, or undefined where it did. */
  open(peer: Peer): Promise<CloseReason | undefined> {
    if (peer.isOpen) return Promise.resolve(undefined);
    if (!peer.enabled) return Promise.resolve({ message: "the peer is out of service" });
    // Section 2.1: one connection with one peer. Opened when that one has gone.
    if (this.visitor(peer) !== undefined)
      return Promise.resolve({ message: `there is a connection with ${peer.originHost} already` });
    return new Promise((resolve) => {
      this.wait(peer, resolve);
      peer.start();
    });
  }

  /** DPR to all; resolves when all are closed. */
  async stop(disconnectCause: number, timeoutMs: number): Promise<void> {
    this.stopping = true;
    this.acceptor.stop();
    const closed = [...this.table].map(
      (peer) =>
        new Promise<void>((resolve) => {
          this.wait(peer, () => resolve());
          peer.stop(disconnectCause, timeoutMs);
          if (peer.state === "Closed") this.settle(peer, { message: "the node was stopped" });
        }),
    );
    await Promise.all(closed);
  }

  /** Forgets it; resolves when it is disconnected. */
  async remove(peer: Peer, options: DepartureOptions): Promise<void> {
    const again = this.removing.has(peer);
    this.removing.add(peer);
    peer.enabled = false;
    this.host.requester.peersChanged();
    await this.departures.depart(peer, options);
    this.removing.delete(peer);
    if (again || peer.config === undefined) return;
    this.table.remove(peer);
    this.host.events.tell("peer:remove", () => [peerInfo(peer)]);
  }

  /** Out of service; resolves when it is disconnected. */
  disable(peer: Peer, options: DepartureOptions): Promise<void> {
    if (peer.enabled) {
      peer.enabled = false;
      this.host.events.tell("peer:disable", () => [peerInfo(peer)]);
      this.host.requester.peersChanged();
    }
    return this.departures.depart(peer, options);
  }

  /** In service again; `start`: the node runs. */
  enable(peer: Peer, start: boolean): void {
    if (peer.enabled) return;
    if (this.removing.has(peer))
      throw new ConfigurationError(`${peer.originHost ?? peer.config?.host} is being removed`);
    peer.enabled = true;
    this.host.events.tell("peer:enable", () => [peerInfo(peer)]);
    // Where it is closing still, `closed` opens it.
    if (this.departures.cancel(peer)) this.host.requester.peersChanged();
    else if (start && peer.state === "Closed") void this.open(peer);
  }

  /** A connection that this configured peer has made by itself, before it was configured. */
  private visitor(peer: Peer): Peer | undefined {
    const other = peer.originHost === undefined ? undefined : this.table.find(peer.originHost);
    return other !== peer && other?.config === undefined ? other : undefined;
  }

  addTap(tap: MessageTap): () => void {
    this.taps.add(tap);
    this.tap = (direction, link, raw) => this.taps.show(direction, link, raw);
    return () => {
      this.taps.remove(tap);
      if (this.taps.size === 0) this.tap = undefined;
    };
  }

  private wait(peer: Peer, waiter: (reason: CloseReason | undefined) => void): void {
    this.waiters.set(peer, [...(this.waiters.get(peer) ?? []), waiter]);
  }

  private settle(peer: Peer, reason: CloseReason | undefined): void {
    const waiters = this.waiters.get(peer) ?? [];
    this.waiters.delete(peer);
    for (const waiter of waiters) waiter(reason);
  }

  // What peers need

  connect(config: PeerConfig, signal: AbortSignal): Promise<Connection> {
    const { claims } = this;
    const { originHost } = config;
    if (claims === undefined || originHost === undefined) return this.dial(config, signal);
    return claims.connecting(
      { originHost, address: config.host, clock: this.clock, timeoutMs: this.limits.cerTimeoutMs, signal },
      (until) => this.dial(config, until),
    );
  }

  private dial(config: PeerConfig, signal: AbortSignal): Promise<Connection> {
    const where = { host: config.host, port: portOf(config) };
    const tls = credentialsOf(config, this.host.settings.tls);
    const { limits, clock } = this;
    return this.transport(config).connect(where, { signal, limits, clock, tls, identity: referenceIdentity(config) });
  }

  inband(config: PeerConfig): InbandSecurity | undefined {
    return inbandOf(config, this.host.settings.tls);
  }

  private transport({ transport = "tcp" }: PeerConfig): Transport {
    const found = this.host.settings.transports.get(transport);
    if (found !== undefined) return found;
    throw new ConfigurationError(`there is no transport "${transport}": give one in options.transports`);
  }

  identify(peer: Peer, originHost: string): string | undefined {
    if (sameIdentity(originHost, this.local.originHost)) return "the peer has my own Origin-Host";
    const other = this.table.find(originHost);
    // Both sides connected, and neither knew whom it would reach: an election all the same, with the outcome of section 5.6.4. The
    // winner's responder connection stays, which is the loser's initiator connection.
    if (
      other !== undefined &&
      other !== peer &&
      other.config === undefined &&
      !winsElection(this.local.originHost, originHost)
    )
      other.destroy("the connection lost the election");
    return this.table.identify(peer, originHost);
  }

  heard(peer: Peer, raw: RawMessage): void {
    this.noteState(peer, originStateIn(raw, peer.originHost ?? ""));
  }

  private noteState(peer: Peer, value: number): void {
    const { remote, originHost } = peer;
    if (remote === undefined || originHost === undefined) return;
    const before = this.originStates.note(originHost, value);
    if (value > (remote.originStateId ?? 0)) peer.remote = { ...remote, originStateId: value };
    if (before === undefined) return;
    this.host.statistics.of(peer).restarts++;
    this.host.events.tell("peer:restart", () => [peerInfo(peer), { before, now: value }]);
  }

  process(peer: Peer, link: Link, raw: RawMessage): void {
    if (raw.isRequest) {
      if (raw.find(AvpCode.ORIGIN_STATE_ID) >= 0) this.heard(peer, raw);
      this.host.server.serve(peer, link, raw);
      return;
    }
    const request = link.pending.take(raw);
    if (request === undefined) {
      this.unexpected(peer, raw);
      return;
    }
    request.onAnswer(raw, link);
    link.onSettled?.();
  }

  released(link: Link): void {
    this.host.statistics.released(link);
    this.claims?.release(link.connection);
  }

  paused({ connection }: Link): void {
    const { remote, kind, buffered } = connection;
    this.host.events.tell("connection:paused", () => [{ remote, transport: kind, queuedOctets: buffered }]);
  }

  overdue({ connection: { remote, kind } }: Link): void {
    this.host.events.tell("connection:overdue", () => [{ remote, transport: kind }]);
  }

  unexpected(peer: Peer, { commandCode, applicationId, hopByHop, endToEnd }: RawMessage): void {
    const counters = this.host.statistics.of(peer);
    if (peer.link?.pending.isFree(hopByHop) === false) counters.mismatched++;
    else counters.unknown++;
    this.host.events.tell("answer:unexpected", () => [
      { peer: peerInfo(peer), commandCode, applicationId, hopByHop, endToEnd },
    ]);
  }

  connected(peer: Peer, link: Link): void {
    this.taps.name(link, peer);
  }

  opened(peer: Peer, link: Link): void {
    this.host.statistics.opened(peer, link);
    this.host.events.tell("peer:open", () => [peerInfo(peer)]);
    this.noteState(peer, peer.remote?.originStateId ?? 0);
    this.settle(peer, undefined);
    this.host.requester.peersChanged();
  }

  closed(peer: Peer, link: Link | undefined, reason: CloseReason): void {
    // Section 5.3: the entry of a peer that is not configured lives as long as its connection.
    if (peer.config === undefined) this.table.remove(peer);
    this.host.statistics.closed(peer, link !== undefined);
    const departed = this.departures.closed(peer);
    if (link !== undefined) {
      this.host.requester.connectionLost(peer, link, reason.message);
      for (const serving of link.serving)
        serving.abandon(new NodeStoppedError(`the connection is gone: ${reason.message}`));
      link.serving.clear();
    }
    this.host.events.tell("peer:close", () => [peerInfo(peer), reason]);
    this.settle(peer, reason);
    this.host.requester.peersChanged();
    this.reopen(peer, departed);
  }

  /** A peer that was enabled again while it was going, or configured while a connection of its own was there. */
  private reopen(closed: Peer, departed: boolean): void {
    if (this.stopping) return;
    const peer = closed.config === undefined ? this.table.find(closed.originHost ?? "") : departed ? closed : undefined;
    if (peer?.config !== undefined && peer.enabled && peer.state === "Closed") void this.open(peer);
  }

  failover(peer: Peer, link: Link): void {
    this.host.statistics.of(peer).suspected++;
    this.host.events.tell("peer:suspect", () => [peerInfo(peer)]);
    this.host.requester.failover(peer, link);
  }

  failback(peer: Peer): void {
    this.host.events.tell("peer:okay", () => [peerInfo(peer)]);
    this.host.requester.peersChanged();
  }

  // What the acceptor needs

  standing(originHost: string, originRealm: string, secured: boolean): Standing {
    const config = this.table.find(originHost)?.config;
    return {
      welcome: this.welcome(originHost, originRealm, secured),
      protectedOnly: config !== undefined && isProtected(config),
    };
  }

  private welcome(originHost: string, originRealm: string, secured: boolean): boolean {
    if (this.stopping) return false;
    const peer = this.table.find(originHost);
    const realm = peer?.originRealm;
    if (realm !== undefined && !sameIdentity(realm, originRealm)) return false;
    if (peer?.config !== undefined || peer?.enabled === false) return peer.enabled;
    return accepts(this.host.settings.accept, originHost, originRealm, secured);
  }

  accepted(link: Link, cer: Capabilities, raw: RawMessage): void {
    this.table.find(cer.originHost)?.noteRestart(link, cer);
    // Only now: a peer that is not configured goes with its connection.
    let peer = this.table.find(cer.originHost);
    if (peer === undefined) {
      peer = new Peer(this);
      peer.originHost = cer.originHost;
      this.table.add(peer);
    }
    this.taps.name(link, peer);
    peer.accept(link, cer, raw);
  }

  refused(remote: Endpoint, originHost: string | undefined, resultCode: number | undefined, message: string): void {
    this.host.events.tell("connection:refused", () => [{ remote, originHost, resultCode, message }]);
  }
}

/** Two configurations of one place that mean the same. */
function isSame(one: PeerConfig, other: PeerConfig): boolean {
  const { port: _, tls, ...rest } = one;
  const { port: __, tls: otherTls, ...otherRest } = other;
  const names = new Set([...Object.keys(rest), ...Object.keys(otherRest)]) as Set<keyof typeof rest>;
  // Credentials do not tell what is in them: the same are the same object.
  if (portOf(one) !== portOf(other) || tls !== otherTls) return false;
  return [...names].every((name) => isDeepStrictEqual(rest[name], otherRest[name]));
}
