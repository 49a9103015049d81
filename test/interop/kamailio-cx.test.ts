/** Kamailio 5.6.3 (modules cdp, ims_icscf, ims_auth) asks a home subscriber server made of the SDK: SIP goes in, Cx comes out, and SIP shows what our answers did. */

import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import * as cx from "../../generated/src/cx/index.js";
import { DiameterNode } from "../../runtime/src/index.js";
import { VirtualClock } from "../../runtime/src/testing/index.js";
import { CSCF_HOST, HSS_HOST, Kamailio, kamailioRequirements, REALM, SCSCF } from "../support/kamailio.js";
import { next } from "../support/nodes.js";
import { describeWith } from "../support/require.js";
import { SipSocket } from "../support/sip-socket.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const VENDOR_3GPP = 10_415;
const CX = 16_777_216;
/** TS 29.229 section 6.2. */
const FIRST_REGISTRATION = 2001;
const USER_UNKNOWN = 5001;

const ALICE = "sip:alice@diameter.test";
const PRIVATE_IDENTITY = "alice@diameter.test";
const PASSWORD = "secret";
const NONCE = "5ccc069c403ebaf9f0171e9517f40e41";

const COMMON = {
  vendorSpecificApplicationId: { vendorId: VENDOR_3GPP, authApplicationId: CX },
  authSessionState: cx.AuthSessionState.NO_STATE_MAINTAINED,
} as const;

const md5 = (text: string) => createHash("md5").update(text).digest("hex");

const clock = new VirtualClock();
/** Everything that we sent. */
const sent: Uint8Array[] = [];
/** Of every request that came, and of every message that our node found at fault. */
let requests: object[] = [];
const refused: unknown[] = [];

let node: DiameterNode;
let cscf: Kamailio;
let phone: SipSocket;
/** In the place of the S-CSCF that our answers name, and of one that Kamailio knows by a capability. */
let serving: SipSocket;
let capable: SipSocket;
/** What User-Authorization and Location-Info are answered with. */
let outcome: Pick<
  cx.UserAuthorizationAnswerInit,
  "resultCode" | "experimentalResult" | "serverName" | "serverCapabilities"
>;

function serve(): void {
  cx.serve(node, {
    userAuthorization: (request, context) => {
      requests.push(request);
      return context.answer({ ...COMMON, ...outcome });
    },
    locationInfo: (request, context) => {
      requests.push(request);
      return context.answer({ ...COMMON, ...outcome });
    },
    multimediaAuth: (request, context) => {
      requests.push(request);
      const { userName, publicIdentity } = request;
      const item = {
        sipItemNumber: 1,
        sipAuthenticationScheme: "Digest-MD5",
        sipAuthenticate: Buffer.from(NONCE),
        // For this scheme ims_auth takes the password; TS 29.229 leaves the content to the scheme.
        sipAuthorization: Buffer.from(PASSWORD),
      };
      const init = { userName, publicIdentity, sipNumberAuthItems: 1, sipAuthDataItem: [item] };
      return context.answer({ ...COMMON, resultCode: 2001, ...init });
    },
  });
}

function authorization(uri: string, nonce: string, response: string, more = ""): Record<string, string> {
  const name = `username="${PRIVATE_IDENTITY}", realm="${REALM}"`;
  return { Authorization: `Digest ${name}, nonce="${nonce}", uri="${uri}", response="${response}"${more}` };
}

