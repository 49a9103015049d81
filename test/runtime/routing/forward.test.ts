/** Forwarding touches the Hop-by-Hop Identifier and Route-Record, and nothing else: RFC 6733 sections 6.1.9 and 6.2.2. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Avp, CommandFlag, Header, RawMessage } from "../../../runtime/src/index.js";
import { forwardAnswer, forwardRequest } from "../../../runtime/src/routing/forward.js";
import { dissect } from "../../support/dissect.js";
import { allGolden, bytesOf } from "../../support/golden.js";
import { createWorld, memoryPeer } from "../../support/nodes.js";
import { tiny } from "../../support/tiny-command.js";

const anyAvp = fc
  .tuple(fc.nat(0xffff), fc.nat(99999), fc.nat(0x7f), fc.uint8Array({ maxLength: 40 }))
  .map(([code, vendorId, bits, data]) => new Avp(code, vendorId, vendorId === 0 ? bits : bits | 0x80, data));
const anyMessage = fc
  .tuple(fc.nat(0xff), fc.nat(0xffffff), fc.nat(), fc.nat(), fc.nat(), fc.array(anyAvp, { maxLength: 12 }))
  .map(([flags, code, application, hopByHop, endToEnd, avps]) =>
    RawMessage.of(new Header(flags, code, application, hopByHop, endToEnd), avps),
  );

describe("6.1.9: a request", () => {
  test("keeps every octet but the length, and has Route-Record behind them", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const before = Buffer.from(message.toBytes());
        const after = Buffer.from(forwardRequest(message, "a.test").toBytes());
        expect(after.subarray(4, before.length)).toEqual(before.subarray(4));
        expect(after.readUIntBE(1, 3)).toBe(after.length);
        // AVP 282, M, 8 + 6 octets, padded.
        expect(after.subarray(before.length).toString("hex")).toBe("0000011a4000000e612e746573740000");
        expect(Buffer.from(message.toBytes())).toEqual(before);
      }),
    );
  });

  test("of OpenSIPS is what it was, as an independent reader sees it", () => {
    for (const { capture, message } of allGolden()) {
      if (!capture.startsWith("opensips") || message.name.endsWith("-Answer")) continue;
      const raw = RawMessage.from(bytesOf(message));
      const forwarded = dissect(Buffer.from(forwardRequest(raw, "client.diameter.test").toBytes()));
      const original = dissect(bytesOf(message));
      expect(forwarded.avps.slice(0, -1)).toEqual(original.avps);
      expect(forwarded.avps.at(-1)?.data.toString()).toBe("client.diameter.test");
    }
  });
});

describe("6.2.2: an answer", () => {
  test("keeps every octet but its Hop-by-Hop Identifier", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, hopByHop) => {
        const expected = Buffer.from(message.toBytes());
        expected.writeUInt32BE(hopByHop, 12);
        expect(Buffer.from(forwardAnswer(message, hopByHop).toBytes())).toEqual(expected);
      }),
    );
  });
});

/** Flags R and P, an application and a command that nobody has a dictionary of. */
function unknownRequest(avps: readonly Avp[]): RawMessage {
  const flags = CommandFlag.REQUEST | CommandFlag.PROXIABLE;
  return RawMessage.of(new Header(flags, tiny.code, tiny.application.id, 0, 0x12345678), avps);
}

const text = (code: number, value: string, flags = 0x40) => new Avp(code, 0, flags, new TextEncoder().encode(value));

describe("a relay between two realms", () => {
  test("passes requests and answers on, with what no dictionary knows, and the identifiers of each connection", async () => {
    await using world = createWorld();
    const seen: { at: string; bytes: Buffer }[] = [];
    const server = await world.server("server", { originRealm: "far" });
    const relay = world.node("relay", {
      applications: [],
      advertise: { relay: true },
      accept: "any",
      listen: [{ host: "relay", port: 3868, transport: "memory" }],
      peers: [{ ...memoryPeer("server"), realms: ["far"] }],
    });
    await relay.start();
    relay.onMessage(({ direction, peer, raw }) => {
      if (raw.commandCode === tiny.code)
        seen.push({ at: `${direction} ${peer.originHost}`, bytes: Buffer.from(raw.toBytes()) });
    });
    const client = await world.client("client", ["relay"], { originRealm: "near" });
    const oddities = [new Avp(60000, 99999, 0x9f, Uint8Array.of(1, 2, 3)), new Avp(60001, 0, 0x05, new Uint8Array(0))];
    const answer = await client.send(
      unknownRequest([
        text(263, "client.test;1;1"),
        text(264, "client.test"),
        text(296, "near"),
        text(283, "far"),
        ...oddities,
      ]),
    );
    expect(seen.map(({ at }) => at)).toEqual([
      "in client.test",
      "out server.test",
      "in server.test",
      "out client.test",
    ]);
    const [requestIn, requestOut, answerIn, answerOut] = seen.map(({ bytes }) => bytes) as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const withoutIds = (bytes: Buffer) => Buffer.concat([bytes.subarray(4, 12), bytes.subarray(16)]);
    expect(withoutIds(requestOut).subarray(0, requestIn.length - 8)).toEqual(withoutIds(requestIn));
    expect(dissect(requestOut).avps.at(-1)).toMatchObject({ code: 282 });
    expect(withoutIds(answerOut)).toEqual(withoutIds(answerIn));
    expect(answerOut.readUInt32BE(12)).toBe(requestIn.readUInt32BE(12));
    expect(answer.endToEnd).toBe(0x12345678);
    expect(server.peers.list().map(({ originHost }) => originHost)).toEqual(["relay.test"]);
  });

  test("6.1.3: a request that comes back to the relay is a loop (3005); one that nobody serves is 3002, with its Session-Id", async () => {
    await using world = createWorld();
    const relay = world.node("relay", {
      applications: [],
      advertise: { relay: true },
      accept: "any",
      listen: [{ host: "relay", port: 3868, transport: "memory" }],
    });
    await relay.start();
    const client = await world.client("client", ["relay"], { originRealm: "near" });
    const session = text(263, "client.test;1;2");
    const undeliverable = dissect(
      Buffer.from((await client.send(unknownRequest([session, text(283, "far")]))).toBytes()),
    );
    expect(undeliverable.avps[0]?.data.toString()).toBe("client.test;1;2");
    expect(undeliverable.avps.find(({ code }) => code === 268)?.data.readUInt32BE()).toBe(3002);
    const looped = await client.send(unknownRequest([session, text(283, "far"), text(282, "relay.test")]));
    expect(looped.avp(268)?.data.at(-1)).toBe(3005 & 0xff);
    expect(looped.isError).toBe(true);
  });

  test("never passes on a request without the P bit", async () => {
    await using world = createWorld();
    await world.server("server", { originRealm: "far" });
    const relay = world.node("relay", {
      applications: [],
      advertise: { relay: true },
      accept: "any",
      listen: [{ host: "relay", port: 3868, transport: "memory" }],
      peers: [{ ...memoryPeer("server"), realms: ["far"] }],
    });
    await relay.start();
    const client = await world.client("client", ["relay"], { originRealm: "near" });
    const header = new Header(CommandFlag.REQUEST, tiny.code, tiny.application.id, 0, 1);
    const answer = await client.send(RawMessage.of(header, [text(263, "client.test;1;3"), text(283, "far")]));
    expect(answer.avp(268)?.data.at(-1)).toBe(3003 & 0xff);
  });
});
