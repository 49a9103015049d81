/** A network in memory that fails as networks do, when the test says so. */
import { type Clock, systemClock } from "../../runtime/src/clock.js";
import { type DiameterError, TransportError } from "../../runtime/src/errors.js";
import { defaultLimits } from "../../runtime/src/limits.js";
import { MemoryTransport } from "../../runtime/src/testing/index.js";
import type {
  Connection,
  ConnectionEvents,
  ConnectionOptions,
  ConnectOptions,
  HostAndPort,
  Listener,
  Transport,
} from "../../runtime/src/transport/transport.js";

/** What becomes of an attempt to connect to a host. */
export type Reachability = "reachable" | "refusing" | "silent";

/** A connection as the network sees it: both ends of it, and what it does to what is written. */
export interface Wire {
  /** Port of the end that connected, which names the wire. */
  readonly port: number;
  /** The host that was connected to. */
  readonly host: string;
  /** Ends that have not heard of the end of the connection. */
  live: number;
  /** Nothing that is written arrives any more, and nobody is told: a power failure, or a router that forgot. */
  blackholed: boolean;
  /** From one end to the other. */
  readonly latencyMs: number;
  readonly ends: { destroy(): void; reset(): void }[];
}

export class ChaosNetwork implements Transport {
  readonly kind = "memory";
  readonly wires: Wire[] = [];
  /** Hosts that somebody listens on. */
  readonly listening = new Set<string>();
  private readonly memory = new MemoryTransport();
  private readonly reachability = new Map<string, Reachability>();
  private readonly byPort = new Map<number, Wire>();

  private readonly latencyMs: number;

  /** @param latencyMs from one end of a connection to the other, on the clock of the end that sends */
  constructor({ latencyMs = 0 }: { readonly latencyMs?: number } = {}) {
    this.latencyMs = latencyMs;
  }

  /** Connections of which an end is not closed. */
  get live(): readonly Wire[] {
    return this.wires.filter(({ live }) => live > 0);
  }

  set(host: string, reachability: Reachability): void {
    this.reachability.set(host, reachability);
  }

  reachabilityOf(host: string): Reachability {
    return this.reachability.get(host) ?? "reachable";
  }

  /** Every host is reachable, and connections that are black holes break. */
  heal(): void {
    this.reachability.clear();
    for (const wire of this.live) if (wire.blackholed) cut(wire);
  }

  async listen(
    where: HostAndPort,
    onConnection: (connection: Connection) => void,
    options: ConnectionOptions = {},
  ): Promise<Listener> {
    const listener = await this.memory.listen(
      where,
      (connection) => onConnection(this.end(connection, connection.remote.port, where.host, options)),
      options,
    );
    this.listening.add(where.host);
    const close = async (): Promise<void> => {
      this.listening.delete(where.host);
      await listener.close();
    };
    return { address: listener.address, close, [Symbol.asyncDispose]: close };
  }

  async connect(where: HostAndPort, options: ConnectOptions = {}): Promise<Connection> {
    const reachability = this.reachabilityOf(where.host);
    if (reachability === "refusing") throw new TransportError(`${where.host} refuses the connection`);
    if (reachability === "silent") await noAnswer(options);
    const connection = await this.memory.connect(where, options);
    return this.end(connection, connection.local.port, where.host, options);
  }

  private end(connection: Connection, port: number, host: string, { clock = systemClock }: ConnectionOptions) {
    let wire = this.byPort.get(port);
    if (wire === undefined) {
      wire = { port, host, live: 0, blackholed: false, latencyMs: this.latencyMs, ends: [] };
      this.byPort.set(port, wire);
      this.wires.push(wire);
    }
    wire.live++;
    const end = new ChaosConnection(connection, wire, clock);
    wire.ends.push(end);
    return end;
  }
}

/** Breaks the connection: both ends see a reset. */
export function cut(wire: Wire): void {
  for (const end of wire.ends) end.destroy();
}

/** One end sees a reset, and the other one nothing: its packets go into the void. */
export function cutAt(wire: Wire, end: 0 | 1): void {
  wire.ends[end]?.reset();
}

/** Rejects when the transport gives up, or is told to. */
function noAnswer({ signal, clock = systemClock, limits = defaultLimits, timeoutMs }: ConnectOptions): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = () => {
      clock.clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      reject(new TransportError("nobody answers"));
    };
    const timer = clock.setTimeout(end, timeoutMs ?? limits.connectTimeoutMs);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}

class ChaosConnection implements Connection {
  readonly kind = "memory";
  readonly security = undefined;
  readonly local: Connection["local"];
  readonly remote: Connection["remote"];
  private readonly inner: Connection;
  private readonly wire: Wire;
  private readonly clock: Clock;
  private events: ConnectionEvents | undefined;
  private ended = false;

  constructor(inner: Connection, wire: Wire, clock: Clock) {
    this.inner = inner;
    this.wire = wire;
    this.clock = clock;
    this.local = inner.local;
    this.remote = inner.remote;
  }

  get buffered(): number {
    return this.inner.buffered;
  }

  start(events: ConnectionEvents): void {
    this.events = events;
    this.inner.start({
      onMessage: (raw) => this.ended || events.onMessage(raw),
      onFault: (fault) => this.ended || events.onFault(fault),
      onDrain: () => this.ended || events.onDrain(),
      onClose: (error) => this.end(error),
    });
  }

  /** This end sees a reset; the other end is told nothing, and hears nothing any more. */
  reset(): void {
    this.wire.blackholed = true;
    queueMicrotask(() => this.end(new TransportError("the connection broke")));
  }

  write(bytes: Uint8Array): boolean {
    if (this.wire.blackholed || this.ended) return true;
    if (this.wire.latencyMs === 0) return this.inner.write(bytes);
    const copy = bytes.slice();
    this.later(() => this.inner.write(copy));
    return true;
  }

  pause(): void {
    this.inner.pause();
  }

  resume(): void {
    this.inner.resume();
  }

  close(): void {
    // Nobody is there to answer our FIN.
    if (this.wire.blackholed) this.inner.destroy();
    else if (this.wire.latencyMs === 0) this.inner.close();
    else this.later(() => this.inner.close());
  }

  destroy(error?: DiameterError): void {
    this.inner.destroy(error);
  }

  setMaxMessageLength(length: number): void {
    this.inner.setMaxMessageLength(length);
  }

  /** As long as the wire is; what is under way when it breaks is lost. */
  private later(action: () => void): void {
    this.clock.setTimeout(() => {
      if (!this.wire.blackholed) action();
    }, this.wire.latencyMs);
  }

  private end(error: DiameterError | undefined): void {
    if (this.ended) return;
    this.ended = true;
    this.wire.live--;
    this.events?.onClose(error);
  }
}
