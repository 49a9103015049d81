/** What records say of a session: RFC 6733 sections 8.2, 9.5 and 9.8, records in whatever order they come. */

import { describe, expect, test } from "vitest";
import { NumberRanges } from "../../../server/src/accounting/number-ranges.js";
import {
  type AccountingSession,
  SessionRecords,
  type SessionSupervision,
} from "../../../server/src/accounting/sessions.js";
import { pseudoRandom } from "../../support/random.js";
import { record } from "../support.js";

const [START, INTERIM, STOP] = [2, 3, 4];
const T0 = Date.UTC(2026, 10, 21, 10);
const NAMES = { [START]: "START", [INTERIM]: "INTERIM", [STOP]: "STOP" };

/** A record that was, and came, so many minutes after the beginning. */
type Sent = readonly [
  type: number,
  number: number,
  minutes: number,
  extra?: Partial<Parameters<SessionRecords["add"]>[0]>,
];

function sessionsOf(
  sent: readonly Sent[],
  supervision: Partial<SessionSupervision> = {},
): readonly AccountingSession[] {
  const session = new SessionRecords("s");
  for (const [recordType, recordNumber, minutes, extra] of sent) {
    const time = new Date(T0 + minutes * 60_000);
    session.add({
      ...record({ sessionId: "s", recordType, recordNumber, time, receivedAt: time }),
      ...{ collision: 0, ...extra },
    });
  }
  return session.sessions({ at: new Date(T0 + 60 * 60_000), ...supervision });
}

const minutes = (count: number) => new Date(T0 + count * 60_000);

/** Each with what is said of the session. */
const CASES: readonly (readonly [title: string, sent: readonly Sent[], session: Partial<AccountingSession>])[] = [
  [
    "as RFC 6733 section 9.8.3 numbers them",
    [
      [START, 0, 0],
      [INTERIM, 1, 10],
      [INTERIM, 2, 20],
      [STOP, 3, 25],
    ],
    {
      ...{ state: "stopped", startedAt: minutes(0), lastAt: minutes(25), stoppedAt: minutes(25) },
      ...{ seconds: 1500, records: 4, interims: 2, missing: [], irregular: [] },
    },
  ],
  ["begun", [[START, 0, 0]], { state: "open", seconds: 0, records: 1, stoppedAt: undefined, irregular: [] }],
  [
    "not stopped yet",
    [
      [START, 0, 0],
      [INTERIM, 1, 10],
    ],
    { state: "open", seconds: 600, missing: [], irregular: [] },
  ],
  [
    "without START: its time is from the first record that came",
    [
      [INTERIM, 3, 30],
      [STOP, 4, 40],
    ],
    { state: "stopped", startedAt: undefined, seconds: 600, missing: [], irregular: ["noStart"] },
  ],
  [
    "INTERIMs that did not come",
    [
      [START, 0, 0],
      [INTERIM, 3, 30],
      [INTERIM, 5, 50],
      [STOP, 9, 55],
    ],
    {
      missing: [
        [1, 2],
        [4, 4],
        [6, 8],
      ],
      irregular: [],
    },
  ],
  [
    "an INTERIM after the STOP",
    [
      [START, 0, 0],
      [STOP, 1, 10],
      [INTERIM, 2, 20],
    ],
    { state: "stopped", stoppedAt: minutes(10), lastAt: minutes(20), seconds: 600, irregular: ["afterStop"] },
  ],
  [
    "two STOPs: the first one ends it",
    [
      [START, 0, 0],
      [STOP, 1, 10],
      [STOP, 2, 20],
    ],
    { state: "stopped", stoppedAt: minutes(10), seconds: 600, irregular: ["severalStops"] },
  ],
  [
    "a client that numbers all alike",
    [
      [START, 0, 0],
      [INTERIM, 0, 10],
      [STOP, 0, 20],
    ],
    { state: "stopped", seconds: 1200, missing: [], irregular: [] },
  ],
  [
    "and that goes on after the STOP",
    [
      [START, 0, 0],
      [STOP, 0, 20],
      [INTERIM, 0, 30],
    ],
    { irregular: ["afterStop"] },
  ],
  [
    "two STARTs under one number",
    [
      [START, 0, 5],
      [START, 0, 0, { collision: 1 }],
      [STOP, 1, 10],
    ],
    { startedAt: minutes(0), seconds: 600, irregular: ["severalStarts", "collision"] },
  ],
  [
    "numbers as far apart as they can be",
    [
      [START, 0, 0],
      [STOP, 4294967295, 1],
    ],
    { missing: [[1, 4294967294]] },
  ],
  [
    "a type that RFC 6733 does not have",
    [[9, 0, 0]],
    { state: "open", records: 1, interims: 0, irregular: ["noStart"] },
  ],
];

