/** Limits.maxAvps: AVPs are counted before anything is made of them, and no more of them than it takes. */
import { describe, expect, test } from "vitest";
import { countAvps, tooManyAvps } from "../../runtime/src/codec/count.js";
import { decodeLimits } from "../../runtime/src/codec/decode-limits.js";
import { RawMessage } from "../../runtime/src/codec/raw-message.js";
import { avpOctets, nestedAvps, withAvps } from "../../runtime/src/testing/index.js";

const EMPTY = avpOctets(1, new Uint8Array(0));
const header = Uint8Array.from({ length: 20 }, (_, at) => (at === 0 ? 1 : 0));
const message = (...avps: Uint8Array[]) => RawMessage.from(withAvps(header, () => avps));
const many = (count: number) => Buffer.concat(Array<Uint8Array>(count).fill(EMPTY));
const count = (raw: RawMessage) => countAvps(raw, 1_000_000, 16);

describe("AVPs of a message", () => {
  test.each<[string, RawMessage, number]>([
    ["none", message(), 0],
    ["at the top level", message(EMPTY, EMPTY), 2],
    ["within groups", message(avpOctets(2, many(3)), EMPTY), 5],
    ["within groups within groups", message(nestedAvps(2, 10, EMPTY)), 11],
    ["of groups that are padded", message(avpOctets(2, Buffer.concat([many(1), Buffer.alloc(1)])), EMPTY), 3],
    ["to 16 levels, those below as one", message(nestedAvps(2, 1_000)), 17],
    [
      "octets that are no AVPs",
      message(avpOctets(2, new Uint8Array(800)), avpOctets(3, Buffer.from("x".repeat(800)))),
      2,
    ],
    ["up to a length that is impossible", message(EMPTY, avpOctets(2, EMPTY, { length: 7 }), EMPTY), 1],
    ["of vendors", message(avpOctets(2, many(2), { vendorId: 10_415 })), 3],
  ])("%s", (_name, raw, expected) => {
    expect(count(raw)).toBe(expected);
  });

  test("are looked at as far as it takes to know: 4097 of 131,000", () => {
    let looks = 0;
    const raw = message(avpOctets(2, many(131_000)));
    const view = new Proxy(raw.view, {
      get(target, property) {
        if (property === "getInt32") looks++;
        const value = Reflect.get(target, property, target) as unknown;
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const watched = new RawMessage(raw.bytes, view, raw.start, raw.end);
    expect(tooManyAvps(watched, decodeLimits)).toMatchObject({ resultCode: 5012, message: "more than 4096 AVPs" });
    expect(looks).toBe(4097);
  });

  test("are not looked at where the message is too short to have as many", () => {
    const raw = message(many(4096));
    const unseen = new RawMessage(raw.bytes, undefined as unknown as DataView, raw.start, raw.end);
    expect(tooManyAvps(unseen, decodeLimits)).toBeUndefined();
    expect(tooManyAvps(message(many(4097)), decodeLimits)).toMatchObject({ resultCode: 5012 });
  });
});
