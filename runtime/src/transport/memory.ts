/** Connections within one process, for tests: octets, chunks, order and backpressure as on a socket, but no system and no waiting. */
import { type Clock, systemClock, type Timer } from "../clock.js";
import { AbortedError, type DiameterError, TimeoutError, TransportError } from "../errors.js";
import { defaultLimits, type Limits } from "../limits.js";
import { CloseTimeoutError } from "./close-timeout.js";
import { FrameReader } from "./frame-reader.js";
import { OutputBatch } from "./output-batch.js";
import type {
  Connection,
  ConnectionEvents,
  ConnectionOptions,
  ConnectOptions,
  Endpoint,
  HostAndPort,
  Listener,
  ListenOptions,
  Transport,
} from "./transport.js";

export interface MemoryOptions {
  /** Cuts what is delivered into other chunks: `everyOctet`, or the seams that a test is after. */
  readonly rechunk?: ((chunk: Uint8Array) => Iterable<Uint8Array>) | undefined;
}

/** For `MemoryOptions.rechunk`: one octet at a time. */
export function* everyOctet(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < chunk.length; at++) yield chunk.subarray(at, at + 1);
}

class MemoryConnection implements Connection {
  readonly kind = "memory";
  readonly security = undefined;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** The other end. */
  other!: MemoryConnection;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #rechunk: MemoryOptions["rechunk"];
  readonly #batch = new OutputBatch();
  /** What the other end has sent and we have not read. */
  readonly #arrived: Uint8Array[] = [];
  #arrivedLength = 0;
  /** What is left of the chunk before those, cut anew. */
  #parts: Iterator<Uint8Array> | undefined;
  /** The other end's FIN stands behind that. */
  #finArrived = false;
  #maxMessageLength: number;
  #reader: FrameReader | undefined;
  #events: ConnectionEvents | undefined;
  #scheduled = false;
  #blocked = false;
  #paused = false;
  #closing = false;
  #closed = false;
  /** `onClose` has been called. */
  #told = false;
  #error: DiameterError | undefined;
  #closeTimer: Timer | undefined;

  constructor(local: Endpoint, remote: Endpoint, options: ConnectionOptions & MemoryOptions) {
    this.local = local;
    this.remote = remote;
    this.#limits = options.limits ?? defaultLimits;
    this.#clock = options.clock ?? systemClock;
    this.#rechunk = options.rechunk;
    this.#maxMessageLength = this.#limits.maxMessageLengthBeforeCer;
  }

  get buffered(): number {
    return this.#batch.length + this.other.#arrivedLength;
  }

