/** Messages octet by octet, written as hexadecimal text: nothing here knows what a codec does. */

import { encodeAvps, type Issue, RawMessage } from "@diamgen/runtime/codec";

/** Octets of hexadecimal text; white space and `|` are for the reader. */
export function octets(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/[\s|]/g, ""), "hex"));
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The text as `hex` writes it. */
export function plain(text: string): string {
  return hex(octets(text));
}

/** A message of a header, whose length is that of the whole, and AVPs. */
export function message(flagsAndCode: number, applicationId: number, ...avps: readonly string[]): RawMessage {
  const body = octets(avps.join(""));
  const bytes = new Uint8Array(20 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x01000000 + bytes.length);
  view.setUint32(4, flagsAndCode);
  view.setUint32(8, applicationId);
  view.setUint32(12, 0x11111111);
  view.setUint32(16, 0x22222222);
  bytes.set(body, 20);
  return RawMessage.from(bytes);
}

/** `5005 @116 376/377 000001...`: what is answered for an issue. */
export function brief({ resultCode, offset, path, failedAvp }: Issue): string {
  return [resultCode, `@${offset}`, path, failedAvp === undefined ? "" : hex(encodeAvps([failedAvp]))].join(" ").trim();
}
