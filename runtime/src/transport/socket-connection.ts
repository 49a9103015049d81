import type { Socket } from "node:net";
import { type Clock, systemClock, type Timer } from "../clock.js";
import { type DiameterError, TimeoutError, TransportError } from "../errors.js";
import { defaultLimits, type Limits } from "../limits.js";
import { Attempt } from "./attempt.js";
import { CloseTimeoutError } from "./close-timeout.js";
import { FrameReader } from "./frame-reader.js";
import { OutputBatch } from "./output-batch.js";
import type { ConnectionSecurity } from "./security.js";
import type { TlsCredentials } from "./tls-credentials.js";
import { type Secured, shakeHands } from "./tls-handshake.js";
import type { Connection, ConnectionEvents, ConnectionOptions, Endpoint, TransportKind } from "./transport.js";

/** Idle time before the system probes the other side; the watchdog of RFC 3539 is faster, this is for connections that have none yet. */
const KEEP_ALIVE_MS = 60_000;

const CLEAR_BEHIND = "octets in the clear came behind the last message before TLS";

/** A connection on a socket of Node, paused until `start()`. */
export class SocketConnection implements Connection {
  readonly kind: TransportKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The TCP socket, under TLS too. */
  readonly #raw: Socket;
  /** What is read from and written to. */
  #socket: Socket;
  #security: ConnectionSecurity | undefined;
  /** A TLS handshake is under way: output waits, and nothing is read. */
  #handshake: AbortController | undefined;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #batch = new OutputBatch();
  #maxMessageLength: number;
  #reader: FrameReader | undefined;
  #events: ConnectionEvents | undefined;
  #flushing = false;
  #paused = false;
  /** `write()` has said false. */
  #blocked = false;
  #closing = false;
  #closed = false;
  #error: DiameterError | undefined;
  #closeTimer: Timer | undefined;
  readonly #flushLater = (): void => this.#flush();

  /**
   * @param socket connected, and not read from yet
   * @param tls where `socket` is one of TLS: the TCP socket under it
   */
  constructor(
    kind: TransportKind,
    socket: Socket,
    options: ConnectionOptions = {},
    tls?: { readonly raw: Socket; readonly security: ConnectionSecurity },
  ) {
    this.kind = kind;
    this.#socket = socket;
    this.#raw = tls?.raw ?? socket;
    this.#security = tls?.security;
    this.#limits = options.limits ?? defaultLimits;
    this.#clock = options.clock ?? systemClock;
    this.#maxMessageLength = this.#limits.maxMessageLengthBeforeCer;
    this.local = { address: plain(socket.localAddress), port: socket.localPort ?? 0 };
    this.remote = remoteOf(socket);
    socket.pause();
    this.#raw.setNoDelay(true);
    this.#raw.setKeepAlive(true, KEEP_ALIVE_MS);
    this.#attach(socket);
  }

