/** Writes a string as UTF-8 into the given octets; returns how many it took. The caller sees to the room. */
interface NodeBuffer extends Uint8Array {
  utf8Write(value: string, offset: number): number;
}
interface BufferConstructor {
  from(buffer: ArrayBufferLike, offset: number, length: number): NodeBuffer;
}
const NodeBuffer = (globalThis as unknown as { Buffer?: BufferConstructor }).Buffer;

export function utf8Writer(bytes: Uint8Array): (value: string, at: number) => number {
  if (NodeBuffer) {
    const buffer = NodeBuffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return (value, at) => buffer.utf8Write(value, at);
  }
  const encoder = new TextEncoder();
  return (value, at) => encoder.encodeInto(value, bytes.subarray(at)).written;
}
