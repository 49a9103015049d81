/** The listening side of `RawClient`: a bare TCP port on loopback whose connections speak frames only. */

import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type Deadline, RawClient } from "./raw-client.js";

export class RawListener implements AsyncDisposable {
  readonly port: number;
  private readonly server: Server;
  private readonly all: RawClient[] = [];
  private readonly accepted: RawClient[] = [];
  private readonly waiters: ((connection: RawClient) => void)[] = [];

  private constructor(server: Server) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (socket) => {
      const connection = new RawClient(socket);
      this.all.push(connection);
      const waiter = this.waiters.shift();
      if (waiter === undefined) this.accepted.push(connection);
      else waiter(connection);
    });
  }

  /** Listens on 127.0.0.1, by default on a port that the system chooses. */
  static async listen(port = 0): Promise<RawListener> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new RawListener(server);
  }

  /** Connections that there were. */
  get count(): number {
    return this.all.length;
  }

  /** The next connection that nobody has taken yet. */
  async accept({ timeoutMs = 5_000 }: Deadline = {}): Promise<RawClient> {
    const connection = this.accepted.shift();
    if (connection !== undefined) return connection;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiters.splice(this.waiters.indexOf(waiter), 1);
        reject(new Error(`no connection within ${timeoutMs} ms`));
      }, timeoutMs);
      const waiter = (accepted: RawClient) => {
        clearTimeout(timer);
        resolve(accepted);
      };
      this.waiters.push(waiter);
    });
  }

  /** Stops listening and closes every connection that it accepted. */
  async close(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    await Promise.all(this.all.map((connection) => connection.close()));
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
