/** An answer with the E bit, and a failure in the layout of RFC 6733 section 7.2, reject the call with a typed error. */
import { type Context, ErrorAnswer, ErrorAnswerError, InvalidAnswerError } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, it } from "vitest";
import { Avp, Header } from "../../runtime/src/index.js";
import { pair, plain, rejection } from "./support.js";

const INIT = { destinationRealm: "test", authSessionState: 1, sipAor: "sip:alice@test", sipMethod: "REGISTER" };
const failed = new Avp(380, 0, 0x40, Uint8Array.of(1, 2, 3));
const redirect = new Avp(292, 0, 0x40, new TextEncoder().encode("aaa://other.test"));

type AnyContext = Context<unknown, never>;

/** What the client gets for what the handler answers. */
async function answered(answer: (context: AnyContext) => ErrorAnswer): Promise<unknown> {
  await using nodes = await pair([sip.application]);
  nodes.server.handle(sip.multimediaAuth, (_mar, context) => answer(context as unknown as AnyContext));
  return await rejection(nodes.client.request(sip.multimediaAuth, INIT));
}

/** An error answer with all that section 7.2 has. */
function everything(context: AnyContext, resultCode: number, flags: number): ErrorAnswer {
  const { raw } = context;
  return new ErrorAnswer(
    new Header(flags, raw.commandCode, raw.applicationId, raw.hopByHop, raw.endToEnd),
    {
      originHost: "server.test",
      originRealm: "test",
      resultCode,
      originStateId: 17,
      errorMessage: "not today",
      errorReportingHost: "agent.test",
      failedAvp: [failed],
      experimentalResult: { vendorId: 10415, experimentalResultCode: 5001 },
      avps: [redirect],
    },
    "client.test;1;2",
    [new Avp(284, 0, 0x40, Uint8Array.of(0, 0, 1, 24, 0x40, 0, 0, 9, 97, 0, 0, 0, 0, 0, 0, 33, 0x40, 0, 0, 8))],
  );
}

describe("an answer with the E bit", () => {
  it("rejects with all fields of the answer", async () => {
    const error = await answered((context) => everything(context, 3006, 0x60));
    expect(error).toBeInstanceOf(ErrorAnswerError);
    const { answer, code, message, cause } = error as ErrorAnswerError;
    expect(code).toBe("ERR_DIAMETER_ERROR_ANSWER");
    expect(message).toBe("server.test answered 3006: not today");
    expect(cause).toBeUndefined();
    expect(answer).toBeInstanceOf(ErrorAnswer);
    expect(answer).toMatchObject({
      header: { flags: 0x60, commandCode: 286, applicationId: 6 },
      sessionId: "client.test;1;2",
      originHost: "server.test",
      originRealm: "test",
      resultCode: 3006,
      originStateId: 17,
      errorMessage: "not today",
      errorReportingHost: "agent.test",
      experimentalResult: { vendorId: 10415, experimentalResultCode: 5001 },
    });
    expect(plain(answer.failedAvp)).toEqual(plain([failed]));
    expect(plain(answer.avps)).toEqual(plain([redirect]));
    expect(answer.proxyInfo).toHaveLength(1);
  });

  it("rejects also where its Result-Code says success, or is missing", async () => {
    for (const resultCode of [2001, 0]) {
      const error = await answered((context) => everything(context, resultCode, 0x60));
      expect(error).toBeInstanceOf(ErrorAnswerError);
      expect((error as ErrorAnswerError).answer.resultCode).toBe(resultCode);
    }
  });
});

describe("a failure in the layout of the answer-message, without the E bit", () => {
  it.each([5030, 4001, 3002])(
    "%d rejects in the same way, and says what the command's grammar lacks",
    async (resultCode) => {
      const error = await answered((context) => everything(context, resultCode, 0x40));
      expect(error).toBeInstanceOf(ErrorAnswerError);
      const { answer, cause } = error as ErrorAnswerError;
      expect(answer).toMatchObject({ resultCode, errorMessage: "not today", originStateId: 17 });
      expect(plain(answer.failedAvp)).toEqual(plain([failed]));
      expect(cause).toBeInstanceOf(InvalidAnswerError);
      // MAA requires Auth-Application-Id and Auth-Session-State.
      expect((cause as InvalidAnswerError).issues.map(({ path }) => path)).toEqual(["258", "277"]);
    },
  );

  it("counts with Experimental-Result alone", async () => {
    const error = await answered((context) => everything(context, 0, 0x40));
    expect(error).toBeInstanceOf(ErrorAnswerError);
    expect((error as Error).message).toBe("server.test answered 5001: not today");
  });

  it("with 2001 it is no error but an answer that breaks its grammar", async () => {
    const error = await answered((context) => everything(context, 2001, 0x40));
    expect(error).toBeInstanceOf(InvalidAnswerError);
    expect((error as InvalidAnswerError).partial).toBeInstanceOf(sip.MultimediaAuthAnswer);
  });
});

describe("context.error", () => {
  it("sets the E bit for 3xxx and 5xxx", async () => {
    for (const [resultCode, flags] of [
      [3004, 0x60],
      [4001, 0x40],
      [5012, 0x60],
    ] as const) {
      const error = await answered((context) => context.error(resultCode, { errorMessage: "no", failedAvp: [failed] }));
      expect(error).toBeInstanceOf(ErrorAnswerError);
      const { answer } = error as ErrorAnswerError;
      expect(answer).toMatchObject({ resultCode, header: { flags }, errorMessage: "no", originHost: "server.test" });
      expect(answer.sessionId).toMatch(/^client\.test;/);
      expect(plain(answer.failedAvp)).toEqual(plain([failed]));
    }
  });

  it("a failure that keeps to the grammar resolves: it is the command's own answer", async () => {
    await using nodes = await pair([sip.application]);
    nodes.server.handle(sip.multimediaAuth, (_mar, context) =>
      context.answer({ resultCode: 5030, authSessionState: 1 }),
    );
    const maa = await nodes.client.request(sip.multimediaAuth, INIT);
    expect(maa).toBeInstanceOf(sip.MultimediaAuthAnswer);
    expect(maa.resultCode).toBe(5030);
  });
});
