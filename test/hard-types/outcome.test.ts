/** How a request went: Result-Code or Experimental-Result, in whichever form the answer has them. */
import { outcome } from "@diamgen/runtime";
import { multimediaAuth as cxMultimediaAuth } from "@diamgen/sdk/cx";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { pair } from "./support.js";

const fill = { sessionId: "s", originHost: "h", originRealm: "r" };

describe("outcome", () => {
  it.each([
    [1001, false],
    [1999, false],
    [2000, true],
    [2001, true],
    [2999, true],
    [3000, false],
    [4001, false],
    [5030, false],
    [0, false],
  ])("Result-Code %d: ok is %s", (resultCode, ok) => {
    expect(outcome({ resultCode })).toEqual({ ok, resultCode });
    const maa = sip.multimediaAuth.answer.create({ resultCode, authSessionState: 1 }, fill);
    expect(outcome(maa)).toEqual({ ok, resultCode });
  });

  it("Experimental-Result follows the classes of Result-Code, and names its vendor", () => {
    const experimentalResult = { vendorId: 10415, experimentalResultCode: 2001 };
    expect(outcome({ experimentalResult })).toEqual({ ok: true, resultCode: 2001, vendorId: 10415 });
    const unknown = { vendorId: 10415, experimentalResultCode: 5001 };
    expect(outcome({ resultCode: undefined, experimentalResult: unknown })).toEqual({
      ok: false,
      resultCode: 5001,
      vendorId: 10415,
    });
  });

  it("Result-Code goes first where an answer has both", () => {
    const experimentalResult = { vendorId: 10415, experimentalResultCode: 5001 };
    expect(outcome({ resultCode: 2001, experimentalResult })).toEqual({ ok: true, resultCode: 2001 });
  });

  it("an answer with neither is no success", () => {
    expect(outcome({})).toEqual({ ok: false, resultCode: 0 });
  });

  it("takes the answer of a command whose grammar has both, from the wire", async () => {
    const { application } = cxMultimediaAuth;
    await using nodes = await pair([application]);
    nodes.server.handle(cxMultimediaAuth, (_mar, context) =>
      context.answer({
        authSessionState: 1,
        experimentalResult: { vendorId: 10415, experimentalResultCode: 2001 },
      }),
    );
    const maa = await nodes.client.request(cxMultimediaAuth, {
      destinationRealm: "test",
      authSessionState: 1,
      userName: "alice",
      publicIdentity: "sip:alice@test",
      sipAuthDataItem: {},
      sipNumberAuthItems: 1,
      serverName: "sip:s",
    });
    expect(maa.resultCode).toBeUndefined();
    expect(outcome(maa)).toEqual({ ok: true, resultCode: 2001, vendorId: 10415 });
  });
});
