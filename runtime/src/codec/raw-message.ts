import { Avp, AvpFlag, avpLength, writeAvps } from "./avp.js";
import { CommandFlag, HEADER_LENGTH, type Header, writeHeader } from "./header.js";

/**
 * A message as it is on the wire: what peers and routing work on. It borrows the chunk that it came in (copying costs more than
 * decoding); `own()` makes one that outlives the chunk. `start` is a multiple of 4, `end - start` too: the framer sees to it.
 */
export class RawMessage {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Uint8Array, view: DataView, start: number, end: number) {
    this.bytes = bytes;
    this.view = view;
    this.start = start;
    this.end = end;
  }

  /** The whole of `bytes` as one message; checks nothing but that a header is there. */
  static from(bytes: Uint8Array): RawMessage {
    if (bytes.length < HEADER_LENGTH)
      throw new RangeError(`a Diameter message has at least 20 octets, got ${bytes.length}`);
    return new RawMessage(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);
  }

  /** Header and AVPs as a new message. */
  static of(header: Header, avps: readonly Avp[]): RawMessage {
    let length = HEADER_LENGTH;
    for (let i = 0; i < avps.length; i++) length += avpLength(avps[i] as Avp);
    const raw = RawMessage.from(new Uint8Array(length));
    writeAvps(raw.bytes, raw.view, HEADER_LENGTH, avps);
    writeHeader(raw.view, 0, length, header);
    return raw;
  }

  /** Octets, header included. */
  get length(): number {
    return this.end - this.start;
  }
  get flags(): number {
    return this.view.getUint8(this.start + 4);
  }
  get commandCode(): number {
    return this.view.getUint32(this.start + 4) & 0xffffff;
  }
  get applicationId(): number {
    return this.view.getUint32(this.start + 8);
  }
  get hopByHop(): number {
    return this.view.getUint32(this.start + 12);
  }
  get endToEnd(): number {
    return this.view.getUint32(this.start + 16);
  }
  get isRequest(): boolean {
    return (this.flags & CommandFlag.REQUEST) !== 0;
  }
  get isProxiable(): boolean {
    return (this.flags & CommandFlag.PROXIABLE) !== 0;
  }
  get isError(): boolean {
    return (this.flags & CommandFlag.ERROR) !== 0;
  }
  get isRetransmitted(): boolean {
    return (this.flags & CommandFlag.RETRANSMITTED) !== 0;
  }

  /** A view of the octets, not a copy. */
  toBytes(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  /** A message of the same octets that owns them. */
  own(): RawMessage {
    return RawMessage.from(Uint8Array.prototype.slice.call(this.bytes, this.start, this.end));
  }

  /**
   * Offset of the header of the first AVP with this code at the top level, at or after `from`; -1 where there is none. Stops
   * at an AVP whose length is impossible.
   */
  find(code: number, vendorId = 0, from = this.start + HEADER_LENGTH): number {
    const { view, end } = this;
    for (let at = from; end - at >= 8; ) {
      const word = view.getInt32(at + 4);
      const length = word & 0xffffff;
      if (length < (word < 0 ? 12 : 8) || length > end - at) return -1;
      if (view.getUint32(at) === code && (word < 0 ? view.getUint32(at + 8) : 0) === vendorId) return at;
      at += (length + 3) & ~3;
    }
    return -1;
  }

  /** The AVP whose header stands at `at`, as `find` gave it; its data is a copy. */
  avpAt(at: number): Avp {
    const word = this.view.getInt32(at + 4);
    const data = word < 0 ? at + 12 : at + 8;
    return new Avp(
      this.view.getUint32(at),
      word < 0 ? this.view.getUint32(at + 8) : 0,
      word >>> 24,
      Uint8Array.prototype.slice.call(this.bytes, data, at + (word & 0xffffff)),
    );
  }

  /** The AVPs at the top level, in order; ends before one whose length is impossible. */
  *avps(): Generator<Avp, void, undefined> {
    for (let at = this.start + HEADER_LENGTH; this.end - at >= 8; ) {
      const word = this.view.getInt32(at + 4);
      const length = word & 0xffffff;
      if (length < (word < 0 ? 12 : 8) || length > this.end - at) return;
      yield this.avpAt(at);
      at += (length + 3) & ~3;
    }
  }

  /** The first AVP with this code at the top level. */
  avp(code: number, vendorId = 0): Avp | undefined {
    const at = this.find(code, vendorId);
    return at < 0 ? undefined : this.avpAt(at);
  }

  /** All AVPs with this code at the top level, in order. */
  avpsOf(code: number, vendorId = 0): Avp[] {
    const found: Avp[] = [];
    // Not by way of avps(), which copies the data of all.
    for (let at = this.find(code, vendorId); at >= 0; ) {
      found.push(this.avpAt(at));
      at = this.find(code, vendorId, at + (((this.view.getUint32(at + 4) & 0xffffff) + 3) & ~3));
    }
    return found;
  }
}

/** The AVPs in the data of a Grouped AVP; ends before one whose length is impossible. */
export function decodeAvps(data: Uint8Array): Avp[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const avps: Avp[] = [];
  for (let at = 0; data.length - at >= 8; ) {
    const word = view.getInt32(at + 4);
    const length = word & 0xffffff;
    const header = word & (AvpFlag.VENDOR << 24) ? 12 : 8;
    if (length < header || length > data.length - at) break;
    avps.push(
      new Avp(
        view.getUint32(at),
        header === 12 ? view.getUint32(at + 8) : 0,
        word >>> 24,
        Uint8Array.prototype.slice.call(data, at + header, at + length),
      ),
    );
    at += (length + 3) & ~3;
  }
  return avps;
}
