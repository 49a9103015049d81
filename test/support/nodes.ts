/** Nodes of the runtime on a clock that stands still and a network in memory, with the tiny command: what most tests of the runtime need. */

import type { NodeEvents, NodeOptions } from "../../runtime/src/index.js";
import { DiameterNode } from "../../runtime/src/node.js";
import { MemoryTransport, VirtualClock } from "../../runtime/src/testing/index.js";
import { tiny, tinyApplication } from "./tiny-command.js";

export interface World extends AsyncDisposable {
  readonly clock: VirtualClock;
  readonly network: MemoryTransport;
  /** A node named `name` in realm "test"; it is stopped with the world. */
  node(name: string, options?: Partial<NodeOptions>): DiameterNode;
  /** The same, listening on host `name`, accepting anybody, and answering Tiny-Requests with 2001 and its own name; started. */
  server(name: string, options?: Partial<NodeOptions>): Promise<DiameterNode>;
  /** A node that is connected to the servers of these names; started. */
  client(name: string, servers: readonly string[], options?: Partial<NodeOptions>): Promise<DiameterNode>;
  /** Lets everything happen that waits for nothing but its turn. */
  settle(): Promise<void>;
}

export const PORT = 3868;

export function createWorld(): World {
  const clock = new VirtualClock();
  const network = new MemoryTransport();
  const nodes: DiameterNode[] = [];
  const world: World = {
    clock,
    network,
    node(name, options = {}) {
      const node = new DiameterNode({
        originHost: `${name}.test`,
        originRealm: "test",
        applications: [tinyApplication],
        transports: [network],
        clock,
        random: () => 0.5,
        ...options,
      });
      nodes.push(node);
      return node;
    },
    async server(name, options = {}) {
      const node = world.node(name, {
        listen: [{ host: name, port: PORT, transport: "memory" }],
        accept: "any",
        ...options,
      });
      node.handle(tiny, (_request, context) => context.answer({ resultCode: 2001, userName: name }));
      await node.start();
      return node;
    },
    async client(name, servers, options = {}) {
      const node = world.node(name, { peers: servers.map((host) => memoryPeer(host)), ...options });
      await node.start();
      return node;
    },
    async settle() {
      for (let i = 0; i < 5; i++) await clock.advanceAsync(0);
    },
    async [Symbol.asyncDispose]() {
      const stopped = Promise.all(nodes.map((node) => node.stop({ timeoutMs: 1000 })));
      for (let i = 0; i < 20; i++) await clock.advanceAsync(100);
      await stopped;
    },
  };
  return world;
}

/** A peer on the network in memory whose name is known. */
export function memoryPeer(name: string) {
  return { host: name, port: PORT, transport: "memory", originHost: `${name}.test` } as const;
}

/** The next event of that name, or a rejection after 5 s of real time. */
export function next<N extends keyof NodeEvents>(node: DiameterNode, name: N): Promise<NodeEvents[N]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      off();
      reject(new Error(`no "${name}" within 5 s`));
    }, 5_000);
    const off = node.once(name, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
}
