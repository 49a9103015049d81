/** What an operator may ask of a running server, with real peers over TCP. */
import { expect, onTestFinished, test } from "vitest";
import * as accounting from "../../../generated/src/accounting/index.js";
import * as sip from "../../../generated/src/sip/index.js";
import { DiameterNode, type NodeOptions } from "../../../runtime/src/index.js";
import { parseRequest, type TraceEvent } from "../../../server/src/admin/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { golden } from "../../support/golden.js";
import { next } from "../../support/nodes.js";
import { changed, replaced } from "../diameter/compose.js";
import { cerOf, connectAs, Recorder } from "../diameter/support.js";
import { startSipServer, Type } from "../registration/support.js";
import { startService } from "./support.js";

/** A client of the server, connected; stopped after the test. */
async function startClient(port: number, name = "client", options: Partial<NodeOptions> = {}): Promise<DiameterNode> {
  const node = new DiameterNode({
    originHost: `${name}.diameter.test`,
    originRealm: "diameter.test",
    applications: [sip.application, accounting.application],
    peers: [{ host: "127.0.0.1", port }],
    ...options,
  });
  onTestFinished(() => node.stop({ timeoutMs: 500 }));
  await node.start();
  return node;
}

const own = (response: unknown) => JSON.parse(JSON.stringify(response));

test("status and peers are plain JSON: state, since when, address, applications, counters", async () => {
  const { service, port } = await startService();
  const { admin } = service;
  const before = Date.now();
  await startClient(port);
  const status = await admin.call("status", {});
  expect(own(status)).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    identity: "server.diameter.test",
    realm: "diameter.test",
    pid: process.pid,
    startedAt: expect.any(Number),
    listening: [{ address: "127.0.0.1", port }],
  });
  const { peers } = await admin.call("peers.list", {});
  expect(own(peers)).toMatchObject([
    {
      name: "client.diameter.test",
      state: "R-Open",
      watchdog: "OKAY",
      remote: { address: "127.0.0.1" },
      transport: "tcp",
      applications: [6, 3],
      configured: false,
      enabled: true,
      requests: { sent: 0, received: 1 },
      answers: { sent: 1, received: 0 },
    },
  ]);
  expect(peers[0]!.since).toBeGreaterThanOrEqual(before);
});

test("a configured peer is disconnected with the cause, disabled, and enabled", async () => {
  const other = new DiameterNode({
    originHost: "other.diameter.test",
    originRealm: "diameter.test",
    applications: [sip.application],
    listen: [{ host: "127.0.0.1", port: 0 }],
    accept: "any",
  });
  onTestFinished(() => other.stop({ timeoutMs: 500 }));
  await other.start();
  const { port } = other.addresses[0]!;
  const peers = [{ host: "127.0.0.1", port, identity: "other.diameter.test" }];
  const { service } = await startService({ peers });
  const { admin } = service;
  const closed = () => next(other, "peer:close");

  const [[, disconnected], came, answer] = await Promise.all([
    closed(),
    next(service.server.node, "peer:open"),
    admin.call("peers.disconnect", { peer: "OTHER.diameter.test", cause: "BUSY" }),
  ]);
  expect(disconnected).toMatchObject({ disconnectCause: 1 });
  expect(answer.peers).toMatchObject([{ name: "other.diameter.test", enabled: true, configured: true }]);
  expect(came).toMatchObject([{ originHost: "other.diameter.test", state: "I-Open" }]);

  const [[, disabled], after] = await Promise.all([
    closed(),
    admin.call("peers.disable", { peer: "other.diameter.test" }),
  ]);
  expect(disabled).toMatchObject({ disconnectCause: 2 });
  expect(after.peers).toMatchObject([{ state: "Closed", enabled: false }]);
  await expect(admin.call("peers.disconnect", { peer: "other.diameter.test" })).rejects.toMatchObject({
    code: "ADMIN_IMPOSSIBLE",
  });
  const [, enabled] = await Promise.all([
    next(service.server.node, "peer:open"),
    admin.call("peers.enable", { peer: "other.diameter.test" }),
  ]);
  expect(enabled.peers).toMatchObject([{ enabled: true }]);
});

