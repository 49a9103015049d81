/** `strict` without a node: which messages it judges, what can be turned off, and what it leaves to the decoder. */
import { type Dictionary, type StrictOptions, strict } from "@diamgen/dictionary";
import { Avp, encodeAvps, Header, RawMessage } from "@diamgen/runtime/codec";
import { beforeAll, describe, expect, test } from "vitest";
import { load } from "../diamgen/support.js";
import { repositoryPath } from "../support/require.js";

let dictionary: Dictionary;
beforeAll(async () => {
  dictionary = await load(repositoryPath("dictionaries/credit-control.xml"));
});

const uint = (value: number) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const group = (code: number, ...avps: Avp[]) => new Avp(code, 0, 0x40, encodeAvps(avps));
const M = 0x40;

const raw = (avps: readonly Avp[], flags = 0xc0, applicationId = 4, commandCode = 272) =>
  RawMessage.of(new Header(flags, commandCode, applicationId, 1, 1), avps);
const judged = (message: RawMessage, options?: StrictOptions) => {
  const issue = strict(dictionary, options)(message);
  return issue && [issue.resultCode, issue.path];
};

describe("strict", () => {
  test.each<[keyof StrictOptions, RawMessage, number, string]>([
    ["header", raw([], 0xc8), 5013, ""],
    ["header", raw([], 0x80), 3008, ""],
    ["avpFlags", raw([new Avp(416, 0, 0, uint(1))]), 3009, "416"],
    ["enumerated", raw([group(443, new Avp(450, 0, M, uint(9)))]), 5004, "443/450"],
    ["applicationIds", raw([group(260, new Avp(258, 0, M, uint(9)))]), 5004, "260/258"],
    ["applicationIds", raw([new Avp(259, 0, M, uint(9))]), 5004, "259"],
  ])("%s: refused, and borne where it is turned off", (option, message, resultCode, path) => {
    expect(judged(message)).toEqual([resultCode, path]);
    expect(judged(message, { [option]: false })).toBeUndefined();
  });

  test("the first of several, in the order of the message", () => {
    const avps = [new Avp(416, 0, M, uint(77)), new Avp(415, 0, 0, uint(0))];
    expect(judged(raw(avps))).toEqual([5004, "416"]);
    expect(judged(raw(avps.toReversed()))).toEqual([3009, "415"]);
  });

  test("a command that is not proxiable, with the P bit: 3008 (section 3.2)", () => {
    expect(judged(raw([], 0xc0, 0, 280))).toEqual([3008, ""]);
    expect(judged(raw([], 0x80, 0, 280))).toBeUndefined();
  });

  test("answers: their AVPs, not the P bit, which is the request's (section 6.2)", () => {
    expect(judged(raw([], 0x00))).toBeUndefined();
    expect(judged(raw([new Avp(416, 0, M, uint(77))], 0x40))).toEqual([5004, "416"]);
  });

  test("applications and commands that the dictionary lacks are not judged", () => {
    expect(judged(raw([new Avp(416, 0, 0, uint(77))], 0xc0, 99, 999))).toBeUndefined();
  });

  test("what Failed-AVP holds is not judged (section 7.5), nor what the decoder refuses: sizes, lengths, the unknown", () => {
    expect(judged(raw([group(279, new Avp(416, 0, 0, uint(77)))], 0x40))).toBeUndefined();
    expect(judged(raw([new Avp(416, 0, M, new Uint8Array(3))]))).toBeUndefined();
    expect(judged(raw([new Avp(0xfffffff0, 0, M, uint(1))]))).toBeUndefined();
    const lying = raw([new Avp(416, 0, 0, uint(77))]);
    lying.view.setUint32(24, 0x00ffffff);
    expect(judged(lying)).toBeUndefined();
  });

  test("AVPs beyond maxAvps are not looked at, and depth is bounded", () => {
    const sound = new Avp(415, 0, M, uint(1));
    const wrong = new Avp(416, 0, 0, uint(1));
    expect(judged(raw([...Array<Avp>(4096).fill(sound), wrong]))).toBeUndefined();
    expect(judged(raw([sound, sound, wrong]), { maxAvps: 2 })).toBeUndefined();
    let deep = new Avp(443, 0, M, new Uint8Array(0));
    for (let i = 0; i < 200; i++) deep = group(443, deep);
    expect(judged(raw([deep]))).toBeUndefined();
  });
});
