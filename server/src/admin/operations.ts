/**
 * What an operator asks of a running server, and what it answers. Requests and responses are plain JSON, so that they go through a socket or
 * from process to process as they are.
 */
import type { PeerState, Statistics, TransportKind, WatchdogStatus, Ways } from "@diamgen/runtime";
import type { AdminOperation, AdminRequests, TraceRequest } from "./requests.js";

export interface Address {
  readonly address: string;
  readonly port: number;
}

export interface ServerStatus {
  readonly version: string;
  readonly identity: string;
  readonly realm: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly listening: readonly Address[];
}

/** A peer at the moment. */
export interface PeerView {
  /** What `peers.disable` and the like take: its Origin-Host, or "host:port" where that is not known. */
  readonly name: string;
  readonly originRealm?: string | undefined;
  /** State of the peer state machine (RFC 6733 section 5.6). */
  readonly state: PeerState;
  /** Status of the watchdog (RFC 3539). */
  readonly watchdog: WatchdogStatus;
  /** Milliseconds since 1970: when it came into this state, as far as this process knows. */
  readonly since: number;
  readonly remote?: Address | undefined;
  readonly transport?: TransportKind | undefined;
  /** "TLSv1.3"; undefined where the connection is not protected. */
  readonly protocol?: string | undefined;
  /** Application ids that it advertised. */
  readonly applications: readonly number[];
  readonly relay: boolean;
  readonly productName?: string | undefined;
  /** Among `peers` of the configuration: we connect to it. */
  readonly configured: boolean;
  /** False: out of service by `peers.disable`. */
  readonly enabled: boolean;
  /** Requests sent to it and not answered; its own that are being served. */
  readonly pending: number;
  readonly serving: number;
  /** Since the process started. */
  readonly requests: Ways;
  readonly answers: Ways;
  readonly octets: Ways;
  readonly timeouts: number;
  readonly failovers: number;
}

/** What one SIP server made of a Registration-Termination-, Abort-Session- or Push-Profile-Request. */
export interface SipServerOutcomeView {
  /** SIP-Server-URI, and its Origin-Host. */
  readonly server: string;
  readonly originHost: string;
  readonly aors: readonly string[];
  /** Of its answer; undefined where there was none: `error` says why. */
  readonly resultCode?: number | undefined;
  /** "DIAMETER_SUCCESS", where the code has a name. */
  readonly result?: string | undefined;
  readonly error?: string | undefined;
  /** Of an Abort-Session-Request: the session that it is about. */
  readonly sessionId?: string | undefined;
  /** Of a termination: it is over with us. */
  readonly ended?: boolean | undefined;
  /** Of a push that was too much for the SIP server (RFC 4740 section 8.12): what followed. */
  readonly terminations?: readonly SipServerOutcomeView[] | undefined;
}

export interface AdminResponses {
  readonly status: ServerStatus;
  readonly "peers.list": { readonly peers: readonly PeerView[] };
  /** The peer as it is afterwards; none where it is gone, for it was not configured. */
  readonly "peers.disable": { readonly peers: readonly PeerView[] };
  readonly "peers.enable": { readonly peers: readonly PeerView[] };
  readonly "peers.disconnect": { readonly peers: readonly PeerView[] };
  readonly statistics: Statistics;
  readonly "log.level": { readonly level: string };
  /** One for each SIP server that had the user; none where nobody had. */
  readonly "registrations.terminate": { readonly outcomes: readonly SipServerOutcomeView[] };
  readonly "registrations.push": { readonly outcomes: readonly SipServerOutcomeView[] };
  readonly "subscribers.forget": { readonly user: string };
}

/** A message that was received or sent. */
export interface TraceEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly direction: "in" | "out";
  /** Its Origin-Host; undefined where none is known yet. */
  readonly peer?: string | undefined;
  /** "TLSv1.3", where TLS protected what is shown in the clear. */
  readonly protocol?: string | undefined;
  readonly local: Address;
  readonly remote: Address;
  readonly transport: TransportKind;
  /** The message in base64; the values of secret AVPs are overwritten. */
  readonly octets: string;
}

/** A running server, or several that answer as one. */
export interface AdminOperations {
  /**
   * `request` is checked, whatever its type says. Rejects with an AdminError.
   */
  call<O extends AdminOperation>(operation: O, request: AdminRequests[O]): Promise<AdminResponses[O]>;
  /**
   * Calls `show` with each message that fits, in the order in which they came or went, until the function returned is called.
   * `show` must not wait: it is called in the midst of the traffic. Rejects with an AdminError, ADMIN_INVALID or ADMIN_LIMIT.
   *
   * @param missed called with the number of messages that fit and could not be shown: they came too fast for the process that saw them
   */
  trace(
    request: TraceRequest,
    show: (event: TraceEvent) => void,
    missed?: (messages: number) => void,
  ): Promise<() => void>;
}
