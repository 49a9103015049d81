/** RFC 4740 with diameter 2.2.7 of Erlang/OTP 25 by OTP's own dictionary: our client and its server, its client and our server. */

import { afterAll, beforeAll, expect, test } from "vitest";
import * as sip from "../../generated/src/sip/index.js";
import { DiameterNode } from "../../runtime/src/index.js";
import type { Term } from "../support/erlang/term.js";
import { ErlangPeer, erlangRequirements } from "../support/erlang-peer.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const OURS = "node.diameter.test";
const ERLANG = "erlang.diameter.test";
const REALM = "diameter.test";

type Avps = Readonly<Record<string, Term>>;

/** One message in two notations: as our types have it, and as OTP has it, where what may be left out is a list. */
interface Both<T> {
  readonly ours: T;
  readonly erlang: Avps;
}

interface Exchange<Q, A> {
  readonly request: Both<Q>;
  readonly answer: Both<A>;
}

/** What every request and every answer here has. */
const COMMON_OURS = { authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED } as const;
const COMMON = { "Auth-Application-Id": 6, "Auth-Session-State": 1 } as const;

const ACCOUNTING_URI = "aaa://acct.diameter.test:3869;transport=tcp;protocol=diameter";
const CHARGING_URI = "aaas://charge.diameter.test:5658;transport=tcp;protocol=diameter";
/** Octets that are no text in any encoding. */
const CONTENTS = Uint8Array.of(0, 0xff, 0xfe, 0x80, 0x0a);

const userAuthorization: Exchange<sip.UserAuthorizationRequestInit, sip.UserAuthorizationAnswerInit> = {
  request: {
    ours: {
      ...COMMON_OURS,
      destinationRealm: REALM,
      sipAor: "sip:alice@diameter.test",
      userName: "alice",
      sipVisitedNetworkId: "visited.test",
      sipUserAuthorizationType: sip.SipUserAuthorizationType.REGISTRATION_AND_CAPABILITIES,
    },
    erlang: {
      ...COMMON,
      "Destination-Realm": REALM,
      "SIP-AOR": "sip:alice@diameter.test",
      "User-Name": ["alice"],
      "SIP-Visited-Network-Id": ["visited.test"],
      "SIP-User-Authorization-Type": [2],
    },
  },
  answer: {
    ours: {
      ...COMMON_OURS,
      resultCode: 2003,
      sipServerCapabilities: {
        sipMandatoryCapability: [1, 2],
        sipOptionalCapability: [3],
        sipServerUri: ["sip:s1@a", "sip:s2@a"],
      },
      authorizationLifetime: 3600,
      authGracePeriod: 60,
      redirectHostUsage: sip.RedirectHostUsage.ALL_USER,
      redirectMaxCacheTime: 10,
    },
    erlang: {
      ...COMMON,
      "Result-Code": 2003,
      "SIP-Server-Capabilities": [
        {
          "SIP-Mandatory-Capability": [1, 2],
          "SIP-Optional-Capability": [3],
          "SIP-Server-URI": ["sip:s1@a", "sip:s2@a"],
        },
      ],
      "Authorization-Lifetime": [3600],
      "Auth-Grace-Period": [60],
      "Redirect-Host-Usage": [6],
      "Redirect-Max-Cache-Time": [10],
    },
  },
};

