/** Messages octet by octet, for tests of generated codecs: what no encoder would make can be made here. */

import { type Avp, encodeAvps, type Issue, RawMessage } from "@diamgen/runtime/codec";
import type { AnyCommand, Codec, KnownAvps } from "@diamgen/runtime/codegen";
import { type Decoded, decodeMessage, encodeMessage } from "../../../runtime/src/codec/message.js";

// biome-ignore lint/suspicious/noExplicitAny: what makes a message does not matter here
type CodecOf<T> = Codec<T, any>;
// biome-ignore lint/suspicious/noExplicitAny: of any command
export type AnyCodec = Codec<any, any>;

export const V = 0x80;
export const M = 0x40;

export interface AvpOptions {
  readonly flags?: number;
  readonly vendorId?: number;
  /** In place of the true length. */
  readonly length?: number;
}

/** An AVP with its padding. With a vendor id the V bit is set. */
export function avp(code: number, data: Uint8Array | string | number, options: AvpOptions = {}): Uint8Array {
  const content =
    typeof data === "number" ? u32(data) : typeof data === "string" ? new TextEncoder().encode(data) : data;
  const flags = (options.flags ?? M) | (options.vendorId === undefined ? 0 : V);
  const header = flags & V ? 12 : 8;
  const bytes = new Uint8Array((header + content.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, code);
  view.setUint32(4, ((flags << 24) | (options.length ?? header + content.length)) >>> 0);
  if (flags & V) view.setUint32(8, options.vendorId ?? 0);
  bytes.set(content, header);
  return bytes;
}

/** Data of a grouped AVP. */
export function group(...members: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(members.flatMap((member) => [...member]));
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** A message with the header that belongs to it. */
export function message(
  { code, application, proxiable }: AnyCommand,
  side: "request" | "answer",
  ...avps: readonly Uint8Array[]
): RawMessage {
  const body = group(...avps);
  const bytes = new Uint8Array(20 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x01000000 | bytes.length);
  view.setUint32(4, (((side === "request" ? 0x80 : 0) | (proxiable ? 0x40 : 0)) << 24) | code);
  view.setUint32(8, application.id);
  view.setUint32(12, 0x11111111);
  view.setUint32(16, 0x22222222);
  bytes.set(body, 20);
  return RawMessage.from(bytes);
}

export function decode<T>(codec: CodecOf<T>, raw: RawMessage | Uint8Array, known: readonly KnownAvps[]): Decoded<T> {
  return decodeMessage(codec, raw instanceof RawMessage ? raw : RawMessage.from(raw), known);
}

/** The message, which must be free of issues. */
export function decodeOk<T>(codec: CodecOf<T>, raw: RawMessage | Uint8Array, known: readonly KnownAvps[]): T {
  const decoded = decode(codec, raw, known);
  if (!decoded.ok) throw new Error(decoded.issues.map(({ resultCode, path }) => `${resultCode} ${path}`).join(", "));
  return decoded.message;
}

export function encode<T>(codec: CodecOf<T>, value: T): Uint8Array {
  return encodeMessage(codec, value);
}

/** "5005 376/104 @40": Result-Code, path, offset. */
export function brief(issues: readonly Issue[]): string[] {
  return issues.map(({ resultCode, path, offset }) => `${resultCode} ${path} @${offset}`);
}

export function issuesOf(codec: AnyCodec, raw: RawMessage | Uint8Array, known: readonly KnownAvps[]): readonly Issue[] {
  const decoded = decode(codec, raw, known);
  return decoded.ok ? [] : decoded.issues;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** Failed-AVP's content as octets on the wire. */
export function failed(issue: Issue | undefined): string {
  return issue?.failedAvp === undefined ? "" : hex(encodeAvps([issue.failedAvp as Avp]));
}
