/** What a node answers, octet by octet, to a peer that is not ours: RFC 6733 sections 5.3, 5.6.1, 6 and 7. */

import { afterEach, describe, expect, test } from "vitest";
import { Avp, encodeAvps } from "../../../runtime/src/codec/avp.js";
import { Header } from "../../../runtime/src/codec/header.js";
import { RawMessage } from "../../../runtime/src/codec/raw-message.js";
import type { NodeOptions } from "../../../runtime/src/index.js";
import { DiameterNode } from "../../../runtime/src/node.js";
import { encodeCER } from "../../../runtime/src/peer/base-messages.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { type DissectedMessage, dissect, dissectAvps, findAvp, resultCode } from "../../support/dissect.js";
import { bytesOf, golden } from "../../support/golden.js";
import { next } from "../../support/nodes.js";
import { RawClient } from "../../support/raw-client.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const nodes: DiameterNode[] = [];
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 1 })));
});

async function serve(options: Partial<NodeOptions> = {}): Promise<{ node: DiameterNode; port: number }> {
  const node = new DiameterNode({
    originHost: "server.test",
    originRealm: "test",
    applications: [tinyApplication],
    accept: "any",
    listen: [{ host: "127.0.0.1", port: 0 }],
    ...options,
  });
  nodes.push(node);
  await node.start();
  return { node, port: node.addresses[0]?.port as number };
}

const text = (code: number, value: string, flags = 0x40) => new Avp(code, 0, flags, Buffer.from(value));
const u32 = (code: number, value: number, flags = 0x40) => {
  const data = Buffer.alloc(4);
  data.writeUInt32BE(value);
  return new Avp(code, 0, flags, data);
};

const capabilities = {
  originHost: "raw.test",
  originRealm: "test",
  hostIpAddress: ["127.0.0.1"],
  vendorId: 0,
  productName: "raw",
  supportedVendorId: [],
  authApplicationId: [tinyApplication.id],
  acctApplicationId: [],
  inbandSecurityId: [],
  vendorSpecificApplicationId: [],
};
const cer = (change: Partial<typeof capabilities> = {}) =>
  encodeCER({ ...capabilities, ...change } as never, { hopByHop: 7, endToEnd: 9 });

/** The CER with its AVPs as they are, changed. */
const cerOf = (change: (avps: Avp[]) => Avp[]) =>
  RawMessage.of(new Header(0x80, 257, 0, 7, 9), change([...cer().avps()])).bytes;

async function open(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.send(cer().bytes);
  expect(resultCode(dissect(await client.next()))).toBe(2001);
  return client;
}

const REQUEST = [
  text(263, "raw.test;1;1"),
  text(264, "raw.test"),
  text(296, "test"),
  text(283, "test"),
  text(1, "alice"),
];
const message = (avps: readonly Avp[], { flags = 0xc0, code = tiny.code, app = tinyApplication.id } = {}) =>
  RawMessage.of(new Header(flags, code, app, 0x11223344, 0x55667788), avps).bytes;

