/** Errors between our node and diameter 2.2.7 of Erlang/OTP 25, what each makes of the other's; and accounting of RFC 6733 section 9 both ways. */

import { afterAll, beforeAll, expect, test } from "vitest";
import * as accounting from "../../generated/src/accounting/index.js";
import * as sip from "../../generated/src/sip/index.js";
import { DiameterNode, ErrorAnswer, RawMessage } from "../../runtime/src/index.js";
import { avp, changed, replaced, without } from "../server/diameter/compose.js";
import { type DissectedAvp, dissect, dissectAvps, findAvp } from "../support/dissect.js";
import { type ErlangAvps, ErlangPeer, erlangRequirements } from "../support/erlang-peer.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const OURS = "node.diameter.test";
const ERLANG = "erlang.diameter.test";
const REALM = "diameter.test";

const MAR = {
  "Auth-Application-Id": 6,
  "Auth-Session-State": 1,
  "Destination-Realm": REALM,
  "SIP-AOR": "sip:alice@diameter.test",
  "SIP-Method": "REGISTER",
} as const;

const ours: sip.MultimediaAuthRequestInit = {
  destinationRealm: REALM,
  authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
  sipAor: "sip:alice@diameter.test",
  sipMethod: "REGISTER",
};

/** 2026-01-01T00:00:00Z, as calendar:universal_time() has it. */
const EVENT_TIMESTAMP = [
  [2026, 1, 1],
  [0, 0, 0],
] as const;

type Change = (avps: readonly DissectedAvp[]) => readonly DissectedAvp[];

/** MARs that break their grammar: the AVP at fault as it stands in Failed-AVP, code and data. */
const BROKEN: readonly (readonly [resultCode: number, change: Change, code: number, data: string])[] = [
  [5001, (avps) => [...avps, avp(9999, "x")], 9999, "78"],
  [5005, (avps) => without(avps, 122), 122, ""],
  [5009, (avps) => [...avps, avp(122, "sip:b@c")], 122, "7369703a624063"],
  [5014, (avps) => replaced(avps, { 277: Buffer.of(1) }), 277, "01"],
];

let peer: ErlangPeer;
let node: DiameterNode;
/** A MAR as OTP writes it. */
let mar: Buffer;

