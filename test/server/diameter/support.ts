/** The server in this process, what it says on the wire, and OpenSIPS as the captures have it. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiameterNode } from "../../../runtime/src/index.js";
import { createLogger, SipServer, type SipServerOptions } from "../../../server/src/index.js";
import { openSqlite, type SqliteStores } from "../../../server/src/store/index.js";
import { type DissectedMessage, dissect, findAvp, printed, resultCode } from "../../support/dissect.js";
import { type CaptureName, capture, type GoldenMessage } from "../../support/golden.js";
import { RawClient } from "../../support/raw-client.js";

export const CER = 257;
export const MAR = 286;
export const ACR = 271;
export const DWR = 280;
export const DPR = 282;

/** The names of the captures. The password is the one that fits the responses which app_opensips accepted. */
export const SERVER = { originHost: "server.diameter.test", originRealm: "diameter.test" };
export const ALICE = { username: "alice", domain: "sipdomain.invalid", password: "secret" };

/** What our side sent, message by message: as it came over the wire to a raw client, or as a node gave it to its tap. */
export class Recorder {
  readonly messages: Uint8Array[] = [];

  /** Records what this client receives from now on. */
  record(client: RawClient): RawClient {
    let pending = Buffer.alloc(0);
    client.socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 4 && pending.length >= pending.readUIntBE(1, 3)) {
        const length = pending.readUIntBE(1, 3);
        this.messages.push(Uint8Array.from(pending.subarray(0, length)));
        pending = pending.subarray(length);
      }
    });
    return client;
  }

  /** Records what this node sends from now on. */
  tap(node: DiameterNode): void {
    node.onMessage(({ direction, raw }) => {
      if (direction === "out") this.messages.push(Uint8Array.from(raw.toBytes()));
    });
  }
}

/**
 * Whether this answer of the server has the E bit: RFC 6733 section 7.1.3 wants it with a 3xxx. 7.1.5 has two ways for a 5xxx: an answer to a MAR
 * keeps to its command's grammar, without the bit, for OpenSIPS 3.2 waits for ever where Acct-Session-Id does not come back; whatever else
 * cannot be read, a record or what has no session, gets the answer-message of section 7.2, with the bit.
 */
export function isAnswerMessage(answer: DissectedMessage): boolean {
  const family = Math.trunc((resultCode(answer) ?? 0) / 1000);
  return family === 3 || (family === 5 && (answer.code !== MAR || findAvp(answer, 263) === undefined));
}

export interface RunningServer extends AsyncDisposable {
  readonly server: SipServer;
  readonly stores: SqliteStores;
  readonly port: number;
  /** The database file. */
  readonly path: string;
}

/** A server on a new SQLite database, in which alice is. */
export async function startServer(options: Partial<SipServerOptions> = {}): Promise<RunningServer> {
  const folder = await mkdtemp(join(tmpdir(), "diamgen-server-"));
  const path = join(folder, "diamgen.db");
  const stores = openSqlite({ path });
  const server = new SipServer({
    ...SERVER,
    listen: [{ host: "127.0.0.1", port: 0 }],
    stores,
    log: createLogger({ level: "silent" }),
    ...options,
  });
  const end = async (): Promise<void> => {
    await server.stop();
    await stores.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await stores.subscribers.add(ALICE);
    await server.start();
  } catch (error) {
    await end();
    throw error;
  }
  return { server, stores, path, port: server.node.addresses[0]?.port ?? 0, [Symbol.asyncDispose]: end };
}

/** Waits until no peer is connected, or known. */
export async function peersGone(node: DiameterNode): Promise<void> {
  while (node.peers.size > 0) await new Promise<void>((resolve) => node.once("peer:close", () => resolve()));
}

/** A connection on which the CER of this capture, or the one given, was answered with success. */
export async function connectAs(
  port: number,
  recorder: Recorder,
  cer: CaptureName | Uint8Array = "opensips-3.2-auth",
): Promise<RawClient> {
  const client = recorder.record(await RawClient.connect(port));
  const cea = dissect(await client.exchange(typeof cer === "string" ? cerOf(cer) : cer));
  if (resultCode(cea) !== 2001) throw new Error(`CEA with ${resultCode(cea)}`);
  return client;
}

/** The CER with which OpenSIPS, or the script in its place, begins a capture. */
export function cerOf(name: CaptureName): string {
  return capture(name)[0]?.hex ?? "";
}

/** Requests of OpenSIPS in a capture, CER apart. */
export function requestsOf(name: CaptureName, ...codes: readonly number[]): readonly GoldenMessage[] {
  return capture(name).filter(
    ({ from, flags, code }) =>
      from === "client" && flags.startsWith("R") && code !== CER && (codes.length === 0 || codes.includes(code)),
  );
}

/** The AVPs of an answer with flags and data, in whatever order; without Acct-Application-Id (259), which only ours have: RFC 6733 section 9.7.2. */
export function content(answer: DissectedMessage): readonly string[] {
  return printed(answer)
    .split("\n")
    .slice(1)
    .filter((line) => !line.startsWith("  259 "))
    .sort();
}
