import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Logger } from "pino";
import { SipServer } from "../server.js";
import { openSqlite, type Stores } from "../store/index.js";
import { DEMO } from "./names.js";

export interface DemoOptions {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly log: Logger;
  /** Folder for the database; a temporary one, removed at the end, where left out. */
  readonly data?: string | undefined;
}

export interface DemoServer {
  readonly server: SipServer;
  readonly stores: Stores;
  /** Where it listens. */
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The server on an embedded database with one subscriber. */
export async function startDemo(options: DemoOptions): Promise<DemoServer> {
  const { host, log } = options;
  const folder = options.data ?? (await mkdtemp(path.join(tmpdir(), "diamgen-demo-")));
  const stores = openSqlite({ path: path.join(folder, "diamgen.db") });
  const server = new SipServer({
    originHost: DEMO.server,
    originRealm: DEMO.realm,
    listen: [{ host, port: options.port }],
    stores,
    log,
  });
  const stop = async (): Promise<void> => {
    await server.stop();
    await stores.close();
    if (options.data === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const { username, domain } = DEMO.subscriber;
    if ((await stores.subscribers.find(username, domain)) === undefined) await stores.subscribers.add(DEMO.subscriber);
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  const port = server.node.addresses[0]?.port ?? options.port;
  return { server, stores, host, port, stop };
}
