/** CER/CEA, DWR/DWA and DPR/DPA: RFC 6733 sections 5.3, 5.4 and 5.5. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RawMessage } from "../../../runtime/src/codec/raw-message.js";
import {
  type Capabilities,
  decodeCEA,
  decodeCER,
  decodeDPA,
  decodeDPR,
  decodeDWA,
  decodeDWR,
  encodeCEA,
  encodeCER,
  encodeDPA,
  encodeDPR,
  encodeDWA,
  encodeDWR,
} from "../../../runtime/src/peer/base-messages.js";
import { dissect } from "../../support/dissect.js";
import { allGolden, benchMessage, bytesOf } from "../../support/golden.js";

const ids = { hopByHop: 1, endToEnd: 2 };
const origin = { originHost: "a.test", originRealm: "test" };
const capabilities: Capabilities = {
  ...origin,
  hostIpAddress: ["192.0.2.1", "2001:db8::1"],
  vendorId: 10,
  productName: "prodüct",
  originStateId: 3,
  supportedVendorId: [1, 2],
  authApplicationId: [4, 0xffffffff],
  inbandSecurityId: [0],
  acctApplicationId: [3],
  vendorSpecificApplicationId: [
    { vendorId: 10_415, authApplicationId: 16_777_251, acctApplicationId: undefined },
    { vendorId: 10_415, authApplicationId: undefined, acctApplicationId: 16_777_252 },
  ],
  firmwareRevision: 9,
};
const outcome = { resultCode: 5010, errorMessage: "no", failedAvp: undefined };

test("what is written is read again", () => {
  expect(decodeCER(encodeCER(capabilities, ids))).toEqual({ ok: true, message: capabilities });
  const cea = decodeCEA(encodeCEA({ ...capabilities, ...outcome }, ids));
  expect(cea).toMatchObject({ ok: true, message: { ...capabilities, resultCode: 5010, errorMessage: "no" } });
  expect(decodeDWR(encodeDWR({ ...origin, originStateId: 3 }, ids))).toEqual({
    ok: true,
    message: { ...origin, originStateId: 3 },
  });
  expect(decodeDWA(encodeDWA({ ...origin, resultCode: 2001 }, ids))).toEqual({
    ok: true,
    message: { ...origin, resultCode: 2001 },
  });
  expect(decodeDPR(encodeDPR({ ...origin, disconnectCause: 2 }, ids))).toEqual({
    ok: true,
    message: { ...origin, disconnectCause: 2 },
  });
  expect(decodeDPA(encodeDPA({ ...origin, resultCode: 2001 }, ids))).toEqual({
    ok: true,
    message: { ...origin, resultCode: 2001 },
  });
});

// RFC 6733 section 7.2: with the E bit it is an answer-message, whatever the command; strict peers want no other M bits there.
test("a CEA that is a protocol error says nothing of our capabilities", () => {
  const refusal = dissect(encodeCEA({ ...capabilities, resultCode: 3010, errorMessage: "no" }, ids).bytes);
  const codes = refusal.avps.map(({ code }) => code);
  expect(codes).toEqual([264, 296, 268, ...(capabilities.originStateId === undefined ? [] : [278]), 281]);
});

test("headers: R for requests, no P, Application-Id 0; E for 3xxx only", () => {
  expect(dissect(encodeDWR(origin, ids).bytes)).toMatchObject({
    flags: 0x80,
    code: 280,
    applicationId: 0,
    hopByHop: 1,
    endToEnd: 2,
  });
  expect(dissect(encodeDPR({ ...origin, disconnectCause: 0 }, ids).bytes)).toMatchObject({ flags: 0x80, code: 282 });
  expect(dissect(encodeCEA({ ...capabilities, resultCode: 2001 }, ids).bytes)).toMatchObject({ flags: 0, code: 257 });
  expect(dissect(encodeCEA({ ...capabilities, resultCode: 3010 }, ids).bytes).flags).toBe(0x20);
  expect(dissect(encodeCEA({ ...capabilities, resultCode: 5010 }, ids).bytes).flags).toBe(0);
});

describe("what freeDiameter writes is read", () => {
  const decoders: Record<string, (raw: RawMessage) => { readonly ok: boolean; readonly message: object }> = {
    "257 R": decodeCER,
    "257": decodeCEA,
    "280 R": decodeDWR,
    "280": decodeDWA,
    "282 R": decodeDPR,
    "282": decodeDPA,
  };
  test("every such message of the captures, with the values of their dissection", () => {
    const seen = new Set<string>();
    for (const { capture, message } of allGolden()) {
      const kind = message.flags.startsWith("R") ? `${message.code} R` : `${message.code}`;
      const decode = decoders[kind];
      if (decode === undefined) continue;
      seen.add(kind);
      const decoded = decode(RawMessage.from(bytesOf(message)));
      expect(decoded, `${capture} ${message.number}`).toMatchObject({ ok: true });
      const text = (code: number) => message.avps.find((avp) => avp.code === code)?.value.replace(/^['"]|['"]$/g, "");
      expect(decoded.message).toMatchObject({ originHost: text(264), originRealm: text(296) });
      const number = message.avps.find((avp) => avp.code === 278)?.value;
      if (number !== undefined) expect(decoded.message).toMatchObject({ originStateId: Number(number) });
    }
    expect([...seen].sort()).toEqual(["257", "257 R", "280", "280 R", "282", "282 R"]);
  });

  test("the CER and DWR of the benchmark", () => {
    expect(decodeCER(RawMessage.from(benchMessage("cer")))).toMatchObject({ ok: true });
    expect(decodeDWR(RawMessage.from(benchMessage("dwr")))).toMatchObject({ ok: true });
  });
});

test("whatever the octets: a value or issues, never an exception, and no more than 16 issues", () => {
  const whole = encodeCER(capabilities, ids).bytes;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(whole.length - 21), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.nat(whole.length / 4 - 5),
      (changes, cut) => {
        const bytes = whole.slice(0, whole.length - cut * 4);
        for (const [at, octet] of changes) if (20 + at < bytes.length) bytes[20 + at] = octet;
        for (const decode of [decodeCER, decodeCEA, decodeDWR, decodeDWA, decodeDPR, decodeDPA]) {
          const decoded = decode(RawMessage.from(bytes));
          if (decoded.ok) continue;
          const sound = decoded.issues.every(
            ({ resultCode, message, failedAvp }) =>
              [5001, 5004, 5005, 5009, 5014].includes(resultCode) && message !== "" && failedAvp !== undefined,
          );
          if (!sound || decoded.issues.length > 16) throw new Error(JSON.stringify(decoded.issues));
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("an offending AVP within a group is shown within it (section 7.5)", () => {
  const raw = encodeCER({ ...capabilities, vendorSpecificApplicationId: [{ vendorId: 1, authApplicationId: 5 }] }, ids);
  // Auth-Application-Id within the group gets a code that nobody knows.
  const group = raw.find(260);
  raw.view.setUint32(group + 8 + 12, 9_999);
  const decoded = decodeCER(raw);
  expect(decoded).toMatchObject({
    ok: false,
    issues: [{ resultCode: 5001, path: "260/9999", failedAvp: { code: 260 } }],
  });
});

test("extensions count as known", () => {
  const raw = encodeCER(capabilities, ids);
  raw.view.setUint32(raw.find(278), 9_999);
  expect(decodeCER(raw)).toMatchObject({ ok: false, issues: [{ resultCode: 5001 }] });
  expect(decodeCER(raw, [new Map([[0, new Map([[9_999, 0]])]])])).toMatchObject({ ok: true });
});
