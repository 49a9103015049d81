/**
 * Changes to the octets of a sound message, at any depth, in one buffer that is used again and again: what an encoder never makes, made at the
 * price of moving octets. Changes go from the message's end to its beginning, so that the places before one stay where they are.
 */
import type { Dictionary } from "@diamgen/dictionary";
import { avpOctets, nestedAvps } from "../../runtime/src/testing/index.js";
import type { Random } from "../differential/random.js";
import type { Place, Sound } from "./places.js";

const KINDS = [
  ...["drop", "duplicate", "move", "insert", "insert known", "resize", "corrupt", "flags", "length", "trailing octets"],
  ...["bad text", "code", "vendor", "empty", "unpadded", "value", "value", "absent and late"],
] as const;

/** Costly for whoever gets them, hence rare. */
const RARE = ["many", "nest"] as const;

const HEADER_LENGTH = 20;
/** More than the largest message that a node takes. */
const ROOM = 2 * 1_048_576;
const MANY = 64;
const DEPTHS = [1, 2, 16, 17, 300];

const encoder = new TextEncoder();
/** Not UTF-8, no identities, no URIs, no addresses. */
const TEXTS: readonly Uint8Array[] = [
  ...[[0xff], [0x61, 0x62, 0x63, 0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0]],
  ...[
    [0, 1, 1, 2, 3],
    [0, 2, 1, 2, 3, 4],
    [0, 9],
  ],
].map((octets) => Uint8Array.from(octets));
const WORDS = ["a b", "é", "aaa://", "aaa://h:0", "aaa://h;transport=udp", "\ufeffabc", "a".repeat(300)];
const WRONG = [...TEXTS, ...WORDS.map((word) => encoder.encode(word))];
/** Added to AVP Length. */
const LIES = [-1, 1, -4, 4, -8, 8, 100, -1000, 0xffffff];
const NOTHING = new Uint8Array(0);

export class Mutator {
  private readonly random: Random;
  private readonly avps: readonly { readonly code: number; readonly vendorId: number }[];
  private readonly octets = new Uint8Array(ROOM);
  private readonly view = new DataView(this.octets.buffer);
  private length = 0;

  constructor(random: Random, dictionary: Dictionary) {
    this.random = random;
    this.avps = [...dictionary.avps.values()];
  }

  /** The message with new identifiers, and wrong in up to three ways; one in ten is as it was. */
  mutate({ octets, places }: Sound, hopByHop: number, endToEnd = hopByHop): Uint8Array {
    const { random } = this;
    this.octets.set(octets);
    this.length = octets.length;
    this.view.setUint32(12, hopByHop);
    this.view.setUint32(16, endToEnd);
    if (random.chance(0.1)) return this.octets.slice(0, this.length);
    const chosen = Array.from({ length: random.below(4) }, () => random.below(places.length)).sort((a, b) => b - a);
    const rare = random.chance(0.01);
    for (const index of chosen) {
      const place = places[index];
      const kind = rare ? random.of(RARE) : random.of(KINDS);
      if (place === undefined || !this.isThere(place)) continue;
      this.change(place, kind, places);
      // What stands behind another place now makes the offsets of others wrong.
      if (kind === "move") break;
    }
    while (this.length % 4 !== 0) this.octets[this.length++] = 0;
    if (random.chance(0.05)) this.length = HEADER_LENGTH + (random.below(this.length - HEADER_LENGTH + 1) & ~3);
    this.view.setUint32(0, 0x01000000 | this.length);
    if (random.chance(0.05) && this.length > HEADER_LENGTH)
      this.octets[HEADER_LENGTH + random.below(this.length - HEADER_LENGTH)]! ^= 1 << random.below(8);
    if (random.chance(0.1)) this.header();
    return this.octets.slice(0, this.length);
  }

