/** Messages that other implementations wrote, through the generated codecs and back. */

import { AccountingRecordType, accounting, application as accountingApplication } from "@diamgen/sdk/accounting";
import { AuthSessionState, capabilitiesExchange, deviceWatchdog, disconnectPeer } from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { allGolden, benchMessage, bytesOf, type GoldenMessage } from "../../support/golden.js";
import { repositoryPath } from "../../support/require.js";
import { load } from "../support.js";
import { type Codec, type KnownAvps, RawMessage as Raw } from "./runtime.js";
import { brief, decode, decodeOk, encode, hex } from "./wire.js";

const known: readonly KnownAvps[] = [...sip.application.avps, ...accountingApplication.avps, opensips.avps];
const commands = [sip.multimediaAuth, accounting, capabilitiesExchange, deviceWatchdog, disconnectPeer];

// biome-ignore lint/suspicious/noExplicitAny: messages of five commands
function codecOf({ code, flags }: GoldenMessage): Codec<any, any> | undefined {
  const command = commands.find((candidate) => candidate.code === code);
  return flags.startsWith("R") ? command?.request : command?.answer;
}

/** Codes of the AVPs at the top level that a grammar names, in its order. */
async function grammarOrders(): Promise<Map<unknown, readonly number[]>> {
  const dictionary = await load(...["accounting", "sip"].map((name) => repositoryPath(`dictionaries/${name}.xml`)));
  const orders = new Map<unknown, readonly number[]>();
  for (const { id, commands: linked } of dictionary.applications) {
    for (const { code, request, answer } of linked) {
      const command = commands.find((candidate) => candidate.code === code && candidate.application.id === id);
      orders.set(
        command?.request,
        request.rules.map(({ avp }) => avp.code),
      );
      orders.set(
        command?.answer,
        answer.rules.map(({ avp }) => avp.code),
      );
    }
  }
  return orders;
}

/** The AVPs at the top level as an encoder orders them: those of the grammar in its order, then the others as they came. */
function inOrder(bytes: Uint8Array, order: readonly number[]): string[] {
  const place = ({ code, vendorId }: { code: number; vendorId: number }) =>
    vendorId === 0 && order.includes(code) ? order.indexOf(code) : order.length;
  return [...Raw.from(bytes).avps()]
    .sort((a, b) => place(a) - place(b))
    .map(({ code, flags, vendorId, data }) => `${vendorId}:${code} ${flags} ${hex(data)}`);
}

const orders = await grammarOrders();

describe("the messages of the codec benchmark", () => {
  it("MAR is the same octets after decoding and encoding", () => {
    const bytes = benchMessage("mar");
    const mar = decodeOk(sip.multimediaAuth.request, bytes, known);
    expect(mar).toMatchObject({
      sessionId: "scscf1.ims.example.net;3862453601;1092;opensips",
      authApplicationId: 6,
      authSessionState: AuthSessionState.NO_STATE_MAINTAINED,
      originHost: "scscf1.ims.example.net",
      destinationRealm: "hss.example.net",
      sipAor: "sip:alice.liddell@ims.example.net",
      sipMethod: "REGISTER",
      sipNumberAuthItems: 1,
      proxyInfo: [],
      avps: [],
    });
    expect(mar.sipAuthDataItem?.sipAuthorization).toMatchObject({
      digestUsername: "alice.liddell",
      digestRealm: "ims.example.net",
      digestNonce: "5f0c1ee3000000ab7d9ee1b02f5ad7ce29a83dbf1b6a2a11",
      digestUri: "sip:ims.example.net",
      digestResponse: "6629fae49393a05397450978507c4ef1",
      digestAlgorithm: "MD5",
      digestCNonce: "0a4f113b",
      digestQoP: "auth",
      digestNonceCount: "00000001",
      digestMethod: "REGISTER",
    });
    expect(mar.header).toMatchObject({ flags: 0xc0, commandCode: 286, applicationId: 6, hopByHop: 0x11223344 });
    expect(hex(encode(sip.multimediaAuth.request, mar))).toBe(hex(bytes));
  });

  it("MAA is the same octets after decoding and encoding", () => {
    const bytes = benchMessage("maa");
    const maa = decodeOk(sip.multimediaAuth.answer, bytes, known);
    expect(maa).toMatchObject({ resultCode: 2001, userName: "alice.liddell@ims.example.net", sipAuthDataItem: [] });
    expect(hex(encode(sip.multimediaAuth.answer, maa))).toBe(hex(bytes));
  });
});

