/**
 * Restarts of peers, by their Origin-State-Id: it grows whenever a node restarts and loses its state (RFC 6733 section 8.16). Looked for in CER and
 * CEA, DWR and DWA, and in requests that the peer itself originates; what an agent passes on tells of somebody else.
 */
import type { RawMessage } from "../codec/raw-message.js";
import { AvpCode, readIdentity, readUnsigned32 } from "../peer/base-avps.js";
import { lowerCaseAscii, sameIdentity } from "../peer/election.js";

/** Peers whose last value is remembered, also when they are gone; who may connect must not make us remember names without end. */
const MAX_PEERS = 1024;

export class OriginStates {
  private readonly last = new Map<string, number>();

  /**
   * `originHost` says this of itself. The value before, where it has restarted since; undefined otherwise. 0 says nothing: with it, or without the
   * AVP, a node lets nobody infer that its sessions are gone.
   */
  note(originHost: string, value: number): number | undefined {
    if (value === 0) return undefined;
    const key = lowerCaseAscii(originHost);
    const before = this.last.get(key);
    // A lower one is an old message, or a node without a clock: the highest counts.
    if (before !== undefined && value <= before) return undefined;
    this.last.delete(key);
    this.last.set(key, value);
    if (this.last.size > MAX_PEERS) {
      const { value: oldest } = this.last.keys().next();
      if (oldest !== undefined) this.last.delete(oldest);
    }
    return before;
  }
}

/** What `originHost` says in a message of its own; 0 where it says nothing. */
export function originStateIn(raw: RawMessage, originHost: string): number {
  const value = raw.avp(AvpCode.ORIGIN_STATE_ID);
  const from = value && raw.avp(AvpCode.ORIGIN_HOST);
  const name = from && readIdentity(from.data);
  if (value === undefined || name === undefined || !sameIdentity(name, originHost)) return 0;
  return readUnsigned32(value.data) ?? 0;
}
