/** Values of each data format, drawn at random: edges more often than chance would have them. */

import type { AvpDefinition, SimpleValue } from "@diamgen/dictionary";
import { formatIPv6 } from "@diamgen/runtime/codec";
import type { Random } from "./random.js";

/** Printable ASCII without space. */
const VISIBLE = Array.from({ length: 94 }, (_, i) => String.fromCharCode(0x21 + i));
const PRINTABLE = [" ", "\t", "\r", "\n", ...VISIBLE];
const UNICODE = [
  ...VISIBLE,
  "\u0000",
  " ",
  "é",
  "ß",
  "€",
  "漢",
  "\u{1f600}",
  "\ufeff",
  "\u2028",
  "\uffff",
  "\u{10ffff}",
];

const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  signed: [0, 1, -1, 5, -(2 ** 31), 2 ** 31 - 1],
  unsigned: [0, 1, 2 ** 31, 2 ** 32 - 1],
  float: [0, -0, 1, -1.5, 2 ** 100, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
};

export function simpleValue(avp: AvpDefinition, random: Random): SimpleValue {
  switch (avp.type) {
    case "OctetString":
      return random.octets(random.of([0, 1, 3, 4, 7, 16, 64, 65, 100]));
    case "Integer32":
    case "Enumerated": {
      if (avp.enums.length > 0 && random.chance(0.7)) return random.of(avp.enums).code | 0;
      return random.chance(0.3) ? random.of(NUMBERS.signed!) : random.below(2 ** 32) | 0;
    }
    case "Unsigned32": {
      if (avp.enums.length > 0 && random.chance(0.7)) return random.of(avp.enums).code >>> 0;
      return random.chance(0.3) ? random.of(NUMBERS.unsigned!) : random.below(2 ** 32);
    }
    case "Integer64":
      return BigInt.asIntN(64, wide(random));
    case "Unsigned64":
      return BigInt.asUintN(64, wide(random));
    case "Float32":
      return random.chance(0.5) ? random.of(NUMBERS.float!) : Math.fround(random.below(2 ** 32) / 977);
    case "Float64":
      return random.chance(0.5) ? random.of(NUMBERS.float!) : random.below(2 ** 32) / 977;
    case "Time":
      return new Date((random.below(2 ** 32) + 2 ** 31 - 2_208_988_800) * 1000);
    case "Address":
      return address(random);
    case "UTF8String": {
      const isSession = avp.vendorId === 0 && avp.code === 263;
      const alphabet = isSession || random.chance(0.7) ? VISIBLE : UNICODE;
      return random.text(random.of([0, 1, 3, 4, 5, 17, 24, 25, 40, 41, 90]), alphabet);
    }
    case "DiameterIdentity":
      return random.text(random.of([1, 2, 3, 4, 5, 22, 63, 64, 65]), random.chance(0.3) ? ["a", "b"] : VISIBLE);
    case "DiameterURI":
      return uri(random);
    case "IPFilterRule":
    case "QoSFilterRule":
      return random.text(random.of([0, 1, 30, 50]), PRINTABLE);
    case "Grouped":
      throw new TypeError(`${avp.name} is a group`);
  }
}

function wide(random: Random): bigint {
  const edges = [0n, 1n, -1n, 1n << 63n, (1n << 63n) - 1n, 1n << 32n];
  return random.chance(0.3) ? random.of(edges) : (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(2 ** 32));
}

function address(random: Random): SimpleValue {
  const octets = random.chance(0.3) ? new Uint8Array(16) : random.octets(16);
  const kind = random.below(3);
  if (kind === 0) return octets.subarray(0, 4).join(".");
  if (kind === 1) return formatIPv6(octets, 0);
  return { family: random.of([0, 3, 8, 65535]), data: octets.slice(0, random.below(17)) };
}

function uri(random: Random): SimpleValue {
  const host = random.of(["host.example.com", "h", "[2001:db8::1]", "192.0.2.1"]);
  const port = random.of(["", ":1", ":3868", ":65535"]);
  const transport = random.of(["", ";transport=tcp", ";transport=sctp"]);
  const protocol = random.of(["", ";protocol=diameter", ";protocol=radius", ";protocol=tacacs+"]);
  return `${random.of(["aaa", "aaas"])}://${host}${port}${transport}${protocol}`;
}
