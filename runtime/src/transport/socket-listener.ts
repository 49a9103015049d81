import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { AbortedError, TransportError } from "../errors.js";
import { name } from "./addresses.js";
import type { Endpoint, HostAndPort, Listener, ListenOptions } from "./transport.js";

/** Accepts sockets there, paused. Rejects as `Transport.listen` does. `onClose` is called once, when no more are accepted. */
export function listenForSockets(
  where: HostAndPort,
  onSocket: (socket: Socket) => void,
  { signal }: ListenOptions,
  onClose: () => void = () => {},
): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ pauseOnConnect: true }, onSocket);
    const aborted = () => new AbortedError(`listening on ${name(where)} was aborted`, signal?.reason);
    if (signal?.aborted) {
      reject(aborted());
      return;
    }
    const refuse = (error: unknown): void => {
      const reason = error instanceof Error ? error.message : String(error);
      reject(new TransportError(`cannot listen on ${name(where)}: ${reason}`, error));
    };
    server.once("error", refuse);
    const listening = (): void => {
      server.off("error", refuse);
      // Such as EMFILE on accept: those connected live on, and the next accept may succeed.
      server.on("error", () => {});
      const listener = new SocketListener(server, onClose);
      if (signal?.aborted) {
        void listener.close();
        reject(aborted());
        return;
      }
      const close = () => void listener.close();
      signal?.addEventListener("abort", close, { once: true });
      server.once("close", () => signal?.removeEventListener("abort", close));
      resolve(listener);
    };
    try {
      server.listen(where.port, where.host, listening);
    } catch (error) {
      // A port out of range.
      refuse(error);
    }
  });
}

class SocketListener implements Listener {
  readonly address: Endpoint;
  readonly #server: Server;
  readonly #onClose: () => void;
  #closed: Promise<void> | undefined;

  constructor(server: Server, onClose: () => void) {
    const { address, port } = server.address() as AddressInfo;
    this.address = { address, port };
    this.#server = server;
    this.#onClose = onClose;
  }

  close(): Promise<void> {
    // The server's "close" event waits for its connections; the port is free at once.
    this.#closed ??= new Promise((resolve) => {
      this.#server.close();
      this.#onClose();
      setImmediate(resolve);
    });
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
