/** RFC 6733 sections 6.8, 6.9, 6.11 and 7.6: application ids in AVPs, and results of vendors' answers, between a server and a client of 3GPP Cx. */
import * as cx from "@diamgen/sdk/cx";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../../runtime/src/codec/message.js";
import { decodeAvps, EncodeError, Header, outcome, RawMessage } from "../../../runtime/src/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { createWorld, next, PORT, type World } from "../../support/nodes.js";

const CX = cx.application.id;
const VENDOR_3GPP = 10_415;
const init = { authSessionState: 1, destinationRealm: "test", publicIdentity: "sip:alice@test" } as const;
type Answer = cx.LocationInfoAnswerInit;

async function between(world: World, answer: Answer = { resultCode: 2001, authSessionState: 1 }) {
  const options = { applications: [cx.application] };
  const server = world.node("server", {
    ...options,
    accept: "any",
    listen: [{ host: "server", port: PORT, transport: "memory" }],
  });
  server.handle(cx.locationInfo, (_request, context) => context.answer(answer));
  await server.start();
  return { server, client: await world.client("client", ["server"], options) };
}

/** What no typed client sends. */
function octetsOf(group: cx.VendorSpecificApplicationIdInit): RawMessage {
  const fill = { sessionId: "client.test;1;1", originHost: "client.test", originRealm: "test" };
  const message = cx.locationInfo.request.create({ ...init, vendorSpecificApplicationId: group }, fill);
  message.header = new Header(0xc0, cx.locationInfo.code, CX, 0, 0);
  return RawMessage.from(encodeMessage(cx.locationInfo.request, message));
}

const VENDOR_ONLY: cx.VendorSpecificApplicationIdInit = { vendorId: VENDOR_3GPP };

describe("6.11: Vendor-Specific-Application-Id of a request", () => {
  test.each([
    ["neither id is 5005, with an example of both", VENDOR_ONLY, 5005, [0, 0]],
    [
      "both are 5009, with both as they came",
      { ...VENDOR_ONLY, authApplicationId: CX, acctApplicationId: 7 },
      5009,
      [CX, 7],
    ],
  ])("%s", async (_what, group, code, ids) => {
    await using world = createWorld();
    const { server, client } = await between(world);
    const answer = dissect((await client.send(octetsOf(group))).toBytes());
    expect([answer.error, resultCode(answer)]).toEqual([true, code]);
    const [failed] = decodeAvps(findAvp(answer, 279)?.data ?? Buffer.alloc(0));
    expect(failed?.code).toBe(260);
    const members = decodeAvps(failed?.data ?? Buffer.alloc(0));
    expect(members.map((avp) => [avp.code, Buffer.from(avp.data).readUInt32BE()])).toEqual([
      [258, ids[0]],
      [259, ids[1]],
    ]);
    expect(server.counters["request:refused"]).toBe(1);
  });

  test.each([
    ["Auth-Application-Id alone", { ...VENDOR_ONLY, authApplicationId: CX }],
    ["Acct-Application-Id alone", { ...VENDOR_ONLY, acctApplicationId: CX }],
  ])("%s is served", async (_what, group) => {
    await using world = createWorld();
    const { client } = await between(world);
    const answer = dissect((await client.send(octetsOf(group))).toBytes());
    expect(resultCode(answer)).toBe(2001);
  });

  test("`invalid` of node.handle gets it as it gets other issues", async () => {
    await using world = createWorld();
    const options = { applications: [cx.application] };
    const server = world.node("server", {
      ...options,
      accept: "any",
      listen: [{ host: "server", port: PORT, transport: "memory" }],
    });
    server.handle(cx.locationInfo, (_request, context) => context.answer({ resultCode: 2001, authSessionState: 1 }), {
      invalid: ({ issues, request }, context) => {
        expect([issues[0]?.resultCode, request?.publicIdentity]).toEqual([5005, init.publicIdentity]);
        return context.answer({ resultCode: 5005, authSessionState: 1 });
      },
    });
    await server.start();
    const client = await world.client("client", ["server"], options);
    const answer = dissect((await client.send(octetsOf(VENDOR_ONLY))).toBytes());
    expect([answer.error, resultCode(answer)]).toEqual([false, 5005]);
  });
});

test.each([
  ["6.11: of neither application id", VENDOR_ONLY],
  ["6.11: of both", { ...VENDOR_ONLY, authApplicationId: CX, acctApplicationId: CX }],
  ["6.8: of another application", { ...VENDOR_ONLY, authApplicationId: 4 }],
  ["6.9: of another application for accounting", { ...VENDOR_ONLY, acctApplicationId: 3 }],
])(
  "a program's request with a Vendor-Specific-Application-Id %s is refused before it is sent",
  async (_what, group) => {
    await using world = createWorld();
    const { server, client } = await between(world);
    const refused = client.request(cx.locationInfo, { ...init, vendorSpecificApplicationId: group });
    await expect(refused).rejects.toBeInstanceOf(EncodeError);
    await expect(refused).rejects.toThrow(/LocationInfoRequest \w+ApplicationId: .* section 6\.(8|9|11)/);
    expect(client.peers.list()[0]?.pending).toBe(0);
    expect(server.statistics().peers[0]?.commands.some(({ commandCode }) => commandCode === 302)).toBe(false);
  },
);

describe("7.6: an answer has Result-Code or Experimental-Result", () => {
  test("where a handler forgets both, the peer is told 5012 and the program why", async () => {
    await using world = createWorld();
    const { server, client } = await between(world, { authSessionState: 1 });
    const told = next(server, "handler:error");
    await expect(client.request(cx.locationInfo, init)).rejects.toMatchObject({ answer: { resultCode: 5012 } });
    expect((await told)[0].error).toBeInstanceOf(EncodeError);
    expect((await told)[0].error).toMatchObject({ message: expect.stringMatching(/LocationInfoAnswer: .*neither/) });
  });

  test.each<[string, Answer, number]>([
    ["Result-Code", { resultCode: 4001, authSessionState: 1 }, 4001],
    [
      "Experimental-Result",
      { experimentalResult: { vendorId: VENDOR_3GPP, experimentalResultCode: 5003 }, authSessionState: 1 },
      5003,
    ],
  ])("%s is enough", async (_what, answer, code) => {
    await using world = createWorld();
    const { client } = await between(world, answer);
    expect(outcome(await client.request(cx.locationInfo, init)).resultCode).toBe(code);
  });
});
