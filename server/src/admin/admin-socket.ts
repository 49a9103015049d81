/** The operations over HTTP on a Unix socket: `curl --unix-socket PATH http://admin/v1/peers/list`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import { VERSION } from "../version.js";
import { AdminError, type AdminErrorCode } from "./admin-error.js";
import { bodyOf } from "./body.js";
import { streamEvents } from "./event-stream.js";
import { adminOperationOf, isReading } from "./operation-of.js";
import type { AdminOperations } from "./operations.js";
import { adminError } from "./server-operations.js";
import { listenOnSocket } from "./socket-file.js";

/** Somebody who may connect cannot take all of our file descriptors either. */
const MAX_CONNECTIONS = 32;

const STATUS: Readonly<Record<AdminErrorCode, number>> = {
  ADMIN_UNKNOWN_OPERATION: 404,
  ADMIN_INVALID: 400,
  ADMIN_NO_SUCH_PEER: 404,
  ADMIN_IMPOSSIBLE: 409,
  ADMIN_LIMIT: 429,
  ADMIN_DATABASE: 503,
  ADMIN_FAILED: 500,
};

export interface AdminSocketOptions {
  readonly at: { readonly socket: string; readonly mode: "0600" | "0660" };
  readonly operations: AdminOperations;
  readonly log: Logger;
}

export class AdminSocket implements AsyncDisposable {
  readonly #options: AdminSocketOptions;
  readonly #server: Server;

  private constructor(options: AdminSocketOptions) {
    this.#options = options;
    this.#server = createServer(
      // A client that says nothing, or little by little, is gone after this.
      {
        headersTimeout: 5_000,
        requestTimeout: 5_000,
        connectionsCheckingInterval: 1_000,
        keepAliveTimeout: 5_000,
        maxHeaderSize: 8192,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Rejects with a SocketInUseError or the system's error; then nothing is left behind. */
  static async open(options: AdminSocketOptions): Promise<AdminSocket> {
    const { socket, mode } = options.at;
    const opened = new AdminSocket(options);
    await listenOnSocket(opened.#server, socket, Number.parseInt(mode, 8));
    return opened;
  }

  /** Ends traces too, and removes the socket. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("Server", `diamgen-server/${VERSION}`);
    response.setHeader("Cache-Control", "no-store");
    try {
      const { operations, log } = this.#options;
      const operation = adminOperationOf(request);
      const reads = operation === "trace" || isReading(operation);
      if (request.method !== "POST" && !(request.method === "GET" && reads)) {
        response.setHeader("Allow", reads ? "GET, POST" : "POST");
        return send(response, 405, new AdminError("ADMIN_INVALID", "this method does not do it; see Allow"));
      }
      const given = await bodyOf(request);
      if (operation === "trace") await streamEvents(operations, given, response, log);
      else send(response, 200, await operations.call(operation, given as never));
    } catch (thrown) {
      const error = adminError(thrown);
      if (error.code === "ADMIN_FAILED") this.#options.log.error({ err: thrown }, "an operator's request failed");
      // What is left of a body that was refused is not read.
      if (!request.complete) response.setHeader("Connection", "close");
      send(response, STATUS[error.code], error);
    }
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body instanceof AdminError ? { error: body } : body)}\n`;
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