  private change({ at, within, type }: Place, kind: (typeof KINDS | typeof RARE)[number], places: readonly Place[]) {
    const { random, octets, view } = this;
    const word = view.getUint32(at + 4);
    const header = word & 0x80000000 ? 12 : 8;
    const length = word & 0xffffff;
    const padded = (length + 3) & ~3;
    switch (kind) {
      case "drop":
        this.splice(at, padded, NOTHING, within);
        break;
      case "duplicate":
        this.repeat(at, padded, random.between(1, 3), within);
        break;
      case "many":
        this.repeat(at, padded, MANY, within);
        break;
      case "move": {
        const siblings = places.filter((place) => place.within === within && place.at < at);
        if (siblings.length === 0) break;
        const avp = octets.slice(at, at + padded);
        this.splice(at, padded, NOTHING, within);
        this.splice(random.of(siblings).at, 0, avp, within);
        break;
      }
      case "insert":
        this.splice(at, 0, this.stranger(), within);
        break;
      case "insert known": {
        const { code, vendorId } = random.of(this.avps);
        this.splice(at, 0, avpOctets(code, random.octets(random.below(13)), { vendorId }), within);
        break;
      }
      case "resize":
        this.data(at, octets.slice(at + header, at + header + random.below(24)), within);
        break;
      case "empty":
        this.data(at, NOTHING, within);
        break;
      case "bad text":
        this.data(at, random.of(WRONG), within);
        break;
      case "nest":
        this.data(at, nestedAvps(view.getUint32(at), random.chance(0.02) ? 10_000 : random.of(DEPTHS)), within);
        break;
      case "corrupt":
        if (length > header) octets[at + header + random.below(length - header)] = random.below(256);
        break;
      case "value":
        // Out of the range of an enumeration; edges of numbers and times.
        if (type !== "Grouped" && length - header >= 4 && type !== "UTF8String")
          view.setUint32(at + header, random.of([0, 0x7fffffff, 0x80000000, 0xffffffff, random.below(2 ** 32)]));
        break;
      case "flags":
        octets[at + 4]! ^= 1 << random.below(8);
        break;
      case "length":
        view.setUint32(at + 4, ((word & 0xff000000) | (Math.max(0, length + random.of(LIES)) & 0xffffff)) >>> 0);
        break;
      case "trailing octets":
        this.splice(
          at + length,
          0,
          random.octets(random.between(1, 11)),
          type === "Grouped" ? [...within, at] : within,
        );
        break;
      case "code":
        view.setUint32(at, random.chance(0.2) ? random.below(2 ** 32) : view.getUint32(at) ^ (1 << random.below(12)));
        break;
      case "vendor":
        if (header === 8) {
          this.splice(at + 8, 0, new Uint8Array(4), [...within, at]);
          octets[at + 4]! |= 0x80;
        }
        view.setUint32(at + 8, random.of([0, 10415, 99_999, 0xffffffff]));
        break;
      case "unpadded":
        this.splice(at + length, padded - length, NOTHING, within);
        break;
      case "absent and late": {
        const avp = octets.slice(at, at + padded);
        this.splice(at, padded, NOTHING, within);
        if (within.length === 0) this.splice(this.length, 0, avp, within);
        break;
      }
    }
  }

  private header(): void {
    const { random, octets, view } = this;
    switch (random.below(6)) {
      case 0:
        octets[4] = random.below(256);
        break;
      case 1:
        view.setUint16(6, random.of([257, 258, 271, 272, 274, 280, 282, 286, 316, 0, 0xffff]));
        break;
      case 2:
        view.setUint32(8, random.of([0, 1, 3, 4, 6, 0xffffffff, random.below(2 ** 32)]));
        break;
      case 3:
        octets[0] = random.below(4);
        break;
      case 4: {
        const { length } = this;
        const lie = random.of([0, 19, 20, length + 1, length + 4, length - 4, 0xfffffc, random.below(0x1000000)]);
        view.setUint32(0, 0x01000000 | lie);
        break;
      }
      default:
        view.setUint32(12, random.below(2 ** 32));
        view.setUint32(16, random.below(4));
    }
  }

  /** An AVP that no dictionary has. */
  private stranger(): Uint8Array {
    const { random } = this;
    const vendorId = random.of([0, 99_999]);
    const flags = (vendorId !== 0 || random.chance(0.2) ? 0x80 : 0) | random.of([0, 0x40]);
    return avpOctets(9_000_000 + random.below(3), random.octets(random.below(9)), { vendorId, flags });
  }

  private isThere({ at }: Place): boolean {
    if (this.length - at < 12) return false;
    const length = this.view.getUint32(at + 4) & 0xffffff;
    return length >= 12 - 4 && ((length + 3) & ~3) <= this.length - at;
  }

  private repeat(at: number, padded: number, times: number, within: readonly number[]): void {
    const copies = new Uint8Array(padded * times);
    for (let i = 0; i < times; i++) copies.set(this.octets.subarray(at, at + padded), i * padded);
    this.splice(at, 0, copies, within);
  }

  /** Other data, with the padding that it needs. */
  private data(at: number, data: Uint8Array, within: readonly number[]): void {
    const word = this.view.getUint32(at + 4);
    const header = word & 0x80000000 ? 12 : 8;
    const length = word & 0xffffff;
    if (length < header) return;
    const padded = new Uint8Array((data.length + 3) & ~3);
    padded.set(data);
    this.splice(at + header, ((length + 3) & ~3) - header, padded, within);
    this.view.setUint32(at + 4, ((word & 0xff000000) | (header + data.length)) >>> 0);
  }

  /** Other octets at a place; AVP Length of the groups about it stays true. */
  private splice(at: number, remove: number, insert: Uint8Array, within: readonly number[]): void {
    const more = insert.length - remove;
    if (at + remove > this.length || this.length + more > ROOM - 8) return;
    this.octets.copyWithin(at + insert.length, at + remove, this.length);
    this.octets.set(insert, at);
    this.length += more;
    for (const group of within) {
      const word = this.view.getUint32(group + 4);
      this.view.setUint32(group + 4, ((word & 0xff000000) | ((word + more) & 0xffffff)) >>> 0);
    }
  }
}
