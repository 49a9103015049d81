/** A small HTTP server for those who look after this one: GET of a few paths, nothing else. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type Pages = Readonly<Record<string, () => Promise<Page>>>;

/** Whoever reaches the port cannot take all of our file descriptors. */
const MAX_CONNECTIONS = 64;

export class HttpListener implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Rejects with the system's error. `onError`: a page could not be made. */
  static async open(
    at: { readonly host: string; readonly port: number },
    pages: Pages,
    onError: (path: string, error: unknown) => void,
  ): Promise<HttpListener> {
    // Whoever is too slow is found every second, not every 30, as Node would.
    const timeouts = { headersTimeout: 5000, requestTimeout: 5000, connectionsCheckingInterval: 1000 };
    const server = createServer(timeouts, (request, response) => {
      serve(request, response, pages, onError);
    });
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(at.port, at.host);
    await once(server, "listening");
    return new HttpListener(server);
  }

  get address(): { readonly address: string; readonly port: number } {
    const { address, port } = this.#server.address() as AddressInfo;
    return { address, port };
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function serve(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Pages,
  onError: (path: string, error: unknown) => void,
): void {
  // Nothing that is asked for has a body.
  request.resume();
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
  const send = ({ status, contentType, body }: Page, headers: Readonly<Record<string, string>> = {}) => {
    response.writeHead(status, {
      "Content-Type": contentType,
      "Content-Length": Buffer.byteLength(body),
      "Cache-Control": "no-store",
      ...headers,
    });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const plain = (status: number, body: string): Page => ({ status, contentType: "text/plain; charset=utf-8", body });
  if (page === undefined) {
    send(plain(404, "not found\n"));
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    send(plain(405, "GET and HEAD only\n"), { Allow: "GET, HEAD" });
    return;
  }
  page().then(
    (made) => send(made),
    (error: unknown) => {
      onError(path, error);
      if (!response.headersSent) send(plain(500, "this could not be made; the log says why\n"));
    },
  );
}
