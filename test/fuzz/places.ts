/** Where the AVPs of a sound message stand, at any depth: worked out once, so that a change costs no more than the octets that it moves. */
import { avpKey, type DataType, type Dictionary } from "@diamgen/dictionary";

export interface Place {
  /** Octet of the message at which the AVP begins. */
  readonly at: number;
  /** Offsets of the groups that it is in, the outermost first; siblings share the array. */
  readonly within: readonly number[];
  readonly type: DataType | undefined;
}

export interface Sound {
  readonly octets: Uint8Array;
  /** In the order of the message. */
  readonly places: readonly Place[];
}

const HEADER_LENGTH = 20;

export function soundOf(octets: Uint8Array, dictionary: Dictionary): Sound {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const places: Place[] = [];
  const walk = (begin: number, end: number, within: readonly number[]): void => {
    for (let at = begin; end - at >= 8; ) {
      const word = view.getUint32(at + 4);
      const header = word & 0x80000000 ? 12 : 8;
      const length = word & 0xffffff;
      if (length < header || length > end - at) return;
      const vendorId = header === 12 ? view.getUint32(at + 8) : 0;
      const type = dictionary.avps.get(avpKey(vendorId, view.getUint32(at)))?.type;
      places.push({ at, within, type });
      if (type === "Grouped") walk(at + header, at + length, [...within, at]);
      at += (length + 3) & ~3;
    }
  };
  walk(HEADER_LENGTH, octets.length, []);
  return { octets, places };
}