test("a configured peer that was never reached is named by its place", async () => {
  const { service } = await startService({ peers: [{ host: "127.0.0.1", port: 1 }] });
  const { peers } = await service.admin.call("peers.list", {});
  expect(peers).toMatchObject([{ name: "127.0.0.1:1", configured: true }]);
  const disabled = await service.admin.call("peers.disable", { peer: "127.0.0.1:1" });
  expect(disabled.peers).toMatchObject([{ name: "127.0.0.1:1", enabled: false }]);
  await service.reload({ ...service.config, accept: ["a.test"], admin: undefined });
  expect((await service.admin.call("peers.list", {})).peers).toEqual(disabled.peers);
});

test("who connects by itself is disconnected, and not welcome while it is disabled", async () => {
  const { service, port } = await startService();
  const { admin } = service;
  const client = await startClient(port);
  const name = "client.diameter.test";
  const [[, reason], gone] = await Promise.all([
    next(client, "peer:close"),
    admin.call("peers.disconnect", { peer: name }),
  ]);
  expect(reason).toMatchObject({ disconnectCause: 0 });
  expect(gone).toEqual({ peers: [] });
  await client.connect({ host: "127.0.0.1", port });

  const disabled = await admin.call("peers.disable", { peer: name });
  expect(disabled.peers).toMatchObject([{ name, state: "Closed", enabled: false, configured: false }]);
  await expect(connectAs(port, new Recorder())).rejects.toThrow();
  expect((await admin.call("peers.list", {})).peers).toMatchObject([{ name, enabled: false }]);
  const elseCER = changed(cerOf("opensips-3.2-auth"), {
    avps: (avps) => replaced(avps, { 264: "else.diameter.test" }),
  });
  await using _other = await connectAs(port, new Recorder(), elseCER);
  expect(await admin.call("peers.disable", { peer: name })).toMatchObject({ peers: [{ name, enabled: false }] });

  expect(await admin.call("peers.enable", { peer: name })).toEqual({ peers: [] });
  await using again = await connectAs(port, new Recorder());
  expect(resultCode(dissect(await again.exchange(golden("opensips-3.2-acct", 11).hex)))).toBe(2001);
  for (const operation of ["peers.disable", "peers.enable", "peers.disconnect"] as const)
    await expect(admin.call(operation, { peer: "nobody.diameter.test" })).rejects.toMatchObject({
      code: "ADMIN_NO_SUCH_PEER",
    });
});

test("statistics are those of the node; the log's level changes until the next reload", async () => {
  const { service, port } = await startService({ logging: { level: "error" } });
  await startClient(port);
  const statistics = own(await service.admin.call("statistics", {}));
  expect(statistics.peers[0]).toMatchObject({ peer: "client.diameter.test", commands: [{ commandCode: 257 }] });
  expect(await service.admin.call("log.level", {})).toEqual({ level: "silent" });
  expect(await service.admin.call("log.level", { level: "warn" })).toEqual({ level: "warn" });
  await service.reload(service.config);
  expect(await service.admin.call("log.level", {})).toEqual({ level: "error" });
});

test("a trace has what it asks for, octet by octet but for secrets; eight at a time", async () => {
  const { service, port } = await startService();
  const { admin } = service;
  const all: TraceEvent[] = [];
  const some: TraceEvent[] = [];
  const stopAll = await admin.trace({}, (event) => all.push(own(event)));
  const stopSome = await admin.trace({ peers: ["CLIENT.diameter.test"], commands: [286] }, (event) => some.push(event));
  const recorder = new Recorder();
  await using client = await connectAs(port, recorder);
  const mar = golden("opensips-3.2-auth", 9);
  await client.exchange(mar.hex);
  expect(all.map(({ direction, octets }) => [direction, dissect(Buffer.from(octets, "base64")).code])).toEqual([
    ["in", 257],
    ["out", 257],
    ["in", 286],
    ["out", 286],
  ]);
  expect(all[0]).toMatchObject({ peer: "client.diameter.test", transport: "tcp", local: { port } });
  expect(some).toHaveLength(2);
  const [request, answer] = some.map(({ octets }) => Buffer.from(octets, "base64")) as [Buffer, Buffer];
  const sent = Buffer.from(mar.hex, "hex");
  // The client has put in its own identifiers.
  request.copy(sent, 12, 12, 20);
  const secret = findAvp(dissect(sent), 103)!.data.toString();
  expect(secret).toMatch(/^[0-9a-f]{32}$/);
  expect(request.toString("latin1")).toBe(sent.toString("latin1").replaceAll(secret, "*".repeat(32)));
  expect(answer).toEqual(Buffer.from(recorder.messages.at(-1)!));
  stopSome();
  stopSome();
  for (let i = 0; i < 7; i++) await admin.trace({}, () => {});
  await expect(admin.trace({}, () => {})).rejects.toMatchObject({ code: "ADMIN_LIMIT" });
  stopAll();
  await admin.trace({}, () => {});
});