const serverAssignment: Exchange<sip.ServerAssignmentRequestInit, sip.ServerAssignmentAnswerInit> = {
  request: {
    ours: {
      ...COMMON_OURS,
      destinationRealm: REALM,
      sipServerAssignmentType: sip.SipServerAssignmentType.DEREGISTRATION_TOO_MUCH_DATA,
      sipUserDataAlreadyAvailable: sip.SipUserDataAlreadyAvailable.USER_DATA_ALREADY_AVAILABLE,
      userName: "alice",
      sipServerUri: "sip:scscf@diameter.test",
      sipSupportedUserDataType: ["application/xml", "text/plain"],
      sipAor: ["sip:alice@diameter.test", "sip:alicia@diameter.test"],
    },
    erlang: {
      ...COMMON,
      "Destination-Realm": REALM,
      "SIP-Server-Assignment-Type": 11,
      "SIP-User-Data-Already-Available": 1,
      "User-Name": ["alice"],
      "SIP-Server-URI": ["sip:scscf@diameter.test"],
      "SIP-Supported-User-Data-Type": ["application/xml", "text/plain"],
      "SIP-AOR": ["sip:alice@diameter.test", "sip:alicia@diameter.test"],
    },
  },
  answer: {
    ours: {
      ...COMMON_OURS,
      resultCode: 2001,
      sipUserData: [
        { sipUserDataType: "application/octet-stream", sipUserDataContents: CONTENTS },
        { sipUserDataType: "text/plain", sipUserDataContents: new TextEncoder().encode("profile") },
      ],
      sipAccountingInformation: {
        sipAccountingServerUri: [ACCOUNTING_URI],
        sipCreditControlServerUri: [CHARGING_URI],
      },
    },
    erlang: {
      ...COMMON,
      "Result-Code": 2001,
      "SIP-User-Data": [
        { "SIP-User-Data-Type": "application/octet-stream", "SIP-User-Data-Contents": CONTENTS },
        { "SIP-User-Data-Type": "text/plain", "SIP-User-Data-Contents": "profile" },
      ],
      "SIP-Accounting-Information": [
        { "SIP-Accounting-Server-URI": [ACCOUNTING_URI], "SIP-Credit-Control-Server-URI": [CHARGING_URI] },
      ],
    },
  },
};

const locationInfo: Exchange<sip.LocationInfoRequestInit, sip.LocationInfoAnswerInit> = {
  request: {
    ours: { ...COMMON_OURS, destinationRealm: REALM, sipAor: "sip:bob@diameter.test" },
    erlang: { ...COMMON, "Destination-Realm": REALM, "SIP-AOR": "sip:bob@diameter.test" },
  },
  answer: {
    ours: { ...COMMON_OURS, resultCode: 2001, sipServerUri: "sip:scscf@diameter.test" },
    erlang: { ...COMMON, "Result-Code": 2001, "SIP-Server-URI": ["sip:scscf@diameter.test"] },
  },
};

const multimediaAuth: Exchange<sip.MultimediaAuthRequestInit, sip.MultimediaAuthAnswerInit> = {
  request: {
    ours: {
      ...COMMON_OURS,
      destinationRealm: REALM,
      sipAor: "sip:alice@diameter.test",
      sipMethod: "REGISTER",
      sipNumberAuthItems: 2,
      sipAuthDataItem: {
        sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST,
        sipAuthorization: {
          digestUsername: "alice",
          digestRealm: REALM,
          digestNonce: "n0nce",
          digestUri: "sip:diameter.test",
          digestResponse: "6629fae49393a05397450978507c4ef1",
          digestQoP: "auth",
          digestNonceCount: "00000001",
          digestCNonce: "0a4f113b",
          digestAuthParam: ['a="b"', "c=d"],
        },
      },
    },
    erlang: {
      ...COMMON,
      "Destination-Realm": REALM,
      "SIP-AOR": "sip:alice@diameter.test",
      "SIP-Method": "REGISTER",
      "SIP-Number-Auth-Items": [2],
      "SIP-Auth-Data-Item": [
        {
          "SIP-Authentication-Scheme": 0,
          "SIP-Authorization": [
            {
              "Digest-Username": "alice",
              "Digest-Realm": REALM,
              "Digest-Nonce": "n0nce",
              "Digest-URI": "sip:diameter.test",
              "Digest-Response": "6629fae49393a05397450978507c4ef1",
              "Digest-Qop": ["auth"],
              "Digest-Nonce-Count": ["00000001"],
              "Digest-CNonce": ["0a4f113b"],
              "Digest-Auth-Param": ['a="b"', "c=d"],
            },
          ],
        },
      ],
    },
  },
  answer: {
    ours: {
      ...COMMON_OURS,
      resultCode: 2008,
      sipAor: "sip:alice@diameter.test",
      sipNumberAuthItems: 2,
      sipAuthDataItem: [
        {
          sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST,
          sipItemNumber: 1,
          sipAuthenticate: {
            digestRealm: REALM,
            digestNonce: "n1",
            digestAlgorithm: "MD5",
            digestQoP: "auth",
            digestHa1: "939e7578ed9e3c518a452acee763bce9",
          },
        },
        {
          sipAuthenticationScheme: sip.SipAuthenticationScheme.DIGEST,
          sipItemNumber: 2,
          sipAuthenticationInfo: { digestNextnonce: "n2", digestResponseAuth: "abc" },
        },
      ],
    },
    erlang: {
      ...COMMON,
      "Result-Code": 2008,
      "SIP-AOR": ["sip:alice@diameter.test"],
      "SIP-Number-Auth-Items": [2],
      "SIP-Auth-Data-Item": [
        {
          "SIP-Authentication-Scheme": 0,
          "SIP-Item-Number": [1],
          "SIP-Authenticate": [
            {
              "Digest-Realm": REALM,
              "Digest-Nonce": "n1",
              "Digest-Algorithm": ["MD5"],
              "Digest-Qop": ["auth"],
              "Digest-HA1": ["939e7578ed9e3c518a452acee763bce9"],
            },
          ],
        },
        {
          "SIP-Authentication-Scheme": 0,
          "SIP-Item-Number": [2],
          "SIP-Authentication-Info": [{ "Digest-Nextnonce": ["n2"], "Digest-Response-Auth": ["abc"] }],
        },
      ],
    },
  },
};

