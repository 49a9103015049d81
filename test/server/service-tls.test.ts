/** TLS as server.yaml says it: whom it lets in, in band and from the first octet, and certificates renewed by a reload. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DiameterNode, type TlsOptions } from "@diamgen/runtime";
import * as sip from "@diamgen/sdk/sip";
import { expect, test } from "vitest";
import type { TraceEvent } from "../../server/src/admin/index.js";
import { ConfigError } from "../../server/src/config/diagnostics.js";
import { parseConfig } from "../../server/src/config/load.js";
import { createLogger } from "../../server/src/log.js";
import { Service } from "../../server/src/service/service.js";
import { dissect, findAvp } from "../support/dissect.js";
import { describeWith } from "../support/require.js";
import { testTls, tlsRequirements } from "../support/tls.js";

const SERVER = "server.diameter.test";
const log = createLogger({ level: "silent" });

describeWith(tlsRequirements, "TLS of the configured server", () => {
  const made = testTls();

  async function prepared() {
    const { folder, authority, issue } = await made;
    const { certificate, key } = await authority.issue(SERVER, { file: "first" });
    const serving = { certificate: join(folder, "chain.pem"), key: join(folder, "key.pem") };
    const serve = (one: { certificate: string; key: string }) => {
      copyFileSync(one.certificate, serving.certificate);
      copyFileSync(one.key, serving.key);
    };
    serve({ certificate, key });
    const config = (listen: string, extra = "") =>
      parseConfig(
        join(folder, "server.yaml"),
        `identity: ${SERVER}
listen: [${listen}]
acceptSecured: ["*.diameter.test"]
database: { type: sqlite, path: ":memory:" }
shutdown: { timeoutMs: 500 }
logging: { level: silent }
tls: { certificate: chain.pem, key: key.pem, ca: [authority.cert.pem] }
${extra}`,
      );
    return { authority, issue, serve, config };
  }

  function client(name: string, port: number, transport: "tcp" | "tls", security?: "inband", tls?: TlsOptions) {
    return new DiameterNode({
      originHost: `${name}.diameter.test`,
      originRealm: "diameter.test",
      applications: [sip.application],
      peers: [{ host: "127.0.0.1", port, originHost: SERVER, transport, security, tls }],
    });
  }

  /** The connection as the client sees it, or why there is none. */
  async function connected(node: DiameterNode) {
    const opened = new Promise<unknown>((resolve) => {
      node.once("peer:open", (peer) => resolve(peer.security?.certificate?.serialNumber ?? "in the clear"));
      node.once("peer:close", (_peer, reason) => resolve(reason.resultCode ?? reason.message));
    });
    await node.start();
    return opened;
  }

  test("acceptSecured: in band and from the first octet, never in the clear; SIGHUP brings another certificate", async () => {
    const { authority, issue, serve, config } = await prepared();
    const both = "{ host: 127.0.0.1, port: 0, transport: tls }, { host: 127.0.0.1, port: 0, security: either }";
    await using service = await Service.start(config(both), log);
    const [secure, plain] = service.addresses.map(({ port }) => port) as [number, number];
    const tls = await issue("client.diameter.test");

    await using first = client("client", secure, "tls", undefined, tls);
    const before = await connected(first);
    expect(before).toMatch(/^[\dA-F]{10,}$/);
    await first.stop();
    await using inband = client("client", plain, "tcp", "inband", tls);
    expect(await connected(inband)).toBe(before);
    await inband.stop();
    await using clear = client("client", plain, "tcp");
    expect(await connected(clear)).toBe(3010);
    await clear.stop();

    const renewed = await authority.issue(SERVER, { file: "second" });
    serve(renewed);
    expect(await service.reload(config(both))).toEqual({ reloaded: [], restart: [] });
    await using second = client("client", secure, "tls", undefined, tls);
    const after = await connected(second);
    expect(after).toMatch(/^[\dA-F]{10,}$/);
    expect(after).not.toBe(before);

    // A key that is not the certificate's changes nothing.
    serve({ certificate: renewed.certificate, key: authority.key });
    const wrong = service.reload(config(both));
    await expect(wrong).rejects.toThrow(ConfigError);
    await expect(wrong).rejects.toThrow(/chain\.pem:1:1 tls: .*key values mismatch/);
    await second.stop();
    await using third = client("client", secure, "tls", undefined, tls);
    expect(await connected(third)).toBe(after);
  });

  test("what cannot be is said before anything is opened", async () => {
    const { config } = await prepared();
    const listen = "{ host: 127.0.0.1, port: 0, transport: tls }";
    const missing = { ...config(listen), tls: { ...config(listen).tls!, ca: ["/nowhere/ca.pem"] } };
    await expect(Service.start(missing, log)).rejects.toThrow(/\/nowhere\/ca\.pem:1:1 cannot be read: ENOENT/);
    await using service = await Service.start(config(listen), log);
    await expect(service.reload({ ...config(listen), tls: undefined })).rejects.toThrow("takes a restart");
  });

  test("a trace of the admin socket's operations shows in the clear what TLS protects", async () => {
    const { issue, config } = await prepared();
    await using service = await Service.start(config("{ host: 127.0.0.1, port: 0, transport: tls }"), log);
    const events: TraceEvent[] = [];
    const stop = await service.admin.trace({ peers: ["client.diameter.test"] }, (event) => events.push(event));
    await using node = client(
      "client",
      service.addresses[0]!.port,
      "tls",
      undefined,
      await issue("client.diameter.test"),
    );
    await connected(node);
    stop();
    expect(events.map(({ direction, transport, protocol }) => [direction, transport, protocol])).toEqual([
      ["in", "tls", "TLSv1.3"],
      ["out", "tls", "TLSv1.3"],
    ]);
    const messages = events.map(({ octets }) => dissect(Buffer.from(octets, "base64")));
    expect(messages.map((message) => [message.code, findAvp(message, 264)?.data.toString()])).toEqual([
      [257, "client.diameter.test"],
      [257, SERVER],
    ]);
    const { peers } = await service.admin.call("peers.list", {});
    expect(peers).toMatchObject([{ name: "client.diameter.test", transport: "tls", protocol: "TLSv1.3" }]);
  });
});