describeWith(kamailioRequirements, "Kamailio asks our home subscriber server", () => {
  beforeAll(async () => {
    [phone, serving, capable] = await Promise.all([SipSocket.open(), SipSocket.open(), SipSocket.open()]);
    node = new DiameterNode({
      originHost: HSS_HOST,
      originRealm: REALM,
      applications: [cx.application],
      vendorId: VENDOR_3GPP,
      listen: [{ host: "127.0.0.1", port: 0 }],
      accept: [CSCF_HOST],
      clock,
    });
    node.onMessage(({ direction, raw }) => {
      if (direction === "out") sent.push(Uint8Array.from(raw.toBytes()));
    });
    node.on("request:refused", (why) => refused.push(why));
    node.on("handler:error", (why) => refused.push(why));
    serve();
    await node.start();
    const opened = next(node, "peer:open");
    const servers = [{ uri: `sip:127.0.0.1:${capable.port}`, capability: 7 }];
    cscf = await Kamailio.start({ hssPort: node.addresses[0]?.port ?? 0, servers });
    await opened;
  }, 30_000);

  afterAll(async () => {
    await cscf?.stop();
    await node?.stop();
    await Promise.all([phone, serving, capable].map((socket) => socket?.[Symbol.asyncDispose]()));
  });

  beforeEach(() => {
    requests = [];
    outcome = { experimentalResult: undefined };
  });

  /** A REGISTER of alice to the I-CSCF. */
  function register(): string {
    return phone.request(cscf.port, "REGISTER", `sip:${REALM}`, ALICE, {
      ...authorization(`sip:${REALM}`, "", ""),
      "P-Visited-Network-ID": "visited.test",
    });
  }

  test("capabilities exchange, and watchdogs both ways", async () => {
    expect(node.peers.list()).toMatchObject([
      { originHost: CSCF_HOST, originRealm: REALM, state: "R-Open", watchdog: "OKAY", applications: [CX] },
    ]);
    expect(node.peers.get(CSCF_HOST)).toMatchObject({ productName: "CDiameterPeer", relay: false });
    const seen = new Set<string>();
    const both = new Promise<void>((resolve) => {
      const off = node.onMessage(({ direction, raw }) => {
        if (raw.commandCode === 280) seen.add(`${direction} ${raw.isRequest ? "DWR" : "DWA"}`);
        if (seen.size < 4) return;
        off();
        resolve();
      });
    });
    // Where a DWR of Kamailio's came meanwhile, our own is due later than the timer says, which then only looks again.
    for (let tries = 0; tries < 5 && !seen.has("out DWR"); tries++) clock.advance(clock.next ?? 0);
    await both;
    expect(node.peers.list()).toMatchObject([{ state: "R-Open", watchdog: "OKAY" }]);
  });

  test("User-Authorization: the REGISTER goes to the Server-Name of our answer", async () => {
    outcome = { resultCode: 2001, serverName: `sip:127.0.0.1:${serving.port}` };
    const { start } = await serving.next(register());
    expect(start).toBe(`REGISTER sip:127.0.0.1:${serving.port} SIP/2.0`);
    expect(requests).toMatchObject([
      {
        ...COMMON,
        originHost: CSCF_HOST,
        destinationRealm: REALM,
        userName: PRIVATE_IDENTITY,
        publicIdentity: ALICE,
        visitedNetworkIdentifier: new TextEncoder().encode("visited.test"),
        avps: [],
      },
    ]);
  });

  test("User-Authorization: by Server-Capabilities where our answer names no server", async () => {
    outcome = {
      experimentalResult: { vendorId: VENDOR_3GPP, experimentalResultCode: FIRST_REGISTRATION },
      serverCapabilities: { mandatoryCapability: [7] },
    };
    const { start } = await capable.next(register());
    expect(start).toBe(`REGISTER sip:127.0.0.1:${capable.port} SIP/2.0`);
  });

  test("User-Authorization: DIAMETER_ERROR_USER_UNKNOWN refuses the REGISTER", async () => {
    outcome = { experimentalResult: { vendorId: VENDOR_3GPP, experimentalResultCode: USER_UNKNOWN } };
    const { start, status } = await phone.next(register());
    expect(status, start).toBe(403);
    expect(requests).toHaveLength(1);
  });

  test("Multimedia-Auth: the challenge has our nonce, and the digest of our password is accepted", async () => {
    const challenge = await phone.next(
      phone.request(cscf.port, "REGISTER", SCSCF, ALICE, authorization(SCSCF, "", "")),
    );
    expect(challenge.status, challenge.start).toBe(401);
    // RFC 2617: Kamailio writes the octets of SIP-Authenticate in hex.
    const nonce = /nonce="([^"]*)"/.exec(challenge.headers.get("WWW-Authenticate") ?? "")?.[1] ?? "";
    expect(Buffer.from(nonce, "hex").toString()).toBe(NONCE);
    expect(challenge.headers.get("WWW-Authenticate")).toContain(`realm="${REALM}"`);
    expect(requests).toMatchObject([
      {
        ...COMMON,
        userName: PRIVATE_IDENTITY,
        publicIdentity: ALICE,
        serverName: SCSCF,
        sipNumberAuthItems: 1,
        sipAuthDataItem: { sipAuthenticationScheme: "Digest-MD5", avps: [] },
        avps: [],
      },
    ]);

    const [count, cnonce] = ["00000001", "0a4f113b"];
    const digest = (password: string) => {
      const ha1 = md5(`${PRIVATE_IDENTITY}:${REALM}:${password}`);
      return md5(`${ha1}:${nonce}:${count}:${cnonce}:auth:${md5(`REGISTER:${SCSCF}`)}`);
    };
    const more = `, algorithm=MD5, qop=auth, nc=${count}, cnonce="${cnonce}"`;
    const headers = authorization(SCSCF, nonce, digest(PASSWORD), more);
    const accepted = await phone.next(phone.request(cscf.port, "REGISTER", SCSCF, ALICE, headers));
    expect(accepted.start).toBe("SIP/2.0 200 authenticated");
    expect(requests).toHaveLength(1);
  });

  test("Location-Info: a MESSAGE goes to the Server-Name of our answer", async () => {
    outcome = { resultCode: 2001, serverName: `sip:127.0.0.1:${serving.port}` };
    const { start, headers } = await serving.next(phone.request(cscf.port, "MESSAGE", "sip:bob@diameter.test", ALICE));
    expect(start).toBe("MESSAGE sip:bob@diameter.test SIP/2.0");
    expect(headers.get("Route")).toBe(`<sip:127.0.0.1:${serving.port}>`);
    expect(requests).toMatchObject([{ ...COMMON, originHost: CSCF_HOST, publicIdentity: "sip:bob@diameter.test" }]);
  });

  test("Location-Info: DIAMETER_ERROR_USER_UNKNOWN refuses the MESSAGE", async () => {
    outcome = { experimentalResult: { vendorId: VENDOR_3GPP, experimentalResultCode: USER_UNKNOWN } };
    const { start, status } = await phone.next(phone.request(cscf.port, "MESSAGE", "sip:nobody@diameter.test", ALICE));
    expect(status, start).toBe(604);
  });

  test("a wrong password is refused, without asking again", async () => {
    const challenge = await phone.next(
      phone.request(cscf.port, "REGISTER", SCSCF, ALICE, authorization(SCSCF, "", "")),
    );
    const nonce = /nonce="([^"]*)"/.exec(challenge.headers.get("WWW-Authenticate") ?? "")?.[1] ?? "";
    const more = ', algorithm=MD5, qop=auth, nc=00000001, cnonce="c"';
    const headers = authorization(SCSCF, nonce, md5("something else"), more);
    const { start } = await phone.next(phone.request(cscf.port, "REGISTER", SCSCF, ALICE, headers));
    expect(start).toBe("SIP/2.0 403 wrong password");
    expect(requests).toHaveLength(1);
  });

  test("we found nothing wrong in what it sent; our DPR ends the connection, though it sends no DPA", async () => {
    expect(refused).toEqual([]);
    const from = cscf.output.length;
    const stopped = node.stop({ timeoutMs: 1_000 });
    // RFC 6733 section 5.4 wants a DPA. cdp 5.6.3 closes its socket before the DPA has left it, and another of its processes keeps it open.
    await cscf.waitFor("Disconnecting from peer", { from });
    for (let i = 0; i < 10; i++) await clock.advanceAsync(1_000);
    await stopped;
    expect(node.peers.list()).toEqual([]);
  });
});

describeWith([...kamailioRequirements, ...tsharkRequirements], "tshark", () => {
  test("has nothing against any message that we sent above", async () => {
    const messages = await expectClean(sent);
    const commands = new Set(messages.map(({ code, flags }) => `${code}${(flags & 0x80) === 0 ? "A" : "R"}`));
    expect([...commands].sort()).toEqual(["257A", "280A", "280R", "282R", "300A", "302A", "303A"]);
  });
});