describe("CER, sections 5.3 and 5.6.1", () => {
  test("the CER of freeDiameter with OpenSIPS, and the CEA that it wants: Acct 3, Acct 6 and Auth 6", async () => {
    const sip = { ...tinyApplication, name: "sip", id: 6 };
    const { node, port } = await serve({
      applications: [sip],
      advertise: { auth: [6], acct: [3, 6] },
      productName: "test",
      vendorId: 4242,
      firmwareRevision: 7,
      originStateId: 11,
    });
    const client = await RawClient.connect(port);
    const request = golden("opensips-3.2-auth", 1);
    client.send(bytesOf(request));
    const cea = dissect(await client.next());
    expect(cea).toMatchObject({
      request: false,
      error: false,
      code: 257,
      applicationId: 0,
      hopByHop: request.hopByHop,
      endToEnd: request.endToEnd,
    });
    const values = (code: number) =>
      cea.avps.filter((avp) => avp.code === code).map(({ data }) => data.readUInt32BE(0));
    expect(resultCode(cea)).toBe(2001);
    expect(values(258)).toEqual([6]);
    expect(values(259)).toEqual([3, 6]);
    expect(values(266)).toEqual([4242]);
    expect(values(278)).toEqual([11]);
    expect(values(267)).toEqual([7]);
    expect(findAvp(cea, 264)?.data.toString()).toBe("server.test");
    expect(findAvp(cea, 257)?.data.toString("hex")).toBe("00017f000001");
    // Section 4.5: Product-Name and Firmware-Revision have no M bit.
    expect([findAvp(cea, 269)?.flags, findAvp(cea, 267)?.flags]).toEqual([0, 0]);
    expect(node.peers.list()).toMatchObject([{ originHost: "client.diameter.test", relay: true }]);
    await client.close();
  });

  test("vendors of applications and AVPs are advertised once each, without 0 and the device's own", async () => {
    const { port } = await serve({
      vendorId: 42,
      extensions: [
        new Map([
          [10_415, new Map([[1, 0]])],
          [42, new Map([[1, 0]])],
        ]),
      ],
      applications: [tinyApplication, { ...tinyApplication, id: 99, vendorId: 10_415 }],
    });
    const client = await RawClient.connect(port);
    client.send(cer().bytes);
    const cea = dissect(await client.next());
    expect(cea.avps.filter(({ code }) => code === 265).map(({ data }) => data.readUInt32BE(0))).toEqual([10_415]);
    const group = dissectAvps(findAvp(cea, 260)?.data ?? Buffer.alloc(0));
    expect(group.map(({ code, data }) => [code, data.readUInt32BE(0)])).toEqual([
      [266, 10_415],
      [258, 99],
    ]);
    await client.close();
  });

  const group = (...avps: Avp[]) => new Avp(260, 0, 0x40, encodeAvps(avps));
  test.each<[string, Uint8Array, number, string | undefined]>([
    [
      "5005: no Origin-Host; Failed-AVP has a zero-filled example",
      cerOf((avps) => avps.slice(1)),
      5005,
      "0000010840000009 00000000",
    ],
    [
      "5005: no Host-IP-Address",
      cerOf((avps) => avps.filter(({ code }) => code !== 257)),
      5005,
      "000001014000000e 000000000000 0000",
    ],
    [
      "5009: 64 Origin-Hosts; the second is shown",
      cerOf((avps) => [...avps, ...Array<Avp>(63).fill(text(264, "x.test"))]),
      5009,
      undefined,
    ],
    [
      "5001: an unknown AVP with the M bit",
      cerOf((avps) => [...avps, new Avp(9999, 10_415, 0xc0, new Uint8Array(4))]),
      5001,
      "0000270fc000001000 0028af00000000".replace(" ", ""),
    ],
    [
      "5014: an Unsigned32 of three octets",
      cerOf((avps) => avps.map((avp) => (avp.code === 266 ? new Avp(266, 0, 0x40, new Uint8Array(3)) : avp))),
      5014,
      undefined,
    ],
    [
      "5014: an Address of less than its least size",
      cerOf((avps) =>
        avps.map((avp) => (avp.code === 257 ? new Avp(257, 0, 0x40, Buffer.from("00017f0000", "hex")) : avp)),
      ),
      5014,
      undefined,
    ],
    [
      "5004: an IPv6 address of six octets",
      cerOf((avps) =>
        avps.map((avp) => (avp.code === 257 ? new Avp(257, 0, 0x40, Buffer.from("0002ffffffffffff", "hex")) : avp)),
      ),
      5004,
      undefined,
    ],
    ["5004: an identity with a NUL", cerOf((avps) => [text(264, "raw\0.test"), ...avps.slice(1)]), 5004, undefined],
    [
      "6.11, 5005: Vendor-Specific-Application-Id without an id",
      cerOf((avps) => [...avps, group(u32(266, 1))]),
      5005,
      undefined,
    ],
    [
      "6.11, 5009: Vendor-Specific-Application-Id with both",
      cerOf((avps) => [...avps, group(u32(266, 1), u32(258, 2), u32(259, 2))]),
      5009,
      undefined,
    ],
    [
      "5005: Vendor-Specific-Application-Id without Vendor-Id",
      cerOf((avps) => [...avps, group(u32(258, 2))]),
      5005,
      undefined,
    ],
    ["5010: no application in common", cer({ authApplicationId: [1] }).bytes, 5010, undefined],
    ["5010: no application at all", cer({ authApplicationId: [] }).bytes, 5010, undefined],
    ["5017: TLS in band or nothing", cer({ inbandSecurityId: [1] as never }).bytes, 5017, undefined],
    ["3010: it says to be us", cer({ originHost: "SERVER.test" }).bytes, 3010, undefined],
  ])("%s", async (_name, request, expected, failed) => {
    const { node, port } = await serve();
    const client = await RawClient.connect(port);
    client.send(request);
    const cea = dissect(await client.next());
    expect(resultCode(cea)).toBe(expected);
    // 7.1.3: protocol errors stand in answers with the E bit, others not.
    expect(cea).toMatchObject({ code: 257, hopByHop: 7, endToEnd: 9, error: expected === 3010 });
    expect(findAvp(cea, 281)?.data.length).toBeGreaterThan(0);
    if (failed !== undefined) expect(findAvp(cea, 279)?.data.toString("hex")).toBe(failed.replaceAll(" ", ""));
    await client.waitClosed();
    expect(node.peers.list()).toEqual([]);
    expect(node.counters["connection:refused"]).toBe(1);
  });

  test("an AVP whose length passes the end: 5014, Failed-AVP with header and zeros", async () => {
    const { port } = await serve();
    const bytes = cer().bytes.slice();
    // Vendor-Id: its length becomes 400.
    const at = RawMessage.from(bytes).find(266);
    bytes.set([0x01, 0x90], at + 6);
    const client = await RawClient.connect(port);
    client.send(bytes);
    const cea = dissect(await client.next());
    expect(resultCode(cea)).toBe(5014);
    expect(findAvp(cea, 279)?.data.toString("hex")).toBe("0000010a4000000c00000000");
    await client.waitClosed();
  });

  test.each<[string, Uint8Array]>([
    ["a DWR first", message([text(264, "raw.test"), text(296, "test")], { code: 280, app: 0, flags: 0x80 })],
    ["a CEA first", message([], { code: 257, app: 0, flags: 0 })],
    ["a request of an application first", message(REQUEST)],
    ["HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: server.test\r\n\r\n")],
    ["a message of length 0", Buffer.alloc(20)],
  ])("5.6.1: %s is no CER, and the connection is closed without a word", async (_name, bytes) => {
    const { node, port } = await serve();
    const client = await RawClient.connect(port);
    client.send(bytes);
    await client.waitClosed();
    await expect(client.next()).rejects.toThrow();
    expect(node.counters["connection:refused"]).toBe(1);
  });

  test("a connection that says nothing is closed after limits.cerTimeoutMs; those beyond limits.maxUnidentified at once", async () => {
    const clock = new VirtualClock();
    const { node, port } = await serve({ clock, limits: { maxUnidentified: 3, maxUnidentifiedPerAddress: 2 } });
    const refused = next(node, "connection:refused");
    const clients = await Promise.all([1, 2, 3].map(() => RawClient.connect(port)));
    expect((await refused)[0].message).toMatch(/too many/);
    await Promise.race(clients.map((client) => client.closed));
    clock.advance(10_000);
    await Promise.all(clients.map((client) => client.waitClosed()));
    const late = await open(port);
    expect(node.peers.list()).toHaveLength(1);
    await late.close();
  });

  test("a second CER on an open connection closes it", async () => {
    const { node, port } = await serve();
    const client = await open(port);
    const closed = next(node, "peer:close");
    client.send(cer().bytes);
    await client.waitClosed();
    expect((await closed)[1].message).toBe("the peer sent a second CER");
  });

  test("section 5.6: a CER of a peer that is open already is rejected, and the first connection stays", async () => {
    const { node, port } = await serve();
    const first = await open(port);
    const second = await RawClient.connect(port);
    second.send(cer().bytes);
    await second.waitClosed();
    expect(node.peers.list()).toHaveLength(1);
    expect(resultCode(dissect(await first.exchange(message(REQUEST))))).toBe(3001);
    await first.close();
  });
});

