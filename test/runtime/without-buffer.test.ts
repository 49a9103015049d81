/** Strings with Node's Buffer and without it: both ways give the same. `test/browser` runs the whole codec without it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { latin1Reader, latin1WithBuffer, latin1WithDecoder } from "../../runtime/src/codec/latin1.js";
import { utf8WithBuffer, utf8WithEncoder, utf8Writer } from "../../runtime/src/codec/utf8.js";

describe("latin1", () => {
  it("is read with Buffer in Node", () => {
    expect(latin1Reader).toBe(latin1WithBuffer);
  });

  it("is the same for ASCII in any octets, at any offset", () => {
    const messages = fc.uint8Array({ minLength: 1, maxLength: 10_000, size: "max" });
    fc.assert(
      fc.property(messages, fc.nat(8), (octets, start) => {
        const from = Math.min(start, octets.length);
        const [ours, nodes] = [latin1WithDecoder, latin1WithBuffer].map((read) => read(octets, from, octets.length));
        expect(ours).toHaveLength(octets.length - from);
        // Only ASCII is ever taken from it; all else has to keep its place.
        const ascii = (text = "") =>
          Array.from(text, (c, i) => ((octets[from + i] as number) < 128 ? c : "?")).join("");
        expect(ascii(ours)).toBe(ascii(nodes));
      }),
      { numRuns: 200 },
    );
  });

  it("grows with the message, and reads a part of a larger buffer", () => {
    for (const length of [0, 1, 4095, 4096, 4097, 100_000, 3]) {
      const octets = new Uint8Array(length + 8).fill(0x41);
      octets.set([0xef, 0xbb, 0xbf], 0);
      expect(latin1WithDecoder(octets.subarray(4), 2, length + 2)).toBe("A".repeat(length));
    }
  });

  it("keeps octets that look like a byte order mark in their place", () => {
    const octets = Uint8Array.of(0xef, 0xbb, 0xbf, 0x41);
    expect(latin1WithDecoder(octets, 0, 4)).toHaveLength(4);
    expect(latin1WithDecoder(octets, 0, 4)[3]).toBe("A");
  });
});

describe("UTF-8", () => {
  it("is written with Buffer in Node", () => {
    expect(utf8Writer).toBe(utf8WithBuffer);
  });

  it.each([0, 1, 7])("is the same at offset %i, lone surrogates included", (at) => {
    const strings = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
    );
    fc.assert(
      fc.property(strings, (text) => {
        const [ours, nodes] = [utf8WithEncoder, utf8WithBuffer].map((writer) => {
          // Part of a larger buffer, filled to show what is written beyond the end.
          const octets = new Uint8Array(1024 + 16).fill(0xa5).subarray(8, 1024);
          return `${writer(octets)(text, at)} ${Buffer.from(octets).toString("hex")}`;
        });
        expect(ours).toBe(nodes);
      }),
      { numRuns: 300 },
    );
  });
});
