/** What counts as known is the application's, with what it imports, and the node's `extensions`: RFC 6733 sections 4.1 and 7.1.5. */
import { ErrorAnswerError } from "@diamgen/runtime";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { Avp, type NodeOptions } from "../../runtime/src/index.js";
import { hex, pair, plain, rejection, watch } from "./support.js";

const INIT = { destinationRealm: "test", authSessionState: 1, sipAor: "sip:alice@test", sipMethod: "REGISTER" };
const known: Partial<NodeOptions> = { extensions: [opensips.avps] };

/** One call with these AVPs in request and answer. */
async function exchange(
  avps: { readonly request?: readonly Avp[]; readonly answer?: readonly Avp[] },
  options: { readonly client?: Partial<NodeOptions>; readonly server?: Partial<NodeOptions> } = {},
) {
  await using nodes = await pair([sip.application], options);
  const seen = watch(nodes.server, sip.multimediaAuth.code);
  let received: sip.MultimediaAuthRequest | undefined;
  nodes.server.handle(sip.multimediaAuth, (mar, context) => {
    received = mar;
    return context.answer({ resultCode: 2001, authSessionState: 1, avps: avps.answer });
  });
  const call = nodes.client.request(sip.multimediaAuth, { ...INIT, avps: avps.request });
  const answer = await call.catch((error: unknown) => error);
  return { received, answer, seen: seen.messages };
}

describe("an AVP with the M bit that only an extension knows", () => {
  const extra = opensips.SipResponseCode.of(200);

  it("has the M bit, and is none of the application's", () => {
    expect(extra.flags).toBe(0x40);
    expect(sip.application.avps.some((set) => set.get(0)?.has(extra.code))).toBe(false);
  });

  it("is accepted in a request by a node that has the extension", async () => {
    const { received, answer } = await exchange({ request: [extra] }, { server: known });
    expect(opensips.SipResponseCode.find(received as sip.MultimediaAuthRequest)).toBe(200);
    expect(answer).toBeInstanceOf(sip.MultimediaAuthAnswer);
  });

  it("is 5001 without it, with the AVP in Failed-AVP; the handler is not called", async () => {
    const { received, answer } = await exchange({ request: [extra] });
    expect(received).toBeUndefined();
    expect(answer).toBeInstanceOf(ErrorAnswerError);
    expect((answer as ErrorAnswerError).answer.resultCode).toBe(5001);
    expect(plain((answer as ErrorAnswerError).answer.failedAvp)).toEqual(plain([extra]));
  });

  it("likewise in an answer: with the extension it is read, without it the call rejects", async () => {
    const { answer } = await exchange({ answer: [extra] }, { client: known });
    expect(opensips.SipResponseCode.find(answer as sip.MultimediaAuthAnswer)).toBe(200);
    const refused = await exchange({ answer: [extra] });
    expect(refused.answer).toMatchObject({
      code: "ERR_DIAMETER_INVALID_ANSWER",
      issues: [{ resultCode: 5001, path: `${extra.code}` }],
      partial: { resultCode: 2001 },
    });
  });

  it("a list of sets is an extension too, such as another application's", async () => {
    const { answer } = await exchange({ request: [extra] }, { server: { extensions: [[opensips.avps]] } });
    expect(answer).toBeInstanceOf(sip.MultimediaAuthAnswer);
  });

  it("without the M bit nobody has to know it", async () => {
    const { received, answer } = await exchange({ request: [new Avp(extra.code, 0, 0, extra.data)] });
    expect(answer).toBeInstanceOf(sip.MultimediaAuthAnswer);
    expect(opensips.SipResponseCode.find(received as sip.MultimediaAuthRequest)).toBe(200);
  });
});

describe("unknown AVPs", () => {
  const strangers = [
    new Avp(0x10000, 0, 0x00, Uint8Array.of(1)),
    new Avp(0x10001, 99999, 0xbf, Uint8Array.of(1, 2, 3, 4, 5)),
    new Avp(0x10000, 0, 0x3f, Uint8Array.of(2)),
    // V with vendor 0 is another AVP on the wire than the same without V.
    new Avp(0xffffffff, 0, 0x80, new Uint8Array(0)),
    new Avp(0x10000, 0, 0x20, Uint8Array.of(3)),
  ];

  it("are kept in order with all flag bits, and encoded again", async () => {
    const { received, answer, seen } = await exchange({ request: strangers, answer: strangers });
    expect(plain((received as sip.MultimediaAuthRequest).avps)).toEqual(plain(strangers));
    expect(plain((answer as sip.MultimediaAuthAnswer).avps)).toEqual(plain(strangers));
    // Sent on as it was received: the same octets behind the header.
    const again = await exchange({ request: (received as sip.MultimediaAuthRequest).avps });
    const tail = (avps: Iterable<Avp>) => plain([...avps]).slice(-strangers.length);
    expect(tail(seen[0]?.avps() ?? [])).toEqual(plain(strangers));
    expect(tail(again.seen[0]?.avps() ?? [])).toEqual(plain(strangers));
  });

  it("are kept within groups", async () => {
    await using nodes = await pair([sip.application]);
    const seen = watch(nodes.server, sip.multimediaAuth.code);
    nodes.server.handle(sip.multimediaAuth, (mar, context) => {
      expect(plain(mar.sipAuthDataItem?.avps ?? [])).toEqual(plain(strangers));
      expect(plain(mar.sipAuthDataItem?.sipAuthorization?.avps ?? [])).toEqual(plain(strangers));
      return context.answer({
        resultCode: 1001,
        authSessionState: 1,
        sipAuthDataItem: mar.sipAuthDataItem === undefined ? [] : [mar.sipAuthDataItem],
      });
    });
    const digest = { digestUsername: "a", digestRealm: "b", digestNonce: "c", digestUri: "d", digestResponse: "e" };
    const item = { sipAuthenticationScheme: 0, sipAuthorization: { ...digest, avps: strangers }, avps: strangers };
    const maa = await nodes.client.request(sip.multimediaAuth, { ...INIT, sipAuthDataItem: item });
    expect(plain(maa.sipAuthDataItem[0]?.sipAuthorization?.avps ?? [])).toEqual(plain(strangers));
    const [request, answer] = seen.messages;
    expect(hex(answer?.avp(376)?.data ?? new Uint8Array(0))).toBe(hex(request?.avp(376)?.data as Uint8Array));
  });

  it("with the M bit, within a group: 5001 with the AVP in its group", async () => {
    await using nodes = await pair([sip.application]);
    nodes.server.handle(sip.multimediaAuth, (_mar, context) => context.error(5012));
    const stranger = new Avp(0x10001, 99999, 0xc0, Uint8Array.of(9));
    const item = { sipAuthenticationScheme: 0, avps: [stranger] };
    const error = await rejection(nodes.client.request(sip.multimediaAuth, { ...INIT, sipAuthDataItem: item }));
    const { answer } = error as ErrorAnswerError;
    expect(answer).toMatchObject({ resultCode: 5001, errorMessage: "unknown AVP with the M bit: AVP 376/99999:65537" });
    expect(plain(answer.failedAvp)).toEqual(["0:376 40 00010001c000000d0001869f09000000"]);
  });
});
