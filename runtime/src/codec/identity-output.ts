/**
 * Identities (hosts, realms) that were written, with their octets as words: the node's own host and realm go into each message that it sends,
 * its peers' into most. 64 places; an identity is admitted when it is written a second time, so that those of many peers that share a place do
 * not evict one another at every message. Above 64 characters they are not kept.
 */
import { slab, text } from "./output.js";

const PLACES = 64;
const MAX_WORDS = 16;

const view = slab.view;
const write = text;
const words = new Int32Array(PLACES * MAX_WORDS);
const strings: string[] = new Array(PLACES).fill("");
const lastMiss: string[] = new Array(PLACES).fill("");

/** Writes a DiameterIdentity without Vendor-ID; see output.ts for the parameters. */
export function identity(o: number, code: number, flags: number, value: string): number {
  const n = value.length;
  if (n < 8 || n > MAX_WORDS * 4) return write(o, code, flags, value);
  // Names of hosts differ at the beginning mostly, those of realms before the top-level domain.
  const place = (n + value.charCodeAt(1) * 5 + value.charCodeAt(4) * 13 + value.charCodeAt(n - 7)) & (PLACES - 1);
  if (strings[place] !== value) return miss(o, code, flags, value, place);
  let at = o + 8;
  for (let i = place * MAX_WORDS, last = i + ((n + 3) >> 2); i < last; i++, at += 4)
    view.setInt32(at, words[i] as number, true);
  view.setUint32(o, code);
  view.setUint32(o + 4, (flags << 24) | (n + 8));
  return at;
}

function miss(o: number, code: number, flags: number, value: string, place: number): number {
  const end = write(o, code, flags, value);
  const n = value.length;
  if (lastMiss[place] !== value) lastMiss[place] = value;
  // Not where characters took more octets than one: that is no identity, but nobody has checked.
  else if (view.getUint32(o + 4) === ((flags << 24) | (n + 8)) >>> 0) {
    let i = place * MAX_WORDS;
    for (let at = o + 8; at < end; at += 4) words[i++] = view.getInt32(at, true);
    strings[place] = value;
  }
  return end;
}
