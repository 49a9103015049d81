import type { Clock } from "../clock.js";
import type { FramingFault } from "../codec/framing.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { DiameterError } from "../errors.js";
import type { Limits } from "../limits.js";
import type { ConnectionSecurity } from "./security.js";
import type { TlsCredentials } from "./tls-credentials.js";

export type TransportKind = "tcp" | "tls" | "sctp" | "memory";

/** One end of a connection, as an IP address and a port. */
export interface Endpoint {
  /** "192.0.2.1", "2001:db8::1"; "" where it is not known any more. */
  readonly address: string;
  readonly port: number;
}

/** A place to connect to or to listen on. */
export interface HostAndPort {
  /** Host name or IP address; to listen on, "::" or "0.0.0.0" for all. */
  readonly host: string;
  /** To listen on, 0 for any that is free. */
  readonly port: number;
}

/** What a connection tells its owner. The calls are never made before `start()` returns, and none after `onClose`. */
export interface ConnectionEvents {
  /** A whole message. It borrows the connection's memory: `own()` it to keep it beyond this call. */
  onMessage(raw: RawMessage): void;
  /** What came is not Diameter, or too long: nothing more will be read. The owner may still answer, and has to `close()` or `destroy()`. */
  onFault(fault: FramingFault): void;
  /** The last call, made once: without an error where the connection was closed in good order by either side. */
  onClose(error?: DiameterError | undefined): void;
  /** After `write()` has said false: what waited has been sent. */
  onDrain(): void;
}

/** One transport connection to a peer, of whichever protocol. */
export interface Connection {
  readonly kind: TransportKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Octets written and not handed to the system yet. */
  readonly buffered: number;
  /** TLS; undefined where the octets go in the clear. */
  readonly security: ConnectionSecurity | undefined;

  /** Begins to read. To be called once; what arrives before waits. */
  start(events: ConnectionEvents): void;
  /**
   * Sends octets, one or more whole messages. They may be reused as soon as this returns. All that is written in one go (while one chunk
   * of input is worked on, or in one turn of promises) leaves in one piece.
   *
   * @returns false where more than `limits.highWaterBytes` wait now: the octets will be sent, but better write no more before `onDrain`.
   * Above `limits.maxOutputBytes` the connection is destroyed. On a connection that is closed or closing nothing happens.
   */
  write(bytes: Uint8Array): boolean;
  /** Stops to read; messages of the chunk that is being worked on still come. */
  pause(): void;
  resume(): void;
  /** Sends what was written, then says goodbye. No message comes any more; `onClose` follows, after `limits.closeTimeoutMs` at the latest, then with a TimeoutError. */
  close(): void;
  /** Ends the connection at once, dropping what waits: for TCP a reset (RFC 6733 section 2.1), where the system lets us. `onClose(error)` follows. */
  destroy(error?: DiameterError): void;
  /** Octets of the longest message accepted from now on; `limits.maxMessageLengthBeforeCer` at first. */
  setMaxMessageLength(length: number): void;
  /**
   * Makes TLS of a connection in the clear, after what was written before; for what is written meanwhile, it waits. To be called from
   * `onMessage`, with the last message that came in the clear: octets behind it end the connection, for somebody else may have put them
   * there. Transports without this have none.
   *
   * @param role "client" for the side that connected, "server" for the one that accepted
   * @param identity whose certificate the other side has to have
   * @throws {TransportError} no agreement, or a certificate that is refused; the connection is destroyed, `onClose` says the same
   */
  startTls?(role: "client" | "server", credentials: TlsCredentials, identity: string): Promise<void>;
}

export interface ConnectionOptions {
  readonly limits?: Limits | undefined;
  readonly clock?: Clock | undefined;
  /** For "tls": certificate, key and trust. */
  readonly tls?: TlsCredentials | undefined;
}

export interface ListenOptions extends ConnectionOptions {
  /** Closes the listener. Where it fires before that listens, the promise rejects with an AbortedError. */
  readonly signal?: AbortSignal | undefined;
  /** A connection came in and was closed before it could be handed over, such as one whose certificate is refused. */
  readonly onRefused?: ((remote: Endpoint, error: DiameterError) => void) | undefined;
}

export interface ConnectOptions extends ConnectionOptions {
  /** Gives up; the promise rejects with an AbortedError. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the name lookup and for each address tried; `limits.connectTimeoutMs` where left out. */
  readonly timeoutMs?: number | undefined;
  /** The IP addresses of a host name, in the order to be tried; the system's resolver where left out. */
  readonly lookup?: ((host: string) => Promise<readonly string[]>) | undefined;
  /** For "tls": the host name or DiameterIdentity whose certificate the other side has to have; any trusted one where left out. */
  readonly identity?: string | undefined;
}

/** A place where connections are accepted. */
export interface Listener extends AsyncDisposable {
  /** Where it listens: the port is the real one where 0 was asked for. */
  readonly address: Endpoint;
  /** Accepts no more; connections accepted before are their owners' business. Resolves when the port is free. */
  close(): Promise<void>;
}

export interface Transport {
  readonly kind: TransportKind;
  /**
   * Accepts connections. `onConnection` gets each one, not started yet.
   *
   * @throws {TransportError} the address is taken, or not ours
   * @throws {AbortedError} the signal fired
   */
  listen(
    where: HostAndPort,
    onConnection: (connection: Connection) => void,
    options?: ListenOptions,
  ): Promise<Listener>;
  /**
   * Opens a connection, not started yet. All addresses of a name are tried, one after the other.
   *
   * @throws {TransportError} no address could be reached; `cause` says why, for each
   * @throws {AbortedError} the signal fired
   */
  connect(where: HostAndPort, options?: ConnectOptions): Promise<Connection>;
}
