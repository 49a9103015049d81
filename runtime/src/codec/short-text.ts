/**
 * Short texts seen on the wire, by their octets: "REGISTER", "MD5", "0800", country and network codes are the same in message after message.
 * One that is here needs no check of its octets and no new string. 256 places, the last one takes the place; 12 octets at most, which
 * V8 copies out of the message's string anyway: nothing here pins a message.
 */
export const MAX_SHORT_TEXT = 12;

const PLACES = 256;
/** Four for each place: the octets as three words in this machine's order, zeros behind the last, and how many there are. */
const words = new Int32Array(PLACES * 4);
const strings: string[] = new Array(PLACES).fill("");

/**
 * The text of at most 12 octets between `data` and `next`, or undefined if it is not ASCII. Padding is never looked at. `message` has the octets
 * from `start` on as latin1.
 */
export function shortText(
  view: DataView,
  data: number,
  next: number,
  message: string,
  start: number,
): string | undefined {
  const length = next - data;
  const mask = -1 >>> ((-length & 3) << 3);
  let a = 0;
  let b = 0;
  let c = 0;
  if (length > 8) {
    a = view.getInt32(data, true);
    b = view.getInt32(data + 4, true);
    c = view.getInt32(data + 8, true) & mask;
  } else if (length > 4) {
    a = view.getInt32(data, true);
    b = view.getInt32(data + 4, true) & mask;
  } else if (length > 0) a = view.getInt32(data, true) & mask;
  const place = Math.imul(a ^ Math.imul(b ^ (c << 5) ^ length, 0x9e3779b1), 0x85ebca6b) >>> 24;
  const base = place << 2;
  if (words[base] === a && words[base + 1] === b && words[base + 2] === c && words[base + 3] === length)
    return strings[place];
  if ((a | b | c) & 0x80808080) return undefined;
  const value = message.substring(data - start, next - start);
  words[base] = a;
  words[base + 1] = b;
  words[base + 2] = c;
  words[base + 3] = length;
  strings[place] = value;
  return value;
}
