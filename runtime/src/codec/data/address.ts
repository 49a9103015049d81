/**
 * Address: RFC 6733 section 4.3.1.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  AddressType (IANA family)    |  address: 4 octets for IPv4,  |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  16 for IPv6, any number for other families ...
 */
import type { DataFormat } from "./format.js";
import { formatIPv4, formatIPv6, parseIPv4, parseIPv6 } from "./ip.js";
import { invalidLength, invalidValue, unfit } from "./problem.js";

const IPV4 = 1;
const IPV6 = 2;

/** An IP address as text ("192.0.2.1", "2001:db8::1"), or the octets of any other family: E.164 is family 8. */
export type Address = string | { readonly family: number; readonly data: Uint8Array };

/** The address in `bytes` from `start` to `end`; undefined where family and size contradict, or the family is missing. */
export function readAddress(bytes: Uint8Array, start: number, end: number): Address | undefined {
  const size = end - start - 2;
  if (size < 0) return undefined;
  const family = ((bytes[start] as number) << 8) | (bytes[start + 1] as number);
  if (family === IPV4) return size === 4 ? formatIPv4(bytes, start + 2) : undefined;
  if (family === IPV6) return size === 16 ? formatIPv6(bytes, start + 2) : undefined;
  return { family, data: new Uint8Array(bytes.subarray(start + 2, end)) };
}

/** Octets that `writeAddress` takes. */
export function addressLength(address: Address): number {
  if (typeof address === "string") return address.includes(":") ? 18 : 6;
  return 2 + address.data.length;
}

/**
 * Writes an address at `at`, where there is room; returns the offset behind it.
 *
 * @throws {EncodeError} for text that is no IP address, and for a family that is out of range or has another size
 */
export function writeAddress(bytes: Uint8Array, at: number, address: Address): number {
  const end = at + addressLength(address);
  if (typeof address !== "string") {
    const { family, data } = address;
    const size = family === IPV4 ? 4 : family === IPV6 ? 16 : data.length;
    if (!Number.isInteger(family) || family < 0 || family > 0xffff || data.length !== size) {
      throw unfit(`family ${family}, ${data.length} octets`, "an Address");
    }
    bytes[at] = family >> 8;
    bytes[at + 1] = family & 0xff;
    bytes.set(data, at + 2);
  } else {
    const family = end - at === 6 ? IPV4 : IPV6;
    if (!(family === IPV4 ? parseIPv4 : parseIPv6)(address, bytes, at + 2)) throw unfit(address, "an IP address");
    bytes[at] = 0;
    bytes[at + 1] = family;
  }
  return end;
}

export const address: DataFormat<Address> = {
  name: "Address",
  minLength: 6,
  decode(data) {
    if (data.length < 2) throw invalidLength("Address", data.length, "2 or more");
    const value = readAddress(data, 0, data.length);
    if (value === undefined) throw invalidValue("Address has not the size of its family");
    return value;
  },
  encode(value) {
    const raw = typeof value === "object" && value !== null && value.data instanceof Uint8Array;
    if (typeof value !== "string" && !raw) throw unfit(value, "an Address");
    const data = new Uint8Array(addressLength(value));
    writeAddress(data, 0, value);
    return data;
  },
};
