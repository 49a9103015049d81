/** Writes a string as UTF-8 into the given octets; returns how many it took. The caller sees to the room. */
interface NodeBuffer extends Uint8Array {
  utf8Write(value: string, offset: number): number;
}
interface BufferConstructor {
  readonly prototype?: Partial<NodeBuffer>;
  from(buffer: ArrayBufferLike, offset: number, length: number): NodeBuffer;
}
type Utf8Writer = (value: string, at: number) => number;

/** Undefined in a browser. What goes by this name there, by way of a polyfill, lacks the method. */
const NodeBuffer = (globalThis as unknown as { Buffer?: BufferConstructor }).Buffer;

/** @internal For Node. */
export function utf8WithBuffer(bytes: Uint8Array): Utf8Writer {
  const buffer = (NodeBuffer as BufferConstructor).from(bytes.buffer, bytes.byteOffset, bytes.length);
  return (value, at) => buffer.utf8Write(value, at);
}

/** @internal Where there is no Buffer. */
export function utf8WithEncoder(bytes: Uint8Array): Utf8Writer {
  const encoder = new TextEncoder();
  return (value, at) => encoder.encodeInto(value, bytes.subarray(at)).written;
}

export const utf8Writer: (bytes: Uint8Array) => Utf8Writer = NodeBuffer?.prototype?.utf8Write
  ? utf8WithBuffer
  : utf8WithEncoder;
