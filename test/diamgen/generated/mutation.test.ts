/** Octets that are almost a message: nothing throws, nothing loops, and what is decoded without issues is what is encoded. */

import type { KnownAvps } from "@diamgen/runtime/codegen";
import { accounting } from "@diamgen/sdk/accounting";
import * as base from "@diamgen/sdk/base";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { types } from "../../golden/data-types/expected/types/commands.js";
import { avps as typesAvps } from "../../golden/data-types/expected/types/known.js";
import { grow } from "../../golden/recursion/expected/recursion/commands.js";
import { avps as recursionAvps } from "../../golden/recursion/expected/recursion/known.js";
import { allGolden, benchMessage, bytesOf } from "../../support/golden.js";
import { repositoryPath } from "../../support/require.js";
import { load } from "../support.js";
import { sidesOf } from "./arbitrary.js";
import { type AnyCodec, decode, decodeOk, encode } from "./wire.js";

const known: readonly KnownAvps[] = [...sip.application.avps, opensips.avps];

interface Seed {
  readonly codec: AnyCodec;
  readonly known: readonly KnownAvps[];
  readonly bytes: Uint8Array;
}

const seeds: readonly Seed[] = [
  { codec: sip.multimediaAuth.request, known, bytes: benchMessage("mar") },
  { codec: sip.multimediaAuth.answer, known, bytes: benchMessage("maa") },
  { codec: base.capabilitiesExchange.request, known, bytes: benchMessage("cer") },
  ...allGolden().flatMap(({ message }) => {
    const command = message.code === 286 ? sip.multimediaAuth : message.code === 271 ? accounting : undefined;
    const codec = message.flags.startsWith("R") ? command?.request : command?.answer;
    return codec === undefined ? [] : [{ codec, known, bytes: new Uint8Array(bytesOf(message)) }];
  }),
];

/** Messages of the golden dictionaries with all data formats, and with groups in themselves. */
const made = fc.oneof(
  ...(
    await Promise.all(
      [
        { feature: "data-types", key: "types", command: types, known: [typesAvps] },
        { feature: "recursion", key: "recursion", command: grow, known: [recursionAvps] },
      ].map(async ({ feature, key, command, known }) => {
        const dictionary = await load(repositoryPath(`test/golden/${feature}/dictionary.xml`));
        const fill = { sessionId: "s", originHost: "h", originRealm: "r" };
        return sidesOf(dictionary, key).map(({ side, init }) => {
          const codec: AnyCodec = command[side];
          return init.map((values): Seed => ({ codec, known, bytes: encode(codec, codec.create(values, fill)) }));
        });
      }),
    )
  ).flat(),
);

type Change = (bytes: Uint8Array) => Uint8Array;

const anywhere = fc.nat(1_000_000);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ at: anywhere, value: fc.nat(255) }).map(
    ({ at, value }): Change =>
      (bytes) => {
        bytes[at % bytes.length] = value;
        return bytes;
      },
  ),
  // The interesting places: flags and lengths stand on words.
  fc.record({ at: anywhere, value: fc.constantFrom(0, 1, 4, 7, 8, 11, 12, 0x80, 0xc0, 0x40, 0xff) }).map(
    ({ at, value }): Change =>
      (bytes) => {
        bytes[((at % bytes.length) & ~3) | (at & 1 ? 3 : 0)] = value;
        return bytes;
      },
  ),
  fc.record({ at: anywhere, bit: fc.nat(7) }).map(
    ({ at, bit }): Change =>
      (bytes) => {
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit);
        return bytes;
      },
  ),
  anywhere.map(
    (words): Change =>
      (bytes) =>
        bytes.slice(0, Math.max(20, (words % bytes.length) & ~3)),
  ),
  fc.tuple(anywhere, anywhere, anywhere).map(
    ([from, length, to]): Change =>
      (bytes) => {
        const start = (from % bytes.length) & ~3;
        const part = bytes.slice(start, start + ((length % 200) & ~3));
        const target = Math.max(20, (to % bytes.length) & ~3);
        return Uint8Array.from([...bytes.slice(0, target), ...part, ...bytes.slice(target)]);
      },
  ),
);

function apply(changes: readonly Change[], bytes: Uint8Array): Uint8Array {
  return changes.reduce<Uint8Array>((octets, make) => make(octets), bytes);
}

function withLength(bytes: Uint8Array): Uint8Array {
  bytes[0] = 1;
  bytes[1] = bytes.length >> 16;
  bytes[2] = bytes.length >> 8;
  bytes[3] = bytes.length;
  return bytes;
}

function holds({ codec, known: sets, bytes }: Seed): void {
  const decoded = decode(codec, bytes, sets);
  if (!decoded.ok) {
    expect(decoded.issues.length).toBeGreaterThan(0);
    expect(decoded.issues.length).toBeLessThanOrEqual(16);
    for (const { resultCode, offset, failedAvp } of decoded.issues) {
      expect([5001, 5004, 5005, 5008, 5009, 5012, 5014]).toContain(resultCode);
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset).toBeLessThan(bytes.length);
      expect(failedAvp).toBeDefined();
    }
    return;
  }
  expect(decodeOk(codec, encode(codec, decoded.message), sets)).toStrictEqual(decoded.message);
}

describe("mutated messages", () => {
  it("of the captures", () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(change, { minLength: 1, maxLength: 4 }), (seed, changes) => {
        const bytes = apply(changes, seed.bytes.slice());
        holds({ ...seed, bytes: withLength(bytes) });
      }),
      { numRuns: 5000 },
    );
  });

  it("with every data format, and with groups in themselves", () => {
    fc.assert(
      fc.property(made, fc.array(change, { minLength: 1, maxLength: 4 }), (seed, changes) => {
        const bytes = apply(changes, seed.bytes);
        holds({ ...seed, bytes: withLength(bytes) });
      }),
      { numRuns: 1000 },
    );
  });

  it("of noise", () => {
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.uint8Array({ minLength: 20, maxLength: 300 }), (seed, noise) => {
        holds({ ...seed, bytes: withLength(noise.slice(0, noise.length & ~3)) });
      }),
      { numRuns: 2000 },
    );
  });

  it("cut off behind every word, and every octet of a MAR set to each of the values that matter", () => {
    const [mar] = seeds as [Seed];
    for (let length = 20; length <= mar.bytes.length; length += 4)
      holds({ ...mar, bytes: withLength(mar.bytes.slice(0, length)) });
    for (let at = 20; at < mar.bytes.length; at++) {
      for (const value of [0, 7, 8, 12, 0x7f, 0x80, 0xff]) {
        const bytes = mar.bytes.slice();
        bytes[at] = value;
        holds({ ...mar, bytes });
      }
    }
  });
});
