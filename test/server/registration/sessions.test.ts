/** Sessions of registrations, row by row: RFC 4740 section 6.7, RFC 6733 section 8.1. */

import { describe, expect, test } from "vitest";
import { type AssignServer, assignServer } from "../../../server/src/registration/assign-server.js";
import type { UserRecord } from "../../../server/src/registration/index.js";
import {
  hasAborted,
  isUnauthorized,
  lifetimesOf,
  NO_LIMIT,
  openSession,
  type SessionRequest,
  type SessionSettings,
  sessionChanges,
  sessionEnded,
  sessionExpired,
  sessionFrom,
  wantsSession,
} from "../../../server/src/registration/sessions.js";
import { endings, servings } from "../../../server/src/registration/terminate.js";
import { at, barred, inSession, OTHER, OWN, pending, REGISTERED, S1, S2, session, summary } from "./records.js";

const NOW = 1_800_000_000_000;
const REQUEST: SessionRequest = {
  ...{ id: "s1.test;1;1", originHost: "s1.test", originRealm: "test", originStateId: 7 },
  ...{ wanted: true, lifetime: undefined },
};
const REQUESTED = { maintain: "requested" } as const;

describe("whether a session is maintained, and for how long: the server decides (section 6.7)", () => {
  test.each<[string, Partial<SessionRequest>, SessionSettings, unknown]>([
    ["by default none is", {}, {}, undefined],
    ["never", {}, { maintain: "never" }, undefined],
    ["where it is wanted", {}, REQUESTED, { authorizationLifetime: 3600, authGracePeriod: 60 }],
    ["where it is not wanted", { wanted: false }, REQUESTED, undefined],
    [
      "as configured",
      {},
      { ...REQUESTED, authorizationLifetimeSeconds: 5, authGracePeriodSeconds: 0 },
      { authorizationLifetime: 5, authGracePeriod: 0 },
    ],
    // RFC 6733 section 8.9.
    ["a shorter one is the SIP server's to choose", { lifetime: 10 }, REQUESTED, { authorizationLifetime: 10 }],
    ["a longer one is not", { lifetime: 3601 }, REQUESTED, { authorizationLifetime: 3600 }],
    ["none at all", { lifetime: 0 }, REQUESTED, { authorizationLifetime: 0, authGracePeriod: 60 }],
    [
      "no limit here, one there",
      { lifetime: 9 },
      { ...REQUESTED, authorizationLifetimeSeconds: NO_LIMIT },
      { authorizationLifetime: 9 },
    ],
    ["no limit anywhere", { lifetime: NO_LIMIT }, { ...REQUESTED, authorizationLifetimeSeconds: NO_LIMIT }, {}],
    // What not every database can keep.
    ["the longest Session-Id", { id: "x".repeat(255) }, REQUESTED, { authorizationLifetime: 3600 }],
    ["a Session-Id that is too long", { id: "x".repeat(256) }, REQUESTED, undefined],
    ["a Session-Id with a NUL", { id: "x\0" }, REQUESTED, undefined],
    ["a Session-Id with a space at the end", { id: "x " }, REQUESTED, undefined],
  ])("%s", (_title, change, settings, expected) => {
    const request = { ...REQUEST, ...change };
    const decided = wantsSession(request, settings) ? sessionFrom(request, settings, NOW) : undefined;
    if (expected === undefined) expect(decided).toBeUndefined();
    else expect(decided && lifetimesOf(decided, NOW)).toMatchObject(expected as object);
    if (decided !== undefined && Object.keys(expected as object).length === 0)
      expect(decided).toMatchObject({ authorizedUntil: undefined, expiresAt: undefined });
  });

  test("what is left of it, in whole seconds", () => {
    const decided = sessionFrom(REQUEST, REQUESTED, NOW);
    const left = (ms: number) => lifetimesOf(decided, NOW + ms).authorizationLifetime;
    expect([left(0), left(1), left(1000), left(3_600_000), left(9_999_999)]).toEqual([3600, 3599, 3599, 0, 0]);
  });
});

/** OWN in session a, or OWN and OTHER. */
const A = session("a");
const IN_A = inSession(REGISTERED, A, OWN);
const BOTH_IN_A = inSession(at(OTHER, "registered", S1, REGISTERED), A, OWN, OTHER);

