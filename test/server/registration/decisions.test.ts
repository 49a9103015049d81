/** The decisions of RFC 4740, row by row. */

import { describe, expect, test } from "vitest";
import {
  SipServerAssignmentType as Type,
  SipUserAuthorizationType as Wanted,
} from "../../../generated/src/sip/index.js";
import { type AssignServer, assignServer } from "../../../server/src/registration/assign-server.js";
import { authorizeUser } from "../../../server/src/registration/authorize-user.js";
import { canonicalAor, subscriberOf, userOfName } from "../../../server/src/registration/identities.js";
import { hasEnded, servings, terminated, type UserRecord } from "../../../server/src/registration/index.js";
import { locate } from "../../../server/src/registration/locate.js";
import { authenticating } from "../../../server/src/registration/pending.js";
import { chooseUserData } from "../../../server/src/registration/user-data.js";
import {
  at,
  barred,
  KEPT,
  NEW,
  OTHER,
  OWN,
  pending,
  REGISTERED,
  S1,
  S2,
  summary,
  UNREGISTERED,
  withProfile,
} from "./records.js";

const NEEDY = { mandatoryCapabilities: [1], optionalCapabilities: [2] };
const { REGISTRATION, DEREGISTRATION, REGISTRATION_AND_CAPABILITIES } = Wanted;

describe("User-Authorization, section 8.2", () => {
  const rows: [string, UserRecord, number, { aor?: string; visited?: string }, string][] = [
    ["not the user's SIP-AOR", NEW, REGISTRATION, { aor: "sip:bob@sipdomain.invalid" }, "5033"],
    ["... for deregistration too", NEW, DEREGISTRATION, { aor: "sip:bob@sipdomain.invalid" }, "5033"],
    ["roaming, no limits", NEW, REGISTRATION, { visited: "far.test" }, "2003 capabilities"],
    [
      "roaming allowed",
      withProfile(NEW, { visitedNetworks: ["Far.test"] }),
      REGISTRATION,
      { visited: "far.test" },
      "2003 capabilities",
    ],
    [
      "roaming refused",
      withProfile(NEW, { visitedNetworks: ["near.test"] }),
      REGISTRATION,
      { visited: "far.test" },
      "5035",
    ],
    [
      "roaming nowhere",
      withProfile(NEW, { visitedNetworks: [] }),
      REGISTRATION_AND_CAPABILITIES,
      { visited: "far.test" },
      "5035",
    ],
    ["roaming at home", withProfile(NEW, { visitedNetworks: [] }), REGISTRATION, {}, "2003 capabilities"],
    [
      "roaming does not matter when deregistering",
      withProfile(REGISTERED, { visitedNetworks: [] }),
      DEREGISTRATION,
      { visited: "far.test" },
      "2001 s1",
    ],
    [
      "roaming before barring",
      withProfile(barred(NEW), { visitedNetworks: [] }),
      REGISTRATION,
      { visited: "far.test" },
      "5035",
    ],
    ["barred", barred(NEW), REGISTRATION, {}, "5003"],
    ["barred, capabilities", barred(NEW), REGISTRATION_AND_CAPABILITIES, {}, "5003"],
    ["barred, deregistration", barred(REGISTERED), DEREGISTRATION, {}, "2001 s1"],
    ["first", NEW, REGISTRATION, {}, "2003 capabilities"],
    ["registered", REGISTERED, REGISTRATION, {}, "2004 s1"],
    ["registered, needs capabilities", withProfile(REGISTERED, NEEDY), REGISTRATION, {}, "2004 s1"],
    ["another SIP-AOR of the user is registered", REGISTERED, REGISTRATION, { aor: OTHER }, "2004 s1"],
    ["pending", pending(NEW), REGISTRATION, {}, "2004 s2"],
    ["pending, registered elsewhere", pending(REGISTERED), REGISTRATION, {}, "2004 s1"],
    ["pending, kept elsewhere", pending(KEPT), REGISTRATION, {}, "2004 s2"],
    ["unregistered", UNREGISTERED, REGISTRATION, {}, "2004 s1"],
    ["kept", KEPT, REGISTRATION, {}, "2004 s1"],
    ["kept, needs capabilities", withProfile(KEPT, NEEDY), REGISTRATION, {}, "2007 s1 capabilities"],
    ["unregistered, needs capabilities", withProfile(UNREGISTERED, NEEDY), REGISTRATION, {}, "2007 s1 capabilities"],
    ["capabilities wanted", NEW, REGISTRATION_AND_CAPABILITIES, {}, "2001 capabilities"],
    [
      "capabilities wanted, registered: no SIP server",
      REGISTERED,
      REGISTRATION_AND_CAPABILITIES,
      {},
      "2001 capabilities",
    ],
    ["deregistration", REGISTERED, DEREGISTRATION, {}, "2001 s1"],
    ["deregistration of one that is kept", KEPT, DEREGISTRATION, {}, "2001 s1"],
    ["deregistration of what is not registered", NEW, DEREGISTRATION, {}, "5034"],
    ["deregistration of another SIP-AOR", REGISTERED, DEREGISTRATION, { aor: OTHER }, "5034"],
    ["deregistration while pending", pending(NEW), DEREGISTRATION, {}, "5034"],
  ];
  test.each(rows)("%s", (_title, record, type, { aor = OWN, visited }, expected) => {
    const { resultCode, serverUri, capabilities } = authorizeUser(record, { aor, type, visitedNetwork: visited });
    const said = [resultCode, ...(serverUri ? [serverUri.slice(4, 6)] : []), ...(capabilities ? ["capabilities"] : [])];
    expect(said.join(" ")).toBe(expected);
  });
});

