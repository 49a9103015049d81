import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../runtime/src/errors.js";
import { defaultLimits, limits } from "../../runtime/src/limits.js";

describe("limits", () => {
  test("the defaults", () => {
    expect(defaultLimits).toEqual({
      maxMessageLengthBeforeCer: 65_536,
      maxMessageLength: 1_048_576,
      maxAvps: 4096,
      maxGroupedDepth: 16,
      maxFailedAvpBytes: 1024,
      cerTimeoutMs: 10_000,
      frameTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      handshakeTimeoutMs: 10_000,
      closeTimeoutMs: 5000,
      maxUnidentified: 64,
      maxUnidentifiedPerAddress: 8,
      maxPending: 4096,
      maxOutputBytes: 8_388_608,
      highWaterBytes: 262_144,
      handlerTimeoutMs: 30_000,
      maxWaitingBytes: 1_048_576,
      maxDuplicateCacheBytes: 16_777_216,
    });
    expect(limits()).toEqual(defaultLimits);
    expect(limits({ maxAvps: undefined })).toEqual(defaultLimits);
    expect(Object.isFrozen(defaultLimits)).toBe(true);
  });

  test("an override changes what it names", () => {
    expect(limits({ maxPending: 10 })).toEqual({ ...defaultLimits, maxPending: 10 });
    expect(Object.isFrozen(limits({ maxPending: 10 }))).toBe(true);
    expect(limits({ maxMessageLength: 2 ** 24 - 4 }).maxMessageLength).toBe(2 ** 24 - 4);
  });

  test.each([
    [{ maxMessageLength: 2 ** 24 }],
    [{ maxMessageLength: 19 }],
    [{ maxMessageLengthBeforeCer: 0 }],
    [{ maxAvps: 1.5 }],
    [{ maxGroupedDepth: Number.NaN }],
    [{ maxPending: Number.POSITIVE_INFINITY }],
    [{ frameTimeoutMs: 0 }],
    [{ cerTimeoutMs: 2 ** 31 }],
    [{ maxOutputBytes: "1" as unknown as number }],
    [{ highWaterBytes: 2 ** 24 }],
  ])("refuses %j", (overrides) => {
    expect(() => limits(overrides)).toThrow(ConfigurationError);
    expect(() => limits(overrides)).toThrow(Object.keys(overrides)[0] as string);
  });

  test.each(["maxMessages", "__proto__", "toString", "constructor"])("refuses a limit called %s", (name) => {
    const overrides = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`);
    expect(() => limits(overrides)).toThrow(ConfigurationError);
  });

  test("names all that is wrong at once", () => {
    expect(() => limits({ maxAvps: 0, maxPending: -1 })).toThrow(/maxAvps .*maxPending /);
  });

  test("the high-water mark follows a lower maximum, unless it is given too", () => {
    expect(limits({ maxOutputBytes: 1000 }).highWaterBytes).toBe(1000);
    expect(() => limits({ maxOutputBytes: 1000, highWaterBytes: 2000 })).toThrow(/highWaterBytes/);
  });
});
