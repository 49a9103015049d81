/** Messages of the node for those who look at them live. */
import type { DiameterNode, TappedMessage } from "@diamgen/runtime";
import { AdminError } from "./admin-error.js";
import type { TraceEvent } from "./operations.js";
import type { TraceRequest } from "./requests.js";
import { hideSecrets } from "./secrets.js";

/** Each one costs a copy of every message that it shows. */
export const MAX_TRACES = 8;

export class Traces {
  readonly #node: Pick<DiameterNode, "onMessage">;
  #running = 0;

  constructor(node: Pick<DiameterNode, "onMessage">) {
    this.#node = node;
  }

  /** Throws ADMIN_LIMIT. The function returned ends it, and may be called twice. */
  start(request: TraceRequest, show: (event: TraceEvent) => void): () => void {
    if (this.#running >= MAX_TRACES) throw new AdminError("ADMIN_LIMIT", `${MAX_TRACES} traces are running already`);
    const fits = filterOf(request);
    const off = this.#node.onMessage((message) => {
      if (fits(message)) show(eventOf(message));
    });
    this.#running++;
    let running = true;
    return () => {
      if (!running) return;
      running = false;
      this.#running--;
      off();
    };
  }
}

function filterOf({ peers, commands }: TraceRequest): (message: TappedMessage) => boolean {
  const names = peers && new Set(peers.map((name) => name.toLowerCase()));
  const codes = commands && new Set(commands);
  // The cheap one first: the peer's snapshot is made where it is looked at.
  return (message) =>
    (codes === undefined || codes.has(message.raw.commandCode)) &&
    (names === undefined || names.has(message.peer.originHost?.toLowerCase() ?? ""));
}

function eventOf({ time, direction, peer, connection, raw }: TappedMessage): TraceEvent {
  const octets = Buffer.from(raw.toBytes());
  hideSecrets(octets);
  const { local, remote, transport } = connection;
  return {
    time,
    direction,
    peer: peer.originHost,
    protocol: peer.security?.protocol,
    local,
    remote,
    transport,
    octets: octets.toString("base64"),
  };
}
