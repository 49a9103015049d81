import type { Codec, KnownAvps, Message } from "../codegen/types.js";
import { EncodeError } from "../errors.js";
import { tooManyAvps } from "./count.js";
import { type DecodeLimits, decodeLimits } from "./decode-limits.js";
import { HEADER_LENGTH, writeHeader } from "./header.js";
import { begin, finish } from "./input.js";
import type { Issue } from "./issue.js";
import { explain } from "./issues.js";
import { MAX_MESSAGE_LENGTH, slab } from "./output.js";
import type { RawMessage } from "./raw-message.js";
import { INVALID_MESSAGE_LENGTH, UNSUPPORTED_VERSION } from "./result-code.js";

/**
 * A message, or what is wrong with it. A bad message is data, not an exception: `issues[0]` decides Result-Code and Failed-AVP of the answer
 * (RFC 6733 section 7), and `message` holds what could be read, fields that are required included only by their type.
 */
export type Decoded<T> =
  | { readonly ok: true; readonly message: T }
  | { readonly ok: false; readonly message: T | undefined; readonly issues: readonly Issue[] };

/**
 * Decodes a message of this command. `known`: AVPs that may carry the M bit where the grammar does not name them. What goes beyond `limits`
 * is 5012 (DIAMETER_UNABLE_TO_COMPLY): RFC 6733 has no code for it. Never throws.
 */
export function decodeMessage<T>(
  // biome-ignore lint/suspicious/noExplicitAny: what creates a message does not matter for reading one
  codec: Codec<T, any>,
  raw: RawMessage,
  known: readonly KnownAvps[],
  limits: DecodeLimits = decodeLimits,
): Decoded<T> {
  const { bytes, view, start, end } = raw;
  const wrong = framingIssue(raw) ?? tooManyAvps(raw, limits);
  if (wrong !== undefined) return { ok: false, message: undefined, issues: [wrong] };
  begin(bytes, view, start, end, known, limits.maxGroupedDepth);
  const message = codec.decode(view, start, end);
  const notes = finish();
  if (notes.length === 0) return { ok: true, message };
  return { ok: false, message, issues: explain(bytes, view, start, end, notes, known, limits.maxFailedAvpBytes) };
}

function framingIssue(raw: RawMessage): Issue | undefined {
  const word = raw.view.getUint32(raw.start);
  if (word >>> 24 !== 1) return headerIssue(UNSUPPORTED_VERSION, `version ${word >>> 24}, not 1`);
  if ((word & 0xffffff) !== raw.length || raw.length & 3)
    return headerIssue(
      INVALID_MESSAGE_LENGTH,
      `Message Length ${word & 0xffffff} of ${raw.length} octets; it counts them all and is a multiple of 4`,
    );
  return undefined;
}

function headerIssue(resultCode: number, message: string): Issue {
  return { resultCode, message, offset: 0, path: "" };
}

/** Encodes a message into octets of its own. Throws EncodeError for a value that its AVP cannot carry. */
export function encodeMessage<T>(
  // biome-ignore lint/suspicious/noExplicitAny: what creates a message does not matter for writing one
  codec: Codec<T, any>,
  message: T,
): Uint8Array {
  return slab.bytes.slice(0, encodeToSlab(codec, message));
}

/** Encodes a message at the start of the slab, which the next encoding overwrites; returns its length. */
export function encodeToSlab<T>(
  // biome-ignore lint/suspicious/noExplicitAny: what creates a message does not matter for writing one
  codec: Codec<T, any>,
  message: T,
): number {
  const end = encodeAt(HEADER_LENGTH, codec.name, message, codec.encode);
  // Every message class has a header; a Codec need not know it.
  writeHeader(slab.view, 0, end, (message as Message).header);
  return end;
}

/** Runs an encoder; what it throws becomes an EncodeError that names what was encoded. */
export function encodeAt<T>(at: number, name: string, value: T, encode: (value: T, at: number) => number): number {
  try {
    const end = encode(value, at);
    if (end <= MAX_MESSAGE_LENGTH) return end;
  } catch (error) {
    if (error instanceof EncodeError) throw new EncodeError(`${name} ${error.path}`.trim(), error.problem, error);
    // A caller without types left something out, or gave something else.
    if (!(error instanceof RangeError))
      throw new EncodeError(name, "a required value is missing or of another type", error);
  }
  throw new EncodeError(name, `longer than the ${MAX_MESSAGE_LENGTH} octets that Message Length can say`);
}
