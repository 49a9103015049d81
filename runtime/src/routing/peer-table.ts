/** The peer table of RFC 6733 section 2.6: every peer of the node, found by its DiameterIdentity. */
import { lowerCaseAscii } from "../peer/election.js";
import type { Peer } from "../peer/peer.js";

export class PeerTable {
  /** In the order of the configuration, then of their coming. */
  private readonly peers = new Set<Peer>();
  private readonly byIdentity = new Map<string, Peer>();

  [Symbol.iterator](): IterableIterator<Peer> {
    return this.peers.values();
  }

  get size(): number {
    return this.peers.size;
  }

  add(peer: Peer): void {
    this.peers.add(peer);
    // Configured while a connection of its own is there: that one has the name until it goes.
    if (peer.originHost !== undefined && this.find(peer.originHost) === undefined)
      this.byIdentity.set(lowerCaseAscii(peer.originHost), peer);
  }

  remove(peer: Peer): void {
    this.peers.delete(peer);
    for (const [identity, candidate] of this.byIdentity) if (candidate === peer) this.byIdentity.delete(identity);
    for (const other of this.peers)
      if (other.originHost !== undefined && this.find(other.originHost) === undefined)
        this.byIdentity.set(lowerCaseAscii(other.originHost), other);
  }

  find(originHost: string): Peer | undefined {
    return this.byIdentity.get(lowerCaseAscii(originHost));
  }

  /**
   * `peer` has this identity, its CEA says. A reason where another connection with that host is in use: section 2.1, one connection
   * with one peer. Two configured addresses of one host are one peer at a time.
   */
  identify(peer: Peer, originHost: string): string | undefined {
    const other = this.find(originHost);
    if (other !== undefined && other !== peer && other.state !== "Closed")
      return `there is a connection with ${originHost} already`;
    this.byIdentity.set(lowerCaseAscii(originHost), peer);
    return undefined;
  }
}
