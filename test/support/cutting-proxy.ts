/** Stands between a client and a server on TCP, and cuts a connection once the server has done something, before the client hears of it. */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export class CuttingProxy implements AsyncDisposable {
  readonly port: number;
  /** Connections that were cut. */
  cut = 0;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private words: RegExp | undefined;

  private constructor(server: Server, target: number) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => this.join(client, connect({ host: "127.0.0.1", port: target })));
  }

  static async listen(target: number): Promise<CuttingProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new CuttingProxy(server, target);
  }

  /** The next connection on which a client says such words is cut when the server answers them; the answer does not arrive. */
  cutAfter(words: RegExp): void {
    this.words = words;
  }

  private join(client: Socket, target: Socket): void {
    let armed = false;
    const end = () => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      this.sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.sockets.delete(socket);
        end();
      });
    }
    client.on("data", (data: Buffer) => {
      if (this.words?.test(data.toString("latin1"))) {
        armed = true;
        this.words = undefined;
      }
      target.write(data);
    });
    target.on("data", (data: Buffer) => {
      if (armed) {
        this.cut += 1;
        end();
      } else client.write(data);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
