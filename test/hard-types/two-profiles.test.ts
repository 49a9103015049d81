/** RFC 8506 and 3GPP Ro are both (4, 272): who serves it is said explicitly, never guessed. */
import { Avp, ConfigurationError, ErrorAnswerError, type RawMessage } from "@diamgen/runtime";
import * as creditControl from "@diamgen/sdk/credit-control";
import { ServiceContextId } from "@diamgen/sdk/rfc8506";
import * as ro from "@diamgen/sdk/ro";
import { describe, expect, it } from "vitest";
import { next } from "../support/nodes.js";
import { type Pair, pair, rejection } from "./support.js";

const BOTH = [creditControl.application, ro.application];
const INIT = { destinationRealm: "test", ccRequestType: 4, ccRequestNumber: 0 } as const;
const ANSWER = { resultCode: 2001, ccRequestType: 4, ccRequestNumber: 0 } as const;

const contextId = (raw: RawMessage): string => {
  const avp = raw.avp(ServiceContextId.code);
  return avp === undefined ? "" : ServiceContextId.read(avp);
};
const is3gpp = (raw: RawMessage) => contextId(raw).endsWith("@3gpp.org");
const isOther = (raw: RawMessage) => !is3gpp(raw);
const always = () => true;

/** Serves as one of the two profiles. */
const serveRo = ({ server }: Pair, when?: (raw: RawMessage) => boolean) =>
  server.handle(ro.creditControl, (_ccr, context) => context.answer({ ...ANSWER }), { when });
const serveCc = ({ server }: Pair, when?: (raw: RawMessage) => boolean) =>
  server.handle(creditControl.creditControl, (_ccr, context) => context.answer({ ...ANSWER }), {
    when,
  });

const ask = ({ client }: Pair, serviceContextId: string) =>
  client.request(creditControl.creditControl, { ...INIT, serviceContextId });

describe("two profiles of one application id", () => {
  it("are advertised once", async () => {
    await using nodes = await pair(BOTH);
    expect(nodes.client.peers.list()[0]?.applications).toEqual([4]);
  });

  it("do not serve one command both: a clear refusal, in either order, also through serve()", async () => {
    await using nodes = await pair(BOTH);
    serveCc(nodes);
    expect(() => serveRo(nodes)).toThrow(ConfigurationError);
    expect(() => serveRo(nodes)).toThrow(
      'Credit-Control of "ro" (application 4, command 272) has a handler already, as Credit-Control of "credit-control": ' +
        "give one of them `when`, which says by a request whether it is its own",
    );
    expect(() => ro.serve(nodes.server, { creditControl: (_ccr, context) => context.error(5012) })).toThrow(
      ConfigurationError,
    );
    await using others = await pair(BOTH);
    serveRo(others);
    expect(() => serveCc(others)).toThrow('as Credit-Control of "ro"');
  });

  it("a second handler of the same profile is refused too, and the first one still serves", async () => {
    await using nodes = await pair(BOTH);
    let served = 0;
    nodes.server.handle(creditControl.creditControl, (_ccr, context) => {
      served++;
      return context.answer({ ...ANSWER });
    });
    expect(() => serveCc(nodes)).toThrow(/"credit-control" \(application 4, command 272\) has a handler already$/);
    await ask(nodes, "x@example.com");
    expect(served).toBe(1);
  });

  it("a client asks by either profile of a node that knows both", async () => {
    await using nodes = await pair(BOTH);
    nodes.server.handle(ro.creditControl, (ccr, context) => {
      expect(ccr).toBeInstanceOf(ro.CreditControlRequest);
      return context.answer({ ...ANSWER });
    });
    const answer = await nodes.client.request(ro.creditControl, { ...INIT, serviceContextId: "32260@3gpp.org" });
    expect(answer).toBeInstanceOf(ro.CreditControlAnswer);
    expect(await ask(nodes, "32260@3gpp.org")).toBeInstanceOf(creditControl.CreditControlAnswer);
  });
});