test("a peer is asked to end a registration and is sent a profile; its answer is told", async () => {
  const { service, port } = await startService();
  const { admin } = service;
  await using s1 = await startSipServer(port);
  await s1.assign(Type.REGISTRATION);
  const user = "alice@sipdomain.invalid";
  const common = { server: s1.uri, originHost: "s1.diameter.test", aors: ["sip:alice@sipdomain.invalid"] };

  expect(own(await admin.call("registrations.push", { user }))).toEqual({
    outcomes: [{ ...common, resultCode: 2001, result: "DIAMETER_SUCCESS" }],
  });
  expect(s1.pushes).toMatchObject([{ userName: user }]);

  s1.answers.termination = 5012;
  const request = { user, reason: "REMOVE_SIP_SERVER", info: "moved" } as const;
  expect(own(await admin.call("registrations.terminate", request))).toMatchObject({
    outcomes: [{ ...common, resultCode: 5012, result: "DIAMETER_UNABLE_TO_COMPLY", ended: false }],
  });
  expect(s1.terminations).toMatchObject([
    { userName: user, sipDeregistrationReason: { sipReasonCode: 3, sipReasonInfo: "moved" } },
  ]);
  s1.answers.termination = 2001;
  expect(await admin.call("registrations.terminate", { user, aors: [common.aors[0]!] })).toMatchObject({
    outcomes: [{ resultCode: 2001, ended: true }],
  });
  expect(s1.terminations[1]).toMatchObject({ sipAor: common.aors });
  expect(await admin.call("registrations.terminate", { user })).toEqual({ outcomes: [] });
  await expect(admin.call("registrations.terminate", { user, aors: ["nonsense"] })).rejects.toMatchObject({
    code: "ADMIN_INVALID",
  });
});

test("a SIP server that is not there: no answer, and why", async () => {
  const { service, port } = await startService();
  const s1 = await startSipServer(port);
  await s1.assign(Type.REGISTRATION);
  await s1[Symbol.asyncDispose]();
  const { outcomes } = await service.admin.call("registrations.terminate", { user: "alice@sipdomain.invalid" });
  expect(own(outcomes)).toMatchObject([{ ended: false, error: expect.stringMatching(/s1\.diameter\.test|no peer/) }]);
  expect(own(outcomes)[0]).not.toHaveProperty("resultCode");
  const forced = { user: "alice@sipdomain.invalid", force: true };
  expect(await service.admin.call("registrations.terminate", forced)).toMatchObject({ outcomes: [{ ended: true }] });
});

test.each([
  ["peers.disable", {}, /peer/],
  ["peers.disable", { peer: "" }, /peer/],
  ["peers.disable", { peer: "a.test", timeoutMs: 0 }, /timeoutMs/],
  ["peers.disable", { peer: "a.test", cause: "TIRED" }, /cause/],
  ["status", { surplus: 1 }, /surplus/],
  ["status", [], /./],
  ["log.level", { level: "loud" }, /level/],
  ["registrations.push", { user: "alice" }, /user: must be user@domain/],
  ["registrations.terminate", { user: "a@b", aors: [] }, /aors/],
] as const)("%s %o is refused", (operation, request, message) => {
  expect(() => parseRequest(operation, request)).toThrow(expect.objectContaining({ code: "ADMIN_INVALID" }));
  expect(() => parseRequest(operation, request)).toThrow(message);
});
