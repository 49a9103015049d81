/** What of a peer's configuration cannot be. */
import { ConfigurationError } from "../errors.js";
import type { PeerConfig } from "../peer/peer-types.js";
import { LEAST_TWINIT_MS } from "../peer/watchdog.js";
import type { TlsCredentials } from "../transport/tls-credentials.js";
import { checked } from "./security.js";

const LONGEST_TIMER = 0x7fffffff;

/**
 * The same, as `checked` gives it.
 *
 * @throws {ConfigurationError} see `checked`; or a timer is out of its range
 */
export function checkedPeer(peer: PeerConfig, ofNode: TlsCredentials | undefined): PeerConfig {
  const least = { watchdogMs: LEAST_TWINIT_MS, reconnectMs: 1 };
  for (const name of ["watchdogMs", "reconnectMs"] as const) {
    const value = peer[name];
    if (value !== undefined && !(value >= least[name] && value <= LONGEST_TIMER))
      throw new ConfigurationError(
        `peers: ${peer.host}: ${name} must be between ${least[name]} and ${LONGEST_TIMER} ms, got ${value}`,
      );
  }
  return checked("peers:", peer, ofNode);
}
