import type { RawMessage } from "../codec/raw-message.js";
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { PeerInfo } from "./events.js";
import { peerInfo, strangerInfo } from "./peer-info.js";

/** Sees a message that is received or sent; `raw` is valid during the call. Before its CER or CEA, a peer has no Origin-Host. */
export type MessageTap = (direction: "in" | "out", peer: PeerInfo, raw: RawMessage) => void;

/** Those who look at all messages; what they throw is the program's business, not the peer's. */
export class Taps {
  private readonly taps = new Set<MessageTap>();
  private readonly peers = new WeakMap<Link, Peer>();

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
    const info = peer === undefined ? strangerInfo(link) : peerInfo(peer);
    for (const tap of this.taps) {
      try {
        tap(direction, info, raw);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
