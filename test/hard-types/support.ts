/** Two nodes over the network in memory, for commands of the SDK. */
import type { ApplicationDefinition, DiameterNode, NodeOptions } from "@diamgen/runtime";
import type { Avp, RawMessage } from "../../runtime/src/index.js";
import { createWorld, PORT, type World } from "../support/nodes.js";

export interface Pair extends AsyncDisposable {
  readonly world: World;
  readonly client: DiameterNode;
  readonly server: DiameterNode;
}

/** Both are started and connected; handlers may be added to the server later. */
export async function pair(
  applications: readonly ApplicationDefinition[],
  options: { readonly client?: Partial<NodeOptions>; readonly server?: Partial<NodeOptions> } = {},
): Promise<Pair> {
  const world = createWorld();
  const server = world.node("server", {
    applications,
    listen: [{ host: "server", port: PORT, transport: "memory" }],
    accept: "any",
    ...options.server,
  });
  await server.start();
  const client = await world.client("client", ["server"], { applications, ...options.client });
  return { world, client, server, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

/** What the call rejects with. */
export async function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => {
      throw new Error(`resolved with ${value}`);
    },
    (error: unknown) => error,
  );
}

/** Messages of a command that the node receives and sends, from now on; they own their octets. */
export function watch(node: DiameterNode, commandCode: number): { readonly messages: RawMessage[] } {
  const messages: RawMessage[] = [];
  node.onMessage(({ raw }) => {
    if (raw.commandCode === commandCode) messages.push(raw.own());
  });
  return { messages };
}

export function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString("hex");
}

export function octets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
}

/** Code, vendor, flags and data of AVPs, to be compared. */
export function plain(avps: readonly Avp[]): string[] {
  return avps.map(({ code, vendorId, flags, data }) => `${vendorId}:${code} ${flags.toString(16)} ${hex(data)}`);
}
