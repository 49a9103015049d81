/** A node over real sockets, somebody who attacks it, and somebody who only wants to be served meanwhile. */

import { encodeMessage } from "@diamgen/runtime/codec";
import { application, type CreditControlRequestInit, creditControl } from "@diamgen/sdk/credit-control";
import { expect } from "vitest";
import { Header } from "../../../runtime/src/codec/header.js";
import type { Counters, NodeOptions } from "../../../runtime/src/index.js";
import { DiameterNode } from "../../../runtime/src/node.js";
import { type Capabilities, encodeCER } from "../../../runtime/src/peer/base-messages.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { dissect, resultCode, withIdentifiers } from "../../support/dissect.js";
import { RawClient } from "../../support/raw-client.js";

export const SERVER = { originHost: "server.test", originRealm: "test" } as const;
export const ATTACKER = { originHost: "attacker.test", originRealm: "test" } as const;

const REQUEST: CreditControlRequestInit = {
  sessionId: "attacker.test;1;1",
  destinationRealm: "test",
  serviceContextId: "32251@3gpp.org",
  ccRequestType: 1,
  ccRequestNumber: 0,
  userName: "somebody",
};

/** A sound Credit-Control-Request (RFC 8506 section 3.1) of the attacker. */
export function request(change: Partial<CreditControlRequestInit> = {}, header: Partial<Header> = {}): Uint8Array {
  const message = creditControl.request.create({ ...REQUEST, ...change }, { sessionId: "", ...ATTACKER });
  message.header = { ...new Header(0xc0, creditControl.code, application.id, 0x0a0b0c0d, 0x01020304), ...header };
  return encodeMessage(creditControl.request, message);
}

export const CAPABILITIES: Capabilities = {
  ...ATTACKER,
  hostIpAddress: ["127.0.0.1"],
  vendorId: 0,
  productName: "attacker",
  supportedVendorId: [],
  authApplicationId: [application.id],
  acctApplicationId: [],
  inbandSecurityId: [],
  vendorSpecificApplicationId: [],
  originStateId: undefined,
  firmwareRevision: undefined,
};

export function cer(change: Partial<Capabilities> = {}): Uint8Array {
  return encodeCER({ ...CAPABILITIES, ...change }, { hopByHop: 7, endToEnd: 9 }).bytes;
}

/** What has to be as it was when all is over. */
export interface BaseLine {
  readonly peers: number;
  readonly pending: number;
  readonly serving: number;
  /** Octets that wait to be sent. */
  readonly buffered: number;
  /** On the node's clock. */
  readonly timers: number;
  /** TCP sockets of this process, both ends of each connection and the attacker's own. */
  readonly sockets: number;
}

