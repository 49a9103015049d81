import type { Socket } from "node:net";
import { type Clock, systemClock, type Timer } from "../clock.js";
import { type DiameterError, TimeoutError, TransportError } from "../errors.js";
import { defaultLimits, type Limits } from "../limits.js";
import { FrameReader } from "./frame-reader.js";
import { OutputBatch } from "./output-batch.js";
import type { Connection, ConnectionEvents, ConnectionOptions, Endpoint, TransportKind } from "./transport.js";

/** Idle time before the system probes the other side; the watchdog of RFC 3539 is faster, this is for connections that have none yet. */
const KEEP_ALIVE_MS = 60_000;

/** A connection on a socket of Node, paused until `start()`. */
export class SocketConnection implements Connection {
  readonly kind: TransportKind;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: Socket;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #batch = new OutputBatch();
  #maxMessageLength: number;
  #reader: FrameReader | undefined;
  #events: ConnectionEvents | undefined;
  #flushing = false;
  /** `write()` has said false. */
  #blocked = false;
  #closing = false;
  #closed = false;
  #error: DiameterError | undefined;
  #closeTimer: Timer | undefined;
  readonly #flushLater = (): void => this.#flush();

  /** @param socket connected, and not read from yet */
  constructor(kind: TransportKind, socket: Socket, options: ConnectionOptions = {}) {
    this.kind = kind;
    this.#socket = socket;
    this.#limits = options.limits ?? defaultLimits;
    this.#clock = options.clock ?? systemClock;
    this.#maxMessageLength = this.#limits.maxMessageLengthBeforeCer;
    this.local = { address: plain(socket.localAddress), port: socket.localPort ?? 0 };
    this.remote = { address: plain(socket.remoteAddress), port: socket.remotePort ?? 0 };
    socket.pause();
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("error", (error: NodeJS.ErrnoException) => this.#onError(error));
    socket.on("close", () => this.#onClose());
    socket.on("end", () => this.#onEnd());
  }

  get buffered(): number {
    return this.#batch.length + this.#socket.writableLength;
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== undefined) throw new TransportError("a connection is started once");
    this.#events = events;
    this.#reader = new FrameReader(events, {
      maxMessageLength: this.#maxMessageLength,
      clock: this.#clock,
      timeoutMs: this.#limits.frameTimeoutMs,
      onTimeout: () => {
        const ms = this.#limits.frameTimeoutMs;
        this.destroy(new TimeoutError(`a message was not complete within ${ms} ms`, ms));
      },
    });
    if (this.#closed) {
      process.nextTick(() => events.onClose(this.#error));
      return;
    }
    this.#socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    this.#socket.resume();
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
    if (this.#closing || this.#closed) return;
    this.#reader?.pause();
    this.#socket.pause();
  }

  resume(): void {
    if (this.#closing || this.#closed || this.#reader === undefined) return;
    this.#reader.resume();
    this.#socket.resume();
  }

  close(): void {
    if (this.#closing || this.#closed) return;
    this.#flush();
    this.#beginClosing();
    this.#socket.end();
    // The other side's FIN is read only by a socket that flows.
    this.#socket.resume();
  }

  destroy(error?: DiameterError): void {
    if (this.#closed || this.#socket.destroyed) return;
    this.#error ??= error;
    this.#closing = true;
    this.#reader?.stop();
    this.#batch.clear();
    const socket = this.#socket;
    // A reset, where a FIN is not on its way already. `resetAndDestroy` alone would wait until all is sent.
    if (this.kind === "tcp" && !socket.writableEnded && !socket.readableEnded) socket.resetAndDestroy();
    socket.destroy();
  }

  setMaxMessageLength(length: number): void {
    this.#maxMessageLength = length;
    if (this.#reader !== undefined) this.#reader.framer.maxMessageLength = length;
  }

  #onData(chunk: Buffer): void {
    const reader = this.#reader as FrameReader;
    if (reader.framer.stopped) return;
    try {
      reader.push(chunk);
    } catch (error) {
      // The owner failed. Its connection is what it can do least harm with.
      this.destroy(new TransportError("a message could not be handled", error));
    }
    // After a fault nobody reads on; the owner may write an answer and close.
    if (reader.framer.stopped && !this.#closing) this.#socket.pause();
  }

  #flush(): void {
    this.#flushing = false;
    const socket = this.#socket;
    if (this.#batch.length === 0 || !socket.writable) return;
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
    this.#closeTimer = this.#clock.setTimeout(() => this.#socket.destroy(), this.#limits.closeTimeoutMs, true);
  }

  #onError(error: NodeJS.ErrnoException): void {
    this.#error ??= new TransportError(`the connection broke: ${error.code ?? error.message}`, error);
  }

  #onClose(): void {
    this.#closed = true;
    this.#reader?.stop();
    this.#batch.clear();
    this.#clock.clearTimeout(this.#closeTimer);
    this.#events?.onClose(this.#error);
  }
}

/** A listener on "::" shows IPv4 addresses as mapped ones. */
function plain(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, "") ?? "";
}
