import type { DiameterNode } from "@diamgen/runtime";
import type { Logger } from "pino";
import { type OnReject, type OnRejectRule, onRejectFor, type RefusablePeer } from "./on-reject.js";

/** Product-Name of the library that OpenSIPS speaks Diameter with. */
const FREEDIAMETER = "freeDiameter";

/**
 * `rules` are looked at for each refusal: they may change while the server runs. By the Origin-Host of a connected peer, what a refusal is. Says in the log who gets none, and of whom it cannot know whether it takes
 * answers for what they are.
 */
export function watchOnReject(
  node: DiameterNode,
  rules: () => readonly OnRejectRule[],
  log: Logger,
): (originHost: string) => OnReject {
  const silent = rules().filter(({ onReject }) => onReject === "silence");
  if (silent.length > 0)
    log.warn(
      { rules: silent },
      "peers of these rules get no answer where they are refused, as OpenSIPS 3.5 and later need it",
    );
  const connected = new Map<string, RefusablePeer>();
  node.on("peer:open", (peer) => {
    const { originHost, productName, firmwareRevision } = peer;
    if (originHost === undefined) return;
    const onReject = onRejectFor(rules(), peer);
    connected.set(originHost, peer);
    const facts = { peer: originHost, productName, firmwareRevision };
    if (onReject === "silence")
      log.warn(facts, "this peer gets no answer where it is refused: it takes any answer for success");
    else if (productName === FREEDIAMETER && rules().length === 0)
      log.warn(
        facts,
        "if this is OpenSIPS 3.5 or later, it takes any answer for success: see onReject in docs/opensips.md",
      );
  });
  node.on("peer:close", ({ originHost }) => {
    if (originHost !== undefined) connected.delete(originHost);
  });
  return (originHost) =>
    onRejectFor(
      rules(),
      connected.get(originHost) ?? { originHost, productName: undefined, firmwareRevision: undefined },
    );
}
