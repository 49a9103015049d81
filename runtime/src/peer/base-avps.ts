/** AVPs of the base protocol that peers and routing read and write themselves: codes of RFC 6733 section 4.5, and their data. */
/** AVP codes, vendor 0. */
export const AvpCode = {
  HOST_IP_ADDRESS: 257,
  AUTH_APPLICATION_ID: 258,
  ACCT_APPLICATION_ID: 259,
  VENDOR_SPECIFIC_APPLICATION_ID: 260,
  SESSION_ID: 263,
  ORIGIN_HOST: 264,
  SUPPORTED_VENDOR_ID: 265,
  VENDOR_ID: 266,
  FIRMWARE_REVISION: 267,
  RESULT_CODE: 268,
  PRODUCT_NAME: 269,
  DISCONNECT_CAUSE: 273,
  ORIGIN_STATE_ID: 278,
  FAILED_AVP: 279,
  ERROR_MESSAGE: 281,
  ROUTE_RECORD: 282,
  DESTINATION_REALM: 283,
  PROXY_INFO: 284,
  DESTINATION_HOST: 293,
  ORIGIN_REALM: 296,
  INBAND_SECURITY_ID: 299,
} as const;

/** Codes of section 4.5 outside of 257-299: known wherever they stand, so that M on them is no reason for 5001. */
const KNOWN = new Set([1, 25, 27, 33, 44, 50, 55, 85, 480, 483, 485]);

/** True for an AVP that RFC 6733 defines. */
export function isBaseAvp(code: number, vendorId: number): boolean {
  return vendorId === 0 && ((code >= 257 && code <= 299) || KNOWN.has(code));
}

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function unsigned32(value: number): Uint8Array {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setUint32(0, value);
  return data;
}

/** Undefined where the data is not 4 octets. */
export function readUnsigned32(data: Uint8Array): number | undefined {
  return data.length === 4 ? new DataView(data.buffer, data.byteOffset, 4).getUint32(0) : undefined;
}

export function text(value: string): Uint8Array {
  return utf8.encode(value);
}

/** Undefined where the data is not UTF-8. */
export function readText(data: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(data);
  } catch {
    return undefined;
  }
}

/** A DiameterIdentity (RFC 6733 section 4.3.1): an FQDN or realm in ASCII. Undefined for what can be neither. */
export function readIdentity(data: Uint8Array): string | undefined {
  if (data.length === 0 || data.length > 255) return undefined;
  for (const octet of data) if (octet <= 0x20 || octet >= 0x7f) return undefined;
  return readText(data);
}
