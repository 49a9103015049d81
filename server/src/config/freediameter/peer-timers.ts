/** TcTimer and TwTimer within the braces of ConnectPeer. */
import { lastOf } from "./check.js";
import type { Directive } from "./parser.js";
import type { ReportLine } from "./report.js";

export interface PeerTimers {
  readonly settings: Readonly<Partial<Record<"reconnectMs" | "watchdogMs", number>>>;
  readonly said: ReadonlyMap<Directive, Pick<ReportLine, "outcome" | "why">>;
}

/** TcTimer and TwTimer of one peer, in seconds: freeDiameter takes any number there, and 0 for none. */
export function peerTimers(inner: readonly Directive[]): PeerTimers {
  const settings: Partial<Record<"reconnectMs" | "watchdogMs", number>> = {};
  const said = new Map<Directive, Pick<ReportLine, "outcome" | "why">>();
  for (const [name, key, least] of [
    ["TcTimer", "reconnectMs", 1],
    ["TwTimer", "watchdogMs", 6],
  ] as const) {
    const last = lastOf(inner, name);
    for (const part of inner) {
      if (part.name !== name) continue;
      const seconds = part.number!;
      if (part !== last) said.set(part, { outcome: "ignored", why: "said again below, and the last one counts" });
      else if (seconds <= 0) said.set(part, { outcome: "ignored", why: "no time: that of the file counts, as for 0" });
      else {
        settings[key] = Math.max(seconds, least) * 1000;
        const why = seconds < least ? `${least} seconds, the least that RFC 3539 section 3.4.1 has` : "";
        said.set(part, { outcome: "honoured", why });
      }
    }
  }
  return { settings, said };
}
