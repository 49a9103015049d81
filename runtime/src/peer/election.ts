/**
 * The election of RFC 6733 section 5.6.4, held by the responder when both sides have connected: the identities are compared as octets, in
 * which ASCII letters of either case are equal.
 */

/** True where the local Origin-Host lexicographically succeeds the one received in the CER: Win-Election. */
export function winsElection(localOriginHost: string, receivedOriginHost: string): boolean {
  const local = lowerCaseAscii(localOriginHost);
  const received = lowerCaseAscii(receivedOriginHost);
  const length = Math.min(local.length, received.length);
  for (let i = 0; i < length; i++) {
    const difference = local.charCodeAt(i) - received.charCodeAt(i);
    if (difference !== 0) return difference > 0;
  }
  return local.length > received.length;
}

/** True where two DiameterIdentities are the same: DNS names do not know case. */
export function sameIdentity(a: string, b: string): boolean {
  return a.length === b.length && (a === b || lowerCaseAscii(a) === lowerCaseAscii(b));
}

/** The key of a DiameterIdentity in a Map. Only ASCII letters change: `toLowerCase` would also fold what is not ASCII. */
export function lowerCaseAscii(identity: string): string {
  return identity.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