describe("DWR and DPR, sections 5.4 and 5.5", () => {
  const origin = [text(264, "raw.test"), text(296, "test")];

  test("DWA and DPA, and 5005 for what is missing", async () => {
    const { node, port } = await serve({ originStateId: 5 });
    const client = await open(port);
    const dwa = dissect(await client.exchange(message([...origin, u32(278, 1)], { code: 280, app: 0, flags: 0x80 })));
    expect(dwa.avps.map(({ code }) => code)).toEqual([268, 264, 296, 278]);
    expect(resultCode(dwa)).toBe(2001);
    const bad = dissect(await client.exchange(message(origin.slice(1), { code: 280, app: 0, flags: 0x80 })));
    expect(resultCode(bad)).toBe(5005);
    expect(dissectAvps(findAvp(bad, 279)?.data ?? Buffer.alloc(0))).toMatchObject([{ code: 264 }]);
    const closed = next(node, "peer:close");
    const dpa = dissect(await client.exchange(message([...origin, u32(273, 2)], { code: 282, app: 0, flags: 0x80 })));
    expect(dpa.avps.map(({ code }) => code)).toEqual([268, 264, 296]);
    // "The receiver of the Disconnect-Peer-Answer message initiates the transport disconnect."
    await client.close();
    expect((await closed)[1]).toMatchObject({ message: "the peer sent a DPR", disconnectCause: 2 });
  });

  test("a peer that sends a DPR and stays is disconnected after a while", async () => {
    const clock = new VirtualClock();
    const { port } = await serve({ clock });
    const client = await open(port);
    await client.exchange(message([...origin, u32(273, 0)], { code: 282, app: 0, flags: 0x80 }));
    clock.advance(5_000);
    await client.waitClosed();
  });

  test("a DWA that nobody asked for, or with another End-to-End Identifier, is dropped (freeDiameter #15 crashed)", async () => {
    const clock = new VirtualClock();
    const { node, port } = await serve({ clock });
    const client = await open(port);
    const unexpected = next(node, "answer:unexpected");
    client.send(message([u32(268, 2001), ...origin], { code: 280, app: 0, flags: 0 }));
    await unexpected;
    clock.advance(32_000);
    const dwr = await client.nextOf(280, "request");
    const dwa = Buffer.from(message([u32(268, 2001), ...origin], { code: 280, app: 0, flags: 0 }));
    dwa.writeUInt32BE(dissect(dwr).hopByHop, 12);
    const second = next(node, "answer:unexpected");
    client.send(dwa);
    await second;
    dwa.writeUInt32BE(dissect(dwr).endToEnd, 16);
    client.send(dwa);
    expect(resultCode(dissect(await client.exchange(message(REQUEST))))).toBe(3001);
    expect(node.counters["answer:unexpected"]).toBe(2);
    await client.close();
  });
});