  start(events: ConnectionEvents): void {
    if (this.#events !== undefined) throw new TransportError("a connection is started once");
    this.#events = events;
    const ms = this.#limits.frameTimeoutMs;
    this.#reader = new FrameReader(events, {
      maxMessageLength: this.#maxMessageLength,
      clock: this.#clock,
      timeoutMs: ms,
      onTimeout: () => this.destroy(new TimeoutError(`a message was not complete within ${ms} ms`, ms)),
    });
    if (this.#closed) this.#tellClose();
    else this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closing || this.#closed) return true;
    this.#batch.add(bytes);
    const { buffered } = this;
    if (buffered > this.#limits.maxOutputBytes) {
      this.destroy(new TransportError(`${buffered} octets wait to be sent, more than ${this.#limits.maxOutputBytes}`));
      return false;
    }
    this.#schedule();
    if (buffered <= this.#limits.highWaterBytes) return true;
    this.#blocked = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
    this.#reader?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#reader?.resume();
    this.#schedule();
  }

  close(): void {
    if (this.#closing || this.#closed) return;
    this.#flush();
    this.#beginClosing();
    this.other.#finArrived = true;
    this.other.#schedule();
    this.#schedule();
  }

  destroy(error?: DiameterError): void {
    if (this.#closed) return;
    this.#finish(error);
    this.other.#finish(new TransportError("the connection broke: ECONNRESET"));
  }

  setMaxMessageLength(length: number): void {
    this.#maxMessageLength = length;
    if (this.#reader !== undefined) this.#reader.framer.maxMessageLength = length;
  }

  #beginClosing(): void {
    this.#closing = true;
    this.#reader?.stop();
    const ms = this.#limits.closeTimeoutMs;
    this.#closeTimer = this.#clock.setTimeout(() => this.destroy(new CloseTimeoutError(ms)), ms, true);
  }

  #finish(error: DiameterError | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing = true;
    this.#error = error;
    this.#reader?.stop();
    this.#batch.clear();
    this.#arrived.length = 0;
    this.#parts = undefined;
    this.#arrivedLength = 0;
    this.#clock.clearTimeout(this.#closeTimer);
    this.#tellClose();
  }

  #tellClose(): void {
    queueMicrotask(() => {
      if (this.#events === undefined || this.#told) return;
      this.#told = true;
      this.#events.onClose(this.#error);
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#work());
  }

  #work(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    this.#flush();
    this.#read();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const { other } = this;
    const chunk = Buffer.concat(this.#batch.take());
    other.#arrived.push(chunk);
    other.#arrivedLength += chunk.length;
    other.#schedule();
  }

  #read(): void {
    while (this.#closing || this.#canRead()) {
      const part = this.#nextPart();
      if (part === undefined) {
        if (this.#finArrived) this.#onEnd();
        return;
      }
      this.#arrivedLength -= part.length;
      this.other.#onSent();
      if (!this.#closing) this.#push(part);
      if (this.#closed) return;
    }
  }

  /** The next octets as they are to be delivered. */
  #nextPart(): Uint8Array | undefined {
    for (;;) {
      const part = this.#parts?.next();
      if (part !== undefined && part.done !== true) return part.value;
      const chunk = this.#arrived.shift();
      if (chunk === undefined) return undefined;
      this.#parts = (this.#rechunk?.(chunk) ?? [chunk])[Symbol.iterator]();
    }
  }

  /** The other end's FIN; ours follows by itself. */
  #onEnd(): void {
    const held = this.#reader?.framer.buffered ?? 0;
    const within = `the connection ended within a message, after ${held} octets of it`;
    if (!this.#closing) this.other.#finArrived = true;
    this.other.#schedule();
    this.#finish(held > 0 ? new TransportError(within) : undefined);
  }

  #canRead(): boolean {
    return this.#reader !== undefined && !this.#paused && !this.#reader.framer.stopped;
  }

  #push(chunk: Uint8Array): void {
    try {
      this.#reader?.push(chunk);
    } catch (error) {
      this.destroy(new TransportError("a message could not be handled", error));
    }
  }

  #onSent(): void {
    if (!this.#blocked || this.#closing || this.buffered > this.#limits.highWaterBytes / 2) return;
    this.#blocked = false;
    queueMicrotask(() => {
      if (!this.#closing) this.#events?.onDrain();
    });
  }
}

/** Two connected ends, neither started. */
export function memoryPair(options: ConnectionOptions & MemoryOptions = {}): [Connection, Connection] {
  return connectionPair({ address: "127.0.0.1", port: 1 }, { address: "127.0.0.1", port: 2 }, options, options);
}

function connectionPair(
  here: Endpoint,
  there: Endpoint,
  ours: ConnectionOptions & MemoryOptions,
  theirs: ConnectionOptions & MemoryOptions,
): [MemoryConnection, MemoryConnection] {
  const one = new MemoryConnection(here, there, ours);
  const two = new MemoryConnection(there, here, theirs);
  one.other = two;
  two.other = one;
  return [one, two];
}

/** A network of its own: hosts are names that mean nothing, and only those who share the instance can reach one another. */
export class MemoryTransport implements Transport {
  readonly kind = "memory";
  readonly #options: MemoryOptions;
  readonly #listeners = new Map<string, (from: Endpoint, to: Endpoint, options: ConnectOptions) => Connection>();
  #nextPort = 49_152;

  constructor(options: MemoryOptions = {}) {
    this.#options = options;
  }

  async listen(
    where: HostAndPort,
    onConnection: (connection: Connection) => void,
    options: ListenOptions = {},
  ): Promise<Listener> {
    const { signal } = options;
    if (signal?.aborted) throw new AbortedError(`listening on ${where.host}:${where.port} was aborted`, signal.reason);
    const port = where.port === 0 ? this.#nextPort++ : where.port;
    const key = place(where.host, port);
    if (this.#listeners.has(key)) throw new TransportError(`cannot listen on ${key}: EADDRINUSE`);
    this.#listeners.set(key, (from, to, theirs) => {
      const [connecting, accepted] = connectionPair(
        from,
        to,
        { ...theirs, ...this.#options },
        { ...options, ...this.#options },
      );
      onConnection(accepted);
      return connecting;
    });
    const close = async (): Promise<void> => {
      this.#listeners.delete(key);
      signal?.removeEventListener("abort", close);
    };
    signal?.addEventListener("abort", close, { once: true });
    return { address: { address: where.host, port }, close, [Symbol.asyncDispose]: close };
  }

  async connect(where: HostAndPort, options: ConnectOptions = {}): Promise<Connection> {
    // As on a network, the listener hears of it later.
    await undefined;
    const { host, port } = where;
    if (options.signal?.aborted) {
      throw new AbortedError(`connecting to ${host}:${port} was aborted`, options.signal.reason);
    }
    const accept = this.#listeners.get(place(host, port)) ?? this.#listeners.get(place("::", port));
    if (accept === undefined) throw new TransportError(`cannot connect to ${host}:${port}: ECONNREFUSED`);
    return accept({ address: "127.0.0.1", port: this.#nextPort++ }, { address: host, port }, options);
  }
}

function place(host: string, port: number): string {
  return `${host === "0.0.0.0" ? "::" : host}:${port}`;
}
