/** Octets as a string of their low seven or eight bits, one call a message. Only substrings that are known to be ASCII are ever used. */
interface NodeBuffer extends Uint8Array {
  latin1Slice(start: number, end: number): string;
}
interface BufferConstructor {
  readonly prototype?: Partial<NodeBuffer>;
}
type Latin1Reader = (bytes: Uint8Array, start: number, end: number) => string;

/** Undefined in a browser. What goes by this name there, by way of a polyfill, lacks the method. */
const NodeBuffer = (globalThis as unknown as { Buffer?: BufferConstructor }).Buffer;

const latin1Slice = NodeBuffer?.prototype?.latin1Slice;

/** @internal For Node. A method taken from its object takes any Uint8Array, and V8 need not look for it. */
export const latin1WithBuffer: Latin1Reader = (bytes, start, end) =>
  (latin1Slice as NodeBuffer["latin1Slice"]).call(bytes as NodeBuffer, start, end);

let scratch = new Uint8Array(4096);
const decoder = /*@__PURE__*/ new TextDecoder();

/** @internal Where there is no Buffer: TextDecoder("latin1") is slow in V8, so the octets are masked to seven bits and read as UTF-8. */
export const latin1WithDecoder: Latin1Reader = (bytes, start, end) => {
  const length = end - start;
  if (scratch.length < length) scratch = new Uint8Array(length * 2);
  for (let i = 0; i < length; i++) scratch[i] = (bytes[start + i] as number) & 0x7f;
  return decoder.decode(scratch.subarray(0, length));
};

export const latin1Reader: Latin1Reader = latin1Slice ? latin1WithBuffer : latin1WithDecoder;
