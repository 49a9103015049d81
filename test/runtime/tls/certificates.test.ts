/** Which certificates TLS accepts, from either side: RFC 6733 section 13.1, RFC 6125 section 6.4. */

import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { ConfigurationError, type DiameterError, TransportError } from "../../../runtime/src/errors.js";
import { limits } from "../../../runtime/src/limits.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { TlsCredentials, type TlsOptions, tcp, tls } from "../../../runtime/src/transport/index.js";
import { certifies } from "../../../runtime/src/transport/security.js";
import type { Connection, Listener, ListenOptions } from "../../../runtime/src/transport/transport.js";
import { createAuthority, type IssueOptions, pemOf, selfSigned } from "../../support/certificate.js";
import { run } from "../../support/process.js";
import { describeWith } from "../../support/require.js";
import { testTls, tlsRequirements } from "../../support/tls.js";
import { message, Recorder, turn, until } from "../transport-suite.js";

/** A listener that keeps what it accepted and what it refused, and goes at the end of its block. */
async function listening(options: TlsOptions | TlsCredentials, more: ListenOptions = {}) {
  const accepted: Connection[] = [];
  const refused: DiameterError[] = [];
  const listener: Listener = await tls.listen(
    { host: "127.0.0.1", port: 0 },
    (connection) => accepted.push(connection),
    {
      tls: TlsCredentials.from(options),
      onRefused: (_, error) => refused.push(error),
      ...more,
    },
  );
  const where = { host: "127.0.0.1", port: listener.address.port };
  return {
    accepted,
    refused,
    where,
    connect: (ours: TlsOptions | TlsCredentials, identity?: string) =>
      tls.connect(where, { tls: TlsCredentials.from(ours), identity }),
    async [Symbol.asyncDispose]() {
      for (const connection of accepted) connection.destroy();
      await listener.close();
    },
  };
}

