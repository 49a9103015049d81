/** What a DiameterNode is made of, checked once. */
import { type Clock, systemClock } from "../clock.js";
import { address } from "../codec/data/address.js";
import type { Issue } from "../codec/issue.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { ApplicationDefinition, KnownAvps } from "../codegen/types.js";
import { ConfigurationError } from "../errors.js";
import { type Limits, limits } from "../limits.js";
import { type Accept, type Advertise, type LocalCapabilities, localCapabilities } from "../peer/capabilities.js";
import type { PeerConfig } from "../peer/peer-types.js";
import { DEFAULT_TC_MS } from "../peer/reconnect.js";
import { DEFAULT_TWINIT_MS, LEAST_TWINIT_MS } from "../peer/watchdog.js";
import type { Random } from "../routing/identifiers.js";
import { tcp } from "../transport/tcp.js";
import { tls } from "../transport/tls.js";
import { TlsCredentials, type TlsOptions } from "../transport/tls-credentials.js";
import type { Transport, TransportKind } from "../transport/transport.js";
import type { ClaimPeer } from "./claims.js";
import { checkedPeer } from "./peer-config.js";
import { checked } from "./security.js";

/** A place to listen on. */
export interface ListenConfig {
  /** Address; "::" or "0.0.0.0" for all. */
  readonly host: string;
  /** 3868 where left out, with transport "tls" 5868; 0 for any that is free. */
  readonly port?: number | undefined;
  /** "tcp" where left out. "tls" protects connections from their first octet on: RFC 6733 section 2.1. */
  readonly transport?: TransportKind | undefined;
  /**
   * Over "tcp", TLS that is agreed upon in CER and CEA, for peers of RFC 3588 that know no better. "none", and where left out: never. "either":
   * where the peer offers it, and nobody on the way takes the offer out. "inband": always, others are answered 5017 (DIAMETER_NO_COMMON_SECURITY).
   */
  readonly security?: "none" | "inband" | "either" | undefined;
  /** Certificate, key and trust of this listener; those of the node where left out. */
  readonly tls?: TlsCredentials | TlsOptions | undefined;
}

export interface NodeOptions {
  /** Origin-Host: the node's DiameterIdentity, an FQDN. */
  readonly originHost: string;
  readonly originRealm: string;
  /** Realms served here beside `originRealm`: requests for others are answered 3003. */
  readonly realms?: readonly string[] | undefined;
  /** What CER and CEA advertise; `advertise` overrides it. */
  readonly applications: readonly ApplicationDefinition[];
  /** Further AVPs that count as known, in every application; others with the M bit are answered 5001. */
  readonly extensions?: readonly (KnownAvps | readonly KnownAvps[])[] | undefined;
  readonly advertise?: Advertise | undefined;
  /** Peers that the node connects to. */
  readonly peers?: readonly PeerConfig[] | undefined;
  readonly listen?: readonly ListenConfig[] | undefined;
  /** Certificate, key and trust, for all listeners and peers that bring none; `node.setSecureContext` renews them. */
  readonly tls?: TlsCredentials | TlsOptions | undefined;
  /**
   * Who may connect beside the configured peers; left out: nobody. "any" trusts everyone who reaches the port: Diameter over plain TCP
   * does not prove identities. Under TLS it is everyone with a certificate of ours.
   */
  readonly accept?: Accept | undefined;
  /**
   * Where several processes are one node, with one `originHost`: asked for each peer before it is connected, the last of all checks, so that it
   * has one connection with all of them together (RFC 6733 section 2.1). A CER whose peer is somebody else's is answered 4003
   * (ELECTION_LOST); its CEA waits for `limits.cerTimeoutMs`, from the connection on. Every peer that is configured needs an `originHost` then. Left
   * out: the process is alone.
   */
  readonly claim?: ClaimPeer | undefined;
  /**
   * Tells apart the processes that have one `originHost`: what their Session-Ids end with (the optional value of RFC 6733 section 8.8). Letters,
   * digits, "-", "." and "_".
   */
  readonly instance?: string | undefined;
  /** Product-Name; "diamgen" where left out. */
  readonly productName?: string | undefined;
  /** Vendor-Id of CER and CEA, an IANA enterprise number; 0 (ignored, RFC 6733 section 5.3.3) where left out. */
  readonly vendorId?: number | undefined;
  readonly firmwareRevision?: number | undefined;
  /** Host-IP-Address of CER and CEA; each connection's local address where left out. */
  readonly hostIpAddress?: readonly string[] | undefined;
  /** Origin-State-Id, growing with every restart; the time of the start in seconds where left out. */
  readonly originStateId?: number | undefined;
  readonly limits?: Partial<Limits> | undefined;
  /** Duplicates get the same answer again, in all commands whose `handle` does not say otherwise: see there. False where left out. */
  readonly duplicates?: boolean | undefined;
  /**
   * "peer": requests of a peer that is no relay have to carry its own Origin-Host, others are answered 5004 (DIAMETER_INVALID_AVP_VALUE); for
   * peers that are clients or servers themselves (GSMA FS.19, category 2). "any" where left out: proxies pass on requests of others and need not
   * say what they are.
   */
  readonly originHosts?: "any" | "peer" | undefined;
  /**
   * Looks at each request that is served here, and at each answer to a typed request, before it is decoded; an issue refuses it. For strict mode:
   * see `strict` of `@diamgen/dictionary`. `raw` is valid during the call.
   */
  readonly inspect?: ((raw: RawMessage) => Issue | undefined) | undefined;
  /** Milliseconds until a request without a timeout of its own gives up; 10,000 where left out. */
  readonly requestTimeoutMs?: number | undefined;
  /** Twinit of RFC 3539; 30,000 ms where left out, at least 6000. */
  readonly watchdogMs?: number | undefined;
  /** Tc of RFC 6733 section 2.1: milliseconds between attempts to connect; 30,000 where left out. */
  readonly reconnectMs?: number | undefined;
  /** Transports beside TCP and TLS; one of the same kind takes its place. */
  readonly transports?: readonly Transport[] | undefined;
  /** For tests. */
  readonly clock?: Clock | undefined;
  /** 0 to 1, for jitter and identifiers; Math.random where left out. */
  readonly random?: Random | undefined;
}

