/** The peer state machine at work, against connections that the test holds in its hands: RFC 6733 section 5.6 on the wire. */

import { afterEach, describe, expect, test } from "vitest";
import { RawMessage } from "../../../runtime/src/codec/raw-message.js";
import { DiameterNode, type NodeOptions } from "../../../runtime/src/index.js";
import { encodeCEA, encodeCER, encodeDWA } from "../../../runtime/src/peer/base-messages.js";
import { MemoryTransport, VirtualClock } from "../../../runtime/src/testing/index.js";
import type { Connection } from "../../../runtime/src/transport/transport.js";
import { dissect, resultCode } from "../../support/dissect.js";
import { next } from "../../support/nodes.js";
import { RawClient } from "../../support/raw-client.js";
import { RawListener } from "../../support/raw-listener.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const nodes: DiameterNode[] = [];
const listeners: RawListener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close()));
  const stopped = Promise.all(nodes.splice(0).map((node) => node.stop({ timeoutMs: 1 })));
  for (const clock of clocks.splice(0)) await clock.advanceAsync(1);
  await stopped;
});

const clocks: VirtualClock[] = [];
function virtualClock(): VirtualClock {
  const clock = new VirtualClock();
  clocks.push(clock);
  return clock;
}

const theirs = {
  originHost: "m.test",
  originRealm: "test",
  hostIpAddress: ["127.0.0.1"],
  vendorId: 0,
  productName: "raw",
  supportedVendorId: [],
  authApplicationId: [tinyApplication.id],
  inbandSecurityId: [],
  acctApplicationId: [],
  vendorSpecificApplicationId: [],
};
const cer = (originStateId?: number) => encodeCER({ ...theirs, originStateId }, { hopByHop: 1, endToEnd: 1 }).bytes;
const ceaTo = (request: Buffer, change: object = {}) =>
  encodeCEA({ ...theirs, resultCode: 2001, ...change }, dissect(request)).bytes;

/** A node that listens, and connects to a listener of ours as its peer "m.test". */
async function meet(name: string, options: Partial<NodeOptions> = {}) {
  const listener = await RawListener.listen();
  listeners.push(listener);
  const node = new DiameterNode({
    originHost: `${name}.test`,
    originRealm: "test",
    applications: [tinyApplication],
    listen: [{ host: "127.0.0.1", port: 0 }],
    peers: [{ host: "127.0.0.1", port: listener.port, originHost: "m.test" }],
    ...options,
  });
  nodes.push(node);
  const started = node.start();
  // Wait-I-CEA: our CER is out.
  const initiated = await listener.accept();
  const ourCer = await initiated.nextOf(257, "request");
  const port = node.addresses[0]?.port as number;
  return { node, started, initiated, ourCer, port, listener };
}

const state = (node: DiameterNode) => node.peers.list().map((peer) => peer.state);