describeWith(tlsRequirements, "certificates", () => {
  const made = testTls();
  const other = testTls("other");
  const server = made.then(({ issue }) => issue("server.test"));
  const client = made.then(({ issue }) => issue("client.test"));
  const trust = made.then(({ authority }) => readFileSync(authority.certificate, "utf8"));

  const bad: readonly [name: string, options: () => Promise<TlsOptions>, reason: RegExp][] = [
    [
      "by an unknown authority",
      async () => ({ ...(await (await other).issue("x.test")), ca: await trust }),
      /verify|issuer/i,
    ],
    ["expired", async () => (await made).issue("old.test", { expired: true }), /expired/i],
    [
      "self-signed",
      async () => ({ ...pemOf(await selfSigned("self.test", (await made).folder), (await made).authority) }),
      /self.signed/i,
    ],
  ];

  describe("on a list of those revoked", () => {
    test("the client does not connect, until the list is a newer one", async () => {
      const { authority, issue } = await made;
      const [revoked, other] = [await authority.issue("gone.test"), await authority.issue("else.test")];
      await using there = await listening(pemOf(revoked, authority));
      const credentials = new TlsCredentials({ ...(await client), crl: await authority.revoke(revoked) });
      await expect(there.connect(credentials)).rejects.toThrow(/revoked/i);
      expect(there.accepted).toEqual([]);
      credentials.update({ ...(await issue("client.test")), crl: await authority.revoke(other) });
      (await there.connect(credentials)).destroy();
    });

    test("the server does not accept it, and accepts others of the same authority", async () => {
      const { authority, issue } = await made;
      const revoked = await authority.issue("gone.client.test");
      await using there = await listening({ ...(await server), crl: await authority.revoke(revoked) });
      // TLS 1.3 tells the client after it believes to be connected.
      await there.connect(pemOf(revoked, authority)).then(
        (connection) => connection.start(new Recorder()),
        () => {},
      );
      await until(() => there.refused.length === 1);
      expect(there.refused[0]?.message).toMatch(/revoked/i);
      (await there.connect(await issue("here.client.test"))).destroy();
      await until(() => there.accepted.length === 1);
    });
  });

  describe("of the server", () => {
    test.each(bad)("%s: the client does not connect", async (_, options, reason) => {
      await using there = await listening(await options());
      const error = await there.connect(await client).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(TransportError);
      expect((error as Error).message).toMatch(reason);
      expect(there.accepted).toEqual([]);
    });

    test("of another name: the client does not connect", async () => {
      await using there = await listening(await server);
      await expect(there.connect(await client, "other.test")).rejects.toThrow(
        "the certificate is for DNS:server.test, not for other.test",
      );
      (await there.connect(await client, "SERVER.test")).destroy();
    });
  });

  describe("of the client", () => {
    test.each(bad)("%s: the server does not accept", async (_, options, reason) => {
      await using there = await listening(await server);
      // TLS 1.3 tells the client after it believes to be connected.
      await there.connect(await options()).then(
        (connection) => connection.start(new Recorder()),
        () => {},
      );
      await until(() => there.refused.length === 1);
      expect(there.refused[0]?.message).toMatch(reason);
      expect(there.accepted).toEqual([]);
    });

    test.each(["TLSv1.2", "TLSv1.3"] as const)("none, in %s: the server does not accept", async (version) => {
      await using there = await listening(await server);
      const socket = connectTls({
        ...there.where,
        ca: await trust,
        maxVersion: version,
        checkServerIdentity: () => undefined,
      });
      socket.on("error", () => {});
      await until(() => there.refused.length === 1 && socket.closed);
      expect(there.refused[0]?.message).toMatch(/peer did not return a certificate/);
      expect(there.accepted).toEqual([]);
    });
  });

  test("both are good: each knows the other, by what its certificate says", async () => {
    await using there = await listening(await server);
    const connection = await there.connect(await client, "server.test");
    await until(() => there.accepted.length === 1);
    const ofServer = new X509Certificate((await server).cert);
    expect(connection.security?.info).toEqual({
      protocol: "TLSv1.3",
      cipher: "TLS_AES_256_GCM_SHA384",
      inband: false,
      verified: true,
      certificate: {
        subject: "CN=server.test",
        subjectAltName: "DNS:server.test",
        issuer: "CN=authority",
        serialNumber: ofServer.serialNumber,
        fingerprint256: ofServer.fingerprint256,
        validTo: new Date(ofServer.validTo),
      },
    });
    const [accepted] = there.accepted;
    expect(accepted?.security?.info.certificate?.subjectAltName).toBe("DNS:client.test");
    expect(accepted?.security?.problem("client.test")).toBeUndefined();
    expect(accepted?.security?.problem("server.test")).toBe(
      "the certificate is for DNS:client.test, not for server.test",
    );
    connection.destroy();
  });

  test("a chain with an intermediate authority is verified to its end", async () => {
    const { folder, authority } = await made;
    // The intermediate is an authority that the one everybody trusts has signed.
    const middle = await createAuthority(folder, "middle", authority);
    const leaf = pemOf(await middle.issue("deep.test"), authority);
    await using there = await listening({ ...leaf, cert: leaf.cert + readFileSync(middle.certificate, "utf8") });
    (await there.connect(await client, "deep.test")).destroy();
    await using without = await listening(leaf);
    await expect(without.connect(await client, "deep.test")).rejects.toThrow(/unable to/);
  });

  test.each<[identity: string, names: IssueOptions, certified: boolean]>([
    ["a.example", { subjectAltName: "DNS:a.example" }, true],
    ["A.Example", { subjectAltName: "DNS:a.example" }, true],
    ["b.example", { subjectAltName: "DNS:a.example,DNS:b.example" }, true],
    ["c.example", { subjectAltName: "DNS:a.example,DNS:b.example" }, false],
    ["a.example", { subjectAltName: "DNS:*.example" }, false],
    ["a.lab.example", { subjectAltName: "DNS:*.lab.example" }, true],
    ["a.b.lab.example", { subjectAltName: "DNS:*.lab.example" }, false],
    ["lab.example", { subjectAltName: "DNS:*.lab.example" }, false],
    ["abc.lab.example", { subjectAltName: "DNS:a*.lab.example" }, false],
    // The CN only where there is no subjectAltName: RFC 6125 section 6.4.4.
    ["a.example", { subjectAltName: "", commonName: "a.example" }, true],
    ["b.example", { subjectAltName: "", commonName: "a.example" }, false],
    ["a.example", { subjectAltName: "DNS:b.example", commonName: "a.example" }, false],
    ["a.example", { subjectAltName: "URI:aaa://a.example", commonName: "a.example" }, false],
    ["192.0.2.1", { subjectAltName: "IP:192.0.2.1" }, false],
    // What is no host name is nobody's, whatever OpenSSL makes of it.
    [".lab.example", { subjectAltName: "DNS:a.lab.example" }, false],
    ["*.lab.example", { subjectAltName: "DNS:*.lab.example" }, false],
    ["", { subjectAltName: "DNS:a.example" }, false],
  ])("%j, certificate %j: %j", async (identity, names, certified) => {
    const { cert } = await (await made).issue("names.test", names);
    expect(certifies(new X509Certificate(cert), identity)).toBe(certified);
  });

  describe("options", () => {
    test("verification switched off: anybody will do, and the connection says so", async () => {
      const self = pemOf(await selfSigned("self.test", (await made).folder), (await made).authority);
      const options = { cert: self.cert, key: self.key, insecureSkipVerification: true };
      await using there = await listening(options);
      const connection = await there.connect(options, "whoever.test");
      await until(() => there.accepted.length === 1);
      expect(connection.security?.info).toMatchObject({ verified: false, certificate: { subject: "CN=self.test" } });
      expect(connection.security?.problem("whoever.test")).toBeUndefined();
      const nobody = connectTls({ ...there.where, rejectUnauthorized: false });
      await until(() => there.accepted.length === 2);
      expect(there.accepted[1]?.security?.info).toMatchObject({ verified: false, certificate: undefined });
      nobody.destroy();
      connection.destroy();
    });

    test("are checked when they are given; what is wrong is said without a key in it", async () => {
      const { folder, authority } = await made;
      const pem = await server;
      const encrypted = join(folder, "encrypted.key.pem");
      await run("openssl", ["pkey", "-in", authority.key, "-aes256", "-passout", "pass:c0rrect", "-out", encrypted]);
      const locked = { ...pemOf(authority, authority), key: readFileSync(encrypted, "utf8") };
      expect(() => new TlsCredentials({ ...locked, passphrase: "c0rrect" })).not.toThrow();
      const wrong: readonly [Record<string, unknown>, RegExp][] = [
        [{ ...pem, key: undefined }, /cert and key/],
        [{ ...pem, ca: undefined }, /ca is needed/],
        [{ ...pem, ca: [] }, /ca is needed/],
        [{ ...pem, key: (await client).key }, /mismatch/],
        [{ ...pem, key: "no key" }, /tls: /],
        [{ ...pem, minVersion: "TLSv1.1" }, /minVersion must be TLSv1.2 or TLSv1.3/],
        [{ ...pem, ciphers: "NONESUCH" }, /cipher/],
        [{ ...locked, passphrase: "s3cret-guess" }, /decrypt/],
        [locked, /tls: /],
      ];
      for (const [options, reason] of wrong) {
        const error = catching(() => new TlsCredentials(options as unknown as TlsOptions));
        expect(error).toBeInstanceOf(ConfigurationError);
        expect((error as Error).message).toMatch(reason);
        expect(inspect(error, { depth: 9 })).not.toMatch(/s3cret-guess|PRIVATE KEY/);
      }
    });

    test("cannot be read back", async () => {
      const credentials = new TlsCredentials({ ...(await server), passphrase: "s3cret" });
      const shown = inspect(credentials, { depth: 9, showHidden: true }) + JSON.stringify(credentials);
      expect(shown).not.toMatch(/s3cret|BEGIN/);
    });

    test("TLS 1.1 is refused, also where both sides could", async () => {
      await using there = await listening(await server);
      const old = { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL@SECLEVEL=0" } as const;
      const socket = connectTls({ ...there.where, ...(await client), ...old });
      const [error] = await once(socket, "error");
      expect(error.message).toMatch(/version/);
      await until(() => there.refused.length === 1);
      expect(there.refused[0]?.message).toMatch(/TLS handshake: .*(version|protocol)/);

      const oldServer = createTlsServer({ ...(await server), ...old }).listen(0, "127.0.0.1");
      await once(oldServer, "listening");
      const where = { host: "127.0.0.1", port: (oldServer.address() as AddressInfo).port };
      await expect(tls.connect(where, { tls: new TlsCredentials(await client) })).rejects.toThrow(/TLS handshake: /);
      oldServer.close();
    });

    test("a side that wants 1.3 refuses 1.2", async () => {
      await using there = await listening({ ...(await server), minVersion: "TLSv1.3" });
      await expect(there.connect({ ...(await client), maxVersion: "TLSv1.2" })).rejects.toThrow(/version/);
    });

    test("update() is for handshakes that come; connections stay; what is wrong changes nothing", async () => {
      const credentials = new TlsCredentials(await server);
      await using there = await listening(credentials);
      const before = await there.connect(await client, "server.test");
      credentials.update(await (await made).issue("renewed.test"));
      expect(() => credentials.update({ cert: "", key: "" })).toThrow(ConfigurationError);
      const after = await there.connect(await client, "renewed.test");
      await until(() => there.accepted.length === 2);
      const [one, two] = [new Recorder(), new Recorder()];
      there.accepted[0]?.start(one);
      there.accepted[1]?.start(two);
      before.start(new Recorder());
      after.start(new Recorder());
      before.write(message(1));
      after.write(message(2));
      await until(() => one.numbers.length === 1 && two.numbers.length === 1);
      // The same object for connections of our own.
      const ours = new TlsCredentials(await client);
      ours.update(await (await made).issue("client2.test"));
      await there.connect(ours);
      await until(() => there.accepted.length === 3);
      expect(there.accepted[2]?.security?.info.certificate?.subject).toBe("CN=client2.test");
    });

    test("onKeyLog gets the secrets of every connection, from either side the same", async () => {
      const [ours, theirs]: [string[], string[]] = [[], []];
      await using there = await listening({ ...(await server), onKeyLog: (line) => theirs.push(String(line)) });
      await there.connect({ ...(await client), onKeyLog: (line) => ours.push(String(line)) });
      await until(() => there.accepted.length === 1 && ours.length >= 5 && theirs.length >= 5);
      expect(ours.sort()).toEqual(theirs.sort());
      for (const line of ours) expect(line).toMatch(/^[A-Z_0-9]+ [0-9a-f]{64} [0-9a-f]{64,}\n$/);
      expect(ours.join("")).toMatch(/CLIENT_TRAFFIC_SECRET_0 /);
    });
  });

  describe("what is not TLS, or does not go on", () => {
    test("Diameter in the clear, and noise, on the TLS port: closed, nobody else notices", async () => {
      await using there = await listening(await server);
      const good = await there.connect(await client);
      await until(() => there.accepted.length === 1);
      for (const octets of [message(1), Buffer.alloc(1000, 0xff), Buffer.from("GET / HTTP/1.1\r\n\r\n")]) {
        const socket = connectTcp(there.where);
        socket.on("error", () => {});
        socket.resume();
        socket.write(octets);
        await until(() => socket.closed);
      }
      expect(there.refused).toHaveLength(3);
      for (const { message: text } of there.refused) expect(text).toMatch(/^the peer: TLS handshake: /);
      const heard = new Recorder();
      there.accepted[0]?.start(heard);
      good.start(new Recorder());
      good.write(message(7));
      await until(() => heard.numbers.length === 1);
    });

    test("TLS on the port of TCP is what is not Diameter", async () => {
      const heard = new Recorder();
      const listener = await tcp.listen({ host: "127.0.0.1", port: 0 }, (connection) => {
        connection.start({
          onMessage: (raw) => heard.onMessage(raw),
          onDrain: () => {},
          onClose: (error) => heard.onClose(error),
          onFault: (fault) => {
            heard.onFault(fault);
            connection.destroy();
          },
        });
      });
      const where = { host: "127.0.0.1", port: listener.address.port };
      await expect(tls.connect(where, { tls: new TlsCredentials(await client) })).rejects.toThrow(/TLS handshake: /);
      await until(() => heard.closes.length === 1);
      expect(heard.faults).toMatchObject([{ kind: "version" }]);
      await listener.close();
    });

    test("a handshake that does not go on ends after handshakeTimeoutMs, on either side", async () => {
      const clock = new VirtualClock();
      await using there = await listening(await server, { clock });
      const silent = connectTcp(there.where);
      silent.on("error", () => {});
      silent.resume();
      await until(() => clock.pending === 1);
      await clock.advanceAsync(10_000);
      await until(() => silent.closed);
      expect(there.refused).toMatchObject([{ name: "TimeoutError", timeoutMs: 10_000 }]);

      // A listener in the clear says nothing to a ClientHello.
      const sockets: Socket[] = [];
      const mute = createTcpServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
      await once(mute, "listening");
      const where = { host: "127.0.0.1", port: (mute.address() as AddressInfo).port };
      const attempt = tls.connect(where, { tls: new TlsCredentials(await client), clock }).catch((caught) => caught);
      await until(() => sockets.length === 1 && clock.pending === 1);
      await turn();
      await clock.advanceAsync(10_000);
      expect(await attempt).toMatchObject({ name: "TransportError", cause: { timeoutMs: 10_000 } });
      for (const socket of sockets) socket.destroy();
      mute.close();
    });

    test("unfinished handshakes are limited, in all and from one address; those that end make room", async () => {
      await using there = await listening(await server, {
        limits: limits({ maxUnidentified: 4, maxUnidentifiedPerAddress: 3 }),
      });
      const sockets = Array.from({ length: 4 }, () => connectTcp(there.where).on("error", () => {}));
      await until(() => there.refused.length === 1);
      expect(there.refused[0]?.message).toBe("too many TLS handshakes under way");
      sockets[0]?.destroy();
      await until(() => there.refused.length === 2);
      (await there.connect(await client)).destroy();
      for (const socket of sockets) socket.destroy();
    });

    test("closing the listener ends handshakes that are under way", async () => {
      const listener = await tls.listen({ host: "127.0.0.1", port: 0 }, () => {}, {
        tls: new TlsCredentials(await server),
      });
      const socket = connectTcp({ host: "127.0.0.1", port: listener.address.port }).on("error", () => {});
      socket.resume();
      await once(socket, "connect");
      await turn();
      await listener.close();
      await until(() => socket.closed);
    });

    test.each(["TLSv1.2", "TLSv1.3"] as const)("%s: connections that come and go in every way", async (maxVersion) => {
      await using there = await listening({ ...(await server), maxVersion });
      const ours = new TlsCredentials({ ...(await client), maxVersion });
      for (let i = 0; i < 24; i++) {
        const connection = await there.connect(ours);
        const end = new Recorder();
        connection.start(end);
        for (let j = 0; j < i % 4; j++) connection.write(message(j, 40_000));
        for (let j = 0; j < i % 3; j++) await turn();
        if (i % 2 === 0) connection.destroy();
        await until(() => there.accepted.length === i + 1);
        const accepted = there.accepted[i];
        accepted?.start(new Recorder(() => accepted.destroy()));
        if (i % 5 === 0) accepted?.destroy();
        else connection.close();
        await until(() => end.closes.length === 1);
      }
    });
  });
});

function catching(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