/** The options with everything filled in. */
export interface Settings {
  readonly local: LocalCapabilities;
  readonly realms: readonly string[];
  readonly applications: readonly ApplicationDefinition[];
  readonly extensions: readonly KnownAvps[];
  readonly advertise: Advertise | undefined;
  readonly tls: TlsCredentials | undefined;
  readonly peers: readonly PeerConfig[];
  readonly listen: readonly ListenConfig[];
  readonly accept: Accept;
  readonly claim: ClaimPeer | undefined;
  readonly instance: string | undefined;
  readonly limits: Limits;
  readonly duplicates: boolean;
  readonly originHosts: "any" | "peer";
  readonly inspect: ((raw: RawMessage) => Issue | undefined) | undefined;
  readonly requestTimeoutMs: number;
  readonly twinitMs: number;
  readonly tcMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly transports: ReadonlyMap<TransportKind, Transport>;
}

/** @throws {ConfigurationError} naming every option that is wrong */
export function settings(options: NodeOptions): Settings {
  const problems: string[] = [];
  const milliseconds = (name: string, value: number, least: number) => {
    if (!(value >= least && value <= 0x7fffffff))
      problems.push(`${name} must be between ${least} and 2147483647 ms, got ${value}`);
    return value;
  };
  for (const name of ["originHost", "originRealm"] as const)
    if (typeof options[name] !== "string" || !/^[\x21-\x7e]{1,255}$/.test(options[name]))
      problems.push(
        `${name} must be a DiameterIdentity (1 to 255 ASCII characters), got ${JSON.stringify(options[name])}`,
      );
  if (options.instance !== undefined && !/^[\w.-]+$/.test(options.instance))
    problems.push(`instance must be letters, digits, "-", "." and "_", got ${JSON.stringify(options.instance)}`);
  for (const own of options.hostIpAddress ?? []) {
    try {
      address.encode(own);
    } catch {
      problems.push(`hostIpAddress: ${JSON.stringify(own)} is no IP address`);
    }
  }
  const clock = options.clock ?? systemClock;
  const credentials = options.tls && TlsCredentials.from(options.tls);
  const extensions = (options.extensions ?? []).flat() as readonly KnownAvps[];
  const result: Settings = {
    local: localCapabilities({
      ...options,
      extensions,
      vendorId: options.vendorId ?? 0,
      productName: options.productName ?? "diamgen",
      originStateId: options.originStateId ?? Math.floor(clock.now() / 1000) >>> 0,
    }),
    realms: [options.originRealm, ...(options.realms ?? [])],
    applications: options.applications,
    extensions,
    advertise: options.advertise,
    tls: credentials,
    peers: (options.peers ?? []).map((peer) => checkedPeer(peer, credentials)),
    listen: (options.listen ?? []).map((where) => checked("listen:", where, credentials)),
    accept: options.accept ?? [],
    claim: options.claim,
    instance: options.instance,
    limits: limits(options.limits),
    duplicates: options.duplicates ?? false,
    originHosts: options.originHosts ?? "any",
    inspect: options.inspect,
    requestTimeoutMs: milliseconds("requestTimeoutMs", options.requestTimeoutMs ?? 10_000, 1),
    twinitMs: milliseconds("watchdogMs", options.watchdogMs ?? DEFAULT_TWINIT_MS, LEAST_TWINIT_MS),
    tcMs: milliseconds("reconnectMs", options.reconnectMs ?? DEFAULT_TC_MS, 1),
    clock,
    random: options.random ?? Math.random,
    transports: new Map([tcp, tls, ...(options.transports ?? [])].map((transport) => [transport.kind, transport])),
  };
  if (problems.length > 0) throw new ConfigurationError(problems.join("; "));
  return result;
}