describe("the messages of OpenSIPS and freeDiameter", () => {
  const messages = allGolden().flatMap(({ capture, message }) => {
    const codec = codecOf(message);
    return codec === undefined ? [] : [{ title: `${capture} ${message.number} ${message.name}`, message, codec }];
  });

  it.each(messages)("$title: encoding gives what was decoded", ({ message, codec }) => {
    const bytes = bytesOf(message);
    const decoded = decode(codec, bytes, known);
    if (!decoded.ok) {
      // The captures have requests that were made to be refused, and answers of freeDiameter without what their grammar requires.
      for (const { resultCode } of decoded.issues) expect([5001, 5005, 5014]).toContain(resultCode);
      return;
    }
    const again = encode(codec, decoded.message);
    // OpenSIPS has Route-Record before User-Name, say: the same AVPs with the same flags, in the order of the grammar, which ends with the others.
    expect(inOrder(again, [])).toEqual(inOrder(bytes, orders.get(codec) ?? []));
    expect(hex(again.subarray(0, 20))).toBe(hex(bytes.subarray(0, 20)));
    const twice = decodeOk(codec, again, known);
    expect(twice).toEqual(decoded.message);
    expect(hex(encode(codec, twice))).toBe(hex(again));
  });

  it("are mostly sound, and some come in the order of the grammar: the same octets then", () => {
    const sound = messages.filter(({ message, codec }) => decode(codec, bytesOf(message), known).ok);
    const same = sound.filter(
      ({ message, codec }) => hex(encode(codec, decodeOk(codec, bytesOf(message), known))) === message.hex,
    );
    expect(messages.length).toBeGreaterThan(100);
    expect(sound.length).toBeGreaterThan(100);
    expect(same.length).toBeGreaterThan(40);
  });

  it("an ACR keeps what the grammar does not name, in order and with its flags", () => {
    const acr = messages.find(
      ({ title }) => title.startsWith("opensips-3.2-acct ") && title.endsWith("Accounting-Request"),
    );
    const decoded = decodeOk(accounting.request, bytesOf(acr!.message), known);
    expect(decoded.accountingRecordType).toBe(AccountingRecordType.EVENT_RECORD);
    const named = new Set(orders.get(accounting.request));
    const others = acr!.message.avps.filter(({ code }) => !named.has(code));
    expect(decoded.avps.map(({ code }) => code)).toEqual(others.map(({ code }) => code));
    expect(decoded.avps.map(({ flags }) => (flags & 0x40) !== 0)).toEqual(
      others.map(({ flags }) => flags.includes("M")),
    );
    expect(opensips.SipResponseCode.find(decoded)).toBe(Number(others.find(({ code }) => code === 205)?.value));
    expect(digest.DigestRealm.find(decoded)).toBeUndefined();
  });

  it("a request that lacks SIP-AOR is refused with it, zero octets long", () => {
    const lacking = messages
      .map(({ message, codec }) => decode(codec, bytesOf(message), known))
      .flatMap((decoded) => (decoded.ok ? [] : [decoded.issues]))
      .find((issues) => issues[0]?.path === "122");
    expect(brief(lacking ?? [])).toEqual(["5005 122 @0"]);
    expect(lacking?.[0]?.failedAvp).toMatchObject({ code: 122, vendorId: 0, flags: 0x40, data: new Uint8Array(0) });
  });
});