describe("Server-Assignment and sessions", () => {
  const rows: [
    string,
    UserRecord,
    Partial<AssignServer> & { type: number; id: string; maintained?: boolean },
    string,
  ][] = [
    ...[1, 2].flatMap((type): typeof rows => [
      [`${type}: opens`, REGISTERED, { type, id: "a" }, "2001 maintained, 1 opened: registered@s1#a notRegistered"],
      [`${type}: goes on`, IN_A, { type, id: "a" }, "2001 maintained: registered@s1#a notRegistered"],
      [
        `${type}: another session takes the place of the first`,
        IN_A,
        { type, id: "b" },
        "2001 maintained, 1 opened, 1 ended: registered@s1#b notRegistered",
      ],
      [
        `${type}: goes on, though none would be opened now (RFC 6733 section 8)`,
        IN_A,
        { type, id: "a", maintained: false },
        "2001 maintained: registered@s1#a notRegistered",
      ],
      [`${type}: in none`, REGISTERED, { type, id: "a", maintained: false }, "2001: registered@s1 notRegistered"],
      [
        `${type}: another request without one`,
        IN_A,
        { type, id: "b", maintained: false },
        "2001, 1 ended: registered@s1 notRegistered",
      ],
      [
        `${type}: a second SIP-AOR joins`,
        IN_A,
        { type, id: "a", aors: [OTHER] },
        "2001 maintained: registered@s1#a registered@s1#a",
      ],
      [
        `${type}: a second SIP-AOR has its own`,
        IN_A,
        { type, id: "b", aors: [OTHER] },
        "2001 maintained, 1 opened: registered@s1#a registered@s1#b",
      ],
      [
        `${type}: one leaves, the other one stays`,
        BOTH_IN_A,
        { type, id: "b" },
        "2001 maintained, 1 opened: registered@s1#b registered@s1#a",
      ],
      [
        `${type}: at another SIP server`,
        pending(BOTH_IN_A),
        { type, id: "b", server: S2 },
        "2001 maintained, 1 opened, 1 ended, s1 told of 2: registered@s2#b notRegistered",
      ],
      [
        `${type}: what another SIP server serves without registration`,
        inSession(at(OTHER, "unregistered", S2), session("a", S2), OTHER),
        { type, id: "b" },
        "2001 maintained, 1 opened, 1 ended, s2 told of 1: registered@s1#b notRegistered",
      ],
      [
        `${type}: ... and without session: not told, as ever`,
        at(OTHER, "unregistered", S2),
        { type, id: "b", maintained: false },
        "2001: registered@s1 notRegistered",
      ],
      [`${type}: refused`, barred(IN_A), { type, id: "a" }, "5003 maintained: registered@s1#a notRegistered"],
    ]),
    [
      "3: opens",
      REGISTERED,
      { type: 3, id: "b", aors: [OTHER] },
      "2001 maintained, 1 opened: registered@s1 unregistered@s1#b",
    ],
    ["0: in it", IN_A, { type: 0, id: "a" }, "2001 maintained: registered@s1#a notRegistered"],
    ["0: beside it", IN_A, { type: 0, id: "b" }, "2001: registered@s1#a notRegistered"],
    ...[4, 5, 8, 9, 10, 11].map((type): (typeof rows)[number] => [
      `${type}: ends it, in it or not`,
      IN_A,
      { type, id: "b" },
      "2001, 1 ended: notRegistered notRegistered",
    ]),
    ...[6, 7].map((type): (typeof rows)[number] => [
      `${type}: ends it, and the SIP server is kept`,
      IN_A,
      { type, id: "a" },
      "2001, 1 ended: notRegistered@s1 notRegistered",
    ]),
    ["5: of one of two", BOTH_IN_A, { type: 5, id: "a" }, "2001 maintained: notRegistered registered@s1#a"],
    ["5: of all", BOTH_IN_A, { type: 5, id: "a", aors: [] }, "2001, 1 ended: notRegistered notRegistered"],
    ["9: at a new SIP server", pending(IN_A), { type: 9, id: "b", server: S2 }, "2001: registered@s1#a notRegistered"],
  ];
  test.each(rows)("%s", (_title, record, { id, maintained = true, ...change }, expected) => {
    const server = change.server ?? S1;
    const request = {
      ...{ aors: [OWN], server, hasUserData: true, userDataTypes: [] },
      ...{ session: session(id, server), opens: maintained },
    };
    const { resultCode, record: after, superseded = [] } = assignServer(record, { ...request, ...change });
    const { opened, ended } = sessionChanges(record, after);
    const said = [
      `${resultCode}${openSession(after, { id, originHost: server.originHost }) ? " maintained" : ""}`,
      ...(opened ? [`${opened} opened`] : []),
      ...(ended ? [`${ended} ended`] : []),
      ...superseded.map(({ server: { uri }, aors }) => `${uri.slice(4, 6)} told of ${aors.length}`),
    ];
    expect(`${said.join(", ")}: ${summary(after)}`).toBe(expected);
  });

  test("a session that goes on has its new lifetime for all its SIP-AORs", () => {
    const longer = { ...A, expiresAt: NOW };
    const request = { aors: [OWN], server: S1, hasUserData: true, userDataTypes: [], session: longer };
    const { record } = assignServer(BOTH_IN_A, { ...request, type: 2 });
    expect(record.aors.map((aor) => aor.session?.expiresAt)).toEqual([NOW, NOW]);
  });
});

