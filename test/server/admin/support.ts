/** A server with an admin socket in this process, and HTTP to that socket. */
import { once } from "node:events";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { parseConfig } from "../../../server/src/config/load.js";
import { createLogger } from "../../../server/src/log.js";
import { Service } from "../../../server/src/service/service.js";
import { openSqlite } from "../../../server/src/store/index.js";
import { ALICE } from "../diameter/support.js";
import { temporaryFolder } from "../program.js";

export interface Administered {
  readonly service: Service;
  readonly port: number;
  readonly socket: string;
  readonly folder: string;
}

export function settings(folder: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    identity: "server.diameter.test",
    listen: [{ host: "127.0.0.1", port: 0 }],
    accept: ["*.diameter.test"],
    database: { type: "sqlite", path: "diamgen.db" },
    shutdown: { timeoutMs: 1000 },
    admin: { socket: join(folder, "admin.sock") },
    ...changes,
  };
}

/** Started, with alice as a subscriber, and stopped after the test. */
export async function startService(changes: Readonly<Record<string, unknown>> = {}): Promise<Administered> {
  const folder = temporaryFolder();
  const config = parseConfig(join(folder, "server.yaml"), JSON.stringify(settings(folder, changes)));
  {
    await using stores = openSqlite({ path: join(folder, "diamgen.db") });
    await stores.subscribers.add(ALICE);
  }
  const service = await Service.start(config, createLogger({ level: "silent" }));
  onTestFinished(() => service.stop());
  return { service, port: service.addresses[0]!.port, socket: join(folder, "admin.sock"), folder };
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request to the socket. */
export async function http(
  socketPath: string,
  method: string,
  path: string,
  body?: string | Buffer,
): Promise<HttpResponse> {
  const request = httpRequest({ socketPath, method, path, agent: false });
  request.end(body);
  const [response] = await once(request, "response");
  response.setEncoding("utf8");
  let text = "";
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, headers: response.headers, text };
}

/** The JSON of what is asked by POST. */
export async function ask(socket: string, path: string, body: unknown = {}): Promise<unknown> {
  return JSON.parse((await http(socket, "POST", path, JSON.stringify(body))).text);
}
