/**
 * What stands between two Diameter peers and does harm: it passes their messages on, frame by frame, as the test says.
 *
 * ```ts
 * await using meddler = await Meddler.listen(freeDiameter.port);
 * meddler.meddle = ({ toServer, code }) => (toServer || code !== 285 ? "pass" : "drop");
 * ```
 */

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Passing {
  /** From the side that connected. */
  readonly toServer: boolean;
  readonly code: number;
  readonly request: boolean;
  readonly octets: Buffer;
}

/** `frames` go out in its place, which need not be whole; `close` closes both connections behind them. */
export type Meddling = "pass" | "drop" | { readonly frames: readonly Uint8Array[]; readonly close?: boolean };

export class Meddler implements AsyncDisposable {
  readonly port: number;
  meddle: (passing: Passing) => Meddling | Promise<Meddling> = () => "pass";
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();

  private constructor(server: Server, target: number) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client) => this.join(client, connect({ host: "127.0.0.1", port: target })));
  }

  /** Listens on 127.0.0.1 and connects to that port for whoever comes. */
  static async listen(target: number): Promise<Meddler> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Meddler(server, target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(client: Socket, target: Socket): void {
    for (const socket of [client, target]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    this.pass(client, target, true);
    this.pass(target, client, false);
  }

  private pass(from: Socket, to: Socket, toServer: boolean): void {
    let buffered = Buffer.alloc(0);
    from.on("data", (chunk: Buffer) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 20 && buffered.length >= buffered.readUIntBE(1, 3)) {
        const octets = Buffer.from(buffered.subarray(0, buffered.readUIntBE(1, 3)));
        buffered = buffered.subarray(octets.length);
        void this.one(
          { toServer, code: octets.readUIntBE(5, 3), request: (octets.readUInt8(4) & 0x80) !== 0, octets },
          to,
        );
      }
    });
  }

  private async one(passing: Passing, to: Socket): Promise<void> {
    const meddling = await this.meddle(passing);
    if (meddling === "drop") return;
    const { frames, close = false } = meddling === "pass" ? { frames: [passing.octets] } : meddling;
    for (const frame of frames) to.write(frame);
    if (close) to.end();
  }
}
