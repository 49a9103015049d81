import type { Caller, CallOptions, Command } from "./types.js";

/**
 * Sends one request and resolves with its answer: `sip.client(node).multimediaAuth(init)` in the form that bundlers can shake, for it names
 * one command only. Rejects as `DiameterNode.request` does.
 */
export function call<Q, QI, A, AI>(
  node: Caller,
  command: Command<Q, QI, A, AI>,
  init: QI,
  options?: CallOptions,
): Promise<A> {
  return node.request(command, init, options);
}