describe("the end of a session is that of the registration", () => {
  test("of all its SIP-AORs, and of no others", () => {
    const record = inSession(BOTH_IN_A, session("b"), OTHER);
    expect(summary(sessionEnded(record, "a"))).toBe("notRegistered registered@s1#b");
    expect(summary(sessionEnded(BOTH_IN_A, "a"))).toBe("notRegistered notRegistered");
    expect(sessionEnded(record, "c")).toBe(record);
  });

  test("authentication that is pending at another SIP server goes on", () => {
    expect(summary(sessionEnded(pending(IN_A), "a"))).toBe("notRegistered notRegistered pending@s2");
    expect(summary(sessionEnded(pending(IN_A, S1), "a"))).toBe("notRegistered notRegistered");
  });

  test.each([
    ["before", NOW + 1, "registered@s1#a notRegistered"],
    ["at that time", NOW, "notRegistered notRegistered"],
    ["later", NOW - 1, "notRegistered notRegistered"],
  ])("when its time is over: %s", (_title, expiresAt, expected) => {
    const record = inSession(REGISTERED, { ...A, expiresAt }, OWN);
    expect(summary(sessionExpired(record, "a", NOW))).toBe(expected);
  });

  test("only the node that has it knows it; the case of its name does not count", () => {
    expect(openSession(IN_A, { id: "a", originHost: "S1.Test" })).toBe(A);
    expect(openSession(IN_A, { id: "a", originHost: "s2.test" })).toBeUndefined();
    expect(openSession(IN_A, { id: "A", originHost: "s1.test" })).toBeUndefined();
  });

  test.each([
    [5003, true],
    [5032, true],
    [5033, true],
    [5036, true],
    // The request is wrong, or the database failed: nothing is said of the user.
    [5004, false],
    [5005, false],
    [5009, false],
    [5012, false],
    [4013, false],
    [2001, false],
  ])("after a SAR refused by %i: %s", (code, ended) => expect(isUnauthorized(code)).toBe(ended));

  test.each([
    [2001, true],
    // It is still at it: its STR says when it is done.
    [2002, false],
    [5002, true],
    [5032, true],
    [5034, true],
    [5012, false],
    [3002, false],
    [3004, false],
  ])("after an ASA with %i: %s", (code, ended) => expect(hasAborted(code)).toBe(ended));
});

describe("what is sent for what a SIP server has (section 6.7)", () => {
  const told = (record: UserRecord, only?: readonly string[]) =>
    servings(record, only).map((serving) => {
      const { sessions, rest, partial } = endings(serving, record);
      const names = (aors: readonly { readonly aor: string }[] = []) => aors.map(({ aor }) => aor);
      return [
        ...sessions.map(({ session: { id }, aors }) => [`ASR ${id}`, names(aors)]),
        rest && ["RTR", names(rest.aors), partial],
      ];
    });
  test.each<[string, UserRecord, readonly string[] | undefined, unknown]>([
    ["no session", REGISTERED, undefined, [[["RTR", [OWN], false]]]],
    ["all in one", BOTH_IN_A, undefined, [[["ASR a", [OWN, OTHER]], undefined]]],
    ["one of two: the other one ends with it", BOTH_IN_A, [OTHER], [[["ASR a", [OWN, OTHER]], undefined]]],
    [
      "two sessions",
      inSession(BOTH_IN_A, session("b"), OTHER),
      undefined,
      [[["ASR a", [OWN]], ["ASR b", [OTHER]], undefined]],
    ],
    [
      "one in a session, one without: the RTR names it",
      inSession(at(OTHER, "registered", S1, REGISTERED), A, OWN),
      undefined,
      [
        [
          ["ASR a", [OWN]],
          ["RTR", [OTHER], true],
        ],
      ],
    ],
  ])("%s", (_title, record, only, expected) => expect(told(record, only)).toEqual(expected));
});
