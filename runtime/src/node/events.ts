/** What a node tells: by `node.on(name, ...)`, and on the diagnostics channel "diamgen:<name>" as `{ node, args }`. */
import diagnostics from "node:diagnostics_channel";
import type { AnyCommand } from "../codegen/types.js";
import type { State } from "../peer/machine.js";
import type { CloseReason } from "../peer/peer-types.js";
import type { WatchdogStatus } from "../peer/watchdog.js";
import type { SecurityInfo } from "../transport/security.js";
import type { Endpoint, TransportKind } from "../transport/transport.js";
import { Emitter } from "./emitter.js";

/** A peer as it is at the moment. */
export interface PeerInfo {
  /** As its CER or CEA says, or as configured; undefined for a configured peer that was never reached. */
  readonly originHost: string | undefined;
  readonly originRealm: string | undefined;
  /** State of the peer state machine: RFC 6733 section 5.6. */
  readonly state: State;
  /** When it came into this state, in milliseconds since 1970 by the node's clock; undefined for a connection that belongs to no peer yet. */
  readonly since: number | undefined;
  /** Status of the watchdog: RFC 3539 appendix A. Requests are sent where it is OKAY. */
  readonly watchdog: WatchdogStatus;
  /** Where it is connected, or "" and what is configured. */
  readonly remote: Endpoint | undefined;
  /** What it is connected by, or would be. */
  readonly transport: TransportKind | undefined;
  /** TLS of the connection, and who the peer is by its certificate; undefined where nothing protects it, or there is no connection. */
  readonly security: SecurityInfo | undefined;
  /** Application ids that it advertised, in whichever AVP. */
  readonly applications: readonly number[];
  /** It advertised the Relay application. */
  readonly relay: boolean;
  readonly productName: string | undefined;
  readonly firmwareRevision: number | undefined;
  /** The highest Origin-State-Id that it has said, in its CER or CEA or later (RFC 6733 section 8.16). */
  readonly originStateId: number | undefined;
  /** Requests sent to it and not answered. */
  readonly pending: number;
  /** Requests of its own that are being served. */
  readonly serving: number;
  /** Configured: the node connects to it. Otherwise it connected to us and is forgotten when it goes. */
  readonly configured: boolean;
  /** False after `node.peers.disable`, and while it is being removed: it gets no requests, and is not welcome. */
  readonly enabled: boolean;
}

export interface NodeEvents {
  /** A peer was configured while the node exists: `node.peers.add` or `node.connect`. */
  "peer:add": [peer: PeerInfo];
  /** `node.peers.remove` has ended: it is disconnected, and forgotten. */
  "peer:remove": [peer: PeerInfo];
  /** It is out of service from now on: `node.peers.disable`. "peer:close" follows where it was connected. */
  "peer:disable": [peer: PeerInfo];
  /** It is in service again: `node.peers.enable`. */
  "peer:enable": [peer: PeerInfo];
  /** Capabilities are exchanged. */
  "peer:open": [peer: PeerInfo];
  /** An open connection was closed, or one could not be opened. */
  "peer:close": [peer: PeerInfo, reason: CloseReason];
  /** It does not answer the watchdog: its requests go elsewhere (RFC 3539, SUSPECT). */
  "peer:suspect": [peer: PeerInfo];
  /** It may be sent requests again (RFC 3539, Failback). */
  "peer:okay": [peer: PeerInfo];
  /**
   * It has restarted and lost its state: its Origin-State-Id went from `before` to `now` (RFC 6733 section 8.16). Sessions of before are gone.
   */
  "peer:restart": [peer: PeerInfo, state: { before: number; now: number }];
  /** A connection that came in was closed before it belonged to a peer. */
  "connection:refused": [
    refused: { remote: Endpoint; originHost: string | undefined; resultCode: number | undefined; message: string },
  ];
  /**
   * Nothing is read from a connection, for a second at most: more than `limits.highWaterBytes` wait to be sent on it, or more than half of
   * `limits.maxWaitingBytes` to be served. `queuedOctets`: those that wait to be sent.
   */
  "connection:paused": [paused: { remote: Endpoint; transport: TransportKind; queuedOctets: number }];
  /** A connection was closed, and torn down after `limits.closeTimeoutMs`: the other side had not closed it. */
  "connection:overdue": [overdue: { remote: Endpoint; transport: TransportKind }];
  /** A request was answered with an error by the runtime: it was not for us, unknown or malformed. */
  "request:refused": [
    refused: { peer: PeerInfo; commandCode: number; applicationId: number; resultCode: number; message: string },
  ];
  /** A request came again and got the same answer again; `waits`: when there is one, for its handler still runs. */
  "request:duplicate": [
    duplicate: { peer: PeerInfo; commandCode: number; applicationId: number; endToEnd: number; waits: boolean },
  ];
  /** A handler threw, gave what cannot be encoded, or did not answer in time; or a `when` threw, or two claimed a request. The peer was told 5012. */
  "handler:error": [failure: { peer: PeerInfo; command: AnyCommand; error: unknown }];
  /** A handler's answer came after its time, or after its connection was gone. */
  "answer:dropped": [dropped: { peer: PeerInfo; command: AnyCommand }];
  /** A handler left a request without an answer, by `context.withhold()`. */
  "answer:withheld": [withheld: { peer: PeerInfo; command: AnyCommand }];
  /** Failed-AVP of an answer has no more than `limits.maxFailedAvpBytes` of the AVP that is at fault. */
  "answer:cut": [cut: { peer: PeerInfo; commandCode: number; applicationId: number; resultCode: number }];
  /**
   * An answer that was kept for duplicates went before its four minutes were over: there was no room in `limits.maxDuplicateCacheBytes`.
   * `early`: how long before, in milliseconds.
   */
  "answer:forgotten": [forgotten: { octets: number; early: number }];
  /** An answer came that no request waits for: unknown Hop-by-Hop Identifier, or another End-to-End Identifier or command. */
  "answer:unexpected": [
    answer: { peer: PeerInfo; commandCode: number; applicationId: number; hopByHop: number; endToEnd: number },
  ];
}

/** How often each of these happened since the node was made. */
export type Counters = Readonly<Record<keyof NodeEvents, number>>;

const names: readonly (keyof NodeEvents)[] = [
  "peer:add",
  "peer:remove",
  "peer:disable",
  "peer:enable",
  "peer:open",
  "peer:close",
  "peer:suspect",
  "peer:okay",
  "peer:restart",
  "connection:refused",
  "connection:paused",
  "connection:overdue",
  "request:refused",
  "request:duplicate",
  "handler:error",
  "answer:dropped",
  "answer:withheld",
  "answer:cut",
  "answer:forgotten",
  "answer:unexpected",
];

export class NodeEmitter extends Emitter<NodeEvents> {
  readonly counters: Record<keyof NodeEvents, number>;
  private readonly node: object;

  constructor(node: object) {
    super();
    this.node = node;
    this.counters = Object.fromEntries(names.map((name) => [name, 0])) as Record<keyof NodeEvents, number>;
  }

  /** `args` is called only where somebody listens: events of bad input are counted at little cost. */
  tell<N extends keyof NodeEvents>(name: N, args: () => NodeEvents[N]): void {
    this.counters[name]++;
    const channel = `diamgen:${name}`;
    const published = diagnostics.hasSubscribers(channel);
    if (!published && !this.has(name)) return;
    const values = args();
    if (published) diagnostics.channel(channel).publish({ node: this.node, args: values });
    this.emit(name, ...values);
  }
}
