import type { DiameterNode } from "@diamgen/runtime";
import type { Logger } from "pino";
import { type OnRejectRule, onRejectFor } from "./on-reject.js";

/** Product-Name of the library that OpenSIPS speaks Diameter with. */
const FREEDIAMETER = "freeDiameter";

/** Says in the log who gets no answer where it is refused, and of whom nobody can know whether it takes answers for what they are. `rules` may change. */
export function watchOnReject(node: DiameterNode, rules: () => readonly OnRejectRule[], log: Logger): void {
  const silent = rules().filter(({ onReject }) => onReject === "silence");
  if (silent.length > 0)
    log.warn(
      { rules: silent },
      "peers of these rules get no answer where they are refused, as OpenSIPS 3.5 and later need it",
    );
  node.on("peer:open", (peer) => {
    const { originHost, productName, firmwareRevision } = peer;
    const facts = { peer: originHost, productName, firmwareRevision };
    if (onRejectFor(rules(), peer) === "silence")
      log.warn(facts, "this peer gets no answer where it is refused: it takes any answer for success");
    else if (productName === FREEDIAMETER && rules().length === 0)
      log.warn(
        facts,
        "if this is OpenSIPS 3.5 or later, it takes any answer for success: see onReject in docs/opensips.md",
      );
  });
}
