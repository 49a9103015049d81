/** ../shared/reference/hostile-inputs.md, rows 7, 8, 10, 24 and 25: what a node bears by default, and refuses in strict mode. */
import { loadDictionary, type StrictOptions, strict } from "@diamgen/dictionary";
import { application } from "@diamgen/sdk/credit-control";
import { afterAll, describe, expect, test } from "vitest";
import type { Counters } from "../../../runtime/src/index.js";
import { avpOctets, withAvps, withHeader } from "../../../runtime/src/testing/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { describeWith, repositoryPath } from "../../support/require.js";
import { tshark, tsharkRequirements } from "../../support/tshark.js";
import { Arena, request } from "./arena.js";

const uint = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const codeOf = (avp: Uint8Array) => Buffer.from(avp).readUInt32BE(0);
const dataOf = (code: number, message = request()) =>
  (findAvp(dissect(Buffer.from(message)), code) as { readonly data: Buffer }).data;

/** The sound request with another AVP in the place of the one of that code, or behind all. */
function withAvp(avp: Uint8Array): Uint8Array {
  return withAvps(request(), (avps) =>
    avps.some((one) => codeOf(one) === codeOf(avp))
      ? avps.map((one) => (codeOf(one) === codeOf(avp) ? avp : one))
      : [...avps, avp],
  );
}

interface Case {
  readonly name: string;
  readonly octets: Uint8Array;
  readonly resultCode: number;
  readonly failedAvp?: Uint8Array;
  /** What turns this off. */
  readonly option: keyof StrictOptions;
}

const bits = (name: string, failedAvp: Uint8Array): Case => ({
  ...{ name, octets: withAvp(failedAvp), resultCode: 3009, failedAvp, option: "avpFlags" },
});
const value = (name: string, avp: Uint8Array, option: keyof StrictOptions): Case => ({
  ...{ name, octets: withAvp(avp), resultCode: 5004, failedAvp: avp, option },
});
const header = (name: string, flags: number, expected: number): Case => ({
  ...{ name, octets: withHeader(request(), { flags }), resultCode: expected, option: "header" },
});

/** Of the data formats of RFC 6733 section 4.3, and AVPs of RFC 8506 section 8. */
const CASES: readonly Case[] = [
  header("section 7.1.5: a reserved bit of Command Flags", 0xc1, 5013),
  header("section 3.2: a proxiable command without the P bit", 0x80, 3008),
  bits("section 4.1: Session-Id without the M bit", avpOctets(263, dataOf(263), { flags: 0 })),
  bits("section 4.1.1: the V bit with Vendor-ID 0", avpOctets(415, uint(0), { flags: 0xc0 })),
  bits("section 4.1.1: the V bit with Vendor-ID 0, on an unknown AVP", avpOctets(0xfffffff0, uint(0), { flags: 0x80 })),
  bits("section 4.1: a reserved bit of AVP Flags", avpOctets(415, uint(0), { flags: 0x41 })),
  bits("section 4.1: the P bit", avpOctets(1, Buffer.from("somebody"), { flags: 0x60 })),
  value("section 4.3.1: CC-Request-Type 99", avpOctets(416, uint(99)), "enumerated"),
  value("section 4.3.1: Subscription-Id-Type 77 in its group", avpOctets(443, avpOctets(450, uint(77))), "enumerated"),
  value("section 6.8: Auth-Application-Id of another application", avpOctets(258, uint(5)), "applicationIds"),
];

const { dictionary } = await loadDictionary([repositoryPath("dictionaries/credit-control.xml")]);
if (dictionary === undefined) throw new Error("credit-control.xml cannot be read");

/** What the group needs beside: the lenient node reads it to its end. */
const completed = (octets: Uint8Array) =>
  withAvps(octets, (avps) =>
    avps.map((avp) =>
      codeOf(avp) === 443
        ? avpOctets(443, Buffer.concat([avpOctets(450, uint(77)), avpOctets(444, Buffer.from("4911"))]))
        : avp,
    ),
  );

const answered: { readonly one: Case; readonly bytes: Buffer }[] = [];
const arenas = {
  lenient: await Arena.open(),
  strict: await Arena.open({ inspect: strict(dictionary) }),
};
afterAll(async () => {
  for (const arena of Object.values(arenas)) await arena[Symbol.asyncDispose]();
});

async function exchange(arena: Arena, octets: Uint8Array): Promise<{ bytes: Buffer; counted: Partial<Counters> }> {
  const before = arena.baseLine;
  const attacker = await arena.attacker();
  let bytes: Buffer = Buffer.alloc(0);
  const counted = await arena.counted(async () => {
    bytes = await attacker.exchange(Buffer.from(octets));
  });
  await arena.alive(attacker);
  await arena.serves();
  await arena.backTo(before);
  return { bytes, counted };
}

describe("borne by default", () => {
  test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, { octets }) => {
    const { bytes, counted } = await exchange(arenas.lenient, completed(octets));
    expect(resultCode(dissect(bytes))).toBe(2001);
    expect(counted).toEqual({});
  });
});

describe("refused in strict mode", () => {
  test.each(CASES.map((one) => [one.name, one] as const))("%s", async (_name, one) => {
    const { bytes, counted } = await exchange(arenas.strict, completed(one.octets));
    answered.push({ one, bytes });
    const answer = dissect(bytes);
    expect(resultCode(answer)).toBe(one.resultCode);
    // Sections 7.1.3, 7.1.5 and 7.2: an answer-message, whatever the class.
    expect(answer.error).toBe(true);
    expect(findAvp(answer, 279)?.data.toString("hex")).toBe(
      one.failedAvp && Buffer.from(one.failedAvp).toString("hex"),
    );
    expect(counted).toEqual({ "request:refused": 1 });
  });

  test("a sound request is served, and each rule can be turned off", async () => {
    const { bytes } = await exchange(arenas.strict, request());
    expect(resultCode(dissect(bytes))).toBe(2001);
    const options = new Set(CASES.map(({ option }) => option));
    expect([...options].sort()).toEqual(["applicationIds", "avpFlags", "enumerated", "header"]);
  });
});

describeWith(tsharkRequirements, "tshark, of the answers above", () => {
  test("reads Result-Code and Failed-AVP as they were meant", async () => {
    expect(answered.length).toBe(CASES.length);
    const messages = await tshark(answered.map(({ bytes }) => ({ bytes })));
    for (const [index, message] of messages.entries()) {
      const { one } = answered[index] as (typeof answered)[number];
      expect([one.name, message.applicationId, message.avp("Result-Code")?.showname]).toEqual([
        one.name,
        application.id,
        expect.stringContaining(`(${one.resultCode})`),
      ]);
      const [first] = message.avp("Failed-AVP")?.avps ?? [];
      expect([one.name, first?.code]).toEqual([one.name, one.failedAvp && codeOf(one.failedAvp)]);
    }
  });
});
