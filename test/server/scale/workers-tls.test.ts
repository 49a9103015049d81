/** TLS with several workers: from the first octet and in band, in and out, and certificates renewed by SIGHUP in all of them. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DiameterNode, type PeerConfig } from "@diamgen/runtime";
import * as accounting from "@diamgen/sdk/accounting";
import * as sip from "@diamgen/sdk/sip";
import { expect, test } from "vitest";
import { createAuthority, pemOf } from "../../support/certificate.js";
import { FreeDiameter, freeDiameterRequirements } from "../../support/freediameter.js";
import { freePort, run } from "../../support/process.js";
import { describeWith } from "../../support/require.js";
import { type Pem, testTls, tlsRequirements } from "../../support/tls.js";
import { BIN } from "../demo.js";
import { configFile, temporaryFolder } from "../program.js";
import { client, Workers } from "./workers.js";

const SECONDS = 1000;
const SERVER = "server.diameter.test";
const HOST = "127.0.0.1";

/** A server with its certificate in a folder of its own, which can be exchanged, and where it listens. */
class Secured implements AsyncDisposable {
  readonly workers: Workers;
  readonly folder: string;
  readonly #made: Awaited<ReturnType<typeof testTls>>;

  private constructor(workers: Workers, folder: string, made: Awaited<ReturnType<typeof testTls>>) {
    this.workers = workers;
    this.folder = folder;
    this.#made = made;
  }

  static async start(
    made: Awaited<ReturnType<typeof testTls>>,
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Secured> {
    const folder = temporaryFolder();
    await serve(folder, made, "first");
    const tls = { certificate: "chain.pem", key: "key.pem", ca: [made.authority.certificate] };
    const listen = [
      { host: HOST, port: 0, transport: "tls" },
      { host: HOST, port: 0, security: "inband" },
    ];
    const more = { accept: [], acceptSecured: ["*.diameter.test"], listen, tls };
    const workers = await Workers.start(configFile(folder, { workers: 2, ...more, ...settings }));
    const secured = new Secured(workers, folder, made);
    await workers.program.waitUntil(() => secured.ports.length === 2 || undefined, "say where it listens");
    return secured;
  }

  /** For TLS from the first octet, and in band. */
  get ports(): readonly number[] {
    return [...this.workers.program.output.matchAll(/^listening on 127\.0\.0\.1 port (\d+) /gm)].map(([, port]) =>
      Number(port),
    );
  }

  /** Serial numbers that connections see which come one after the other: workers take them in turn. */
  async serials(port: number, connections = 4): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (let index = 0; index < connections; index++) {
      const { stdout } = await run("openssl", ["s_client", "-connect", `${HOST}:${port}`, "-showcerts"], { input: "" });
      found.add(await serialOf(stdout));
    }
    return found;
  }