  /** The socket under TLS has nothing more to say once the one of TLS is in use. */
  #attach(socket: Socket): void {
    socket.on("error", (error: NodeJS.ErrnoException) => this.#onError(error));
    socket.on("close", () => {
      if (socket === this.#socket) this.#onClose();
    });
    socket.on("end", () => {
      if (socket === this.#socket) this.#onEnd();
    });
  }

  get security(): ConnectionSecurity | undefined {
    return this.#security;
  }

  get buffered(): number {
    return this.#batch.length + this.#socket.writableLength;
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== undefined) throw new TransportError("a connection is started once");
    this.#events = events;
    if (this.#closed) process.nextTick(() => events.onClose(this.#error));
    else this.#read(events);
  }

  /** Reads messages from the socket in use, from the first octet on. */
  #read(events: ConnectionEvents): void {
    const timeoutMs = this.#limits.frameTimeoutMs;
    const onTimeout = () =>
      this.destroy(new TimeoutError(`a message was not complete within ${timeoutMs} ms`, timeoutMs));
    const maxMessageLength = this.#maxMessageLength;
    this.#reader = new FrameReader(events, { maxMessageLength, clock: this.#clock, timeoutMs, onTimeout });
    this.#socket.on("data", this.#onData);
    if (!this.#paused) this.#socket.resume();
  }

  startTls(role: "client" | "server", credentials: TlsCredentials, identity: string): Promise<void> {
    const reader = this.#reader;
    const events = this.#events;
    if (reader === undefined || events === undefined || this.#security !== undefined || this.#handshake !== undefined)
      return Promise.reject(new TransportError("TLS begins once, on a connection in the clear that is started"));
    if (this.#closing || this.#closed) return Promise.reject(new TransportError("the connection is closed"));
    if (reader.framer.buffered > 0) {
      const error = new TransportError(CLEAR_BEHIND);
      this.destroy(error);
      return Promise.reject(error);
    }
    const raw = this.#raw;
    reader.stop();
    raw.off("data", this.#onData);
    raw.pause();
    this.#flush();
    const handshake = new AbortController();
    this.#handshake = handshake;
    const attempt = new Attempt({ clock: this.#clock, signal: handshake.signal });
    return attempt
      .run<Secured>("the peer", this.#limits.handshakeTimeoutMs, (done) => {
        let undo = (): void => {};
        // Called when all that was written before has left, and the chunk that is worked on is done with.
        raw.write("", () => {
          if (!handshake.signal.aborted) undo = shakeHands(raw, { role, credentials, identity, inband: true }, done);
        });
        return () => undo();
      })
      .then(
        ({ socket, security }) => {
          this.#handshake = undefined;
          this.#socket = socket;
          this.#security = security;
          this.#attach(socket);
          this.#read(events);
          this.#flush();
        },
        (error: DiameterError) => {
          if (!handshake.signal.aborted) this.destroy(error);
          throw error;
        },
      );
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closing || this.#closed) return true;
    this.#batch.add(bytes);
    const { buffered } = this;
    if (buffered > this.#limits.maxOutputBytes) {
      this.destroy(new TransportError(`${buffered} octets wait to be sent, more than ${this.#limits.maxOutputBytes}`));
      return false;
    }
    if (!this.#flushing) {
      this.#flushing = true;
      // A tick comes after the chunk of input that is worked on, and after all promises that are ready to go on.
      process.nextTick(this.#flushLater);
    }
    if (buffered <= this.#limits.highWaterBytes) return true;
    this.#blocked = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
    if (this.#closing || this.#closed || this.#handshake !== undefined) return;
    this.#reader?.pause();
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#closing || this.#closed || this.#handshake !== undefined || this.#reader === undefined) return;
    this.#reader.resume();
    this.#socket.resume();
  }

  close(): void {
    if (this.#closing || this.#closed) return;
    if (this.#handshake !== undefined) {
      // Neither side could read a goodbye.
      this.destroy();
      return;
    }
    this.#flush();
    this.#beginClosing();
    this.#socket.end();
    // The other side's FIN is read only by a socket that flows.
    this.#socket.resume();
  }

  destroy(error?: DiameterError): void {
    if (this.#closed) return;
    this.#error ??= error;
    if (this.#socket.destroyed) return;
    this.#closing = true;
    this.#reader?.stop();
    this.#batch.clear();
    // Node 20 crashes where the socket under TLS is reset while TLS works on what came: we may have been called from there.
    const tls = this.#raw !== this.#socket || this.#handshake !== undefined;
    this.#handshake?.abort();
    if (tls) setImmediate(() => this.#reset());
    else this.#reset();
  }

  #reset(): void {
    const socket = this.#socket;
    // A reset, where a FIN is not on its way already. `resetAndDestroy` alone would wait until all is sent.
    if (this.kind !== "sctp" && !socket.writableEnded && !socket.readableEnded) this.#raw.resetAndDestroy();
    socket.destroy();
  }

  setMaxMessageLength(length: number): void {
    this.#maxMessageLength = length;
    if (this.#reader !== undefined) this.#reader.framer.maxMessageLength = length;
  }

  readonly #onData = (chunk: Buffer): void => {
    const reader = this.#reader as FrameReader;
    if (reader.framer.stopped) return;
    try {
      reader.push(chunk);
    } catch (error) {
      // The owner failed. Its connection is what it can do least harm with.
      this.destroy(new TransportError("a message could not be handled", error));
    }
    if (this.#handshake !== undefined && reader.framer.unread > 0) this.destroy(new TransportError(CLEAR_BEHIND));
    // After a fault nobody reads on; the owner may write an answer and close.
    if (reader.framer.stopped && !this.#closing) this.#socket.pause();
  };

  #flush(): void {
    this.#flushing = false;
    const socket = this.#socket;
    if (this.#batch.length === 0 || !socket.writable || this.#handshake !== undefined) return;
    const pieces = this.#batch.take();
    const last = pieces.pop() as Buffer;
    if (pieces.length > 0) socket.cork();
    for (const piece of pieces) socket.write(piece);
    if (this.#blocked) socket.write(last, () => this.#onSent());
    else socket.write(last);
    if (pieces.length > 0) socket.uncork();
  }

  #onSent(): void {
    if (!this.#blocked || this.#closing || this.buffered > this.#limits.highWaterBytes / 2) return;
    this.#blocked = false;
    this.#events?.onDrain();
  }

  /** The other side's FIN; ours follows by itself. */
  #onEnd(): void {
    const held = this.#reader?.framer.buffered ?? 0;
    if (held > 0)
      this.#error ??= new TransportError(`the connection ended within a message, after ${held} octets of it`);
    this.#beginClosing();
  }

  /** Both FINs have to pass within the time: what is written may be in front of ours, and the other side may forget its own. */
  #beginClosing(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#reader?.stop();
    const ms = this.#limits.closeTimeoutMs;
    this.#closeTimer = this.#clock.setTimeout(
      () => {
        this.#error ??= new CloseTimeoutError(ms);
        this.#socket.destroy();
      },
      ms,
      true,
    );
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#error ??= new TransportError(`the connection broke: ${error.code ?? error.message}`, error);
  }

  #onClose(): void {
    this.#closed = true;
    if (this.#handshake !== undefined) {
      this.#handshake.abort();
      this.#error ??= new TransportError("TLS handshake: the peer closed the connection");
    }
    this.#reader?.stop();
    this.#batch.clear();
    this.#clock.clearTimeout(this.#closeTimer);
    this.#events?.onClose(this.#error);
  }
}

export function remoteOf(socket: Socket): Endpoint {
  return { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 };
}

/** A listener on "::" shows IPv4 addresses as mapped ones. */
function plain(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "") ?? "";
}