const title = ([type, number]: Sent) => `${NAMES[type] ?? type} ${number}`;

describe.each(CASES)("%s", (_title, sent, expected) => {
  const orders = [sent, sent.toReversed(), [...sent.slice(1), ...sent.slice(0, 1)]];
  test.each(orders.map((order) => [order.map(title).join(", "), order] as const))("%s", (_order, order) => {
    expect(sessionsOf(order)).toEqual([expect.objectContaining(expected)]);
  });
});

describe("supervision", () => {
  const open: readonly Sent[] = [
    [START, 0, 0],
    [INTERIM, 1, 10],
  ];
  const interval: Sent = [
    INTERIM,
    2,
    20,
    { avps: [{ name: "Acct-Interim-Interval", code: 85, vendorId: 0, value: 600 }] },
  ];
  // It is 50 minutes since the last record, or 40.
  test.each<[string, readonly Sent[], Partial<SessionSupervision>, string]>([
    ["nobody says how often INTERIMs come", open, {}, "open"],
    ["twice the configured interval is over", open, { interimIntervalSeconds: 1499 }, "silent"],
    ["it is not", open, { interimIntervalSeconds: 1500 }, "open"],
    ["the records say it themselves", [...open, interval], { interimIntervalSeconds: 1500 }, "silent"],
    ["an interval of 0: there are no INTERIMs", open, { interimIntervalSeconds: 0 }, "open"],
    ["somebody wants to know", [...open, interval], { silentAfterSeconds: 2399 }, "silent"],
    ["and does not", [...open, interval], { silentAfterSeconds: 2400 }, "open"],
    ["a stopped session is not silent", [...open, [STOP, 2, 20]], { silentAfterSeconds: 1 }, "stopped"],
    [
      "what counts is when a record came, not when it was",
      [[START, 0, 0, { receivedAt: minutes(59) }]],
      { silentAfterSeconds: 600 },
      "open",
    ],
  ])("%s", (_title, sent, supervision, state) => {
    expect(sessionsOf(sent, supervision).map((session) => session.state)).toEqual([state]);
  });
});

describe("sub-sessions: section 9.8.6", () => {
  const [one, two] = [{ subSessionId: 1n }, { subSessionId: 2n ** 64n - 1n }];
  const sent: readonly Sent[] = [
    [START, 0, 0, one],
    [START, 0, 5, two],
    [STOP, 1, 10, one],
  ];
  test("each has its own state", () => {
    expect(sessionsOf(sent)).toMatchObject([
      { sessionId: "s", subSessionId: 1n, state: "stopped", records: 2, irregular: [] },
      { sessionId: "s", subSessionId: 2n ** 64n - 1n, state: "open", records: 1, irregular: [] },
    ]);
  });

  test("a STOP without one ends all of them, whenever it comes", () => {
    const ended = [
      { subSessionId: 1n, state: "stopped", seconds: 600 },
      { subSessionId: 2n ** 64n - 1n, state: "stopped", stoppedAt: minutes(30), seconds: 1500 },
    ];
    expect(sessionsOf([...sent, [STOP, 2, 30]])).toMatchObject(ended);
    expect(sessionsOf([[STOP, 2, 30], ...sent])).toMatchObject(ended);
  });

  test("but not where there are none", () => {
    expect(sessionsOf([[STOP, 2, 30]])).toMatchObject([{ subSessionId: undefined, irregular: ["noStart"] }]);
  });
});

test("who it is: User-Name and Origin-Host of what came", () => {
  const user = { name: "User-Name", code: 1, vendorId: 0, value: "alice" };
  const sent: readonly Sent[] = [
    [START, 0, 0, { avps: [user, { ...user, vendorId: 9, value: "no" }] }],
    [INTERIM, 1, 10, { originHost: "second.diameter.test" }],
  ];
  expect(sessionsOf(sent)).toMatchObject([{ userName: "alice", originHost: "second.diameter.test" }]);
});

test("runs of numbers are what a set of them says, in whatever order they come", () => {
  const random = pseudoRandom(6733);
  for (let round = 0; round < 300; round++) {
    const numbers = Array.from({ length: 1 + Math.floor(random() * 20) }, () => Math.floor(random() * 30));
    const ranges = new NumberRanges();
    for (const number of numbers) ranges.add(number);
    const set = new Set(numbers);
    const missing: number[] = [];
    for (let number = Math.min(...numbers); number < Math.max(...numbers); number++)
      if (!set.has(number)) missing.push(number);
    const spread = ranges.gaps.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, index) => first + index),
    );
    expect(spread).toEqual(missing);
    for (const [index, [first]] of ranges.gaps.entries())
      if (index > 0) expect(first).toBeGreaterThan((ranges.gaps[index - 1]?.[1] ?? 0) + 1);
  }
});
