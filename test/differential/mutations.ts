/**
 * Changes to the octets of a message, at any depth: the message is taken apart into AVPs, changed, and put together again. What an
 * encoder never makes can be made here: lengths that lie, groups that end in the middle of a header, octets behind the last AVP.
 */
import { avpKey, type Dictionary } from "@diamgen/dictionary";
import * as fc from "fast-check";

export const KINDS = [
  "drop",
  "duplicate",
  "move",
  "insert",
  "insert known",
  "resize",
  "corrupt",
  "flags",
  "length",
  "trailing octets",
  "bad text",
  "code",
  "vendor",
  "nest",
  "empty",
  "unpadded",
  "flip",
  "truncate",
  "header",
] as const;

export interface Mutation {
  readonly kind: (typeof KINDS)[number];
  /** Which AVP, of all in the message. */
  readonly at: number;
  readonly value: number;
}

export const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom(...KINDS),
  at: fc.nat({ max: 0xffff }),
  value: fc.nat({ max: 0xffffffff }),
});

interface Node {
  code: number;
  flags: number;
  vendorId: number;
  data: Uint8Array;
  members: Node[] | undefined;
  /** Octets behind the last member. */
  trailing: Uint8Array;
  /** Added to AVP Length. */
  lie: number;
  unpadded: boolean;
}

const HEADER = 20;

/** The message after all mutations; Message Length is right unless one of them says otherwise. */
export function mutate(message: Uint8Array, mutations: readonly Mutation[], dictionary: Dictionary): Uint8Array {
  const root = nodeOf(0, 0, 0, new Uint8Array(0));
  root.members = parse(message.subarray(HEADER), dictionary);
  const late: Mutation[] = [];
  for (const one of mutations) {
    if (one.kind === "flip" || one.kind === "truncate" || one.kind === "header") late.push(one);
    else change(root, one, dictionary);
  }
  let octets = concat([message.slice(0, HEADER), ...contents(root)]);
  if (octets.length % 4 !== 0) octets = concat([octets, new Uint8Array(4 - (octets.length % 4))]);
  for (const one of late) if (one.kind !== "header") octets = cut(octets, one);
  new DataView(octets.buffer).setUint32(0, 0x01000000 | octets.length);
  for (const { kind, at, value } of late) if (kind === "header") octets[at % HEADER] = value & 0xff;
  return octets;
}

function cut(octets: Uint8Array, { kind, at, value }: Mutation): Uint8Array {
  const rest = octets.length - HEADER;
  if (rest === 0) return octets;
  if (kind === "truncate") return octets.slice(0, HEADER + (Math.floor(((at % 1000) / 1000) * rest) & ~3));
  octets[HEADER + (value % rest)]! ^= 1 << (at % 8);
  return octets;
}

function change(root: Node, { kind, at, value }: Mutation, dictionary: Dictionary): void {
  const places = placesIn(root);
  const place = places[at % Math.max(1, places.length)];
  if (kind === "insert" || kind === "insert known" || kind === "trailing octets") {
    const groups = [root, ...places.map(({ node }) => node).filter(({ members }) => members !== undefined)];
    const group = groups[at % groups.length] as Node;
    if (kind === "trailing octets") group.trailing = new Uint8Array((value % 11) + 1).fill(value >>> 24);
    else group.members?.splice(value % (group.members.length + 1), 0, stranger(value, kind, dictionary));
    return;
  }
  if (place === undefined) return;
  const { node, siblings, index } = place;
  switch (kind) {
    case "drop":
      siblings.splice(index, 1);
      break;
    case "duplicate":
      for (let i = 0; i <= value % 3; i++) siblings.splice(index, 0, structuredClone(node));
      break;
    case "move":
      siblings.splice(index, 1);
      siblings.splice(value % (siblings.length + 1), 0, node);
      break;
    case "resize": {
      const data = node.data;
      become(node, new Uint8Array(value % 24));
      node.data.set(data.subarray(0, node.data.length));
      break;
    }
    case "corrupt":
      if (node.data.length > 0) node.data[value % node.data.length] = value >>> 24;
      break;
    case "bad text":
      become(node, TEXTS[value % TEXTS.length] as Uint8Array);
      break;
    case "flags":
      node.flags ^= 1 << (value % 8);
      break;
    case "length":
      node.lie = LIES[value % LIES.length] as number;
      break;
    case "code":
      node.code = value % 7 === 0 ? value : node.code ^ (1 << (value % 12));
      break;
    case "vendor":
      node.vendorId = [0, 10415, 99999, 0xffffffff][value % 4] as number;
      node.flags |= 0x80;
      break;
    case "nest":
      if (node.members === undefined) node.data = node.data.slice();
      else node.members.push(...structuredClone(siblings).slice(0, 3));
      break;
    case "empty":
      become(node, new Uint8Array(0));
      if (value % 2 === 0 && node.trailing.length === 0) node.members = [];
      break;
    case "unpadded":
      node.unpadded = true;
      break;
  }
}