/** With Destination-Host for whichever side is the server. */
function registrationTermination(
  server: string,
): Exchange<sip.RegistrationTerminationRequestInit, sip.RegistrationTerminationAnswerInit> {
  return {
    request: {
      ours: {
        ...COMMON_OURS,
        destinationHost: server,
        destinationRealm: REALM,
        sipDeregistrationReason: { sipReasonCode: sip.SipReasonCode.SIP_SERVER_CHANGE, sipReasonInfo: "moved" },
        sipAor: ["sip:alice@diameter.test"],
      },
      erlang: {
        ...COMMON,
        "Destination-Host": server,
        "Destination-Realm": [REALM],
        "SIP-Deregistration-Reason": { "SIP-Reason-Code": 2, "SIP-Reason-Info": ["moved"] },
        "SIP-AOR": ["sip:alice@diameter.test"],
      },
    },
    answer: {
      ours: { ...COMMON_OURS, resultCode: 2001, authorizationLifetime: 0xffffffff },
      erlang: { ...COMMON, "Result-Code": 2001, "Authorization-Lifetime": [0xffffffff] },
    },
  };
}

const pushProfile: Exchange<sip.PushProfileRequestInit, sip.PushProfileAnswerInit> = {
  request: {
    ours: {
      ...COMMON_OURS,
      destinationRealm: REALM,
      userName: "alice",
      sipUserData: [{ sipUserDataType: "text/plain", sipUserDataContents: CONTENTS }],
      sipAccountingInformation: { sipAccountingServerUri: [ACCOUNTING_URI] },
    },
    erlang: {
      ...COMMON,
      "Destination-Realm": REALM,
      "User-Name": "alice",
      "SIP-User-Data": [{ "SIP-User-Data-Type": "text/plain", "SIP-User-Data-Contents": CONTENTS }],
      "SIP-Accounting-Information": [{ "SIP-Accounting-Server-URI": [ACCOUNTING_URI] }],
    },
  },
  answer: {
    ours: { ...COMMON_OURS, resultCode: 5012, redirectMaxCacheTime: 1 },
    erlang: { ...COMMON, "Result-Code": 5012, "Redirect-Max-Cache-Time": [1] },
  },
};

/** As OTP's JSON has it: octets that are no text in hex. */
function shown(term: Term): unknown {
  if (term instanceof Uint8Array) return { hex: Buffer.from(term).toString("hex").toUpperCase() };
  if (Array.isArray(term)) return term.map(shown);
  if (typeof term === "object")
    return Object.fromEntries(Object.entries(term).map(([key, value]) => [key, shown(value)]));
  return term;
}

let peer: ErlangPeer;
let node: DiameterNode;