/** Waits, at most 5 s, for something that takes a few turns of the event loop: the system tells of a closed socket when it likes. */
export async function until(what: () => boolean, title: string): Promise<void> {
  const end = Date.now() + 5_000;
  while (!what()) {
    if (Date.now() > end) throw new Error(`not within 5 s: ${title}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

export class Arena implements AsyncDisposable {
  readonly node: DiameterNode;
  readonly clock: VirtualClock;
  readonly port: number;
  /** User-Name of every request that the handler saw of the attacker. */
  readonly handled: string[] = [];
  private readonly bystander: DiameterNode;
  private readonly attackers: RawClient[] = [];

  private constructor(node: DiameterNode, clock: VirtualClock, port: number, bystander: DiameterNode) {
    this.node = node;
    this.clock = clock;
    this.port = port;
    this.bystander = bystander;
  }

  /** The node answers 2001; `handler` may say otherwise for requests that are not the bystander's. */
  static async open(
    options: Partial<NodeOptions> = {},
    handler?: Parameters<typeof DiameterNode.prototype.handle<unknown, unknown, unknown, unknown>>[1],
    handleOptions: object = {},
  ): Promise<Arena> {
    const clock = new VirtualClock();
    const node = new DiameterNode({
      ...SERVER,
      applications: [application],
      accept: "any",
      listen: [{ host: "127.0.0.1", port: 0 }],
      clock,
      // The bystander's watchdog is its own business: here the clock stands still.
      watchdogMs: 0x7fff_0000,
      ...options,
    });
    await node.start();
    const port = node.addresses[0]?.port as number;
    const bystander = new DiameterNode({
      originHost: "bystander.test",
      originRealm: "test",
      applications: [application],
      peers: [{ host: "127.0.0.1", port, originHost: SERVER.originHost }],
    });
    const arena = new Arena(node, clock, port, bystander);
    node.handle(
      creditControl,
      (ccr, context) => {
        if (ccr.originHost !== "bystander.test") {
          arena.handled.push(ccr.userName ?? "");
          if (handler !== undefined) return handler(ccr, context as never) as never;
        }
        const { ccRequestType, ccRequestNumber } = ccr;
        return context.answer({ resultCode: 2001, ccRequestType, ccRequestNumber });
      },
      handleOptions,
    );
    await bystander.start();
    return arena;
  }

  /** The bystander's request is answered. */
  async serves(): Promise<void> {
    const answer = await this.bystander.request(creditControl, { ...REQUEST, sessionId: undefined });
    expect(answer.resultCode).toBe(2001);
  }

  /** A connection that has said nothing yet. */
  async connect(): Promise<RawClient> {
    const client = await RawClient.connect(this.port);
    this.attackers.push(client);
    return client;
  }

  /** The attacker, as a peer. */
  async attacker(change: Partial<Capabilities> = {}): Promise<RawClient> {
    const client = await this.connect();
    client.send(cer(change));
    const cea = dissect(await client.next());
    expect(resultCode(cea)).toBe(2001);
    return client;
  }

  /** A sound request is answered on this connection: it is still alive, and its octets are still in step. */
  async alive(client: RawClient): Promise<void> {
    const answer = dissect(await client.exchange(withIdentifiers(request(), { endToEnd: 0x7f000001 })));
    expect(resultCode(answer)).toBe(2001);
  }

  get baseLine(): BaseLine {
    const { peers } = this.node;
    return {
      peers: peers.size,
      pending: peers.list().reduce((sum, { pending }) => sum + pending, 0),
      serving: peers.list().reduce((sum, { serving }) => sum + serving, 0),
      buffered: connectionsOf(this.node).reduce((sum, { buffered }) => sum + buffered, 0),
      timers: this.clock.pending,
      sockets: process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length,
    };
  }

  /** All attackers go, and everything is as it was. */
  async backTo(before: BaseLine): Promise<void> {
    await Promise.all(this.attackers.splice(0).map((client) => client.close()));
    const same = () => JSON.stringify(this.baseLine) === JSON.stringify(before);
    await until(same, "the base line").catch(() => {});
    expect(this.baseLine).toEqual(before);
  }

  /** What happens while `act` runs, as the node's counters tell it; those that stay as they are left out. */
  async counted(act: () => Promise<void>): Promise<Partial<Counters>> {
    const before: Record<string, number> = { ...this.node.counters };
    await act();
    const after = Object.entries(this.node.counters);
    return Object.fromEntries(after.map(([name, n]) => [name, n - (before[name] ?? 0)]).filter(([, n]) => n !== 0));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.attackers.map((client) => client.close()));
    await this.bystander.stop({ timeoutMs: 100 });
    const stopped = this.node.stop({ timeoutMs: 100 });
    for (let i = 0; i < 5; i++) await this.clock.advanceAsync(50);
    await stopped;
  }
}

interface Buffered {
  readonly buffered: number;
}

/** There is no public way to the octets that wait. */
function connectionsOf(node: object): Buffered[] {
  const { all } = node as { readonly all: { readonly table: Iterable<{ link?: { connection: Buffered } }> } };
  return [...all.table].flatMap(({ link }) => (link === undefined ? [] : [link.connection]));
}
