/** What a payload asks for, read by rules of its own: RFC 6733 section 3, and nothing of the code under test. */

export interface Expectation {
  /** Hop-by-Hop Identifiers of the requests, in order: each is to be answered once. */
  readonly requests: readonly number[];
  /** The framing is lost, or a message has no end: the connection has to be closed. */
  readonly closes: boolean;
  /** Where the framing is lost and a header is there: it may be answered once, as a last word (section 7.1.5). */
  readonly last?: number;
}

export function expectationOf(payload: Uint8Array, maxMessageLength: number): Expectation {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const requests: number[] = [];
  let at = 0;
  while (payload.length - at >= 4) {
    const word = view.getUint32(at);
    const length = word % 0x1000000;
    if (word >>> 24 !== 1 || length < 20 || length % 4 !== 0 || length > maxMessageLength)
      return payload.length - at < 20
        ? { requests, closes: true }
        : { requests, closes: true, last: view.getUint32(at + 12) };
    if (length > payload.length - at) break;
    if (view.getUint8(at + 4) & 0x80) requests.push(view.getUint32(at + 12));
    at += length;
  }
  return { requests, closes: at < payload.length };
}