const encoder = new TextEncoder();
const TEXTS: readonly Uint8Array[] = [
  Uint8Array.of(0xff),
  Uint8Array.of(0x61, 0x62, 0x63, 0xc3),
  Uint8Array.of(0xc0, 0x80),
  Uint8Array.of(0xed, 0xa0, 0x80),
  Uint8Array.of(0xf4, 0x90, 0x80, 0x80),
  Uint8Array.of(0),
  encoder.encode("a b"),
  encoder.encode("é"),
  encoder.encode("aaa://"),
  encoder.encode("aaa://h:0"),
  encoder.encode("aaa://h;transport=udp"),
  encoder.encode("\ufeffabc"),
  Uint8Array.of(0, 1, 1, 2, 3),
  Uint8Array.of(0, 2, 1, 2, 3, 4),
  Uint8Array.of(0, 9),
];

const LIES = [-1, 1, -4, 4, -8, 8, 100, -1000, 0xffffff];

function become(node: Node, data: Uint8Array): void {
  node.data = data.slice();
  node.members = undefined;
}

function stranger(value: number, kind: Mutation["kind"], dictionary: Dictionary): Node {
  const flags = (value >>> 8) & 0x40;
  const data = new Uint8Array(value % 9);
  if (kind === "insert known") {
    const avps = [...dictionary.avps.values()];
    const avp = avps[value % avps.length];
    if (avp !== undefined) return nodeOf(avp.code, avp.vendorId === 0 ? flags : flags | 0x80, avp.vendorId, data);
  }
  const vendorId = [0, 99999][(value >>> 3) % 2] as number;
  const vendorBit = vendorId !== 0 || value % 5 === 0 ? 0x80 : 0;
  return nodeOf(9_000_000 + (value % 3), flags | vendorBit, vendorId, data);
}

interface Place {
  readonly node: Node;
  readonly siblings: Node[];
  readonly index: number;
}

function placesIn(group: Node): Place[] {
  const siblings = group.members ?? [];
  return siblings.flatMap((node, index) => [{ node, siblings, index }, ...placesIn(node)]);
}

function nodeOf(code: number, flags: number, vendorId: number, data: Uint8Array): Node {
  return {
    ...{ code, flags, vendorId, data, members: undefined },
    ...{ trailing: new Uint8Array(0), lie: 0, unpadded: false },
  };
}

/** Octets of a sound message only. */
function parse(octets: Uint8Array, dictionary: Dictionary): Node[] {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const nodes: Node[] = [];
  for (let at = 0; at < octets.length; ) {
    const code = view.getUint32(at);
    const flags = view.getUint8(at + 4);
    const length = view.getUint32(at + 4) & 0xffffff;
    const header = flags & 0x80 ? 12 : 8;
    const vendorId = flags & 0x80 ? view.getUint32(at + 8) : 0;
    const node = nodeOf(code, flags, vendorId, octets.slice(at + header, at + length));
    const isGroup = dictionary.avps.get(avpKey(vendorId, code))?.type === "Grouped";
    if (isGroup && isSound(node.data)) node.members = parse(node.data, dictionary);
    nodes.push(node);
    at += (length + 3) & ~3;
  }
  return nodes;
}

function isSound(octets: Uint8Array): boolean {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  for (let at = 0; at < octets.length; ) {
    if (octets.length - at < 8) return false;
    const length = view.getUint32(at + 4) & 0xffffff;
    if (length < (view.getUint8(at + 4) & 0x80 ? 12 : 8) || length > octets.length - at) return false;
    at += (length + 3) & ~3;
  }
  return true;
}

function contents({ members, data, trailing }: Node): Uint8Array[] {
  return members === undefined ? [data] : [...members.map(written), trailing];
}

function written(node: Node): Uint8Array {
  const { code, flags, vendorId, lie, unpadded } = node;
  const inner = contents(node);
  const data = concat(inner);
  const header = flags & 0x80 ? 12 : 8;
  const length = header + data.length;
  const octets = new Uint8Array(unpadded ? length : (length + 3) & ~3);
  const view = new DataView(octets.buffer);
  view.setUint32(0, code);
  view.setUint32(4, ((flags << 24) | (Math.max(0, length + lie) & 0xffffff)) >>> 0);
  if (header === 12) view.setUint32(8, vendorId);
  octets.set(data, header);
  return octets;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