describe("handle(..., { when })", () => {
  const orders: readonly (readonly [string, (nodes: Pair, served: string[]) => void])[] = [
    ["the one that claims first", (nodes, served) => [claim(nodes, served), rest(nodes, served)]],
    ["the one that claims last", (nodes, served) => [rest(nodes, served), claim(nodes, served)]],
  ];
  function claim({ server }: Pair, served: string[]): void {
    server.handle(
      ro.creditControl,
      (ccr, context) => {
        served.push(`ro ${ccr.$command}`);
        return context.answer({ ...ANSWER });
      },
      { when: is3gpp },
    );
  }
  function rest({ server }: Pair, served: string[]): void {
    server.handle(creditControl.creditControl, (ccr, context) => {
      served.push(`cc ${ccr.$command}`);
      return context.answer({ ...ANSWER });
    });
  }

  it.each(orders)("decides by Service-Context-Id: %s", async (_title, serve) => {
    await using nodes = await pair(BOTH);
    const served: string[] = [];
    serve(nodes, served);
    await ask(nodes, "32260@3gpp.org");
    await ask(nodes, "voice@example.com");
    expect(served).toEqual(["ro ro.CreditControlRequest", "cc credit-control.CreditControlRequest"]);
  });

  it("what is claimed is decoded by the profile that claims it, and judged by its AVPs", async () => {
    await using nodes = await pair(BOTH);
    serveRo(nodes, is3gpp);
    serveCc(nodes, isOther);
    // Service-Information of TS 32.299: known in Ro, not in RFC 8506.
    const avps = [new Avp(873, 10415, 0xc0, new Uint8Array(0))];
    const call = (serviceContextId: string) =>
      nodes.client.request(creditControl.creditControl, { ...INIT, serviceContextId, avps });
    await call("32251@3gpp.org").catch((error: unknown) => {
      expect((error as ErrorAnswerError).answer.resultCode).not.toBe(5001);
    });
    const error = await rejection(call("voice@example.com"));
    expect((error as ErrorAnswerError).answer.resultCode).toBe(5001);
  });

  it.each([
    ["ro first", serveRo, serveCc],
    ["credit-control first", serveCc, serveRo],
  ] as const)(
    "a request that both claim is nobody's: 5012, and an event names both; %s",
    async (_title, one, other) => {
      await using nodes = await pair(BOTH);
      one(nodes, always);
      other(nodes, always);
      const failed = next(nodes.server, "handler:error");
      const error = await rejection(ask(nodes, "x"));
      expect((error as ErrorAnswerError).answer).toMatchObject({ resultCode: 5012, errorMessage: "internal error" });
      const [{ error: cause }] = await failed;
      expect(cause).toBeInstanceOf(ConfigurationError);
      expect((cause as Error).message).toContain('"ro"');
      expect((cause as Error).message).toContain('"credit-control"');
    },
  );

  it("a request that nobody claims is 3001", async () => {
    await using nodes = await pair(BOTH);
    serveRo(nodes, is3gpp);
    const error = await rejection(ask(nodes, "voice@example.com"));
    expect(error).toBeInstanceOf(ErrorAnswerError);
    expect((error as ErrorAnswerError).answer).toMatchObject({ resultCode: 3001, header: { flags: 0x60 } });
  });

  it("a `when` that throws is a handler's error: 5012, the node lives on", async () => {
    await using nodes = await pair(BOTH);
    const thrown = new Error("oops");
    serveRo(nodes, (raw) => {
      if (contextId(raw) === "x") throw thrown;
      return false;
    });
    serveCc(nodes);
    const failed = next(nodes.server, "handler:error");
    const error = await rejection(ask(nodes, "x"));
    expect((error as ErrorAnswerError).answer.resultCode).toBe(5012);
    expect((await failed)[0]).toMatchObject({ error: thrown, command: { name: "Credit-Control" } });
    await ask(nodes, "y");
  });

  it("two of one profile may claim as well", async () => {
    await using nodes = await pair(BOTH);
    serveCc(nodes, is3gpp);
    serveCc(nodes, isOther);
    await ask(nodes, "32260@3gpp.org");
    await ask(nodes, "voice@example.com");
  });
});

describe("node.when()", () => {
  it("serves a whole profile, beside the other one, in either order", async () => {
    for (const first of ["ro", "credit-control"]) {
      await using nodes = await pair(BOTH);
      const served: string[] = [];
      const both = [
        () =>
          ro.serve(nodes.server.when(is3gpp), {
            creditControl: (_ccr, context) => {
              served.push("ro");
              return context.answer({ ...ANSWER });
            },
          }),
        () =>
          creditControl.serve(nodes.server, {
            creditControl: (_ccr, context) => {
              served.push("cc");
              return context.answer({ ...ANSWER });
            },
          }),
      ];
      for (const serve of first === "ro" ? both : both.reverse()) serve();
      await ask(nodes, "32260@3gpp.org");
      await ask(nodes, "voice@example.com");
      expect(served).toEqual(["ro", "cc"]);
    }
  });

  it("a handler's own `when` narrows it", async () => {
    await using nodes = await pair(BOTH);
    const claimed: string[] = [];
    nodes.server.when(is3gpp).handle(ro.creditControl, (_ccr, context) => context.answer({ ...ANSWER }), {
      when: (raw) => claimed.push(contextId(raw)) > 0 && contextId(raw).startsWith("32260"),
    });
    await ask(nodes, "32260@3gpp.org");
    for (const id of ["32251@3gpp.org", "voice@example.com"])
      expect(((await rejection(ask(nodes, id))) as ErrorAnswerError).answer.resultCode).toBe(3001);
    expect(claimed).toEqual(["32260@3gpp.org", "32251@3gpp.org"]);
  });
});
