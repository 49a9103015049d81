/** Rows 26, 27 and 29: connections that begin wrong, say nothing, or break; row 30: requests that are for somebody else. */

import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { avpOctets, withAvps, withHeader } from "../../../runtime/src/testing/index.js";
import { dissect, findAvp, resultCode } from "../../support/dissect.js";
import { next } from "../../support/nodes.js";
import { RawClient } from "../../support/raw-client.js";
import { Arena, cer, request, until } from "./arena.js";

const arenas: Arena[] = [];
afterEach(async () => {
  await Promise.all(arenas.splice(0).map((arena) => arena[Symbol.asyncDispose]()));
});

async function open(options: Parameters<typeof Arena.open>[0] = {}): Promise<Arena> {
  const arena = await Arena.open(options);
  arenas.push(arena);
  return arena;
}

/** From another address of this host. */
async function connectFrom(localAddress: string, port: number): Promise<RawClient> {
  const socket = connect({ host: "127.0.0.1", port, localAddress });
  await once(socket, "connect");
  return new RawClient(socket);
}

const changed = (code: number, avp: Uint8Array) =>
  withAvps(request(), (avps) => avps.map((one) => (Buffer.from(one).readUInt32BE(0) === code ? avp : one)));

describe("row 26: capabilities exchange", () => {
  test.each<[string, Uint8Array, number]>([
    ["of an unknown peer: 3010", cer({ originHost: "stranger.test" }), 3010],
    ["with no application in common: 5010", cer({ authApplicationId: [77] }), 5010],
    ["with no security in common: 5017", cer({ inbandSecurityId: [1] }), 5017],
  ])("a CER %s, then the connection is closed", async (_name, octets, expected) => {
    const arena = await open({ accept: ["bystander.test", "attacker.test"] });
    const before = arena.baseLine;
    const counted = await arena.counted(async () => {
      const stranger = await arena.connect();
      stranger.send(octets);
      expect(resultCode(dissect(await stranger.next()))).toBe(expected);
      await stranger.waitClosed();
      await arena.serves();
    });
    expect(counted).toEqual({ "connection:refused": 1 });
    await arena.backTo(before);
  });

  test("a second CER on an open connection closes it", async () => {
    const arena = await open();
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const closed = next(arena.node, "peer:close");
    attacker.send(cer());
    await attacker.waitClosed();
    expect((await closed)[1].message).toBe("the peer sent a second CER");
    await arena.serves();
    await arena.backTo(before);
  });

  test.each(["peer", "any"] as const)(
    "a request with another's Origin-Host, with originHosts: %s",
    async (originHosts) => {
      const arena = await open({ originHosts });
      const before = arena.baseLine;
      const attacker = await arena.attacker();
      const foreign = avpOctets(264, Buffer.from("victim.test"));
      const counted = await arena.counted(async () => {
        attacker.send(changed(264, foreign));
        const answer = dissect(await attacker.next());
        expect(resultCode(answer)).toBe(originHosts === "peer" ? 5004 : 2001);
        if (originHosts === "peer") expect(findAvp(answer, 279)?.data.equals(foreign)).toBe(true);
        await Promise.all([arena.serves(), arena.alive(attacker)]);
      });
      expect(counted).toEqual(originHosts === "peer" ? { "request:refused": 1 } : {});
      await arena.backTo(before);
    },
  );
});