  /** Another certificate by the same authority, and SIGHUP. */
  async renew(name: string): Promise<void> {
    await serve(this.folder, this.#made, name);
    await this.reload(/configuration was read again/);
  }

  /** A key that is not the certificate's, and SIGHUP. */
  async spoil(): Promise<void> {
    copyFileSync(this.#made.authority.key, join(this.folder, "key.pem"));
    await this.reload(/the configuration before stays in force/);
  }

  private async reload(until: RegExp): Promise<void> {
    const from = this.workers.log.length;
    this.workers.program.kill("SIGHUP");
    await this.workers.waitFor("of a reload", ({ msg }) => until.test(msg), from);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.workers[Symbol.asyncDispose]();
  }
}

async function serve(folder: string, { authority }: Awaited<ReturnType<typeof testTls>>, name: string): Promise<void> {
  const { certificate, key } = await authority.issue(SERVER, { file: `${name}-${Math.random()}` });
  copyFileSync(certificate, join(folder, "chain.pem"));
  copyFileSync(key, join(folder, "key.pem"));
}

async function serialOf(pem: string): Promise<string> {
  const { stdout } = await run("openssl", ["x509", "-noout", "-serial"], { input: pem });
  const [, serial = ""] = /^serial=([0-9A-F]+)$/m.exec(stdout) ?? [];
  expect(serial, pem).not.toBe("");
  return serial;
}

/** "open", or why not. */
async function outcome(node: DiameterNode): Promise<unknown> {
  const known = new Promise<unknown>((resolve) => {
    node.once("peer:open", () => resolve("open"));
    node.once("peer:close", (_peer, reason) => resolve(reason.resultCode ?? reason.message));
  });
  await node.start();
  return known;
}

const MAR = {
  destinationRealm: "diameter.test",
  authSessionState: sip.AuthSessionState.NO_STATE_MAINTAINED,
  sipAor: "sip:alice@diameter.test",
  sipMethod: "REGISTER",
};

/** It is answered: there are no credentials in it. */
async function answered(node: DiameterNode): Promise<void> {
  expect(await sip.client(node).multimediaAuth(MAR)).toMatchObject({ resultCode: 5005, originHost: SERVER });
}

describeWith(tlsRequirements, "TLS with several workers", () => {
  const made = testTls();
  const issued = async (name: string): Promise<Pem> => (await made).issue(`${name}.diameter.test`);
  const connecting = (name: string, port: number, peer: Partial<PeerConfig>) =>
    client(name, port, { peers: [{ host: HOST, port, originHost: SERVER, ...peer }], reconnectMs: 60_000 });

  test("connections to all of them; SIGHUP renews the certificate in each, and nobody is disconnected", {
    timeout: 120 * SECONDS,
  }, async () => {
    await using server = await Secured.start(await made);
    const { workers } = server;
    const [secure = 0, inband = 0] = server.ports;

    const names = ["one", "two", "three", "four"];
    const nodes = await Promise.all(
      names.map(async (name, index) => {
        const tls = await issued(name);
        if (index < 2) return connecting(name, secure, { transport: "tls", tls });
        return connecting(name, inband, { security: "inband", tls });
      }),
    );
    await using _nodes = {
      [Symbol.asyncDispose]: async () => void (await Promise.all(nodes.map((node) => node.stop({ timeoutMs: 1000 })))),
    };
    const closed: unknown[] = [];
    for (const node of nodes) {
      expect(await outcome(node)).toBe("open");
      node.on("peer:close", (_peer, reason) => closed.push([node.originHost, reason]));
      await answered(node);
    }
    expect(nodes.map((node) => node.peers.list()[0]?.security)).toMatchObject(
      [false, false, true, true].map((how) => ({ inband: how, protocol: "TLSv1.3", verified: true })),
    );
    const owners = names.map((name) => workers.ownerOf(`${name}.diameter.test`));
    expect(new Set(owners.slice(0, 2)).size).toBe(2);
    expect(new Set(owners.slice(2)).size).toBe(2);

    // Mutual: whoever shows the certificate of another, or of an authority that is not trusted, comes to nothing, whichever worker it comes to.
    const { folder } = await made;
    const strange = await createAuthority(folder, "strange");
    const stranger = { ...pemOf(await strange.issue("other.diameter.test"), strange), ca: (await issued("one")).ca };
    for (const tls of [await issued("one"), stranger])
      for (let round = 0; round < 2; round++) {
        await using other = connecting("other", secure, { transport: "tls", tls });
        expect(await outcome(other)).not.toBe("open");
      }
    // One peer, one connection, also under TLS.
    await using again = connecting("ONE", inband, { security: "inband", tls: await issued("one") });
    expect(await outcome(again)).not.toBe("open");

    const before = await server.serials(secure);
    expect(before.size).toBe(1);
    await server.renew("second");
    const after = await server.serials(secure);
    expect(after.size).toBe(1);
    expect(after).not.toEqual(before);
    // What cannot be used changes nothing, in none of them.
    await server.spoil();
    expect(await server.serials(secure)).toEqual(after);
    for (const node of nodes) await answered(node);
    expect(closed).toEqual([]);
    for (const name of ["five", "six"]) {
      await using late = connecting(name, inband, { security: "inband", tls: await issued(name) });
      expect(await outcome(late)).toBe("open");
      expect(late.peers.list()[0]?.security?.certificate?.serialNumber).toBe([...after][0]);
    }

    // Who takes the place of a dead worker reads the certificate that is there then.
    await server.renew("third");
    const said = workers.log.length;
    process.kill([...workers.pids.values()][0] as number, "SIGKILL");
    await workers.waitFor("of a new worker", ({ msg }) => msg === "a worker serves", said);
    const third = await server.serials(secure);
    expect(third.size).toBe(1);
    expect(third).not.toEqual(after);
  });

  test("peers that workers connect to see the certificate, and the renewed one when they are connected to again", {
    timeout: 120 * SECONDS,
  }, async () => {
    const listening = async (name: string, listen: object) =>
      new DiameterNode({
        originHost: `${name}.diameter.test`,
        originRealm: "diameter.test",
        applications: [sip.application, accounting.application],
        listen: [{ host: HOST, port: 0, ...listen }],
        tls: await issued(name),
        accept: [SERVER],
      });
    await using one = await listening("one", { transport: "tls" });
    await using two = await listening("two", { security: "inband" });
    const nodes = [one, two];
    for (const node of nodes) await node.start();
    await using server = await Secured.start(await made, {
      peers: nodes.map(({ originHost, addresses: [at] }, index) => ({
        host: HOST,
        port: at?.port,
        identity: originHost,
        ...(index === 0 ? { transport: "tls" } : { security: "inband" }),
      })),
      timers: { reconnectMs: 1000 },
      admin: { socket: "admin.sock" },
    });
    const serials = () =>
      nodes.map(
        (node) => node.peers.list().find(({ state }) => state === "R-Open")?.security?.certificate?.serialNumber,
      );
    await expect.poll(serials, { timeout: 20 * SECONDS }).toEqual([expect.any(String), expect.any(String)]);
    const [first, ...same] = serials();
    expect(same).toEqual([first]);
    const owners = nodes.map(({ originHost }) => server.workers.ownerOf(originHost));
    expect(owners[0]).not.toBe(owners[1]);

    const closed: string[] = [];
    for (const node of nodes) node.on("peer:close", () => closed.push(node.originHost));
    await server.renew("second");
    for (const node of nodes) await answered(node);
    expect(closed).toEqual([]);
    for (const { originHost } of nodes) {
      const socket = join(server.folder, "admin.sock");
      const { code, output } = await run(process.execPath, [
        BIN,
        "peers",
        "disconnect",
        originHost,
        "--socket",
        socket,
      ]);
      expect(code, output).toBe(0);
    }
    await expect
      .poll(() => serials().filter((serial) => serial !== undefined && serial !== first).length, {
        timeout: 20 * SECONDS,
      })
      .toBe(2);
    expect(new Set(serials()).size).toBe(1);
  });

  describeWith(freeDiameterRequirements, "freeDiameter", () => {
    test("connects to workers under TLS, from the first octet and in band, and stays when the certificate is renewed", {
      timeout: 120 * SECONDS,
    }, async () => {
      const { authority } = await made;
      await using server = await Secured.start(await made);
      const [secure = 0, inband = 0] = server.ports;
      const start = async (name: string, port: number, tls: true | "inband") =>
        FreeDiameter.start({
          identity: `${name}.diameter.test`,
          certificate: await authority.issue(`${name}.diameter.test`),
          trust: authority.certificate,
          securePort: await freePort(),
          extensions: ["dict_sip.fdx"],
          peers: [{ identity: SERVER, port, tls }],
        });
      await using first = await start("fd-tls", secure, true);
      await using second = await start("fd-inband", inband, "inband");
      const daemons = [first, second];
      for (const daemon of daemons) await daemon.waitState(SERVER, "OPEN");
      for (const name of ["fd-tls", "fd-inband"])
        await server.workers.waitFor(
          "of a peer",
          ({ msg, peer }) => msg === "peer connected" && peer === `${name}.diameter.test`,
        );
      const from = server.workers.log.length;
      await server.renew("second");
      expect((await server.serials(secure)).size).toBe(1);
      // They take leave themselves: until then nothing has happened to their connections.
      for (const daemon of daemons) await daemon.stop();
      const left = () => server.workers.log.slice(from).filter(({ msg }) => msg === "peer disconnected");
      await expect.poll(() => left().length, { timeout: 20 * SECONDS }).toBe(2);
      expect(left()).toMatchObject([{ reason: { disconnectCause: 0 } }, { reason: { disconnectCause: 0 } }]);
    });
  });
});
