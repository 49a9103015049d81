import { HEADER_LENGTH, RawMessage } from "@diamgen/runtime/codec";

/** Messages that stood back to back, and why there are no more of them. */
export interface MessagesRead {
  readonly messages: readonly RawMessage[];
  /** What is left over is no message: it begins at this octet. */
  readonly problem?: { readonly offset: number; readonly message: string } | undefined;
}

/** Takes messages apart that stand back to back, as in a dump of one direction of a connection. They are views of `octets`. */
export function messagesIn(octets: Uint8Array): MessagesRead {
  const messages: RawMessage[] = [];
  for (let offset = 0; offset < octets.length; ) {
    const rest = octets.subarray(offset);
    const wrong = problemOf(rest);
    if (wrong !== undefined) return { messages, problem: { offset, message: wrong } };
    const message = rest.subarray(0, lengthOf(rest));
    messages.push(RawMessage.from(message));
    offset += message.length;
  }
  return { messages };
}

/** RFC 6733 section 3: version 1, Message Length with the header, a multiple of four. */
function problemOf(octets: Uint8Array): string | undefined {
  if (octets[0] !== 1) return `a message begins with its version, 1; this is ${octets[0]}`;
  if (octets.length < HEADER_LENGTH) return `${octets.length} octets are too few for a header`;
  const length = lengthOf(octets);
  if (length < HEADER_LENGTH || length % 4 !== 0) return `Message Length is ${length}`;
  return length > octets.length ? `Message Length is ${length}, only ${octets.length} octets are left` : undefined;
}

function lengthOf(octets: Uint8Array): number {
  return new DataView(octets.buffer, octets.byteOffset, 4).getUint32(0) % 0x1000000;
}

/**
 * The octets of a file: its own where it begins as a message does, those that it spells where it is hexadecimal text. Space, colons and
 * "0x" may stand between the digits. Undefined where it is neither.
 */
export function octetsIn(file: Uint8Array): Uint8Array | undefined {
  // No text that is meant here begins with U+0001.
  if (file.length === 0 || file[0] === 1) return file;
  const digits = new TextDecoder().decode(file).replace(/0x|[\s:,]/gi, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return undefined;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
}
