import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import type { PeerInfo } from "./events.js";
import { portOf } from "./security.js";

/** A snapshot of a peer. */
export function peerInfo(peer: Peer): PeerInfo {
  const { remote, applications, link, config } = peer;
  return {
    originHost: peer.originHost,
    originRealm: remote?.originRealm,
    state: peer.state,
    since: peer.since,
    watchdog: peer.watchdog.status,
    remote: link?.connection.remote ?? (config && { address: config.host, port: portOf(config) }),
    transport: link?.connection.kind ?? config?.transport ?? (config && "tcp"),
    security: link?.connection.security?.info,
    applications: [...applications.ids],
    relay: applications.relay,
    productName: remote?.productName,
    firmwareRevision: remote?.firmwareRevision,
    originStateId: remote?.originStateId,
    pending: link?.pending.size ?? 0,
    serving: link?.serving.size ?? 0,
    configured: config !== undefined,
    enabled: peer.enabled,
  };
}

/** Of a connection that has no peer yet. */
export function strangerInfo(link: Link): PeerInfo {
  return {
    originHost: undefined,
    originRealm: undefined,
    state: "Closed",
    since: undefined,
    watchdog: "INITIAL",
    remote: link.connection.remote,
    transport: link.connection.kind,
    security: link.connection.security?.info,
    applications: [],
    relay: false,
    productName: undefined,
    firmwareRevision: undefined,
    originStateId: undefined,
    pending: 0,
    serving: 0,
    configured: false,
    enabled: true,
  };
}