describe("section 5.6, Wait-I-CEA", () => {
  test("I-Rcv-CEA: Process-CEA, I-Open", async () => {
    const { node, started, initiated, ourCer } = await meet("a");
    expect(dissect(ourCer)).toMatchObject({ request: true, proxiable: false, applicationId: 0 });
    expect(state(node)).toEqual(["Wait-I-CEA"]);
    initiated.send(ceaTo(ourCer));
    await started;
    expect(state(node)).toEqual(["I-Open"]);
  });

  test("I-Rcv-Non-CEA: Error, Closed", async () => {
    const { node, initiated } = await meet("a");
    const closed = next(node, "peer:close");
    initiated.send(cer());
    await initiated.waitClosed();
    await closed;
    expect(state(node)).toEqual(["Closed"]);
  });

  test.each([
    ["one that refuses", { resultCode: 5010 }, /refused the connection with 5010/],
    ["one of another host", { originHost: "x.test" }, /the peer is x.test, not m.test/],
    ["one without Result-Code", { resultCode: undefined }, /CEA is invalid/],
  ])("a CEA that cannot be accepted (%s): Error, Closed", async (_name, change, reason) => {
    const { node, initiated, ourCer } = await meet("a");
    const closed = next(node, "peer:close");
    initiated.send(encodeCEA({ ...theirs, resultCode: 2001, ...change } as never, dissect(ourCer)).bytes);
    expect((await closed)[1].message).toMatch(reason);
    await initiated.waitClosed();
  });

  test("a CEA with another Hop-by-Hop Identifier answers nothing (section 3)", async () => {
    const { node, started, initiated, ourCer } = await meet("a");
    const unexpected = next(node, "answer:unexpected");
    const stray = Buffer.from(ceaTo(ourCer));
    stray.writeUInt32BE((stray.readUInt32BE(12) + 1) >>> 0, 12);
    initiated.send(stray);
    await unexpected;
    expect(state(node)).toEqual(["Wait-I-CEA"]);
    initiated.send(ceaTo(ourCer));
    await started;
  });

  test("Timeout: Error, Closed", async () => {
    const clock = virtualClock();
    const { node, initiated } = await meet("a", { clock });
    const closed = next(node, "peer:close");
    clock.advance(10_000);
    expect((await closed)[1].message).toBe("the peer does not answer the CER");
    await initiated.waitClosed();
  });

  test("I-Peer-Disc: I-Disc, Closed", async () => {
    const { node, initiated } = await meet("a");
    const closed = next(node, "peer:close");
    await initiated.close();
    await closed;
    expect(state(node)).toEqual(["Closed"]);
  });

  test("Stop: I-Disc, Closed; start() does not hang", async () => {
    const { node, started, initiated } = await meet("a");
    await node.stop();
    await started;
    await initiated.waitClosed();
  });
});

describe("section 5.6, the election: Wait-I-CEA, R-Conn-CER", () => {
  test("Win-Election: I-Disc, R-Snd-CEA, R-Open", async () => {
    // "z" succeeds "m".
    const { node, started, initiated, port } = await meet("z");
    const responded = await RawClient.connect(port);
    responded.send(cer());
    expect(resultCode(dissect(await responded.next()))).toBe(2001);
    await initiated.waitClosed();
    await started;
    expect(state(node)).toEqual(["R-Open"]);
    await responded.close();
  });

  test("lost: Wait-Returns until I-Rcv-CEA: R-Disc, I-Open", async () => {
    const { node, started, initiated, ourCer, port } = await meet("a");
    const responded = await RawClient.connect(port);
    responded.send(cer());
    while (state(node)[0] === "Wait-I-CEA") await new Promise(setImmediate);
    expect(state(node)).toEqual(["Wait-Returns"]);
    initiated.send(ceaTo(ourCer));
    await responded.waitClosed();
    await started;
    expect(state(node)).toEqual(["I-Open"]);
  });

  test.each(["I-Peer-Disc", "a CEA with ELECTION_LOST"])("lost, then %s: I-Disc, R-Snd-CEA, R-Open", async (event) => {
    const { node, initiated, ourCer, port } = await meet("a");
    const responded = await RawClient.connect(port);
    responded.send(cer());
    while (state(node)[0] === "Wait-I-CEA") await new Promise(setImmediate);
    if (event === "I-Peer-Disc") await initiated.close();
    else initiated.send(ceaTo(ourCer, { resultCode: 4003 }));
    expect(resultCode(dissect(await responded.next()))).toBe(2001);
    expect(state(node)).toEqual(["R-Open"]);
    await responded.close();
  });

  test("lost, then R-Peer-Disc: R-Disc, Wait-I-CEA; a CEA opens it all the same", async () => {
    const { node, started, initiated, ourCer, port } = await meet("a");
    const responded = await RawClient.connect(port);
    responded.send(cer());
    while (state(node)[0] === "Wait-I-CEA") await new Promise(setImmediate);
    await responded.close();
    while (state(node)[0] === "Wait-Returns") await new Promise(setImmediate);
    expect(state(node)).toEqual(["Wait-I-CEA"]);
    initiated.send(ceaTo(ourCer));
    await started;
    expect(state(node)).toEqual(["I-Open"]);
  });

  test("lost, then R-Conn-CER: R-Reject, Wait-Returns", async () => {
    const { node, port } = await meet("a");
    const responded = await RawClient.connect(port);
    responded.send(cer());
    while (state(node)[0] === "Wait-I-CEA") await new Promise(setImmediate);
    const second = await RawClient.connect(port);
    second.send(cer());
    await second.waitClosed();
    expect(state(node)).toEqual(["Wait-Returns"]);
    await responded.close();
  });
});