describe("requests, sections 6.1, 6.2 and 7", () => {
  const proxyInfo = (name: string) =>
    new Avp(284, 0, 0x40, encodeAvps([text(280, name), text(33, `state of ${name}`)]));
  const failedAvps = (answer: DissectedMessage) => dissectAvps(findAvp(answer, 279)?.data ?? Buffer.alloc(0));

  let hung: { readonly signal: AbortSignal } | undefined;

  async function served(options: Partial<NodeOptions> = {}) {
    const { node, port } = await serve(options);
    node.handle(tiny, ({ userName }, context) => {
      if (userName === "throws") throw new Error("the password is secret");
      if (userName === "rejects") return Promise.reject(new Error("the password is secret"));
      if (userName === "undefined") return undefined as never;
      if (userName === "garbage") return context.answer({ resultCode: -1, userName });
      if (userName === "3004") return context.error(3004, { errorMessage: "busy" });
      if (userName === "4002") return context.error(4002);
      if (userName === "5003")
        throw Object.assign(new Error("inner"), { resultCode: 5003, errorMessage: "no", failedAvp: text(1, "x") });
      if (userName === "silence") return Promise.resolve(context.withhold());
      if (userName === "hangs") {
        hung = context;
        return new Promise(() => {});
      }
      if (userName === "later") return Promise.resolve().then(() => context.answer({ resultCode: 2001, userName }));
      return context.answer({ resultCode: 2001, userName });
    });
    return { node, client: await open(port), port };
  }

  test("6.2: identifiers, P bit, Session-Id first, Proxy-Info in order, nothing of the destination", async () => {
    const { client } = await served();
    for (const name of ["alice", "later", "3004", "throws"]) {
      const request = [...REQUEST.slice(0, 4), text(1, name), proxyInfo("one"), proxyInfo("two")];
      client.send(message(request));
      const answer = dissect(await client.next());
      expect(answer).toMatchObject({
        request: false,
        proxiable: true,
        retransmitted: false,
        code: tiny.code,
        applicationId: tinyApplication.id,
        hopByHop: 0x11223344,
        endToEnd: 0x55667788,
      });
      expect(answer.avps[0]).toMatchObject({ code: 263, data: Buffer.from("raw.test;1;1") });
      expect(answer.avps.filter(({ code }) => code === 284).map(({ data }) => data)).toEqual(
        [proxyInfo("one"), proxyInfo("two")].map(({ data }) => Buffer.from(data)),
      );
      expect(answer.avps.some(({ code }) => code === 283 || code === 293)).toBe(false);
      expect(findAvp(answer, 264)?.data.toString()).toBe("server.test");
    }
    client.send(message(REQUEST, { flags: 0x80 }));
    expect(dissect(await client.next()).proxiable).toBe(false);
    await client.close();
  });

  test.each<[string, Uint8Array, number]>([
    ["7.1.3, 3007: an application that is not supported", message(REQUEST, { app: 12_345 }), 3007],
    ["7.1.3, 3001: a command that is not supported", message(REQUEST, { code: 12_345 }), 3001],
    ["7.1.3, 3001: a command of the base protocol that nobody serves", message(REQUEST, { code: 274, app: 0 }), 3001],
    ["section 3, 3008: a request with the E bit", message(REQUEST, { flags: 0xe0 }), 3008],
    ["6.1.4, 3002: another Destination-Host", message([...REQUEST, text(293, "other.test")]), 3002],
    [
      "7.1.3, 3003: another Destination-Realm",
      message(REQUEST.map((avp) => (avp.code === 283 ? text(283, "elsewhere") : avp))),
      3003,
    ],
    [
      "6.1.3, 3005: our own name in a Route-Record",
      message([...REQUEST, text(282, "x.test"), text(282, "Server.TEST")]),
      3005,
    ],
  ])("%s, with the E bit", async (_name, request, expected) => {
    const { node, client } = await served();
    const told = next(node, "request:refused");
    client.send(request);
    const answer = dissect(await client.next());
    expect(answer).toMatchObject({ request: false, error: true, hopByHop: 0x11223344, endToEnd: 0x55667788 });
    expect(answer.code).toBe(dissect(request).code);
    expect(resultCode(answer)).toBe(expected);
    expect(answer.avps[0]?.code).toBe(263);
    expect((await told)[0]).toMatchObject({ resultCode: expected, peer: { originHost: "raw.test" } });
    await client.close();
  });

  test.each<[string, readonly Avp[]]>([
    [
      "our Destination-Host, in another case, whatever the realm",
      [...REQUEST.filter(({ code }) => code !== 283), text(283, "elsewhere"), text(293, "SERVER.test")],
    ],
    ["our Destination-Realm, in another case", REQUEST.map((avp) => (avp.code === 283 ? text(283, "TEST") : avp))],
    ['a Route-Record that is not ours: OpenSIPS sends "server"', [...REQUEST, text(282, "server")]],
    ["an unknown AVP without the M bit", [...REQUEST, new Avp(9999, 10_415, 0x80, new Uint8Array(4))]],
  ])("served: %s", async (_name, avps) => {
    const { client } = await served();
    client.send(message(avps));
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    await client.close();
  });

  test.each<[string, Uint8Array, number, object]>([
    ["5005: a missing AVP", message(REQUEST.slice(0, 4)), 5005, { code: 1, data: Buffer.alloc(0) }],
    [
      "5001: an unknown AVP with the M bit",
      message([...REQUEST, new Avp(9999, 10_415, 0xc0, new Uint8Array(4))]),
      5001,
      { code: 9999, vendorId: 10_415, flags: 0xc0 },
    ],
    ["5009: a second User-Name", message([...REQUEST, text(1, "bob")]), 5009, { code: 1, data: Buffer.from("bob") }],
    [
      "5004: a realm that is none",
      message([
        text(263, "raw.test;1;1"),
        text(264, "raw.test"),
        text(296, "te st"),
        text(283, "test"),
        text(1, "alice"),
      ]),
      5004,
      { code: 296 },
    ],
  ])("7.1.5 and 7.2, %s, with the E bit and Failed-AVP", async (_name, request, expected, failed) => {
    const { client } = await served();
    client.send(request);
    const answer = dissect(await client.next());
    expect(answer).toMatchObject({ request: false, error: true });
    expect(resultCode(answer)).toBe(expected);
    expect(failedAvps(answer)).toMatchObject([failed]);
    await client.close();
  });

  test("7.1.5, 5014: an AVP whose length passes the end; nothing breaks, and the connection stays", async () => {
    const { client } = await served();
    const bytes = message(REQUEST).slice();
    bytes.set([0x01, 0x90], RawMessage.from(bytes).find(1) + 6);
    client.send(bytes);
    const answer = dissect(await client.next());
    expect(resultCode(answer)).toBe(5014);
    client.send(message(REQUEST));
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    await client.close();
  });

  test.each(["throws", "rejects", "undefined", "garbage"])(
    "a handler that %s: 5012, and nothing of it on the wire",
    async (name) => {
      const { node, client } = await served();
      const failure = next(node, "handler:error");
      client.send(message([...REQUEST.slice(0, 4), text(1, name)]));
      const bytes = await client.next();
      const answer = dissect(bytes);
      expect(answer.error).toBe(true);
      expect(resultCode(answer)).toBe(5012);
      expect(findAvp(answer, 281)?.data.toString()).toBe("internal error");
      expect(bytes.includes("secret")).toBe(false);
      expect((await failure)[0]).toMatchObject({ command: tiny, error: expect.any(Error) });
      await client.close();
    },
  );

  test("a handler's own errors have the layout of 7.2: E bit for 3xxx and 5xxx, none for 4xxx (7.1.4)", async () => {
    const { client } = await served();
    client.send(message([...REQUEST.slice(0, 4), text(1, "3004")]));
    const busy = dissect(await client.next());
    expect([busy.error, resultCode(busy), findAvp(busy, 281)?.data.toString()]).toEqual([true, 3004, "busy"]);
    client.send(message([...REQUEST.slice(0, 4), text(1, "5003")]));
    const refused = dissect(await client.next());
    expect([refused.error, resultCode(refused), findAvp(refused, 281)?.data.toString()]).toEqual([true, 5003, "no"]);
    expect(failedAvps(refused)).toMatchObject([{ code: 1 }]);
    client.send(message([...REQUEST.slice(0, 4), text(1, "4002")]));
    const full = dissect(await client.next());
    expect([full.error, resultCode(full)]).toEqual([false, 4002]);
    await client.close();
  });

  test("a handler that hangs: 5012 after limits.handlerTimeoutMs, once", async () => {
    const clock = new VirtualClock();
    const { node, client } = await served({ clock, watchdogMs: 1_000_000 });
    const before = client.exchange(message(REQUEST));
    await before;
    client.send(message([...REQUEST.slice(0, 4), text(1, "hangs")]));
    client.send(message(REQUEST));
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    const failure = next(node, "handler:error");
    clock.advance(30_000);
    expect(resultCode(dissect(await client.next()))).toBe(5012);
    expect((await failure)[0].error).toMatchObject({ code: "ERR_DIAMETER_TIMEOUT" });
    expect(hung?.signal.aborted).toBe(true);
    expect(node.peers.list()[0]?.serving).toBe(0);
    await client.close();
  });

  test("withhold(): no answer, and nothing is left of the request", async () => {
    const { node, client } = await served();
    const withheld = next(node, "answer:withheld");
    client.send(message([...REQUEST.slice(0, 4), text(1, "silence")]));
    expect((await withheld)[0]).toMatchObject({ peer: { originHost: "raw.test" }, command: { name: "Tiny" } });
    client.send(message(REQUEST));
    expect(resultCode(dissect(await client.next()))).toBe(2001);
    expect(node.peers.list()[0]?.serving).toBe(0);
    expect(node.counters["answer:withheld"]).toBe(1);
    await client.close();
  });

  test("two requests with one Hop-by-Hop Identifier in flight are both answered", async () => {
    const { client } = await served();
    client.send(Buffer.concat([message([...REQUEST.slice(0, 4), text(1, "later")]), message(REQUEST)]));
    const names = [dissect(await client.next()), dissect(await client.next())].map((answer) =>
      findAvp(answer, 1)?.data.toString(),
    );
    expect(names.sort()).toEqual(["alice", "later"]);
    await client.close();
  });

  test("more AVPs than limits.maxAvps: 5012, in linear time", async () => {
    const { client } = await served({ limits: { maxAvps: 100 } });
    client.send(message([...REQUEST, ...Array<Avp>(100).fill(new Avp(9999, 0, 0, new Uint8Array(0)))]));
    expect(resultCode(dissect(await client.next()))).toBe(5012);
    await client.close();
  });

  test("a long AVP is cut in Failed-AVP", async () => {
    const { client } = await served();
    client.send(message([...REQUEST, new Avp(9999, 0, 0x40, new Uint8Array(50_000))]));
    const answer = await client.next();
    expect(resultCode(dissect(answer))).toBe(5001);
    expect(answer.length).toBeLessThan(1500);
    await client.close();
  });

  test("a version other than 1: 5011, then the connection is closed, for its framing is lost", async () => {
    const { node, client } = await served();
    const bytes = message(REQUEST).slice();
    bytes[0] = 2;
    const closed = next(node, "peer:close");
    client.send(bytes);
    const answer = dissect(await client.next());
    expect(resultCode(answer)).toBe(5011);
    await client.waitClosed();
    expect((await closed)[1].message).toMatch(/not Diameter/);
  });

  test("two commands of one application id and code", async () => {
    const { node } = await serve();
    node.handle(tiny, (_request, context) => context.error(5012));
    const profile = { ...tiny, application: { ...tinyApplication, name: "profile" } };
    expect(() => node.handle(profile, (_request, context) => context.error(5012))).toThrow(
      /Tiny of "profile" \(application 16777999, command 8388000\) has a handler already, as Tiny of "tiny"/,
    );
    const elsewhere = { ...tiny, application: { ...tinyApplication, id: 77 } };
    expect(() => node.handle(elsewhere, (_request, context) => context.error(5012))).toThrow(/nobody would ask/);
  });
});
