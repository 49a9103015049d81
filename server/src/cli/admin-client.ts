/** Asks a running server, over its socket. */
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { AdminErrorJson } from "../admin/admin-error.js";
import type { AdminResponses, TraceEvent } from "../admin/operations.js";
import { pathOf } from "../admin/path.js";
import type { AdminOperation, AdminRequests, TraceRequest } from "../admin/requests.js";
import { VERSION } from "../version.js";
import { ExitCode } from "./exit-code.js";

/** Why there is no response; `exitCode` is the program's. */
export class AdminClientError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Messages that the trace does not have, for they came faster than they were read. */
export interface Dropped {
  readonly dropped: number;
}

const EXIT_CODES: Readonly<Record<AdminErrorJson["code"], number>> = {
  ADMIN_UNKNOWN_OPERATION: ExitCode.INVALID,
  ADMIN_INVALID: ExitCode.INVALID,
  ADMIN_NO_SUCH_PEER: ExitCode.INVALID,
  ADMIN_IMPOSSIBLE: ExitCode.INVALID,
  ADMIN_LIMIT: ExitCode.INVALID,
  ADMIN_DATABASE: ExitCode.IO,
  ADMIN_FAILED: ExitCode.BUG,
};

export class AdminClient {
  readonly #socket: string;
  /** Told of what is no error, such as a server of another version. */
  readonly #warn: (message: string) => void;
  #warned = false;

  constructor(socket: string, warn: (message: string) => void) {
    this.#socket = socket;
    this.#warn = warn;
  }

  /** Rejects with an AdminClientError. */
  async call<O extends AdminOperation>(operation: O, request: AdminRequests[O]): Promise<AdminResponses[O]> {
    const response = await this.#post(pathOf(operation), request);
    return JSON.parse(await textOf(response)) as AdminResponses[O];
  }

  /** From when it resolves until `signal` fires, or the server ends. Rejects with an AdminClientError. */
  async trace(request: TraceRequest, signal: AbortSignal): Promise<AsyncIterable<TraceEvent | Dropped>> {
    const response = await this.#post(pathOf("trace"), request);
    const end = () => response.destroy();
    if (signal.aborted) end();
    signal.addEventListener("abort", end, { once: true });
    return linesOf(response);
  }

  async #post(path: string, body: object): Promise<IncomingMessage> {
    const request = httpRequest({
      socketPath: this.#socket,
      path,
      method: "POST",
      headers: { Host: "admin", "Content-Type": "application/json" },
    });
    request.end(JSON.stringify(body));
    let response: IncomingMessage;
    try {
      [response] = (await once(request, "response")) as [IncomingMessage];
    } catch (error) {
      throw unreachable(error as NodeJS.ErrnoException, this.#socket);
    }
    const version = /^diamgen-server\/(\S+)$/.exec(String(response.headers.server))?.[1];
    if (version === undefined)
      throw new AdminClientError(`what listens on ${this.#socket} is no diamgen-server`, ExitCode.IO);
    if (response.statusCode !== 200) throw refused(await textOf(response), version);
    if (version !== VERSION && !this.#warned) {
      this.#warned = true;
      this.#warn(`the server is version ${version}, this command ${VERSION}`);
    }
    return response;
  }
}

function unreachable(error: NodeJS.ErrnoException, socket: string): AdminClientError {
  const { code, message } = error;
  if (code === "ENOENT" || code === "ECONNREFUSED")
    return new AdminClientError(
      `no server listens on ${socket}: does it run, and has its configuration \`admin: { socket: ${socket} }\`?`,
      ExitCode.IO,
    );
  if (code === "EACCES" || code === "EPERM")
    return new AdminClientError(`${socket}: permission denied; only the user of the server may, and root`, ExitCode.IO);
  if (code === "ECONNRESET")
    return new AdminClientError(`the server closed the connection: too many use ${socket}, or it ends`, ExitCode.IO);
  return new AdminClientError(`${socket}: ${message}`, ExitCode.IO);
}

function refused(text: string, version: string): AdminClientError {
  let error: AdminErrorJson;
  try {
    ({ error } = JSON.parse(text) as { readonly error: AdminErrorJson });
  } catch {
    return new AdminClientError("the server's answer cannot be understood", ExitCode.IO);
  }
  const older = error.code === "ADMIN_UNKNOWN_OPERATION" && version !== VERSION;
  const hint = older ? `: it is version ${version}, this command ${VERSION}` : "";
  return new AdminClientError(`${error.message}${hint}`, EXIT_CODES[error.code] ?? ExitCode.INVALID);
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    throw new AdminClientError("the server ended before it had answered", ExitCode.IO);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<TraceEvent | Dropped> {
  let rest = "";
  try {
    for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line) as TraceEvent | Dropped;
    }
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new AdminClientError("the server's answer cannot be understood", ExitCode.IO);
    // Ended by us or by the server: what has come is what there is.
  }
}
