/**
 * Generated codecs against the interpreting codec, which was written apart from them, on every message of every application:
 * messages drawn from the grammar, and such messages damaged. DIAMGEN_FUZZ_RUNS: inputs for each message, 16 and 60 by default.
 */

import { Avp, encodeAvps, Header, RawMessage } from "@diamgen/runtime/codec";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeMessage, encodeMessage } from "../../runtime/src/codec/message.js";
import { differences, groupDifferences, hex, inChunk } from "./compare.js";
import { asGroupInit, asInit, draftOf, FILL } from "./drafts.js";
import { mutate, mutation } from "./mutations.js";
import { Random } from "./random.js";
import { GOLDEN, runs, SDK, type Subject, subjectsOf } from "./subjects.js";

const SEED = 20260730;

const subjects = (await Promise.all([SDK, ...GOLDEN].map(subjectsOf))).flat();

const seed = fc.nat({ max: 0x7fffffff });
/** In hundredths; shrinks to what is required only. */
const fullness = fc.nat({ max: 100 });

function messageOf(subject: Subject, from: number, percent: number): Uint8Array {
  const draft = draftOf(subject, new Random(from), percent / 100);
  return encodeMessage(subject.generated, subject.generated.create(asInit(subject, draft), FILL));
}

it("there are applications", () => {
  expect(new Set(subjects.map(({ application }) => application.key))).toContain("sip");
  expect(subjects.length).toBeGreaterThan(30);
});

describe.each(subjects)("$title", (subject) => {
  const { generated, interpreting } = subject;

  it("makes the same octets of the same values, and the same values of the same octets", () => {
    fc.assert(
      fc.property(seed, fullness, (from, percent) => {
        const draft = draftOf(subject, new Random(from), percent / 100);
        const message = generated.create(asInit(subject, draft), FILL);
        const octets = encodeMessage(generated, message);
        expect(hex(interpreting.encode(interpreting.create(asGroupInit(draft), FILL)))).toBe(hex(octets));
        const raw = RawMessage.from(octets);
        const decoded = interpreting.decode(raw);
        expect(decoded.ok ? [] : decoded.issues).toEqual([]);
        if (decoded.message === undefined) return;
        expect(groupDifferences(subject, message, decoded.message, subject.place, "")).toEqual([]);
        expect(hex(interpreting.encode(decoded.message))).toBe(hex(octets));
        expect(decodeMessage(generated, raw, subject.known).ok).toBe(true);
        expect(differences(subject, raw)).toEqual([]);
      }),
      { seed: SEED, numRuns: runs(16) },
    );
  });

  it("reads damaged octets alike: the same issues, or the same values", () => {
    fc.assert(
      fc.property(
        seed,
        fullness,
        fc.array(mutation, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(0, 4, 64),
        (from, percent, mutations, before) => {
          const octets = mutate(messageOf(subject, from, percent), mutations, subject.dictionary);
          expect(differences(subject, inChunk(octets, before))).toEqual([]);
        },
      ),
      { seed: SEED, numRuns: runs(60) },
    );
  });
});

describe("groups that hold themselves, deeper than chance would have them", () => {
  const subject = subjects.find(({ application, side }) => application.key === "recursion" && side === "request");

  it.each([15, 16, 17, 18, 19, 40])("%i deep", (depth) => {
    // Tree ::= { Label } * [ Tree ]; the innermost lacks its Label, and each holds two, so that what follows is read as well.
    const label = new Avp(1, 0, 0x40, new Uint8Array(3));
    let tree = new Avp(2, 0, 0x40, new Uint8Array(0));
    for (let i = 1; i < depth; i++)
      tree = new Avp(2, 0, 0x40, encodeAvps([label, tree, new Avp(2, 0, 0x40, encodeAvps([label]))]));
    const header = new Header(0x80, subject!.command.code, subject!.application.id, 0, 0);
    expect(differences(subject!, RawMessage.of(header, [tree]))).toEqual([]);
  });
});
