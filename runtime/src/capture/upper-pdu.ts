/**
 * What stands before a message in a packet of LINKTYPE_WIRESHARK_UPPER_PDU, big-endian: which dissector reads it, and the connection.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |              Tag              |   Length, padding included    |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  value, padded to 4 ...       |  Tag 0 of length 0 is the last
 */
import { parseIPv4, parseIPv6 } from "../codec/data/ip.js";
import type { Endpoint, TransportKind } from "../transport/transport.js";

const DISSECTOR = 12;
const IPV4_SOURCE = 20;
const IPV4_DESTINATION = 21;
const IPV6_SOURCE = 22;
const IPV6_DESTINATION = 23;
const PORT_TYPE = 24;
const SOURCE_PORT = 25;
const DESTINATION_PORT = 26;

const SCTP = 1;
const TCP = 2;

/** An address of IPv4 on a socket of IPv6 (RFC 4291 section 2.5.5.2). */
const MAPPED = /^::ffff:(?=\d+\.)/i;

const DIAMETER = Uint8Array.from("diameter", (letter) => letter.charCodeAt(0));

/** Tags of a message from one end to the other. An end that is no IP address, as in memory, goes without one. */
export function upperPdu(source: Endpoint, destination: Endpoint, transport: TransportKind): Uint8Array {
  const tags: [number, Uint8Array][] = [[DISSECTOR, DIAMETER]];
  const [from, to] = [addressOf(source), addressOf(destination)];
  // Both or none: Wireshark tells conversations apart by the pair.
  if (from !== undefined && to !== undefined) {
    tags.push([from.length === 4 ? IPV4_SOURCE : IPV6_SOURCE, from]);
    tags.push([to.length === 4 ? IPV4_DESTINATION : IPV6_DESTINATION, to]);
  }
  tags.push([PORT_TYPE, word(transport === "sctp" ? SCTP : TCP)]);
  tags.push([SOURCE_PORT, word(source.port)], [DESTINATION_PORT, word(destination.port)]);
  const octets = new Uint8Array(tags.reduce((sum, [, value]) => sum + 4 + value.length, 4));
  const view = new DataView(octets.buffer);
  let at = 0;
  for (const [tag, value] of tags) {
    view.setUint16(at, tag);
    view.setUint16(at + 2, value.length);
    octets.set(value, at + 4);
    at += 4 + value.length;
  }
  return octets;
}

function addressOf({ address }: Endpoint): Uint8Array | undefined {
  // Without the zone: "fe80::1%eth0".
  const plain = address.replace(MAPPED, "").replace(/%.*$/, "");
  const octets = new Uint8Array(plain.includes(":") ? 16 : 4);
  return (octets.length === 16 ? parseIPv6 : parseIPv4)(plain, octets, 0) ? octets : undefined;
}

/** Four octets, so that no value needs padding. */
function word(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  new DataView(octets.buffer).setUint32(0, value);
  return octets;
}