describe("row 27: those who say nothing, or little", () => {
  test("2000 half-open connections: 8 from one address stay until limits.cerTimeoutMs, and nobody else is kept out", async () => {
    const arena = await open();
    const before = arena.baseLine;
    const counted = await arena.counted(async () => {
      const silent: RawClient[] = [];
      // As many at a time as a listener's queue takes.
      while (silent.length < 2000)
        silent.push(...(await Promise.all(Array.from({ length: 250 }, () => arena.connect()))));
      await until(() => arena.node.counters["connection:refused"] === 1992, "1992 refusals");
      expect(arena.clock.pending).toBe(before.timers + 8);
      await arena.serves();
      await using other = await connectFrom("127.0.0.9", arena.port);
      other.send(cer({ originHost: "other.test" }));
      expect(resultCode(dissect(await other.next()))).toBe(2001);
      arena.clock.advance(10_000);
      await Promise.all(silent.map((client) => client.waitClosed()));
    });
    expect(counted["connection:refused"]).toBe(2000);
    await arena.backTo(before);
  });

  test("from many addresses: limits.maxUnidentified in all", async () => {
    const arena = await open({ limits: { maxUnidentified: 20 } });
    const before = arena.baseLine;
    const silent = await Promise.all(Array.from({ length: 40 }, (_, n) => connectFrom(`127.0.1.${n + 1}`, arena.port)));
    await until(() => arena.node.counters["connection:refused"] === 20, "20 refusals");
    await arena.serves();
    arena.clock.advance(10_000);
    await Promise.all(silent.map((client) => client.waitClosed()));
    await arena.backTo(before);
  });

  test("one octet at a time does not buy more time: before the CER, and as a peer", async () => {
    const arena = await open();
    const before = arena.baseLine;
    const stranger = await arena.connect();
    const attacker = await arena.attacker();
    const timers = arena.clock.pending;
    for (const octet of request().subarray(0, 9)) {
      attacker.send(Uint8Array.of(octet));
      stranger.send(Uint8Array.of(octet));
      if (arena.clock.pending === timers) await until(() => arena.clock.pending > timers, "the first octet");
      arena.clock.advance(1_000);
      await arena.serves();
    }
    expect(attacker.socket.destroyed || stranger.socket.destroyed).toBe(false);
    arena.clock.advance(1_000);
    await Promise.all([attacker.waitClosed(), stranger.waitClosed()]);
    await arena.backTo(before);
  });
});

describe("row 29: connections that break", () => {
  /** ClientHello of TLS 1.2, as far as it matters. */
  const CLIENT_HELLO = Buffer.from("16030100c8010000c40303".padEnd(400, "5a"), "hex");
  test.each<[string, (client: RawClient) => Promise<void> | void]>([
    [
      "a reset in the middle of a message",
      async (client) => {
        client.send(request().subarray(0, 50));
        await client.close({ reset: true });
      },
    ],
    ["a half-close", (client) => client.end()],
    [
      "a half-close in the middle of a message",
      (client) => {
        client.send(request().subarray(0, 50));
        client.end();
      },
    ],
    ["a TLS handshake on the TCP port", (client) => client.send(CLIENT_HELLO)],
  ])("%s, of a stranger and of a peer", async (_name, act) => {
    const arena = await open();
    const before = arena.baseLine;
    const counted = await arena.counted(async () => {
      for (const client of [await arena.connect(), await arena.attacker()]) {
        await act(client);
        await client.waitClosed();
        await arena.serves();
      }
    });
    await arena.backTo(before);
    expect({ ...counted, ...(arena.node.counters["peer:close"] === 1 && { "peer:close": 1 }) }).toEqual({
      "connection:refused": 1,
      "peer:open": 1,
      "peer:close": 1,
    });
  });
});

describe("rows 8 and 30: what is for somebody else", () => {
  const added = (code: number, text: string) =>
    withAvps(request(), (avps) => [...avps, avpOctets(code, Buffer.from(text))]);
  test.each<[string, Uint8Array, number]>([
    ["our own name in a Route-Record: 3005", added(282, "SERVER.test"), 3005],
    ["another Destination-Host: 3002", added(293, "other.test"), 3002],
    ["an unknown Destination-Realm: 3003", changed(283, avpOctets(283, Buffer.from("elsewhere"))), 3003],
    ["a relay never passes on what has no P bit", withHeader(added(293, "bystander.test"), { flags: 0x80 }), 3002],
  ])("%s", async (_name, octets, expected) => {
    const arena = await open({ advertise: { auth: [4], relay: (octets[4] ?? 0) === 0x80 } });
    const before = arena.baseLine;
    const attacker = await arena.attacker();
    const counted = await arena.counted(async () => {
      attacker.send(octets);
      const answer = dissect(await attacker.next());
      expect([answer.error, resultCode(answer)]).toEqual([true, expected]);
      await Promise.all([arena.serves(), arena.alive(attacker)]);
    });
    expect(counted).toEqual({ "request:refused": 1 });
    await arena.backTo(before);
  });
});