describe("section 5.6, Wait-Conn-Ack", () => {
  /** A network on which connecting takes as long as the test says. */
  class SlowTransport extends MemoryTransport {
    readonly attempts: { fail(): void; connect(connection: Connection): void; signal: AbortSignal | undefined }[] = [];
    override connect(_where: object, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<Connection> {
      return new Promise((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
        this.attempts.push({ fail: () => reject(new Error("ECONNREFUSED")), connect: resolve, signal });
      });
    }
  }
  async function connecting() {
    const network = new SlowTransport();
    const node = new DiameterNode({
      originHost: "a.test",
      originRealm: "test",
      applications: [tinyApplication],
      transports: [network],
      listen: [{ host: "127.0.0.1", port: 0 }],
      peers: [{ host: "m", transport: "memory", originHost: "m.test" }],
    });
    nodes.push(node);
    const started = node.start();
    while (network.attempts.length === 0) await new Promise(setImmediate);
    expect(state(node)).toEqual(["Wait-Conn-Ack"]);
    const attempt = network.attempts[0] as (typeof network.attempts)[number];
    return { node, started, attempt, port: node.addresses[0]?.port as number };
  }

  test("R-Conn-CER, then I-Rcv-Conn-Nack: R-Snd-CEA, R-Open", async () => {
    const { node, started, attempt, port } = await connecting();
    const responded = await RawClient.connect(port);
    responded.send(cer());
    while (state(node)[0] === "Wait-Conn-Ack") await new Promise(setImmediate);
    expect(state(node)).toEqual(["Wait-Conn-Ack/Elect"]);
    attempt.fail();
    expect(resultCode(dissect(await responded.next()))).toBe(2001);
    await started;
    expect(state(node)).toEqual(["R-Open"]);
    await responded.close();
  });

  test("R-Conn-CER, then a message before our CEA: R-Disc, Wait-Conn-Ack", async () => {
    const { node, port, attempt } = await connecting();
    const responded = await RawClient.connect(port);
    responded.send(cer());
    while (state(node)[0] === "Wait-Conn-Ack") await new Promise(setImmediate);
    responded.send(encodeCER(theirs, { hopByHop: 2, endToEnd: 2 }).bytes);
    await responded.waitClosed();
    expect(state(node)).toEqual(["Wait-Conn-Ack"]);
    attempt.fail();
  });

  test("a signal ends the wait for a peer, and nothing else", async () => {
    const { node, attempt } = await connecting();
    const config = { host: "m", transport: "memory", originHost: "m.test" } as const;
    const wait = node.connect(config, { signal: AbortSignal.abort(new Error("enough")) });
    await expect(wait).rejects.toMatchObject({ code: "ERR_DIAMETER_ABORTED", cause: new Error("enough") });
    expect(state(node)).toEqual(["Wait-Conn-Ack"]);
    expect(attempt.signal?.aborted).toBe(false);
    attempt.fail();
  });

  test("Stop: Cleanup, Closed; the attempt is aborted", async () => {
    const { node, started, attempt } = await connecting();
    await node.stop();
    await started;
    expect(attempt.signal?.aborted).toBe(true);
  });
});

describe("open", () => {
  test("a peer that restarts is taken back at once: same address, higher Origin-State-Id", async () => {
    const node = new DiameterNode({
      originHost: "a.test",
      originRealm: "test",
      applications: [tinyApplication],
      listen: [{ host: "127.0.0.1", port: 0 }],
      accept: "any",
    });
    nodes.push(node);
    await node.start();
    const port = node.addresses[0]?.port as number;
    const first = await RawClient.connect(port);
    first.send(cer(5));
    await first.next();
    const same = await RawClient.connect(port);
    same.send(cer(5));
    await same.waitClosed();
    const closed = next(node, "peer:close");
    const second = await RawClient.connect(port);
    second.send(cer(6));
    expect(resultCode(dissect(await second.next()))).toBe(2001);
    expect((await closed)[1].message).toMatch(/restarted/);
    await first.waitClosed();
    expect(node.peers.list()).toMatchObject([{ state: "R-Open", originStateId: 6 }]);
    await second.close();
  });

  test("RFC 3539: a peer that answers nothing is suspect after Tw and Tw, and closed after another", async () => {
    const clock = virtualClock();
    const { node, started, initiated, ourCer } = await meet("a", { clock, random: () => 0.5 });
    initiated.send(ceaTo(ourCer));
    await started;
    clock.advance(30_000);
    const dwr = await initiated.nextOf(280, "request");
    expect(node.peers.list()[0]?.watchdog).toBe("OKAY");
    const suspect = next(node, "peer:suspect");
    clock.advance(30_000);
    await suspect;
    expect(node.peers.list()[0]).toMatchObject({ watchdog: "SUSPECT", state: "I-Open" });
    // No requests while it is suspect.
    await expect(node.request(tiny, { destinationRealm: "test", userName: "x" })).rejects.toMatchObject({
      sent: false,
    });
    const okay = next(node, "peer:okay");
    initiated.send(encodeDWA({ originHost: "m.test", originRealm: "test", resultCode: 2001 }, dissect(dwr)).bytes);
    await okay;
    const closed = next(node, "peer:close");
    clock.advance(90_000);
    expect((await closed)[1].message).toBe("the peer does not answer the watchdog");
    await initiated.waitClosed();
  });

  test("a peer that does not read is not read from either, and closed when limits.maxOutputBytes wait", async () => {
    const clock = virtualClock();
    const network = new MemoryTransport();
    const node = new DiameterNode({
      originHost: "a.test",
      originRealm: "test",
      applications: [tinyApplication],
      transports: [network],
      listen: [{ host: "a", port: 1, transport: "memory" }],
      accept: "any",
      clock,
      limits: { highWaterBytes: 2_000, maxOutputBytes: 10_000 },
    });
    nodes.push(node);
    await node.start();
    let served = 0;
    node.handle(tiny, ({ userName }, context) => {
      served++;
      return context.answer({ resultCode: 2001, userName });
    });
    const opened = next(node, "peer:open");
    // Never started: what is sent to it waits.
    const mute = await network.connect({ host: "a", port: 1 });
    mute.write(cer());
    await opened;
    const request = tinyRequest();
    const send = async () => {
      for (let i = 0; i < 50; i++) {
        mute.write(request);
        await clock.advanceAsync(0);
      }
    };
    await send();
    const first = served;
    expect(first).toBeGreaterThan(5);
    expect(first).toBeLessThan(30);
    await send();
    expect(served).toBe(first);
    // Two nodes that are both full must not wait for each other: it reads again after a second, until there is too much.
    const closed = next(node, "peer:close");
    for (let i = 0; i < 100 && node.peers.size > 0; i++) await clock.advanceAsync(1_000);
    expect((await closed)[1].message).toMatch(/octets wait to be sent/);
  });
});

function tinyRequest(): Uint8Array {
  const fill = { sessionId: "m.test;1;1", originHost: "m.test", originRealm: "test" };
  const message = tiny.request.create({ destinationRealm: "test", userName: "x".repeat(100) }, fill);
  const avps = [
    [263, message.sessionId],
    [264, message.originHost],
    [296, message.originRealm],
    [283, message.destinationRealm],
    [1, message.userName],
  ] as const;
  const raw = RawMessage.of(
    { flags: 0xc0, commandCode: tiny.code, applicationId: tinyApplication.id, hopByHop: 1, endToEnd: 1 },
    avps.map(([code, value]) => ({ code, vendorId: 0, flags: 0x40, data: Buffer.from(value) })),
  );
  return raw.bytes;
}
