import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import type { Done } from "./attempt.js";

/**
 * The responder's half of handshakes, on sockets that somebody else accepted. Behind it is a server of node:tls that listens nowhere:
 * nothing else of Node verifies the certificate of a client.
 */
export class HandshakeServer {
  readonly #server: Server;
  readonly #connectionListener: (this: Server, socket: Socket) => void;
  readonly #onKeyLog: ((line: Uint8Array) => void) | undefined;

  constructor(options: TlsOptions, onKeyLog: ((line: Uint8Array) => void) | undefined) {
    // Time is limited by those who call: on the clock that a test may drive.
    this.#server = createServer({ ...options, pauseOnConnect: true, handshakeTimeout: 0 });
    const [connectionListener] = this.#server.listeners("connection");
    this.#connectionListener = connectionListener as (this: Server, socket: Socket) => void;
    this.#onKeyLog = onKeyLog;
    // Node asks whether somebody listens before it has OpenSSL tell.
    if (onKeyLog !== undefined) this.#server.on("keylog", () => {});
  }

  /** Answers a ClientHello that is to come on `socket`; `done` is called once, or never after what is returned was called. */
  accept(socket: Socket, done: Done<TLSSocket>): () => void {
    let settled = false;
    const settle = (error: Error | null, secured?: TLSSocket): void => {
      if (settled) return;
      settled = true;
      done(error, secured);
    };
    const emit = (event: string, ...args: unknown[]): boolean => {
      if (event === "secureConnection") settle(null, args[0] as TLSSocket);
      else if (event === "keylog") this.#onKeyLog?.(args[0] as Uint8Array);
      else if (event === "tlsClientError") {
        const [error, failed] = args as [Error, TLSSocket];
        settle(refused(failed) ?? error);
      } else return this.#server.emit(event, ...args);
      return true;
    };
    // The events of a tls.Server do not say which socket they are of. So each handshake has one that differs in `emit` alone.
    const server: Server = Object.create(this.#server, { emit: { value: emit } });
    this.#connectionListener.call(server, socket);
    return () => {
      settled = true;
      socket.destroy();
    };
  }
}

/** Why the certificate was not accepted, where that was it. */
function refused(socket: TLSSocket): Error | undefined {
  // A string code, whatever the types say: "CERT_HAS_EXPIRED".
  const reason = socket.authorizationError as unknown as string | undefined;
  if (!reason) return undefined;
  const error: NodeJS.ErrnoException = new Error(`the peer's certificate is refused: ${reason}`);
  error.code = reason;
  return error;
}
