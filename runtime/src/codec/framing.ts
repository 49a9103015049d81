/**
 * Messages follow one another in the stream, each telling its length (RFC 6733 section 3):
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |    Version    |                 Message Length                |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |  the rest of the header, AVPs; Message Length - 4 octets ...
 */
import { HEADER_LENGTH, type Header, readHeader } from "./header.js";
import { RawMessage } from "./raw-message.js";

/** What makes a stream unreadable: where the next message begins is not known any more. */
export interface FramingFault {
  /** Version is not 1; length below 20; length above the limit; length no multiple of four. */
  readonly kind: "version" | "length" | "tooLong" | "unaligned";
  /** DIAMETER_UNSUPPORTED_VERSION or DIAMETER_INVALID_MESSAGE_LENGTH, where an answer is still to be tried. */
  readonly resultCode: 5011 | 5015;
  /** For people and Error-Message. */
  readonly message: string;
  /** The message's header, where all of it had come. */
  readonly header?: Header | undefined;
}

export interface FramerOptions {
  /** Octets of the longest message accepted. */
  readonly maxMessageLength: number;
  /** A whole message. It borrows the chunk given to `push`, unless it came in pieces. */
  readonly onMessage: (raw: RawMessage) => void;
  /** Called once; the framer is stopped then. */
  readonly onFault: (fault: FramingFault) => void;
}

/** Room first taken for a message that comes in pieces, in octets. */
const FIRST_ROOM = 512;

/**
 * Cuts a stream of octets into messages, however it is chunked, in linear time. A message within one chunk is not copied; one
 * that straddles chunks is collected in memory that grows with what has come, never with what a length promises.
 */
export class Framer {
  /** Octets of the longest message accepted; may be changed at any time, by `onMessage` too, and holds from the next message on. */
  maxMessageLength: number;
  /** Whole messages so far. */
  messages = 0;
  /** True after a fault or `stop()`: what is pushed is dropped. */
  stopped = false;
  /** Octets of the chunk behind the message that was the last, where `onMessage` called `stop()`. */
  unread = 0;
  readonly #onMessage: (raw: RawMessage) => void;
  readonly #onFault: (fault: FramingFault) => void;
  /** The beginning of a message whose end has not come; `#held` octets of it. */
  #room: Uint8Array | undefined;
  #held = 0;
  /** Length of that message, 0 while not known. */
  #length = 0;

  constructor(options: FramerOptions) {
    this.maxMessageLength = options.maxMessageLength;
    this.#onMessage = options.onMessage;
    this.#onFault = options.onFault;
  }

  /** Octets held of a message that is not whole yet. */
  get buffered(): number {
    return this.#held;
  }

  /** Forgets what is held, and drops all that comes; may be called from `onMessage`, which is not called again then. */
  stop(): void {
    this.stopped = true;
    this.#room = undefined;
    this.#held = 0;
  }

  /**
   * Takes the next octets of the stream. The chunk is borrowed by the messages cut from it: it must not be changed while they are in use.
   */
  push(chunk: Uint8Array): void {
    if (this.stopped) return;
    const at = this.#held > 0 ? this.#complete(chunk) : 0;
    if (this.stopped) this.unread = chunk.length - at;
    if (at === chunk.length || this.stopped) return;
    // Messages begin at multiples of four of this view, whatever came before in the chunk.
    const bytes = inNodeABuffer(at === 0 ? chunk : chunk.subarray(at));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let start = 0;
    while (bytes.length - start >= 4) {
      const length = this.#check(view, start);
      if (length === 0) return;
      const end = start + length;
      if (end > bytes.length) {
        this.#length = length;
        break;
      }
      this.messages++;
      this.#onMessage(new RawMessage(bytes, view, start, end));
      if (this.stopped) {
        this.unread = bytes.length - end;
        return;
      }
      start = end;
    }
    if (start < bytes.length) this.#hold(bytes, start, bytes.length);
  }

  /** Goes on with the message that is held; returns how many octets of the chunk belonged to it. */
  #complete(chunk: Uint8Array): number {
    let at = 0;
    if (this.#length === 0) {
      at = Math.min(4 - this.#held, chunk.length);
      this.#hold(chunk, 0, at);
      if (this.#held < 4) return at;
      // The rest of the header serves an answer to a fault only.
      const header = Math.min(HEADER_LENGTH - 4, chunk.length - at);
      this.#hold(chunk, at, at + header);
      const room = this.#room as Uint8Array;
      const length = this.#check(new DataView(room.buffer, room.byteOffset, this.#held), 0);
      if (length === 0) return chunk.length;
      this.#length = length;
      at += header;
    }
    const end = Math.min(at + this.#length - this.#held, chunk.length);
    this.#hold(chunk, at, end);
    if (this.#held < this.#length) return end;
    const bytes = (this.#room as Uint8Array).subarray(0, this.#length);
    this.#room = undefined;
    this.#held = 0;
    this.#length = 0;
    this.messages++;
    this.#onMessage(RawMessage.from(bytes));
    return end;
  }

  /** Keeps a part of a chunk; the room is doubled when it is full, but never beyond the message. */
  #hold(chunk: Uint8Array, from: number, to: number): void {
    const needed = this.#held + to - from;
    let room = this.#room;
    if (room === undefined || room.length < needed) {
      let size = Math.max(FIRST_ROOM, needed, this.#held * 2);
      if (this.#length > 0) size = Math.min(size, this.#length);
      const larger = allocate(size);
      if (room !== undefined) larger.set(room.subarray(0, this.#held));
      this.#room = room = larger;
    }
    room.set(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to), this.#held);
    this.#held = needed;
  }

  /** The length of the message at `start`, whose first four octets are there; 0 after a fault. */
  #check(view: DataView, start: number): number {
    const word = view.getUint32(start);
    const length = word & 0xffffff;
    const version = word >>> 24;
    if (version !== 1) this.#fault("version", `version ${version} is not supported`, view, start);
    else if (length < HEADER_LENGTH) this.#fault("length", `a message of ${length} octets has no header`, view, start);
    else if (length & 3) this.#fault("unaligned", `message length ${length} is no multiple of four`, view, start);
    else if (length > this.maxMessageLength) {
      this.#fault("tooLong", `message length ${length} exceeds the limit of ${this.maxMessageLength}`, view, start);
    } else return length;
    return 0;
  }

  #fault(kind: FramingFault["kind"], message: string, view: DataView, start: number): void {
    const header = view.byteLength - start >= HEADER_LENGTH ? readHeader(view, start) : undefined;
    this.stop();
    this.#onFault({ kind, resultCode: kind === "version" ? 5011 : 5015, message, header });
  }
}

/** Decoding is faster from a Buffer; a browser has none. */
const NodeBuffer: typeof Buffer | undefined = globalThis.Buffer;

function inNodeABuffer(chunk: Uint8Array): Uint8Array {
  if (NodeBuffer === undefined || chunk instanceof NodeBuffer) return chunk;
  return NodeBuffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}

function allocate(length: number): Uint8Array {
  return NodeBuffer === undefined ? new Uint8Array(length) : NodeBuffer.allocUnsafe(length);
}