describe("Server-Assignment, section 8.4", () => {
  const rows: [string, UserRecord, Partial<AssignServer> & { type: number }, string][] = [
    // How many SIP-AORs.
    ...[0, 1, 2, 3, 9, 10].map((type): (typeof rows)[number] => [
      `type ${type} with two SIP-AORs`,
      NEW,
      { type, aors: [OWN, OTHER] },
      "5009 SIP-AOR",
    ]),
    ...[9, 10].map((type): (typeof rows)[number] => [
      `type ${type} with none`,
      NEW,
      { type, aors: [] },
      "5009 SIP-AOR",
    ]),
    ...[0, 1, 2, 3].map((type): (typeof rows)[number] => [
      `type ${type} with none`,
      NEW,
      { type, aors: [] },
      "5005 SIP-AOR",
    ]),
    ...Object.values(Type).map((type): (typeof rows)[number] => [
      `type ${type} of another user's`,
      NEW,
      { type, aors: ["sip:bob@sipdomain.invalid"] },
      "5033",
    ]),
    ["one of several is another user's", REGISTERED, { type: 5, aors: [OWN, "sip:bob@sipdomain.invalid"] }, "5033"],
    ["no type of section 9.4", NEW, { type: 12 }, "5004"],
    // REGISTRATION and RE_REGISTRATION.
    ...[1, 2, 3].map((type): (typeof rows)[number] => [
      `type ${type} without SIP-Server-URI`,
      NEW,
      { type, server: undefined },
      "5005 SIP-Server-URI",
    ]),
    ["registration of what is barred", barred(NEW), { type: 1 }, "5003"],
    ["registration", NEW, { type: 1 }, "2001: registered@s1 notRegistered"],
    ["the same again", REGISTERED, { type: 1 }, "2001: registered@s1 notRegistered"],
    ["re-registration", REGISTERED, { type: 2 }, "2001: registered@s1 notRegistered"],
    ["re-registration that we know nothing of", NEW, { type: 2 }, "2001: registered@s1 notRegistered"],
    ["registration of the second SIP-AOR", REGISTERED, { type: 1, aors: [OTHER] }, "2001: registered@s1 registered@s1"],
    ["registration ends pending", pending(NEW, S1), { type: 1 }, "2001: registered@s1 notRegistered"],
    ["registration elsewhere", REGISTERED, { type: 1, server: S2 }, "5036"],
    ["re-registration elsewhere", REGISTERED, { type: 2, server: S2 }, "5036"],
    ["the second SIP-AOR elsewhere", REGISTERED, { type: 1, aors: [OTHER], server: S2 }, "5036"],
    [
      "registration elsewhere, authenticated there",
      pending(REGISTERED),
      { type: 1, server: S2 },
      "2001 superseded s1: registered@s2 notRegistered",
    ],
    [
      "... of the second SIP-AOR: the user moves",
      pending(REGISTERED),
      { type: 1, aors: [OTHER], server: S2 },
      "2001 superseded s1: notRegistered registered@s2",
    ],
    [
      "registration where it was, pending elsewhere",
      pending(REGISTERED),
      { type: 1 },
      "2001: registered@s1 notRegistered",
    ],
    ["registration elsewhere than kept", KEPT, { type: 1, server: S2 }, "2001: registered@s2 notRegistered"],
    [
      "registration elsewhere than unregistered",
      UNREGISTERED,
      { type: 1, server: S2 },
      "2001: registered@s2 notRegistered",
    ],
    // UNREGISTERED_USER.
    ["unregistered", NEW, { type: 3 }, "2001: unregistered@s1 notRegistered"],
    ["unregistered, again", UNREGISTERED, { type: 3 }, "2001: unregistered@s1 notRegistered"],
    ["unregistered, by the one kept", KEPT, { type: 3 }, "2001: unregistered@s1 notRegistered"],
    ["unregistered of what is registered (5038 of section 10.1.3)", REGISTERED, { type: 3 }, "5038"],
    ["unregistered of what is registered elsewhere", REGISTERED, { type: 3, server: S2 }, "5036"],
    ["unregistered elsewhere", UNREGISTERED, { type: 3, server: S2 }, "5036"],
    ["unregistered elsewhere than kept", KEPT, { type: 3, server: S2 }, "5036"],
    [
      "unregistered of a second SIP-AOR beside a registered one",
      REGISTERED,
      { type: 3, aors: [OTHER] },
      "2001: registered@s1 unregistered@s1",
    ],
    // NO_ASSIGNMENT.
    ["profile", REGISTERED, { type: 0 }, "2001: registered@s1 notRegistered"],
    ["profile while pending", pending(REGISTERED), { type: 0 }, "2001: registered@s1 notRegistered pending@s2"],
    ["profile for another one", REGISTERED, { type: 0, server: S2 }, "5012"],
    ["profile for nobody", REGISTERED, { type: 0, server: undefined }, "5012"],
    ["profile of what has no server", NEW, { type: 0 }, "5012"],
    // Deregistration.
    ...[4, 5, 8, 11].flatMap((type): (typeof rows)[number][] => [
      [`type ${type}`, REGISTERED, { type }, "2001: notRegistered notRegistered"],
      [`type ${type}, again`, NEW, { type }, "2001: notRegistered notRegistered"],
      [
        `type ${type} of all`,
        at(OTHER, "registered", S1, REGISTERED),
        { type, aors: [] },
        "2001: notRegistered notRegistered",
      ],
      [
        `type ${type} of both`,
        at(OTHER, "registered", S1, REGISTERED),
        { type, aors: [OWN, OTHER] },
        "2001: notRegistered notRegistered",
      ],
      [`type ${type} of one`, at(OTHER, "registered", S1, REGISTERED), { type }, "2001: notRegistered registered@s1"],
      [
        `type ${type}, without SIP-Server-URI`,
        REGISTERED,
        { type, server: undefined },
        "2001: notRegistered notRegistered",
      ],
      [`type ${type} by another one`, REGISTERED, { type, server: S2 }, "5012"],
      [`type ${type} ends pending`, pending(REGISTERED), { type }, "2001: notRegistered notRegistered"],
    ]),
    ...[6, 7].flatMap((type): (typeof rows)[number][] => [
      [`type ${type}`, REGISTERED, { type }, "2001: notRegistered@s1 notRegistered"],
      [`type ${type} of one unregistered`, UNREGISTERED, { type }, "2001: notRegistered@s1 notRegistered"],
      [`type ${type} of what has none`, NEW, { type }, "2006: notRegistered notRegistered"],
      [`type ${type} by another one`, REGISTERED, { type, server: S2 }, "5012"],
    ]),
    // AUTHENTICATION_FAILURE and AUTHENTICATION_TIMEOUT.
    ...[9, 10].flatMap((type): (typeof rows)[number][] => [
      [`type ${type}`, REGISTERED, { type }, "2001: notRegistered notRegistered"],
      [`type ${type} while pending`, pending(NEW, S1), { type }, "2001: notRegistered notRegistered"],
      [
        `type ${type} at a new server: the old one keeps the user`,
        pending(REGISTERED),
        { type, server: S2 },
        "2001: registered@s1 notRegistered",
      ],
      [`type ${type} by another one`, REGISTERED, { type, server: S2 }, "5012"],
    ]),
  ];
  const ask = (record: UserRecord, request: Partial<AssignServer> & { type: number }, options = {}) => {
    const all = { aors: [OWN], server: S1, hasUserData: true, userDataTypes: [], ...request };
    const result = assignServer(record, all, options);
    if (result.resultCode >= 3000) {
      expect(result.record).toBe(record);
      expect(result.serves).toBeUndefined();
      return [result.resultCode, ...(result.failed ? [result.failed] : [])].join(" ");
    }
    const superseded = (result.superseded ?? []).map(({ server }) => ` superseded ${server.uri.slice(4, 6)}`).join("");
    return `${result.resultCode}${superseded}: ${summary(result.record)}`;
  };
  test.each(rows)("%s", (_title, record, request, expected) => {
    expect(ask(record, request)).toBe(expected);
  });

  test("a SIP server that asks to be kept where none is", () => {
    for (const type of [6, 7])
      expect(ask(REGISTERED, { type }, { keepServers: false })).toBe("2006: notRegistered notRegistered");
  });

  const DATA = ["a", "b"].map((type) => ({ type, contents: Uint8Array.of(1) }));
  test.each<[string, Partial<AssignServer> & { type: number }, string[] | undefined, string[] | undefined]>([
    ["no type named: all", { type: 1 }, ["a", "b"], undefined],
    ["the first that is common", { type: 1, userDataTypes: ["x", "b", "a"] }, ["b"], undefined],
    ["none common: ours are named", { type: 1, userDataTypes: ["x"] }, [], ["a", "b"]],
    ["unregistered", { type: 3, userDataTypes: ["a"] }, ["a"], undefined],
    ["already there", { type: 1, hasUserData: true }, undefined, undefined],
    ["deregistration", { type: 5 }, undefined, undefined],
  ])("SIP-User-Data: %s", (_title, request, sent, named) => {
    const all = { aors: [OWN], server: S1, hasUserData: false, userDataTypes: [], ...request };
    const result = assignServer({ ...NEW, userData: DATA }, all);
    expect(result.resultCode).toBe(2001);
    expect(result.userData?.map(({ type }) => type)).toEqual(sent);
    expect(result.ourUserDataTypes).toEqual(named);
  });

  test("what the SIP server understands is kept for PPR (section 8.11)", () => {
    const request = { aors: [OWN], server: S1, hasUserData: true, userDataTypes: ["b", "a"], type: 1 };
    expect(assignServer(NEW, request).record.aors[0]?.userDataTypes).toEqual(["b", "a"]);
    expect(chooseUserData(DATA, ["b", "a"]).map(({ type }) => type)).toEqual(["b"]);
  });
});

