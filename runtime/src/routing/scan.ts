/** The AVPs that decide where a request belongs, found in one walk over its top level. */
import { HEADER_LENGTH } from "../codec/header.js";
import type { RawMessage } from "../codec/raw-message.js";
import { AvpCode } from "../peer/base-avps.js";
import { lowerCaseAscii } from "../peer/election.js";

/** A DiameterIdentity of our own, to compare octets with. */
export class OwnIdentity {
  private readonly octets: Uint8Array;

  constructor(identity: string) {
    this.octets = new TextEncoder().encode(lowerCaseAscii(identity));
  }

  /** True where the data of the AVP at `at` is this identity; ASCII letters compare without case. */
  is(raw: RawMessage, at: number): boolean {
    const { octets } = this;
    const length = raw.view.getUint32(at + 4) & 0xffffff;
    if (length - 8 !== octets.length) return false;
    for (let i = 0; i < octets.length; i++) {
      const octet = raw.bytes[at + 8 + i] as number;
      if (octet !== octets[i] && !(octet >= 0x41 && octet <= 0x5a && octet + 0x20 === octets[i])) return false;
    }
    return true;
  }
}

/** Offsets of AVP headers in the message; -1 where there is none. */
export interface RoutingAvps {
  destinationHost: number;
  destinationRealm: number;
  hasProxyInfo: boolean;
  /** Our own identity stands in a Route-Record: RFC 6733 section 6.1.3. */
  looped: boolean;
}

/** Fills `found` from `raw`; ends before an AVP whose length is impossible, which decoding will complain of. */
export function scanRequest(raw: RawMessage, self: OwnIdentity, found: RoutingAvps): void {
  found.destinationHost = -1;
  found.destinationRealm = -1;
  found.hasProxyInfo = false;
  found.looped = false;
  const { view, end } = raw;
  for (let at = raw.start + HEADER_LENGTH; end - at >= 8; ) {
    const word = view.getInt32(at + 4);
    const length = word & 0xffffff;
    if (length < (word < 0 ? 12 : 8) || length > end - at) return;
    // Negative: the V bit. All of these are IETF's.
    if (word >= 0) {
      switch (view.getUint32(at)) {
        case AvpCode.DESTINATION_HOST:
          found.destinationHost = at;
          break;
        case AvpCode.DESTINATION_REALM:
          found.destinationRealm = at;
          break;
        case AvpCode.PROXY_INFO:
          found.hasProxyInfo = true;
          break;
        case AvpCode.ROUTE_RECORD:
          if (self.is(raw, at)) found.looped = true;
          break;
      }
    }
    at += (length + 3) & ~3;
  }
}
