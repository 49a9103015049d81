/** Requests to SIP servers, by the worker that has the connection. */
import type { AnyCommand, Caller, CallOptions, Command, DiameterNode } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import { isOpen } from "../peer-state.js";

/** A request of ours, from worker to worker: octets and bigints survive a structured clone. */
export interface SipCall {
  readonly command: string;
  /** Origin-Host of the SIP server. */
  readonly destinationHost: string;
  readonly init: unknown;
}

/** What this server asks of others. */
const COMMANDS: ReadonlyMap<string, AnyCommand> = new Map(
  [sip.registrationTermination, sip.abortSession, sip.pushProfile].map((command) => [
    command.name,
    command as unknown as AnyCommand,
  ]),
);

export class OwnerCaller implements Caller {
  readonly #node: DiameterNode;
  readonly #elsewhere: (call: SipCall) => Promise<unknown>;

  /** `elsewhere`: asks the worker that has the peer. Rejects where none has. */
  constructor(node: DiameterNode, elsewhere: (call: SipCall) => Promise<unknown>) {
    this.#node = node;
    this.#elsewhere = elsewhere;
  }

  async request<Q, QI, A, AI>(command: Command<Q, QI, A, AI>, init: QI, options?: CallOptions): Promise<A> {
    const { destinationHost } = init as { readonly destinationHost?: string };
    if (
      destinationHost === undefined ||
      !COMMANDS.has(command.name) ||
      isOpen(this.#node.peers.get(destinationHost)?.state)
    )
      return this.#node.request(command, init, options);
    return (await this.#elsewhere({ command: command.name, destinationHost, init })) as A;
  }
}

/** The same in the worker that has the peer. Resolves with the answer's properties. */
export async function callHere(node: DiameterNode, { command: name, init }: SipCall): Promise<unknown> {
  const command = COMMANDS.get(name);
  if (command === undefined) throw new TypeError(`${name} is no request of this server`);
  return { ...((await node.request(command, init as never)) as object) };
}
