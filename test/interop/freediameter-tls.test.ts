/** TLS with freeDiameter 1.2.1 of Debian (GnuTLS): from the first octet and in band, connecting and accepting, and a relay between two of our nodes. */

import { expect, test } from "vitest";
import * as sip from "../../generated/src/sip/index.js";
import {
  DiameterNode,
  type ListenConfig,
  type NodeOptions,
  outcome,
  type PeerConfig,
} from "../../runtime/src/index.js";
import { type Certificate, createAuthority } from "../support/certificate.js";
import { FreeDiameter, type FreeDiameterOptions, freeDiameterRequirements } from "../support/freediameter.js";
import { next } from "../support/nodes.js";
import { freePort } from "../support/process.js";
import { describeWith } from "../support/require.js";
import { testTls } from "../support/tls.js";

const [OURS, THEIRS] = ["ours.diameter.test", "theirs.diameter.test"];

describeWith(freeDiameterRequirements, "TLS with freeDiameter", () => {
  const made = testTls();
  const files = new Map<string, Promise<Certificate>>();

  const certificate = (host: string): Promise<Certificate> => {
    const found = files.get(host) ?? made.then(({ authority }) => authority.issue(host));
    files.set(host, found);
    return found;
  };

  async function ourNode(identity: string, options: Partial<NodeOptions>): Promise<DiameterNode> {
    const node = new DiameterNode({
      originHost: identity,
      originRealm: "diameter.test",
      applications: [sip.application],
      tls: await (await made).issue(identity, { file: `node-${identity}` }),
      reconnectMs: 600_000,
      ...options,
    });
    sip.serve(node, {
      multimediaAuth: async ({ sipAor, authSessionState }, context) =>
        context.answer({ resultCode: sipAor === "sip:alice@diameter.test" ? 2001 : 5032, authSessionState }),
    });
    return node;
  }

  const freeDiameter = async (options: Partial<FreeDiameterOptions>, identity = THEIRS): Promise<FreeDiameter> =>
    FreeDiameter.start({
      identity,
      certificate: await certificate(identity),
      trust: (await made).authority.certificate,
      extensions: ["dict_sip.fdx"],
      ...options,
    });

  const mar = {
    destinationRealm: "diameter.test",
    authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
    sipAor: "sip:alice@diameter.test",
    sipMethod: "REGISTER",
  };

  test.each<[string, Pick<PeerConfig, "transport" | "security">]>([
    ["from the first octet", { transport: "tls" }],
    ["in band", { security: "inband" }],
  ])("our node connects, %s", async (_, how) => {
    const inband = how.security === "inband";
    const securePort = await freePort();
    await using theirs = await freeDiameter({ securePort, [inband ? "acceptInband" : "acceptTls"]: [OURS] });
    const peer = { host: "127.0.0.1", port: inband ? theirs.port : securePort, originHost: THEIRS, ...how };
    await using ours = await ourNode(OURS, { peers: [peer] });
    await ours.start();
    expect(ours.peers.list()).toMatchObject([
      { originHost: THEIRS, state: "I-Open", security: { inband, protocol: "TLSv1.3", verified: true } },
    ]);
    await theirs.waitState(OURS, "OPEN");
    // Under TLS it answers: nobody serves the application there.
    await expect(sip.client(ours).multimediaAuth(mar)).rejects.toMatchObject({ answer: { resultCode: 3002 } });
    const cer = await theirs.waitMessage("RCV", "Capabilities-Exchange-Request");
    expect(cer.avps.some(({ name }) => name === "Inband-Security-Id")).toBe(inband);
    const before = theirs.output.length;
    await ours.stop();
    await theirs.waitMessage("RCV", "Disconnect-Peer-Request", { from: before });
  });

  test.each<[string, Partial<ListenConfig>, true | "inband"]>([
    ["from the first octet", { transport: "tls" }, true],
    ["in band", { security: "inband" }, "inband"],
    ["in band, where it may be the clear too", { security: "either" }, "inband"],
  ])("freeDiameter connects, %s", async (_, listen, tls) => {
    await using ours = await ourNode(OURS, { listen: [{ host: "127.0.0.1", port: 0, ...listen }], accept: [THEIRS] });
    await ours.start();
    const opened = next(ours, "peer:open");
    await using theirs = await freeDiameter({
      securePort: await freePort(),
      peers: [{ identity: OURS, port: ours.addresses[0]?.port ?? 0, tls }],
    });
    const [info] = await opened;
    expect(info).toMatchObject({
      originHost: THEIRS,
      state: "R-Open",
      security: { inband: tls === "inband", protocol: "TLSv1.3" },
    });
    expect(info.security?.certificate?.subjectAltName).toBe(`DNS:${THEIRS}`);
    await theirs.waitState(OURS, "OPEN");
    // It says DPR itself, and takes our DPA.
    const closed = next(ours, "peer:close");
    await theirs.stop();
    expect((await closed)[1]).toMatchObject({ disconnectCause: 0 });
  });

  test("freeDiameter with a certificate of another authority is refused, and so is ours by it", async () => {
    const { folder } = await made;
    const other = await createAuthority(folder, "other");
    const foreign = { certificate: await other.issue(THEIRS, { file: "foreign" }), trust: other.certificate };
    await using ours = await ourNode(OURS, {
      listen: [{ host: "127.0.0.1", port: 0, transport: "tls" }],
      accept: [THEIRS],
    });
    await ours.start();
    const refused = next(ours, "connection:refused");
    const securePort = await freePort();
    await using _theirs = await freeDiameter({
      ...foreign,
      securePort,
      acceptTls: [OURS],
      peers: [{ identity: OURS, port: ours.addresses[0]?.port ?? 0, tls: true }],
    });
    expect((await refused)[0].message).toMatch(/TLS handshake: /);
    const peer = { host: "127.0.0.1", port: securePort, originHost: THEIRS, transport: "tls" } as const;
    await expect(ours.connect(peer)).rejects.toThrow(/unable to|self-signed|issuer/);
  });

  test("freeDiameter relays a MAR and its answer between our nodes, under TLS on both sides", async () => {
    await using server = await ourNode("server.diameter.test", {
      listen: [{ host: "127.0.0.1", port: 0, security: "inband" }],
      accept: [THEIRS],
    });
    await server.start();
    const opened = next(server, "peer:open");
    const securePort = await freePort();
    await using relay = await freeDiameter({
      securePort,
      acceptTls: ["client.diameter.test"],
      peers: [{ identity: "server.diameter.test", port: server.addresses[0]?.port ?? 0, tls: "inband" }],
    });
    await relay.waitState("server.diameter.test", "OPEN");
    await opened;
    const peer = { host: "127.0.0.1", port: securePort, originHost: THEIRS, transport: "tls" } as const;
    await using client = await ourNode("client.diameter.test", { peers: [peer] });
    await client.start();
    await relay.waitState("client.diameter.test", "OPEN");
    expect([...client.peers, ...server.peers].map(({ security }) => security?.inband)).toEqual([false, true]);
    const maa = await sip.client(client).multimediaAuth(mar);
    expect(maa.originHost).toBe("server.diameter.test");
    expect(outcome(maa).resultCode).toBe(2001);
    const unknown = await sip.client(client).multimediaAuth({ ...mar, sipAor: "sip:bob@diameter.test" });
    expect(outcome(unknown).resultCode).toBe(5032);
    await client.stop();
    await server.stop();
  });
});
