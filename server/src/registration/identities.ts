/** User-Name and SIP-AOR as keys. */

import type { SipUser } from "./types.js";

/** The longest SIP-AOR that the store keeps; a longer one is nobody's. */
const MAX_AOR_LENGTH = 255;
const MAX_SERVER_URI_LENGTH = 1024;

/**
 * The form under which a SIP-AOR is kept (RFC 3261 section 10.3 step 5): without password, parameters and headers, escapes undone, the
 * host in lower case. A SIPS URI stands for the same user as the SIP URI. undefined: no URI of a user, or too long.
 */
export function canonicalAor(uri: string): string | undefined {
  const parts = sipParts(uri) ?? sipParts(uri.replace(/^([^:<>\s]+@[^:<>\s]+)$/, "sip:$1"));
  const canonical = parts === undefined ? telAor(uri) : `sip:${parts.user}@${parts.host}`;
  return canonical === undefined || canonical.length > MAX_AOR_LENGTH ? undefined : canonical;
}

/** SIP or SIPS URI of a server (RFC 4740 section 9.2), of a length that the store keeps. */
export function isServerUri(uri: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return uri.length <= MAX_SERVER_URI_LENGTH && /^sips?:[^\s\x00-\x1f\x7f]+$/i.test(uri);
}

/** Whose a SIP-AOR is where nobody was given it: the subscriber of that name. */
export function subscriberOf(canonical: string): SipUser | undefined {
  const parts = sipParts(canonical);
  return parts && { username: parts.user, domain: parts.host };
}

/** The SIP-AOR that every subscriber has. */
export function ownAor({ username, domain }: SipUser): string {
  return `sip:${username}@${domain.toLowerCase()}`;
}

/** "alice@example.com" and "sip:alice@example.com"; "alice" is of the domain given. */
export function userOfName(userName: string, domain: string): SipUser {
  const name = userName.replace(/^sips?:/i, "");
  const at = name.lastIndexOf("@");
  return at < 0 ? { username: name, domain } : { username: name.slice(0, at), domain: name.slice(at + 1) };
}

export function userNameOf({ username, domain }: SipUser): string {
  return `${username}@${domain}`;
}

function sipParts(uri: string): { readonly user: string; readonly host: string } | undefined {
  const match = /^sips?:([^@]*)@([^;?]*)/i.exec(uri) ?? /^sips?:(.+)@([^@;?]*)/i.exec(uri);
  const user = unescaped(match?.[1]?.split(":", 1)[0] ?? "");
  const host = match?.[2]?.toLowerCase() ?? "";
  if (user === undefined || user === "" || !/^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/.test(host)) return undefined;
  return { user, host };
}

/** RFC 3966 section 5.1.1: visual separators do not count. */
function telAor(uri: string): string | undefined {
  const digits = /^tel:([^;?]+)/i.exec(uri)?.[1]?.replace(/[-.()]/g, "");
  return digits !== undefined && /^\+?[\da-f*#]+$/i.test(digits) ? `tel:${digits}` : undefined;
}

function unescaped(text: string): string | undefined {
  try {
    const plain = decodeURIComponent(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
    return /[\x00-\x1f\x7f]/.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}
