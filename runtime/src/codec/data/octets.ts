/** OctetString: RFC 6733 section 4.2. */
import type { DataFormat } from "./format.js";
import { unfit } from "./problem.js";

export const octetString: DataFormat<Uint8Array> = {
  name: "OctetString",
  minLength: 0,
  decode: (data) => new Uint8Array(data),
  encode(value) {
    if (!(value instanceof Uint8Array)) throw unfit(value, "a Uint8Array");
    return new Uint8Array(value);
  },
};
