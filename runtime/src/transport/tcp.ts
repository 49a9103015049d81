/** Diameter over TCP: RFC 6733 section 2.1; port 3868. */
import { lookup } from "node:dns/promises";
import { type AddressInfo, createServer, isIP, connect as openSocket, type Server, type Socket } from "node:net";
import { type Clock, systemClock } from "../clock.js";
import { AbortedError, type DiameterError, TimeoutError, TransportError } from "../errors.js";
import { defaultLimits } from "../limits.js";
import { SocketConnection } from "./socket-connection.js";
import type {
  Connection,
  ConnectionOptions,
  ConnectOptions,
  Endpoint,
  HostAndPort,
  Listener,
  Transport,
} from "./transport.js";

export const tcp: Transport = { kind: "tcp", listen, connect };

function listen(
  where: HostAndPort,
  onConnection: (connection: Connection) => void,
  options: ConnectionOptions = {},
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      onConnection(new SocketConnection("tcp", socket, options));
    });
    const refuse = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      reject(new TransportError(`cannot listen on ${name(where)}: ${reason}`, error));
    };
    server.once("error", refuse);
    const listening = (): void => {
      server.off("error", refuse);
      // Such as EMFILE on accept: those connected live on, and the next accept may succeed.
      server.on("error", () => {});
      resolve(new TcpListener(server));
    };
    try {
      server.listen(where.port, where.host, listening);
    } catch (error) {
      // A port out of range.
      refuse(error);
    }
  });
}

class TcpListener implements Listener {
  readonly address: Endpoint;
  readonly #server: Server;
  #closed: Promise<void> | undefined;

  constructor(server: Server) {
    const { address, port } = server.address() as AddressInfo;
    this.address = { address, port };
    this.#server = server;
  }

  close(): Promise<void> {
    // The server's "close" event waits for its connections; the port is free at once.
    this.#closed ??= new Promise((resolve) => {
      this.#server.close();
      setImmediate(resolve);
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

async function connect(where: HostAndPort, options: ConnectOptions = {}): Promise<Connection> {
  const attempt = new Attempt(options);
  const errors: DiameterError[] = [];
  const note = (error: unknown): void => {
    if (error instanceof AbortedError) throw error;
    errors.push(error as DiameterError);
  };
  let addresses = [where.host];
  if (!isIP(where.host)) {
    addresses = [];
    const resolve = (done: Done<readonly string[]>): (() => void) =>
      resolveHost(options.lookup ?? systemLookup, where.host, done);
    await attempt.run(`the name ${where.host}`, resolve).then((found) => addresses.push(...found), note);
  }
  for (const address of addresses) {
    try {
      const begin = (done: Done<Socket>): (() => void) => open(address, where.port, done);
      return new SocketConnection("tcp", await attempt.run(name({ host: address, port: where.port }), begin), options);
    } catch (error) {
      note(error);
    }
  }
  const [first, second] = errors;
  if (first === undefined) throw failure(where, new Error("the name has no address"));
  if (second === undefined) throw failure(where, first.cause instanceof Error ? first.cause : first);
  throw failure(where, new AggregateError(errors, errors.map(({ message }) => message).join("; ")));
}

function failure(where: HostAndPort, cause: Error): TransportError {
  return new TransportError(`cannot connect to ${name(where)}: ${cause.message}`, cause);
}

type Done<T> = (error: Error | null | undefined, value?: T) => void;

/** Bounds each step of a connection attempt by time and by the caller's signal. */
class Attempt {
  readonly #signal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  readonly #clock: Clock;

  constructor(options: ConnectOptions) {
    this.#signal = options.signal;
    this.#timeoutMs = options.timeoutMs ?? (options.limits ?? defaultLimits).connectTimeoutMs;
    this.#clock = options.clock ?? systemClock;
  }

  /** Runs one step; `begin` returns what undoes it. */
  run<T>(what: string, begin: (done: Done<T>) => () => void): Promise<T> {
    return new Promise((resolve, reject) => {
      let undo: (() => void) | undefined;
      const settle = (act: () => void): void => {
        this.#clock.clearTimeout(timer);
        this.#signal?.removeEventListener("abort", abort);
        act();
      };
      const fail = (error: DiameterError): void =>
        settle(() => {
          undo?.();
          reject(error);
        });
      const abort = (): void => fail(new AbortedError(`connecting to ${what} was aborted`, this.#signal?.reason));
      const timer = this.#clock.setTimeout(
        () => fail(new TimeoutError(`${what} did not answer within ${this.#timeoutMs} ms`, this.#timeoutMs)),
        this.#timeoutMs,
      );
      if (this.#signal?.aborted) return abort();
      this.#signal?.addEventListener("abort", abort, { once: true });
      const refuse = (error: Error): void => fail(new TransportError(`${what}: ${error.message}`, error));
      try {
        undo = begin((error, value) => (error ? refuse(error) : settle(() => resolve(value as T))));
      } catch (error) {
        // A port out of range.
        refuse(error as Error);
      }
    });
  }
}

async function systemLookup(host: string): Promise<string[]> {
  const addresses = await lookup(host, { all: true, verbatim: true });
  return addresses.map(({ address }) => address);
}

function resolveHost(
  resolve: (host: string) => Promise<readonly string[]>,
  host: string,
  done: Done<readonly string[]>,
): () => void {
  resolve(host).then((addresses) => done(null, addresses), done);
  // A lookup cannot be called back: what it says later settles nothing any more.
  return () => {};
}

function open(host: string, port: number, done: Done<Socket>): () => void {
  const socket = openSocket({ host, port });
  const onError = (error: Error): void => done(error);
  socket.once("error", onError);
  socket.once("connect", () => {
    socket.off("error", onError);
    done(null, socket);
  });
  return () => {
    socket.off("error", onError);
    socket.on("error", () => {});
    socket.destroy();
  };
}

function name({ host, port }: HostAndPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