test.each([
  ["assigned", REGISTERED, "2001 s1"],
  ["unregistered, assigned", UNREGISTERED, "2001 s1"],
  ["kept", KEPT, "2001 s1"],
  ["services for unregistered users", withProfile(NEW, { unregisteredService: true }), "2005"],
  ["... that need capabilities", withProfile(NEW, { unregisteredService: true, ...NEEDY }), "2005 capabilities"],
  ["pending is not assigned", pending(NEW), "5034"],
  ["neither", NEW, "5034"],
])("Location-Info, section 8.6: %s", (_title, record, expected) => {
  const { resultCode, serverUri, capabilities } = locate(record, OWN);
  const said = [resultCode, ...(serverUri ? [serverUri.slice(4, 6)] : []), ...(capabilities ? ["capabilities"] : [])];
  expect(said.join(" ")).toBe(expected);
});

test.each([
  ["nothing assigned", NEW, S1, S1],
  ["the assigned one", REGISTERED, S1, undefined],
  ["the assigned one ends pending", pending(REGISTERED), S1, undefined],
  ["another one", REGISTERED, S2, S2],
  ["yet another one", pending(NEW, S1), S2, S2],
])("Multimedia-Auth with SIP-Server-URI, section 8.8: %s", (_title, record, server, expected) => {
  expect(authenticating(record, server).pending).toBe(expected);
  expect(authenticating(record, server).aors).toBe(record.aors);
});

