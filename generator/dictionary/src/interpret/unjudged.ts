import { Avp, AvpFlag } from "@diamgen/runtime/codec";
import { type Occurrence, walk } from "./walk.js";

/** An AVP that owns its octets. */
export function copyOf({ code, vendorId, flags, data }: Occurrence): Avp {
  return new Avp(code, vendorId, flags, data.slice());
}

/** The AVPs of Failed-AVP as they are; where a length is impossible, all that is left is the data of that AVP. */
export function unjudged(octets: Uint8Array, offset: number): Avp[] {
  const avps: Avp[] = [];
  for (const avp of walk(octets, offset)) {
    const rest = octets.length - (avp.offset - offset);
    if (rest < 8) break;
    // Without room for a Vendor-ID there is none, whatever the V bit says.
    if (rest < 12 && avp.flags & AvpFlag.VENDOR)
      avps.push(new Avp(avp.code, 0, avp.flags, octets.slice(octets.length - rest + 8)));
    else avps.push(copyOf(avp));
  }
  return avps;
}
