/** Overwrites in a message what could help to log in as somebody: a trace is shown to people, and kept in files. */
import * as base from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as sip from "@diamgen/sdk/sip";

/** User-Password of RFC 7155 section 4.3.1, which no dictionary of the SDK has. */
const USER_PASSWORD = 2;

/** With these, passwords can be tried without asking anybody. Of no vendor. */
const SECRET: ReadonlySet<number> = new Set([
  USER_PASSWORD,
  digest.DigestResponse.code,
  digest.DigestResponseAuth.code,
  digest.DigestHa1.code,
]);

const GROUPS: ReadonlySet<number> = new Set(
  [
    base.FailedAvpAvp,
    sip.SipAuthDataItemAvp,
    sip.SipAuthenticateAvp,
    sip.SipAuthorizationAvp,
    sip.SipAuthenticationInfoAvp,
  ].map(({ code }) => code),
);

const HEADER = 20;
const MAX_DEPTH = 16;
const ASTERISK = 0x2a;

/** In place: lengths stay as they are. Ends, as decoding does, before an AVP whose length is impossible. */
export function hideSecrets(message: Buffer): void {
  hide(message, HEADER, message.length, 0);
}

function hide(octets: Buffer, start: number, end: number, depth: number): void {
  for (let at = start; end - at >= 8; ) {
    const word = octets.readInt32BE(at + 4);
    const length = word & 0xffffff;
    // A vendor's AVP has the V bit.
    const header = word < 0 ? 12 : 8;
    if (length < header || length > end - at) return;
    const code = octets.readUInt32BE(at);
    const vendorId = word < 0 ? octets.readUInt32BE(at + 8) : 0;
    if (vendorId === 0 && SECRET.has(code)) octets.fill(ASTERISK, at + header, at + length);
    else if (vendorId === 0 && GROUPS.has(code) && depth < MAX_DEPTH) hide(octets, at + header, at + length, depth + 1);
    at += (length + 3) & ~3;
  }
}
