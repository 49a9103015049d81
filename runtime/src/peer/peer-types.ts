/** What a peer is made of, what it needs of the node, and what it tells it. */
import type { RawMessage } from "../codec/raw-message.js";
import type { KnownAvps } from "../codegen/types.js";
import type { Limits } from "../limits.js";
import type { TlsCredentials, TlsOptions } from "../transport/tls-credentials.js";
import type { Connection, TransportKind } from "../transport/transport.js";
import type { LocalCapabilities } from "./capabilities.js";
import type { InbandSecurity } from "./inband.js";
import type { Link, LinkEnvironment } from "./link.js";
import type { Peer } from "./peer.js";

/** A peer that the node connects to. */
export interface PeerConfig {
  /** Host name or address. */
  readonly host: string;
  /** 3868 where left out, with transport "tls" 5868. */
  readonly port?: number | undefined;
  /** "tcp" where left out. "tls" protects the connection from its first octet on: RFC 6733 section 2.1. */
  readonly transport?: TransportKind | undefined;
  /**
   * "inband", over "tcp": TLS has to be agreed upon in CER and CEA, which go in the clear; for peers of RFC 3588 that know no better. "none"
   * where left out.
   */
  readonly security?: "none" | "inband" | undefined;
  /** Certificate, key and trust for this peer; those of the node where left out. */
  readonly tls?: TlsCredentials | TlsOptions | undefined;
  /**
   * Its Origin-Host: a CEA with another one is refused, and its own connections are welcome, under TLS only where that is configured here. RFC
   * 6733 section 5.1 wants it known; left out, the peer is whoever answers there, with TLS whoever has a certificate for `host`, if that is
   * a name, and for the Origin-Host that it has.
   */
  readonly originHost?: string | undefined;
  /** Its Origin-Realm: a CEA or a CER with another one is refused. Left out: whatever it says. */
  readonly originRealm?: string | undefined;
  /** `watchdogMs` and `reconnectMs` for this peer; those of the node where left out. */
  readonly watchdogMs?: number | undefined;
  readonly reconnectMs?: number | undefined;
  /** Destination-Realms that are reached by it; left out: its own first, and any other that no other peer serves. */
  readonly realms?: readonly string[] | undefined;
}

/** Why a peer's connection closed, or did not open. */
export interface CloseReason {
  /** In words. */
  readonly message: string;
  /** Disconnect-Cause, where the peer sent a DPR. */
  readonly disconnectCause?: number | undefined;
  /** Result-Code of a CEA that refused us. */
  readonly resultCode?: number | undefined;
  readonly error?: unknown;
}

export interface PeerHost extends LinkEnvironment {
  readonly limits: Limits;
  readonly local: LocalCapabilities;
  /** AVPs that may carry the M bit in the base protocol's messages. */
  readonly known: readonly KnownAvps[];
  /** Twinit of RFC 3539 and Tc of RFC 6733, milliseconds. */
  readonly twinitMs: number;
  readonly tcMs: number;
  nextEndToEnd(): number;
  connect(config: PeerConfig, signal: AbortSignal): Promise<Connection>;
  /** A connection that was made to this peer; who is there, its CEA has yet to say. */
  connected(peer: Peer, link: Link): void;
  /** How a connection that is made by `connect` is to be protected afterwards. */
  inband(config: PeerConfig): InbandSecurity | undefined;
  /** The CEA says who the peer is; a reason where it must not be that one. */
  identify(peer: Peer, originHost: string): string | undefined;
  /** The action Process: a message that is not the base protocol's own. It borrows its chunk. */
  process(peer: Peer, link: Link, raw: RawMessage): void;
  opened(peer: Peer, link: Link): void;
  /** `link`: the connection that was open, where one was. Its requests are the node's to care for. */
  closed(peer: Peer, link: Link | undefined, reason: CloseReason): void;
  /** SUSPECT, and OKAY again: RFC 3539. */
  failover(peer: Peer, link: Link): void;
  failback(peer: Peer): void;
  /** An answer that nobody waits for was dropped. */
  unexpected(peer: Peer, raw: RawMessage): void;
  /** A DWR or DWA: it may say that the peer has restarted. */
  heard(peer: Peer, raw: RawMessage): void;
}