describe("Registration-Termination, sections 8.9 and 8.10", () => {
  const both = at(OTHER, "registered", S2, REGISTERED);
  test("goes to each SIP server that has the user", () => {
    const found = servings(both).map(({ server, aors }) => [server.uri, aors.map(({ aor }) => aor)]);
    expect(found).toEqual([
      [S1.uri, [OWN]],
      [S2.uri, [OTHER]],
    ]);
    expect(servings(both, [OTHER]).map(({ server }) => server)).toEqual([S2]);
    expect(servings(NEW)).toEqual([]);
  });
  test("ends what that SIP server had", () => {
    const [serving] = servings(both) as [ReturnType<typeof servings>[number]];
    expect(summary(terminated(both, serving))).toBe("notRegistered registered@s2");
    expect(summary(terminated(at(OWN, "registered", S2), serving))).toBe("registered@s2 notRegistered");
    expect(summary(terminated(pending(both, S1), serving))).toBe("notRegistered registered@s2");
  });
  test.each([
    [2001, true],
    [2002, true],
    [5032, true],
    [5034, true],
    [4013, false],
    [5012, false],
    [3002, false],
  ])("%i ends it: %s", (code, ended) => expect(hasEnded(code)).toBe(ended));
});

describe("SIP-AOR and User-Name, sections 9.8 and 8.1", () => {
  test.each([
    ["sip:alice@sipdomain.invalid", OWN],
    ["sip:alice@SIPdomain.invalid", OWN],
    ["SIPS:alice@sipdomain.invalid", OWN],
    ["sip:%61lice:secret@sipdomain.invalid;transport=tcp?a=b", OWN],
    ["alice@sipdomain.invalid", OWN],
    ["sip:Alice@sipdomain.invalid", "sip:Alice@sipdomain.invalid"],
    ["sip:a@[2001:db8::1]:5070", "sip:a@[2001:db8::1]:5070"],
    ["sip:+49;phone=1@h.test", "sip:+49;phone=1@h.test"],
    ["tel:+49-(30)-123;isub=1", "tel:+4930123"],
    ["sip:sipdomain.invalid", undefined],
    ["sip:@sipdomain.invalid", undefined],
    ["sip:%00@sipdomain.invalid", undefined],
    ["sip:%zz@sipdomain.invalid", undefined],
    ["sip:a@b@c d", undefined],
    ["mailto:alice@sipdomain.invalid", undefined],
    [`sip:${"a".repeat(255)}@h`, undefined],
    ["", undefined],
  ])("%s is %s", (aor, canonical) => expect(canonicalAor(aor)).toBe(canonical));
  test("belongs to the subscriber of that name", () => {
    expect(subscriberOf(OWN)).toEqual({ username: "alice", domain: "sipdomain.invalid" });
    expect(subscriberOf("tel:+4930123")).toBeUndefined();
  });
  test.each([
    ["alice", "alice", "d.test"],
    ["alice@x.test", "alice", "x.test"],
    ["sip:alice@x.test", "alice", "x.test"],
    ["a@b@x.test", "a@b", "x.test"],
  ])("%s", (name, username, domain) => expect(userOfName(name, "d.test")).toEqual({ username, domain }));
});
