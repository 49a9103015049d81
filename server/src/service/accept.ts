/** Whose connections are welcome, beside those of the peers that the process itself connects to. */
import type { Config } from "../config/schema/index.js";

/** A peer of the configuration. */
export type ConfiguredPeer = Config["peers"][number];

/** What tells configured peers apart: all that is said of them; the schema gives an order. */
export const peerKey = (peer: ConfiguredPeer): string => JSON.stringify(peer);

/** Among the configured peers; one that is configured with TLS, under TLS only. */
export function isConfigured(peers: readonly ConfiguredPeer[], originHost: string, secured: boolean): boolean {
  const identity = originHost.toLowerCase();
  return peers.some(
    (peer) =>
      peer.identity?.toLowerCase() === identity && (secured || (peer.transport !== "tls" && peer.security === "none")),
  );
}

/** Who may connect: identities without regard to case, `*.example.net`, `*`. */
export function isAccepted(patterns: readonly string[], originHost: string): boolean {
  const identity = originHost.toLowerCase();
  return patterns.some((pattern) => {
    const wanted = pattern.toLowerCase();
    if (wanted === "*") return true;
    return wanted.startsWith("*.")
      ? identity.endsWith(wanted.slice(1)) && identity.length >= wanted.length
      : identity === wanted;
  });
}
