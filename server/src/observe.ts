import type { DiameterNode, PeerInfo } from "@diamgen/runtime";
import type { Logger } from "pino";

/** What happens on a node, into the log. */
export function observe(node: DiameterNode, log: Logger): void {
  node.on("peer:open", (peer) => log.info({ ...facts(peer), product: peer.productName }, "peer connected"));
  node.on("peer:close", (peer, reason) => log.info({ ...facts(peer), reason }, "peer disconnected"));
  node.on("peer:suspect", (peer) => log.warn(facts(peer), "peer does not answer the watchdog"));
  node.on("peer:okay", (peer) => log.debug(facts(peer), "peer answers the watchdog"));
  node.on("connection:refused", (refused) => log.warn(refused, "connection refused"));
  node.on("request:refused", ({ peer, ...refused }) => log.warn({ ...facts(peer), ...refused }, "request refused"));
  node.on("handler:error", ({ peer, command, error }) =>
    log.error({ ...facts(peer), command: command.name, err: error }, "handler failed"),
  );
  node.on("answer:dropped", ({ peer, command }) =>
    log.warn({ ...facts(peer), command: command.name }, "answer came too late"),
  );
}

function facts({ originHost, remote }: PeerInfo): { peer: string | undefined; remote: string | undefined } {
  return { peer: originHost, remote: remote === undefined ? undefined : `${remote.address}:${remote.port}` };
}
