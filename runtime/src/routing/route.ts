/** Which peer a request of ours goes to: RFC 6733 sections 6.1.5 (forwarding by host) and 6.1.6 (routing by realm and application). */
import { sameIdentity } from "../peer/election.js";
import type { Peer } from "../peer/peer.js";

/** What a request is routed by. */
export interface Destination {
  readonly applicationId: number;
  readonly host: string | undefined;
  readonly realm: string | undefined;
}

/**
 * How well a peer serves as the next hop; the best comes first, and among equals the one that was configured first: the primary peer of
 * section 5.1. 0: not at all.
 *
 * 4 the host itself; 3 a peer of that realm, or one configured for it; 2 a relay; 1 a configured peer without realms of its own, as the
 * default entry of section 2.7. A peer that merely connected to us serves its own realm only.
 */
export function rank(peer: Peer, destination: Destination): number {
  if (!peer.applications.supports(destination.applicationId)) return 0;
  const { remote, config } = peer;
  if (destination.host !== undefined && remote !== undefined && sameIdentity(remote.originHost, destination.host))
    return 4;
  const { realm } = destination;
  if (realm === undefined) return config === undefined ? 0 : 1;
  if (remote !== undefined && sameIdentity(remote.originRealm, realm)) return 3;
  if (config?.realms?.some((served) => sameIdentity(served, realm))) return 3;
  if (peer.applications.relay) return 2;
  return config !== undefined && config.realms === undefined ? 1 : 0;
}

/** The best of the peers that `allowed` lets through. */
export function route(
  peers: Iterable<Peer>,
  destination: Destination,
  allowed: (peer: Peer) => boolean,
): Peer | undefined {
  let best: Peer | undefined;
  let bestRank = 0;
  for (const peer of peers) {
    if (!allowed(peer)) continue;
    const its = rank(peer, destination);
    if (its > bestRank) {
      best = peer;
      bestRank = its;
      if (its === 4) break;
    }
  }
  return best;
}
