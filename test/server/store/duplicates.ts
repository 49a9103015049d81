/** Two records, one after the other, and whether the second is the first again: RFC 6733 sections 9.4, 9.8.3, 9.8.6 and appendix C; our decisions are in accounting/duplicates.ts. */

import type { AccountingRecord } from "../../../server/src/accounting/index.js";
import { avps } from "../support.js";

export const DUPLICATES: readonly (readonly [
  title: string,
  first: Partial<AccountingRecord>,
  second: Partial<AccountingRecord>,
  expected: "stored" | "duplicate",
])[] = [
  ["the same again, without T", {}, {}, "duplicate"],
  ["the same again, with T", {}, { retransmitted: true }, "duplicate"],
  ["with T and other content", {}, { retransmitted: true, avps: avps("other") }, "duplicate"],
  ["the original after its retransmission", { retransmitted: true }, {}, "duplicate"],
  [
    "the original, other content, after its retransmission",
    { retransmitted: true },
    { avps: avps("other") },
    "duplicate",
  ],
  ["received later", {}, { receivedAt: new Date("2027-01-01T00:00:00Z") }, "duplicate"],
  [
    "by way of another agent",
    {},
    { avps: [...avps("ft"), { name: "Route-Record", code: 282, vendorId: 0, value: "b" }] },
    "duplicate",
  ],
  [
    "later, without T: the client says for how long it has been trying",
    { avps: [...avps("ft"), { name: "Acct-Delay-Time", code: 41, vendorId: 0, value: 0 }] },
    { avps: [...avps("ft"), { name: "Acct-Delay-Time", code: 41, vendorId: 0, value: 7 }] },
    "duplicate",
  ],
  ["another Accounting-Record-Number", {}, { recordNumber: 1 }, "stored"],
  ["another Session-Id", {}, { sessionId: "client.diameter.test;1;2" }, "stored"],
  ["a Session-Id in other case", {}, { sessionId: "CLIENT.diameter.test;1;1" }, "stored"],
  ["a sub-session", {}, { subSessionId: 0n }, "stored"],
  ["another sub-session", { subSessionId: 1n }, { subSessionId: 2n ** 64n - 1n }, "stored"],
  ["the same sub-session", { subSessionId: 2n ** 64n - 1n }, { subSessionId: 2n ** 64n - 1n }, "duplicate"],
  ["START and STOP under one number", { recordType: 2 }, { recordType: 4 }, "stored"],
  ["START and STOP under one number, with T", { recordType: 2 }, { recordType: 4, retransmitted: true }, "stored"],
  ["the same number, other content, no T", {}, { avps: avps("other") }, "stored"],
  [
    "the same number, an AVP of a vendor with Route-Record's code",
    {},
    { avps: [...avps("ft"), { name: "X", code: 282, vendorId: 9, value: "b" }] },
    "stored",
  ],
];
