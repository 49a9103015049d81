/** Texts and identities that repeat come from caches: what is read and written is the same as without, whatever came before. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { identity } from "../../runtime/src/codec/identity-output.js";
import { begin, finish, sessionId, text } from "../../runtime/src/codec/input.js";
import { slab, text as writeText } from "../../runtime/src/codec/output.js";

/** Reads all of these octets as one AVP's data; what stands behind them in the last word is no part of it. */
function read(reader: typeof text, octets: Uint8Array, padding = 0): { value: string; issues: number[] } {
  const bytes = new Uint8Array(8 + ((octets.length + 3) & ~3)).fill(padding, 8 + octets.length);
  bytes.set(octets, 8);
  begin(bytes, new DataView(bytes.buffer), 0, bytes.length, []);
  const value = reader(0, 8, 8 + octets.length);
  return { value, issues: finish().map(({ resultCode }) => resultCode) };
}

const encoder = new TextEncoder();

describe("short texts, on decode", () => {
  it("are what the octets say, read again and again, with any padding", () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\0", "é", "\u{1f4de}", "~"), maxLength: 14 }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(texts, fc.constantFrom(0, 0x61, 0xff), (values, padding) => {
        for (const value of [...values, ...values])
          expect(read(text, encoder.encode(value), padding)).toEqual({ value, issues: [] });
      }),
    );
  });

  it("stay apart in thousands, where they have to share places", () => {
    const values = Array.from({ length: 5000 }, (_, i) => `${i * 7919}`);
    for (const value of [...values, ...values.reverse()]) expect(read(text, encoder.encode(value)).value).toBe(value);
  });

  it("that are no UTF-8 are 5004 each time", () => {
    for (let i = 0; i < 3; i++) {
      expect(read(text, Uint8Array.of(0x41, 0xc3))).toEqual({ value: "", issues: [5004] });
      expect(read(text, Uint8Array.of(0x41))).toEqual({ value: "A", issues: [] });
    }
  });
});

describe("longer texts, on decode", () => {
  it("are looked through to the last octet, whatever the padding", () => {
    for (let length = 13; length <= 52; length++) {
      const octets = new Uint8Array(length).fill(0x7f);
      expect(read(text, octets, 0xff)).toEqual({ value: "\x7f".repeat(length), issues: [] });
      for (let at = 0; at < length; at++) {
        const [invalid, zero] = [octets.slice(), octets.slice()];
        invalid[at] = 0x80;
        zero[at] = 0;
        expect(read(text, invalid)).toEqual({ value: "", issues: [5004] });
        expect(read(text, zero)).toEqual({
          value: `${"\x7f".repeat(at)}\0${"\x7f".repeat(length - at - 1)}`,
          issues: [],
        });
      }
    }
  });
});

describe("Session-Id, on decode", () => {
  it("is 5004 with NUL at any place, and with no other octet, whatever the padding", () => {
    for (const length of [1, 3, 4, 5, 12, 13, 47]) {
      for (const padding of [0, 0x80, 0xff]) {
        const octets = new Uint8Array(length).fill(1);
        expect(read(sessionId, octets, padding)).toEqual({ value: "\x01".repeat(length), issues: [] });
        for (let at = 0; at < length; at++) {
          const broken = octets.slice();
          broken[at] = 0;
          expect(read(sessionId, broken, padding).issues).toEqual([5004]);
        }
      }
    }
  });

  it("may have any other character", () => {
    for (const value of ["host;1;2;é", "\x80\x81 and more than twelve", "\x7f".repeat(20)])
      expect(read(sessionId, encoder.encode(value))).toEqual({ value, issues: [] });
    expect(read(sessionId, encoder.encode("é and more than twelve\0"))).toMatchObject({ issues: [5004] });
  });
});

describe("identities, on encode", () => {
  const written = (writer: typeof writeText, value: string) => {
    slab.bytes.fill(0xa5, 0, 512);
    return Buffer.from(slab.bytes.subarray(20, writer(20, 264, 0x40, value))).toString("hex");
  };

  it("are written as text is, the first time and any other", () => {
    const names = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "b", ".", "-", "9"), minLength: 0, maxLength: 70 }),
      fc.domain(),
      // No identity, but nothing forbids to try.
      fc.string({ unit: fc.constantFrom("a", "é"), minLength: 8, maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(names, { minLength: 1, maxLength: 8 }), (values) => {
        for (const value of [...values, ...values, ...values, ...values])
          expect(written(identity, value)).toBe(written(writeText, value));
      }),
    );
  });

  it("stay apart where they share places", () => {
    const values = Array.from({ length: 2000 }, (_, i) => `host${i}.region${i % 7}.example.net`);
    for (const value of values)
      for (let times = 0; times < 3; times++) expect(written(identity, value)).toBe(written(writeText, value));
    for (const value of values) expect(written(identity, value)).toBe(written(writeText, value));
  });
});
