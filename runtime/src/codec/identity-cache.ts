/**
 * Identities (hosts, realms) seen on the wire, by their octets: 256 sets of two, compared word by word. A cached identity needs no second
 * check of its characters and no new string. One is admitted on its second miss only: otherwise two identities that share a set and
 * alternate would evict one another at every message. Identities above 64 octets are not cached.
 */
const SETS = 256;
const MAX_WORDS = 16;

const words = new Int32Array(SETS * 2 * MAX_WORDS);
const lengths = new Int32Array(SETS * 2);
const strings: string[] = new Array(SETS * 2).fill("");
const lastMiss = new Int32Array(SETS);
/** Which of a set's two goes next. */
const victim = new Uint8Array(SETS);

/** The identity between `data` and `next`, or undefined if it is empty or has other than printable ASCII. Padding is never compared. */
export function cachedIdentity(bytes: Uint8Array, view: DataView, data: number, next: number): string | undefined {
  const length = next - data;
  const count = (length + 3) >> 2;
  if (length < 4 || count > MAX_WORDS) return plain(bytes, data, next);
  const whole = length >> 2;
  const mask = length & 3 ? -1 >>> ((4 - (length & 3)) << 3) : 0;
  const tail = mask === 0 ? 0 : view.getInt32(data + (whole << 2), true) & mask;
  // The last four octets of realms agree often, the first of hosts too: all three take part, with the length.
  const hash = Math.imul(
    view.getInt32(data, true) ^ Math.imul(view.getInt32(next - 4, true), 0x9e3779b1) ^ (length << 16) ^ tail,
    0x85ebca6b,
  );
  const set = (hash >>> 24) & (SETS - 1);
  for (let way = set << 1, last = way + 2; way < last; way++) {
    if (lengths[way] !== length) continue;
    const base = way * MAX_WORDS;
    let i = 0;
    while (i < whole && words[base + i] === view.getInt32(data + (i << 2), true)) i++;
    if (i === whole && (mask === 0 || words[base + i] === tail)) return strings[way];
  }
  return miss(bytes, view, data, next, hash, set, tail);
}

function miss(
  bytes: Uint8Array,
  view: DataView,
  data: number,
  next: number,
  hash: number,
  set: number,
  tail: number,
): string | undefined {
  const value = plain(bytes, data, next);
  if (value === undefined) return undefined;
  if (lastMiss[set] !== hash) {
    lastMiss[set] = hash;
    return value;
  }
  const way = (set << 1) | (victim[set] as number);
  victim[set] = (victim[set] as number) ^ 1;
  const length = next - data;
  const whole = length >> 2;
  const base = way * MAX_WORDS;
  for (let i = 0; i < whole; i++) words[base + i] = view.getInt32(data + (i << 2), true);
  if (length & 3) words[base + whole] = tail;
  lengths[way] = length;
  strings[way] = value;
  return value;
}

/** Built character by character: a string of its own, which does not pin the message's. */
function plain(bytes: Uint8Array, data: number, next: number): string | undefined {
  if (next === data) return undefined;
  let value = "";
  for (let o = data; o < next; o++) {
    const c = bytes[o] as number;
    if (c <= 0x20 || c >= 0x7f) return undefined;
    value += String.fromCharCode(c);
  }
  return value;
}