describeWith(erlangRequirements, "errors and accounting with Erlang/OTP's diameter", () => {
  beforeAll(async () => {
    peer = await ErlangPeer.start({ identity: ERLANG });
    node = new DiameterNode({
      originHost: OURS,
      originRealm: REALM,
      applications: [sip.application, accounting.application],
      peers: [{ host: "127.0.0.1", port: peer.port, originHost: ERLANG }],
    });
    await node.start();
  }, 60_000);

  afterAll(async () => {
    await node?.stop();
    await peer?.[Symbol.asyncDispose]();
  });

  test("our protocol errors are answer-messages for it", async () => {
    const unsupported = await peer.call("sip", "MAR", MAR); // nobody serves it yet
    expect(unsupported).toMatchObject({
      name: "answer-message",
      errors: [],
      avps: { "Result-Code": 3001, "Origin-Host": OURS, "Error-Message": [expect.stringContaining("286")] },
    });
    mar = Buffer.from((await peer.message("send", "MAR")).hex, "hex");
    expect(unsupported.avps["Session-Id"]).toEqual([expect.stringMatching(/^erlang\.diameter\.test;/)]);
    for (const [resultCode, header] of [
      [3007, { applicationId: 4 }],
      [3008, { flags: 0xe0 }],
    ] as const) {
      const answer = await peer.callOctets("sip", changed(mar, header));
      expect(answer).toMatchObject({ name: "answer-message", errors: [], avps: { "Result-Code": resultCode } });
    }
  });

  test("our permanent failures for broken requests are answer-messages for it, and say what was wrong", async () => {
    sip.serve(node, {
      multimediaAuth: (_request, context) => context.answer({ resultCode: 2001, authSessionState: 1 }),
    });
    for (const [resultCode, change, code, data] of BROKEN) {
      const from = peer.position;
      const answer = await peer.callOctets("sip", changed(mar, { avps: change }));
      // Section 7.1.5 of RFC 6733: with the E bit, hence nothing of MAA's grammar is missing.
      expect(answer).toMatchObject({
        name: "answer-message",
        errors: [],
        avps: { "Result-Code": resultCode, "Origin-Host": OURS },
      });
      const { hex } = await peer.message("recv", "answer-message", { from });
      const [failed] = dissectAvps(findAvp(dissect(Buffer.from(hex, "hex")), 279)?.data ?? Buffer.alloc(0));
      expect([failed?.code, failed?.data.subarray(0, data.length / 2).toString("hex")]).toEqual([code, data]);
    }
    expect(await peer.callOctets("sip", mar)).toMatchObject({ name: "MAA", errors: [], avps: { "Result-Code": 2001 } });
  });

  test("its answers to our broken requests: E bit, Result-Code and Failed-AVP are read", async () => {
    peer.serve("MAR", {
      answer: "MAA",
      avps: { "Auth-Application-Id": 6, "Auth-Session-State": 1, "Result-Code": 2001 },
    });
    for (const [resultCode, change, code, data] of BROKEN) {
      if (resultCode === 5009) continue; // OTP 25 gives no answer
      const answer = ErrorAnswer.decode(await node.send(RawMessage.from(changed(mar, { avps: change }))));
      // 5004 for a value of the wrong length: OTP has no 5014 for Unsigned32 and its like.
      expect(answer).toMatchObject({ originHost: ERLANG, resultCode: resultCode === 5014 ? 5004 : resultCode });
      expect(answer.header.flags & 0x20).toBe(0x20);
      expect(answer.failedAvp.map((failed) => [failed.code, Buffer.from(failed.data).toString("hex")])).toEqual([
        [code, data],
      ]);
    }
    const bits = ErrorAnswer.decode(await node.send(RawMessage.from(changed(mar, { flags: 0xe0 }))));
    expect(bits).toMatchObject({ resultCode: 3008, failedAvp: [] });
  });

  test("its errors reject our typed calls, whatever the class", async () => {
    const { multimediaAuth, locationInfo } = sip.client(node);
    for (const error of [3002, 3004, 5012]) {
      peer.serve("MAR", { error });
      await expect(multimediaAuth(ours)).rejects.toMatchObject({
        code: "ERR_DIAMETER_ERROR_ANSWER",
        answer: { resultCode: error, originHost: ERLANG },
      });
    }
    // In the command's own grammar a failure is an answer like any other.
    peer.serve("MAR", {
      answer: "MAA",
      avps: { "Auth-Application-Id": 6, "Auth-Session-State": 1, "Result-Code": 5003 },
    });
    expect(await multimediaAuth(ours)).toMatchObject({ resultCode: 5003 });
    peer.serve("MAR", "discard");
    await expect(multimediaAuth(ours, { timeoutMs: 200 })).rejects.toMatchObject({ code: "ERR_DIAMETER_TIMEOUT" });
    await expect(
      locationInfo({ destinationRealm: REALM, authSessionState: 1, sipAor: "sip:b@c" }),
    ).rejects.toMatchObject({
      answer: { resultCode: 3004 },
    });
  });

  test("our errors that keep to the command's grammar are answers like any other for it", async () => {
    let resultCode = 0;
    sip.serve(node, { locationInfo: (_request, context) => context.answer({ resultCode, authSessionState: 1 }) });
    const lir = {
      "Auth-Application-Id": 6,
      "Auth-Session-State": 1,
      "Destination-Realm": REALM,
      "SIP-AOR": "sip:bob@diameter.test",
    };
    for (resultCode of [4001, 5032, 2001]) {
      const answer = await peer.call("sip", "LIR", lir);
      expect(answer).toMatchObject({ name: "LIA", errors: [], avps: { "Result-Code": resultCode } });
    }
  });

  test("our client: accounting of a session from start to stop", async () => {
    const record = { "Acct-Application-Id": 3, "Result-Code": 2001 } as const;
    const client = accounting.client(node);
    for (const [accountingRecordNumber, accountingRecordType] of [2, 3, 4].entries()) {
      const avps = {
        ...record,
        "Accounting-Record-Type": accountingRecordType,
        "Accounting-Record-Number": accountingRecordNumber,
        "Acct-Interim-Interval": 600,
      };
      peer.serve("ACR", { answer: "ACA", avps });
      const from = peer.position;
      const answer = await client.accounting({
        destinationRealm: REALM,
        accountingRecordType,
        accountingRecordNumber,
        acctApplicationId: 3,
        userName: "alice",
        accountingSubSessionId: 0xffff_ffff_ffff_fffen,
        acctSessionId: Uint8Array.of(0, 0xff),
        eventTimestamp: new Date(Date.UTC(2026, 0, 1)),
        accountingRealtimeRequired: 3,
      });
      expect(answer).toMatchObject({
        resultCode: 2001,
        accountingRecordType,
        accountingRecordNumber,
        acctApplicationId: 3,
        acctInterimInterval: 600,
      });
      const seen = await peer.message("recv", "ACR", { from });
      expect(seen).toMatchObject({ errors: [], flags: 0xc0, applicationId: 3 });
      expect(seen.avps).toMatchObject({
        "Origin-Host": OURS,
        "Accounting-Record-Type": accountingRecordType,
        "Accounting-Record-Number": accountingRecordNumber,
        "User-Name": ["alice"],
        "Acct-Session-Id": [{ hex: "00FF" }],
        "Event-Timestamp": [EVENT_TIMESTAMP],
        "Accounting-Realtime-Required": [3],
      } satisfies ErlangAvps);
      // A number of 64 bits, which JSON.parse would round.
      expect(seen.hex).toContain("0000011F40000010FFFFFFFFFFFFFFFE");
    }
  });

  test("our server: accounting of an event", async () => {
    const records: accounting.AccountingRequest[] = [];
    accounting.serve(node, {
      accounting: (request, context) => {
        records.push(request);
        const { accountingRecordType, accountingRecordNumber, acctApplicationId, eventTimestamp } = request;
        const init = {
          resultCode: 2001,
          accountingRecordType,
          accountingRecordNumber,
          acctApplicationId,
          eventTimestamp,
        };
        return context.answer(init);
      },
    });
    const answer = await peer.call("accounting", "ACR", {
      "Destination-Realm": REALM,
      "Accounting-Record-Type": 1,
      "Accounting-Record-Number": 0,
      "Acct-Application-Id": [3],
      "Accounting-Sub-Session-Id": [0xffff_ffff_ffff_fffen],
      "Acct-Multi-Session-Id": ["many"],
      "Event-Timestamp": [{ tuple: EVENT_TIMESTAMP.map((part) => ({ tuple: part })) }],
    });
    expect(answer).toMatchObject({ name: "ACA", errors: [] });
    expect(answer.avps).toMatchObject({
      "Result-Code": 2001,
      "Accounting-Record-Type": 1,
      "Accounting-Record-Number": 0,
      "Acct-Application-Id": [3],
      "Event-Timestamp": [EVENT_TIMESTAMP],
    });
    expect(records).toMatchObject([
      {
        originHost: ERLANG,
        accountingRecordType: accounting.AccountingRecordType.EVENT_RECORD,
        accountingSubSessionId: 0xffff_ffff_ffff_fffen,
        acctMultiSessionId: "many",
        eventTimestamp: new Date(Date.UTC(2026, 0, 1)),
      },
    ]);
  });
});

describeWith([...erlangRequirements, ...tsharkRequirements], "tshark", () => {
  test("has nothing against any answer that we sent above", async () => {
    const answers = peer.received.filter(({ flags }) => (flags & 0x80) === 0);
    // What it says of a Failed-AVP is the fault that the Failed-AVP reports.
    const octets = answers.map(({ hex }) => Buffer.from(hex, "hex"));
    const whole = octets.filter((each) => findAvp(dissect(each), 279) === undefined);
    expect(octets.length - whole.length).toBe(BROKEN.length);
    expect((await expectClean(whole)).length).toBeGreaterThan(5);
  });
});
