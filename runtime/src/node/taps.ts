/** Who looks at the messages of a node as they come and go. */

import type { Decoded } from "../codec/message.js";
import { decodeMessage } from "../codec/message.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { Command, KnownAvps } from "../codegen/types.js";
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { Endpoint, TransportKind } from "../transport/transport.js";
import type { PeerInfo } from "./events.js";
import { peerInfo, strangerInfo } from "./peer-info.js";

/** A message that was received, or is sent. */
export interface TappedMessage {
  readonly direction: "in" | "out";
  /** Whose it is, or for whom. Before its CER or CEA, a peer has no Origin-Host. */
  readonly peer: PeerInfo;
  /** Milliseconds since 1970, by the node's clock. */
  readonly time: number;
  /** Its octets, without TLS; valid during the call: `own()` it to keep it. */
  readonly raw: RawMessage;
  /** The connection: our end, theirs, and its protocol. */
  readonly connection: { readonly local: Endpoint; readonly remote: Endpoint; readonly transport: TransportKind };
  /**
   * The message as a class of this command, or what is wrong with it; undefined where it is of another command or application. To be
   * called during the call. Costs as much as a handler's decoding, and nothing where it is not called.
   */
  decode<Q, QI, A, AI>(command: Command<Q, QI, A, AI>): Decoded<Q | A> | undefined;
}

export type MessageTap = (message: TappedMessage) => void;

export interface TapsHost {
  readonly clock: { now(): number };
  /** `extensions` of the node: known in every application. */
  readonly extensions: readonly KnownAvps[];
}

/** Made once a message, for all taps; the peer's snapshot only where one looks at it. */
class Tapped implements TappedMessage {
  readonly direction: "in" | "out";
  readonly time: number;
  readonly raw: RawMessage;
  private readonly link: Link;
  private readonly from: Peer | undefined;
  private readonly host: TapsHost;
  private info: PeerInfo | undefined;

  constructor(direction: "in" | "out", link: Link, from: Peer | undefined, raw: RawMessage, host: TapsHost) {
    this.direction = direction;
    this.time = host.clock.now();
    this.raw = raw;
    this.link = link;
    this.from = from;
    this.host = host;
  }

  get peer(): PeerInfo {
    this.info ??= this.from === undefined ? strangerInfo(this.link) : peerInfo(this.from);
    return this.info;
  }

  get connection(): TappedMessage["connection"] {
    const { local, remote, kind } = this.link.connection;
    return { local, remote, transport: kind };
  }

  decode<Q, QI, A, AI>({ code, application, request, answer }: Command<Q, QI, A, AI>): Decoded<Q | A> | undefined {
    const { raw } = this;
    if (raw.commandCode !== code || raw.applicationId !== application.id) return undefined;
    const known = [...application.avps, ...this.host.extensions];
    return raw.isRequest ? decodeMessage(request, raw, known) : decodeMessage(answer, raw, known);
  }
}

/** Those who look at all messages; what they throw is the program's business, not the peer's. */
export class Taps {
  private readonly taps = new Set<MessageTap>();
  private readonly peers = new WeakMap<Link, Peer>();
  private readonly host: TapsHost;

  constructor(host: TapsHost) {
    this.host = host;
  }

  get size(): number {
    return this.taps.size;
  }

  add(tap: MessageTap): void {
    this.taps.add(tap);
  }

  remove(tap: MessageTap): void {
    this.taps.delete(tap);
  }

  /** From now on, messages of `link` are those of `peer`. */
  name(link: Link, peer: Peer): void {
    this.peers.set(link, peer);
  }

  show(direction: "in" | "out", link: Link, raw: RawMessage): void {
    const message = new Tapped(direction, link, this.peers.get(link), raw, this.host);
    for (const tap of this.taps) {
      try {
        tap(message);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
