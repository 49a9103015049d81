/** The two types of a command: a decoded message is an Init, and what is made of it is a message of its own. */
import type { Fill } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { Avp, Header } from "../../runtime/src/index.js";
import { hex, pair, plain, watch } from "./support.js";

const INIT = { destinationRealm: "test", authSessionState: 1, sipAor: "sip:alice@test", sipMethod: "REGISTER" };
const fill: Fill = { sessionId: "filled;1;2", originHost: "filled.test", originRealm: "filled" };
const create = sip.multimediaAuth.request.create;

describe("a decoded message as Init", () => {
  it("gets a new header, and keeps what is in it: also Session-Id and Origin-Host, which its sender gave", async () => {
    await using nodes = await pair([sip.application]);
    let received: sip.MultimediaAuthRequest | undefined;
    nodes.server.handle(sip.multimediaAuth, (mar, context) => {
      received = mar;
      return context.answer({ resultCode: 2001, authSessionState: mar.authSessionState });
    });
    const seen = watch(nodes.client, sip.multimediaAuth.code);
    await nodes.client.request(sip.multimediaAuth, { ...INIT, routeRecord: ["a.test"] });
    const first = received as sip.MultimediaAuthRequest;
    await nodes.client.request(sip.multimediaAuth, first);
    const second = received as unknown as sip.MultimediaAuthRequest;
    expect(second).not.toBe(first);
    expect(second.header.hopByHop).not.toBe(first.header.hopByHop);
    expect(second.header.endToEnd).not.toBe(first.header.endToEnd);
    expect({ ...second, header: 0 }).toEqual({ ...first, header: 0 });
    const [one, , two] = seen.messages;
    expect(hex(two?.toBytes().subarray(20) as Uint8Array)).toBe(hex(one?.toBytes().subarray(20) as Uint8Array));
  });

  it("with its own origin where that is taken out, as a spread does", () => {
    const mar = create({ ...INIT, originHost: "other.test", originRealm: "other", sessionId: "theirs" }, fill);
    const { originHost: _host, originRealm: _realm, sessionId: _session, ...rest } = mar;
    expect(create(rest, fill)).toMatchObject({
      originHost: "filled.test",
      originRealm: "filled",
      sessionId: "filled;1;2",
      sipAor: INIT.sipAor,
    });
    expect(create({ ...mar, originHost: undefined, originRealm: undefined }, fill)).toMatchObject({
      originHost: "filled.test",
      originRealm: "filled",
      sessionId: "theirs",
    });
  });

  it("its header, and a header in an Init, are ignored", () => {
    const mar = create({ ...INIT, header: new Header(0x10, 999, 999, 7, 9) }, fill);
    expect({ ...mar.header }).toEqual({ flags: 0xc0, commandCode: 286, applicationId: 6, hopByHop: 0, endToEnd: 0 });
    const other = create(mar, fill);
    expect(other.header).not.toBe(mar.header);
  });

  it("shares no list and no group with what it was made from", () => {
    const avps = [new Avp(1, 2, 0x80, Uint8Array.of(1))];
    const one = create(
      { ...INIT, routeRecord: ["a"], sipAuthDataItem: { sipAuthenticationScheme: 0, avps }, avps },
      fill,
    );
    const two = create(one, fill);
    expect(two).toEqual(one);
    expect(two.routeRecord).not.toBe(one.routeRecord);
    expect(two.avps).not.toBe(one.avps);
    expect(two.sipAuthDataItem).not.toBe(one.sipAuthDataItem);
    expect(two.sipAuthDataItem?.avps).not.toBe(one.sipAuthDataItem?.avps);
    expect(plain(two.avps)).toEqual(plain(avps));
  });

  it("survives a spread: what makes it a MAR is a type only, and no property", () => {
    const mar = create(INIT, fill);
    expect(Object.keys(mar)).not.toContain("$command");
    expect(mar.$command).toBe("sip.MultimediaAuthRequest");
    expect(create({ ...mar }, fill)).toEqual(mar);
    expect({ ...mar } instanceof sip.MultimediaAuthRequest).toBe(false);
    expect(create({ ...mar }, fill)).toBeInstanceOf(sip.MAR);
  });

  it("all instances of a class have the same properties in the same order", () => {
    const least = create(INIT, fill);
    const most = create({ userName: "x", ...INIT, routeRecord: ["a"], sipServerUri: "sip:s" }, fill);
    expect(Object.keys(most)).toEqual(Object.keys(least));
  });
});

describe("an answer made from the request's own parts", () => {
  it("takes groups of the request as they are", async () => {
    await using nodes = await pair([sip.application]);
    nodes.server.handle(sip.multimediaAuth, (mar, context) =>
      context.answer({ ...mar, resultCode: 1001, sipAuthDataItem: [{ sipAuthenticationScheme: 0 }] } as never),
    );
    const maa = await nodes.client.request(sip.multimediaAuth, { ...INIT, userName: "alice" });
    expect(maa).toMatchObject({ userName: "alice", resultCode: 1001, sipAor: INIT.sipAor });
    // Of another command: neither its header nor its discriminant came along.
    expect(maa.header.flags).toBe(0x40);
    expect(maa.$command).toBe("sip.MultimediaAuthAnswer");
  });
});
