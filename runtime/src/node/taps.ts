/** Who looks at the messages of a node as they come and go. */

import type { Decoded } from "../codec/message.js";
import { decodeMessage } from "../codec/message.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { Command, KnownAvps } from "../codegen/types.js";
import { AvpCode, readIdentity } from "../peer/base-avps.js";
import { CommandCode } from "../peer/base-messages.js";
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { Endpoint, TransportKind } from "../transport/transport.js";
import type { PeerInfo } from "./events.js";
import { peerInfo, strangerInfo } from "./peer-info.js";

/** A message that was received, or is sent. */
export interface TappedMessage {
  readonly direction: "in" | "out";
  /**
   * Whose it is, or for whom. The Origin-Host of its CER or CEA counts from that message on, before anything is checked; a peer whose
   * configuration does not name it has none before.
   */
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
  private readonly claimed: string | undefined;
  private readonly host: TapsHost;
  private info: PeerInfo | undefined;

  constructor(
    direction: "in" | "out",
    link: Link,
    from: Peer | undefined,
    claimed: string | undefined,
    raw: RawMessage,
    host: TapsHost,
  ) {
    this.direction = direction;
    this.time = host.clock.now();
    this.raw = raw;
    this.link = link;
    this.from = from;
    this.claimed = claimed;
    this.host = host;
  }

  get peer(): PeerInfo {
    if (this.info === undefined) {
      const stranger = strangerInfo(this.link);
      const info = this.from === undefined ? stranger : peerInfo(this.from);
      // Before it is open, a peer does not know the connection that this message takes.
      const { remote, transport, security } = stranger;
      this.info = { ...info, originHost: info.originHost ?? this.claimed, remote, transport, security };
    }
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
  /** What the CER or CEA of a connection said, where that is all that is known. */
  private readonly claims = new WeakMap<Link, string>();
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
    const peer = this.peers.get(link);
    if (direction === "in" && peer?.originHost === undefined) this.listen(link, raw);
    const message = new Tapped(direction, link, peer, this.claims.get(link), raw, this.host);
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

  /** Who it says it is; our CEA to its CER is that peer's too, also where it refuses. */
  private listen(link: Link, raw: RawMessage): void {
    if (raw.commandCode !== CommandCode.CAPABILITIES_EXCHANGE) return;
    const avp = raw.avp(AvpCode.ORIGIN_HOST);
    const name = avp && readIdentity(avp.data);
    if (name !== undefined) this.claims.set(link, name);
  }
}
