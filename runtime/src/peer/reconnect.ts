/** When to connect again: RFC 6733 sections 2.1 (Tc) and 5.4.3 (what the peer's Disconnect-Cause asks for). */
import type { Random } from "../routing/identifiers.js";
import { DisconnectCause } from "./base-messages.js";

/** Tc where nobody says otherwise: RFC 6733 section 12. */
export const DEFAULT_TC_MS = 30_000;

/** After failures in a row, Tc grows to this many times itself: a peer that is down for long is not worth more. */
const MOST = 4;

/**
 * Milliseconds to the next attempt, or undefined where the peer does not want one. Tc varies by a tenth either way, so that a
 * hundred clients of a server that restarts do not all come at once.
 *
 * @param failures attempts since the connection was last open
 * @param cause Disconnect-Cause of the peer's DPR, where it sent one
 */
export function reconnectDelay(
  tcMs: number,
  failures: number,
  cause: number | undefined,
  random: Random,
): number | undefined {
  // "SHOULD NOT attempt reconnection", neither for BUSY; but a peer that is busy now may be served later, and nobody would tell us.
  if (cause === DisconnectCause.DO_NOT_WANT_TO_TALK_TO_YOU) return undefined;
  const times = cause === DisconnectCause.BUSY ? MOST : Math.min(2 ** Math.max(0, failures - 1), MOST);
  return Math.round(tcMs * times * (0.9 + 0.2 * random()));
}
