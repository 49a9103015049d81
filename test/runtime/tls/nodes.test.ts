/** Nodes under TLS: from the first octet, and agreed upon in CER and CEA. RFC 6733 sections 2.1, 5.3, 5.6, 6.10 and 13. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigurationError, DiameterNode, type NodeOptions, TlsCredentials } from "../../../runtime/src/index.js";
import { encodeCEA, encodeCER } from "../../../runtime/src/peer/base-messages.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { next } from "../../support/nodes.js";
import { RawClient } from "../../support/raw-client.js";
import { RawListener } from "../../support/raw-listener.js";
import { describeWith } from "../../support/require.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";
import { type Pem, testTls, tlsRequirements } from "../../support/tls.js";

const INBAND_SECURITY_ID = 299;

describeWith(tlsRequirements, "nodes", () => {
  const made = testTls();
  const issued = new Map<string, Promise<Pem>>();
  /** Cert, key and trust of `<name>.test`. */
  const pem = (name: string): Promise<Pem> => {
    const found = issued.get(name) ?? made.then(({ issue }) => issue(`${name}.test`));
    issued.set(name, found);
    return found;
  };

  /** `certificate`: whose it has; its own where left out. */
  async function node(name: string, options: Partial<NodeOptions> = {}, certificate = name): Promise<DiameterNode> {
    const made = new DiameterNode({
      originHost: `${name}.test`,
      originRealm: "test",
      applications: [tinyApplication],
      tls: await pem(certificate),
      reconnectMs: 600_000,
      ...options,
    });
    made.handle(tiny, (_request, context) => context.answer({ resultCode: 2001, userName: name }));
    return made;
  }

  async function server(
    listen: Partial<NonNullable<NodeOptions["listen"]>[number]>,
    more: Partial<NodeOptions> = {},
    certificate?: string,
  ) {
    const started = await node(
      "server",
      { listen: [{ host: "127.0.0.1", port: 0, ...listen }], accept: "any", ...more },
      certificate,
    );
    await started.start();
    return { node: started, port: started.addresses[0]?.port ?? 0, [Symbol.asyncDispose]: () => started.stop() };
  }

  const ask = async (asking: DiameterNode) =>
    (await asking.request(tiny, { destinationRealm: "test", userName: "x" })).userName;

  for (const [title, listen, peer, info] of [
    [
      "TLS from the first octet",
      { transport: "tls" },
      { transport: "tls" },
      { transport: "tls", security: { inband: false } },
    ],
    ["TLS in band", { security: "inband" }, { security: "inband" }, { transport: "tcp", security: { inband: true } }],
    [
      "TLS in band, where it may be the clear too",
      { security: "either" },
      { security: "inband" },
      { transport: "tcp", security: { inband: true } },
    ],
  ] as const)
    describe(title, () => {
      test("requests are answered, both sides know the certificate of the other, and DPR ends it", async () => {
        await using there = await server(listen);
        const states: string[] = [];
        there.node.on("peer:open", ({ state, security }) => states.push(`${state} ${security?.protocol}`));
        await using here = await node("client", {
          peers: [{ host: "127.0.0.1", port: there.port, originHost: "server.test", ...peer }],
        });
        const seen: string[] = [];
        here.onMessage(({ direction, raw }) => seen.push(`${direction} ${raw.commandCode}`));
        await here.start();
        expect(here.peers.list()).toMatchObject([{ state: "I-Open", originHost: "server.test", ...info }]);
        expect(here.peers.list()[0]?.security?.certificate?.subjectAltName).toBe("DNS:server.test");
        await expect(ask(here)).resolves.toBe("server");
        expect(there.node.peers.list()).toMatchObject([{ state: "R-Open", originHost: "client.test", ...info }]);
        expect(there.node.peers.list()[0]?.security?.certificate?.subjectAltName).toBe("DNS:client.test");
        expect(states).toEqual(["R-Open TLSv1.3"]);
        const closed = next(there.node, "peer:close");
        await here.stop();
        expect((await closed)[1]).toMatchObject({ disconnectCause: 0 });
        // Taps see what is encrypted on the wire.
        expect(seen).toEqual(["out 257", "in 257", `out ${tiny.code}`, `in ${tiny.code}`, "out 282", "in 282"]);
      });

      test("the server has a certificate of another name: not opened", async () => {
        await using there = await server(listen, {}, "other");
        await using here = await node("client", {
          peers: [{ host: "127.0.0.1", port: there.port, originHost: "server.test", ...peer }],
        });
        const closed = next(here, "peer:close");
        await here.start();
        expect((await closed)[1].message).toMatch(/the certificate is for DNS:other\.test, not for server\.test/);
        expect(here.peers.list()).toMatchObject([{ state: "Closed", security: undefined }]);
      });

      test("the client has a certificate of another name: not opened", async () => {
        await using there = await server(listen);
        await using here = await node("client", { peers: [{ host: "127.0.0.1", port: there.port, ...peer }] }, "other");
        const refused = Promise.race([
          next(there.node, "connection:refused").then(([{ message, resultCode }]) => ({ message, resultCode })),
          next(there.node, "peer:close").then(([, { message }]) => ({ message, resultCode: undefined })),
        ]);
        const closed = next(here, "peer:close");
        await here.start();
        const { message, resultCode } = await refused;
        expect(message).toMatch(/the certificate is for DNS:other\.test, not for client\.test/);
        // A CEA can say so only where the certificate came before it.
        expect(resultCode).toBe(info.security.inband ? undefined : 3010);
        expect((await closed)[1].resultCode).toBe(resultCode);
        expect(there.node.peers.list()).toEqual([]);
      });
    });

  test("a peer whose name is not configured has a certificate for the Origin-Host that it says", async () => {
    await using there = await server({ transport: "tls" }, { originHost: "liar.test" }, "server");
    await using here = await node("client", { peers: [{ host: "127.0.0.1", port: there.port, transport: "tls" }] });
    const closed = next(here, "peer:close");
    await here.start();
    expect((await closed)[1].message).toBe("the certificate is for DNS:server.test, not for liar.test");
  });

  test("a peer that is configured by a name has a certificate for that name", async () => {
    await using there = await server({ transport: "tls" });
    const peer = { host: "localhost", port: there.port, transport: "tls" } as const;
    await using here = await node("client", { peers: [peer] });
    const closed = next(here, "peer:close");
    await here.start();
    expect((await closed)[1].message).toMatch(/the certificate is for DNS:server\.test, not for localhost/);
  });

  describe("no agreement", () => {
    test("TLS in band is offered, and the listener has none: 5017", async () => {
      await using there = await server({});
      await using here = await node("client", { peers: [{ host: "127.0.0.1", port: there.port, security: "inband" }] });
      const closed = next(here, "peer:close");
      await here.start();
      expect((await closed)[1]).toMatchObject({ resultCode: 5017 });
    });

    test("a client in the clear, where TLS in band is required: 5017", async () => {
      await using there = await server({ security: "inband" });
      await using here = await node("client", { peers: [{ host: "127.0.0.1", port: there.port }] });
      const closed = next(here, "peer:close");
      await here.start();
      expect((await closed)[1]).toMatchObject({ resultCode: 5017 });
    });

    test("a client in the clear, where either will do", async () => {
      await using there = await server({ security: "either" });
      await using here = await node("client", { peers: [{ host: "127.0.0.1", port: there.port }] });
      await here.start();
      expect(here.peers.list()).toMatchObject([{ state: "I-Open", transport: "tcp", security: undefined }]);
    });

    test("a peer that is configured with TLS is not believed to be it without: 5017", async () => {
      await using there = await server(
        {},
        { peers: [{ host: "127.0.0.1", port: 1, transport: "tls", originHost: "client.test" }] },
      );
      await using here = await node("client", { peers: [{ host: "127.0.0.1", port: there.port }] });
      const closed = next(here, "peer:close");
      await here.start();
      expect((await closed)[1]).toMatchObject({ resultCode: 5017 });
    });

    test("a CEA that leaves TLS out ends the connection: it may have been taken out on the way", async () => {
      await using listener = await RawListener.listen();
      await using here = await node("client", {
        peers: [{ host: "127.0.0.1", port: listener.port, security: "inband" }],
      });
      const closed = next(here, "peer:close");
      const started = here.start();
      await using raw = await listener.accept();
      const cer = dissect(await raw.next());
      expect(
        cer.avps.filter(({ code }) => code === INBAND_SECURITY_ID).map(({ data }) => data.toString("hex")),
      ).toEqual(["00000001"]);
      raw.send(encodeCEA({ ...theirs("server.test", []), resultCode: 2001 }, cer).bytes);
      await started;
      expect((await closed)[1].message).toBe("the peer does not agree to TLS, which is required");
    });
  });

  describe("in band, octet by octet", () => {
    test("the CEA says TLS, nothing is taken in the clear after it, and the peer is not open", async () => {
      await using there = await server({ security: "inband" });
      await using raw = await RawClient.connect(there.port);
      const cea = dissect(
        await raw.exchange(encodeCER(theirs("client.test", [1]), { hopByHop: 1, endToEnd: 1 }).bytes),
      );
      expect(resultCode(cea)).toBe(2001);
      expect(findAvp(cea, INBAND_SECURITY_ID)?.data.toString("hex")).toBe("00000001");
      expect(there.node.peers.list()).toMatchObject([{ state: "R-Open/TLS", originHost: "client.test" }]);
      const closed = next(there.node, "peer:close");
      raw.send(encodeCER(theirs("client.test", [1]), { hopByHop: 2, endToEnd: 2 }).bytes);
      expect((await closed)[1].message).toMatch(/TLS handshake/);
      await raw.waitClosed();
      expect(there.node.counters["peer:open"]).toBe(0);
    });

    test("octets behind the CER, in one piece with it, end the connection: who put them there is unknown", async () => {
      await using there = await server({ security: "inband" });
      await using raw = await RawClient.connect(there.port);
      const cer = encodeCER(theirs("client.test", [1]), { hopByHop: 1, endToEnd: 1 }).bytes;
      const closed = next(there.node, "peer:close");
      raw.send(Buffer.concat([cer, Buffer.of(0x16)]));
      expect((await closed)[1].message).toBe("octets in the clear came behind the last message before TLS");
      await raw.waitClosed();
    });

    test("a peer that agrees and then says nothing is given up after handshakeTimeoutMs", async () => {
      await using there = await server({ security: "inband" }, { limits: { handshakeTimeoutMs: 50 } });
      await using raw = await RawClient.connect(there.port);
      const closed = next(there.node, "peer:close");
      await raw.exchange(encodeCER(theirs("client.test", [1]), { hopByHop: 1, endToEnd: 1 }).bytes);
      expect((await closed)[1]).toMatchObject({ error: { name: "TimeoutError", timeoutMs: 50 } });
      await raw.waitClosed();
    });

    test("the node stops while the handshake is under way", async () => {
      await using there = await server({ security: "inband" });
      await using raw = await RawClient.connect(there.port);
      await raw.exchange(encodeCER(theirs("client.test", [1]), { hopByHop: 1, endToEnd: 1 }).bytes);
      await there.node.stop();
      await raw.waitClosed();
    });
  });

  test("both sides connect at once, in band: one connection is left, under TLS", async () => {
    await using there = await server({ security: "inband" }, { accept: [] });
    const listen = [{ host: "127.0.0.1", port: 0, security: "inband" } as const];
    await using here = await node("client", { listen });
    await here.start();
    const to = (host: string, of: DiameterNode) =>
      ({ host: "127.0.0.1", port: of.addresses[0]?.port, originHost: host, security: "inband" }) as const;
    await Promise.all([
      here.connect(to("server.test", there.node)).catch(() => {}),
      there.node.connect(to("client.test", here)).catch(() => {}),
    ]);
    await expect
      .poll(() => [...here.peers, ...there.node.peers].map(({ security }) => security?.inband))
      .toEqual([true, true]);
    await expect(ask(here)).resolves.toBe("server");
    await expect(ask(there.node)).resolves.toBe("client");
  });

  test("setSecureContext: for connections that come, those that are there stay", async () => {
    await using there = await server({ transport: "tls" });
    const peer = { host: "127.0.0.1", port: there.port, transport: "tls" } as const;
    await using here = await node("client", { peers: [peer] });
    await here.start();
    expect(() => there.node.setSecureContext({ cert: "", key: "" })).toThrow(ConfigurationError);
    const { issue } = await made;
    there.node.setSecureContext(await issue("server.test", { file: "renewed" }));
    await expect(ask(here)).resolves.toBe("server");
    await using late = await node("late", { peers: [peer] });
    await late.start();
    const serial = (of: DiameterNode) => of.peers.list()[0]?.security?.certificate?.serialNumber;
    expect(serial(late)).not.toBe(serial(here));
    await expect(ask(late)).resolves.toBe("server");
  });

  test("no key is in what a node shows of itself, or tells", async () => {
    const { cert, key, ca } = await pem("server");
    const tls = { cert, key, ca, passphrase: "s3cret" };
    const peer = { host: "127.0.0.1", port: 1, transport: "tls", tls } as const;
    await using shown = await node("server", {
      tls,
      listen: [{ host: "127.0.0.1", port: 0, transport: "tls", tls }],
      peers: [peer],
    });
    const closed = next(shown, "peer:close");
    await shown.start();
    const all = inspect([shown, await closed, shown.peers.list()], {
      depth: 20,
      showHidden: true,
      maxStringLength: null,
    });
    expect(all).toContain("TlsCredentials");
    expect(all).not.toMatch(/s3cret|PRIVATE KEY/);
  });

  describe("options", () => {
    test.each<[string, Partial<NodeOptions>, RegExp]>([
      [
        "a listener without a certificate",
        { listen: [{ host: "::", transport: "tls" }] },
        /listen: ::: TLS needs a certificate/,
      ],
      ["a peer without one", { peers: [{ host: "a", transport: "tls" }] }, /peers: a: TLS needs a certificate/],
      ["in band without one", { peers: [{ host: "a", security: "inband" }] }, /peers: a: TLS needs a certificate/],
      [
        "in band within TLS",
        { peers: [{ host: "a", transport: "tls", security: "inband" }] },
        /is for transport "tcp"/,
      ],
      ["half a certificate", { tls: { cert: "x", key: "" } }, /cert and key/],
    ])("%s: refused", (_, options, reason) => {
      const made = () =>
        new DiameterNode({ originHost: "a.test", originRealm: "test", applications: [tinyApplication], ...options });
      expect(made).toThrow(ConfigurationError);
      expect(made).toThrow(reason);
    });

    test("the same credentials are the same peer, other ones are not", async () => {
      await using here = await node("client");
      await here.start();
      const options = await pem("client");
      const tls = new TlsCredentials(options);
      const peer = { host: "127.0.0.1", port: 1, transport: "tls", tls } as const;
      here.peers.add(peer);
      expect(here.peers.add({ ...peer })).toMatchObject({ transport: "tls" });
      expect(() => here.peers.add({ ...peer, tls: new TlsCredentials(options) })).toThrow(/differently/);
    });
  });
});

function theirs(originHost: string, inbandSecurityId: readonly number[]) {
  return {
    originHost,
    originRealm: "test",
    hostIpAddress: ["127.0.0.1"],
    vendorId: 0,
    productName: "old",
    supportedVendorId: [],
    authApplicationId: [tinyApplication.id],
    acctApplicationId: [],
    inbandSecurityId,
    vendorSpecificApplicationId: [],
  };
}
