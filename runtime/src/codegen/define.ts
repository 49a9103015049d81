/** AVP definitions: what a user puts where a grammar says `* [ AVP ]`, and finds there. */
import { Avp } from "../codec/avp.js";
import type { DataFormat } from "../codec/data/index.js";
import { MAX_FAILED_AVP_BYTES } from "../codec/failed-avp.js";
import { begin, finish, NONE } from "../codec/input.js";
import { explain } from "../codec/issues.js";
import { encodeAt } from "../codec/message.js";
import { slab } from "../codec/output.js";
import { AvpError } from "../errors.js";
import type { KnownAvps } from "./types.js";

/** A typed AVP: `CallScore.of(5)` makes one, `CallScore.find(message)` reads it. `Init` differs from `T` for groups only. */
export interface AvpDefinition<T, Init = T> {
  readonly name: string;
  readonly code: number;
  /** 0 for IETF. */
  readonly vendorId: number;
  /** V, M and P as they are sent. */
  readonly flags: number;
  /** Throws EncodeError for a value that the AVP cannot carry. */
  of(value: Init): Avp;
  is(avp: Avp): boolean;
  /** Value of an AVP. Throws AvpError, with the Result-Code to answer, for octets that are none. */
  read(avp: Avp): T;
  /** Value of the first in `message.avps`; undefined where there is none. Throws AvpError as `read` does. */
  find(message: { readonly avps: readonly Avp[] }): T | undefined;
  /** Values of all in `message.avps`, in order. */
  findAll(message: { readonly avps: readonly Avp[] }): T[];
}

class Definition<T, Init> implements AvpDefinition<T, Init> {
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  readonly flags: number;
  readonly #decode: (avp: Avp) => T;
  readonly #encode: (value: Init) => Uint8Array;

  constructor(
    name: string,
    code: number,
    vendorId: number,
    flags: number,
    decode: (avp: Avp) => T,
    encode: (value: Init) => Uint8Array,
  ) {
    this.name = name;
    this.code = code;
    this.vendorId = vendorId;
    this.flags = flags;
    this.#decode = decode;
    this.#encode = encode;
  }

  of(value: Init): Avp {
    return new Avp(this.code, this.vendorId, this.flags, this.#encode(value));
  }

  is(avp: Avp): boolean {
    return avp.code === this.code && avp.vendorId === this.vendorId;
  }

  read(avp: Avp): T {
    return this.#decode(avp);
  }

  find(message: { readonly avps: readonly Avp[] }): T | undefined {
    for (const avp of message.avps) if (this.is(avp)) return this.#decode(avp);
    return undefined;
  }

  findAll(message: { readonly avps: readonly Avp[] }): T[] {
    return message.avps.filter((avp) => this.is(avp)).map((avp) => this.#decode(avp));
  }
}

/** @internal For generated code. */
export function defineAvp<T>(
  name: string,
  code: number,
  vendorId: number,
  flags: number,
  format: DataFormat<T>,
): AvpDefinition<T> {
  const decode = (avp: Avp): T => {
    try {
      return format.decode(avp.data);
    } catch (error) {
      if (!(error instanceof AvpError)) throw error;
      throw new AvpError(error.resultCode, `${name}: ${error.message}`, avp, error);
    }
  };
  return new Definition<T, T>(name, code, vendorId, flags, decode, (value) => format.encode(value));
}

/** @internal For generated code. */
export function defineGroup<T, Init>(
  name: string,
  code: number,
  vendorId: number,
  flags: number,
  decode: (view: DataView, start: number, end: number) => T,
  encode: (value: T, at: number) => number,
  create: (init: Init) => T,
): AvpDefinition<T, Init> {
  return new Definition<T, Init>(
    name,
    code,
    vendorId,
    flags,
    (avp) => decodeGroup(name, avp, decode),
    (init) => encodeGroup(name, create(init), encode),
  );
}

/** Header octets left free before a group's data, so that offsets look like those in a message. */
const ROOM = 20;

function decodeGroup<T>(name: string, avp: Avp, decode: (view: DataView, start: number, end: number) => T): T {
  // Strings are tested a word at a time, so the last word has to be there whole.
  const end = ROOM + avp.data.length;
  const bytes = new Uint8Array((end + 3) & ~3);
  bytes.set(avp.data, ROOM);
  const view = new DataView(bytes.buffer);
  begin(bytes, view, 0, bytes.length, NONE);
  const value = decode(view, ROOM, end);
  const notes = finish();
  // What is known is not known here: an AVP with the M bit was judged when the message was decoded.
  const [issue] = explain(bytes, view, 0, end, notes, NONE, MAX_FAILED_AVP_BYTES).filter(
    ({ resultCode }) => resultCode !== 5001,
  );
  if (issue === undefined) return value;
  throw new AvpError(issue.resultCode, `${name}: ${issue.message}`, avp);
}

function encodeGroup<T>(name: string, value: T, encode: (value: T, at: number) => number): Uint8Array {
  return slab.bytes.slice(0, encodeAt(0, name, value, encode));
}

/**
 * Minimum lengths by code, made of their text when somebody asks: most programs never meet an AVP that no grammar names, and an
 * application knows a thousand and more.
 */
class Lengths implements ReadonlyMap<number, number> {
  readonly #text: string;
  #map: Map<number, number> | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get #all(): Map<number, number> {
    if (this.#map === undefined) {
      this.#map = new Map();
      const numbers = this.#text.split(",").map(Number);
      for (let i = 0; i < numbers.length; i += 2) this.#map.set(numbers[i] as number, numbers[i + 1] as number);
    }
    return this.#map;
  }

  get size(): number {
    return this.#all.size;
  }
  get(code: number): number | undefined {
    return this.#all.get(code);
  }
  has(code: number): boolean {
    return this.#all.has(code);
  }
  forEach(use: (length: number, code: number, all: ReadonlyMap<number, number>) => void): void {
    this.#all.forEach(use);
  }
  entries(): MapIterator<[number, number]> {
    return this.#all.entries();
  }
  keys(): MapIterator<number> {
    return this.#all.keys();
  }
  values(): MapIterator<number> {
    return this.#all.values();
  }
  [Symbol.iterator](): MapIterator<[number, number]> {
    return this.#all.entries();
  }
}

/** @internal For generated code: vendor id, then code and minimum length of each of its AVPs, as "code,length,code,length" and so on. */
export function knownAvps(vendors: readonly (readonly [number, string])[]): KnownAvps {
  return new Map(vendors.map(([vendorId, text]) => [vendorId, new Lengths(text)]));
}