describeWith(erlangRequirements, "RFC 4740 with Erlang/OTP's diameter", () => {
  beforeAll(async () => {
    peer = await ErlangPeer.start({ identity: ERLANG, applications: ["sip"] });
    node = new DiameterNode({
      originHost: OURS,
      originRealm: REALM,
      applications: [sip.application],
      peers: [{ host: "127.0.0.1", port: peer.port, originHost: ERLANG }],
    });
    await node.start();
  }, 60_000);

  afterAll(async () => {
    await node?.stop();
    await peer?.[Symbol.asyncDispose]();
  });

  /** Our request arrives there as meant, and its answer here. */
  async function asks<Q extends object, A extends object>(
    [request, answer]: readonly [string, string],
    exchange: Exchange<Q, A>,
    call: (init: Q) => Promise<object>,
  ): Promise<void> {
    const from = peer.position;
    peer.serve(request, { answer, avps: exchange.answer.erlang });
    expect(await call(exchange.request.ours)).toMatchObject({ ...exchange.answer.ours, originHost: ERLANG });
    const seen = await peer.message("recv", request, { from });
    expect(seen).toMatchObject({ errors: [], flags: 0xc0, applicationId: 6 });
    expect(seen.avps).toMatchObject(shown(exchange.request.erlang) as object);
  }

  /** Its request arrives here as meant, and our answer there. */
  async function answers<Q extends object, A extends object>(
    [request, answer]: readonly [string, string],
    { request: { ours, erlang }, answer: expected }: Exchange<Q, A>,
    arrived: () => object | undefined,
  ): Promise<void> {
    const got = await peer.call("sip", request, erlang);
    expect(got).toMatchObject({ name: answer, errors: [] });
    expect(got.avps).toMatchObject({ ...(shown(expected.erlang) as object), "Origin-Host": OURS });
    expect(arrived()).toMatchObject(ours);
  }

  test("our client: User-Authorization", () =>
    asks(["UAR", "UAA"], userAuthorization, (init) => sip.client(node).userAuthorization(init)));
  test("our client: Server-Assignment", () =>
    asks(["SAR", "SAA"], serverAssignment, (init) => sip.client(node).serverAssignment(init)));
  test("our client: Location-Info", () =>
    asks(["LIR", "LIA"], locationInfo, (init) => sip.client(node).locationInfo(init)));
  test("our client: Multimedia-Auth", () =>
    asks(["MAR", "MAA"], multimediaAuth, (init) => sip.client(node).multimediaAuth(init)));
  test("our client: Registration-Termination", () =>
    asks(["RTR", "RTA"], registrationTermination(ERLANG), (init) => sip.client(node).registrationTermination(init)));
  test("our client: Push-Profile", () =>
    asks(["PPR", "PPA"], pushProfile, (init) => sip.client(node).pushProfile(init)));

  test("our server: all six commands", async () => {
    let arrived: object | undefined;
    const terminated = registrationTermination(OURS);
    sip.serve(node, {
      userAuthorization: (request, context) => {
        arrived = request;
        return context.answer(userAuthorization.answer.ours);
      },
      serverAssignment: (request, context) => {
        arrived = request;
        return context.answer(serverAssignment.answer.ours);
      },
      locationInfo: (request, context) => {
        arrived = request;
        return context.answer(locationInfo.answer.ours);
      },
      multimediaAuth: (request, context) => {
        arrived = request;
        return context.answer(multimediaAuth.answer.ours);
      },
      registrationTermination: (request, context) => {
        arrived = request;
        return context.answer(terminated.answer.ours);
      },
      pushProfile: (request, context) => {
        arrived = request;
        return context.answer(pushProfile.answer.ours);
      },
    });
    const last = () => arrived;
    await answers(["UAR", "UAA"], userAuthorization, last);
    await answers(["SAR", "SAA"], serverAssignment, last);
    await answers(["LIR", "LIA"], locationInfo, last);
    await answers(["MAR", "MAA"], multimediaAuth, last);
    await answers(["RTR", "RTA"], terminated, last);
    await answers(["PPR", "PPA"], pushProfile, last);
  });

  test("it found nothing wrong in any message of ours", () => {
    expect(peer.received.filter(({ errors }) => errors.length > 0)).toEqual([]);
    const names = new Set(peer.received.map(({ name }) => name));
    const requests = ["UAR", "SAR", "LIR", "MAR", "RTR", "PPR"];
    expect([...names].sort()).toEqual(["CER", ...requests, ...requests.map((name) => name.replace(/R$/, "A"))].sort());
  });
});

describeWith([...erlangRequirements, ...tsharkRequirements], "tshark", () => {
  test("has nothing against any message that we sent above", async () => {
    const messages = await expectClean(peer.received.map(({ hex }) => Buffer.from(hex, "hex")));
    expect(messages.length).toBeGreaterThan(12);
  });
});
