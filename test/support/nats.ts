/** A NATS server with JetStream of its own for a test. */

import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { Daemon, runAs } from "./daemon.js";
import { freePort } from "./process.js";
import { requireTool } from "./requirement.js";

const server = requireTool("nats-server");

export const natsRequirements = [server];

export interface Nats extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly url: string;
  /** Makes a stream that takes one subject. */
  createStream(name: string, subject: string, maxMessageBytes?: number): Promise<void>;
  /** The payloads of a stream. */
  read(stream: string): Promise<readonly string[]>;
}

export async function startNats(): Promise<Nats> {
  const folder = await mkdtemp(join(tmpdir(), "diamgen-nats-"));
  const port = await freePort();
  const args = ["--jetstream", "--store_dir", folder, "--addr", "127.0.0.1", "--port", String(port)];
  const daemon = new Daemon(folder, runAs(), server.path, args, /Server is ready/);
  const url = `nats://127.0.0.1:${port}`;
  await daemon.start();
  return {
    daemon,
    url,
    async createStream(name, subject, max_msg_size = -1) {
      const connection = await connect({ servers: url });
      await (await jetstreamManager(connection)).streams.add({ name, subjects: [subject], max_msg_size });
      await connection.close();
    },
    async read(stream) {
      const connection = await connect({ servers: url });
      const { streams } = await jetstreamManager(connection);
      const { state } = await streams.info(stream);
      const payloads: string[] = [];
      for (let seq = state.first_seq; seq <= state.last_seq; seq++)
        payloads.push((await streams.getMessage(stream, { seq }))?.string() ?? "");
      await connection.close();
      return payloads;
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
