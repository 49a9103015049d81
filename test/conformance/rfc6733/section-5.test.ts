/** RFC 6733 section 5, what peers say between themselves, where no other test shows it. */
import { describe, expect, test } from "vitest";
import { Header, RawMessage } from "../../../runtime/src/index.js";
import { DiameterNode } from "../../../runtime/src/node.js";
import { encodeCER, encodeDWA } from "../../../runtime/src/peer/base-messages.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { dissect, dissectAvps, findAvp, resultCode } from "../../support/dissect.js";
import { createWorld, next } from "../../support/nodes.js";
import { RawClient } from "../../support/raw-client.js";
import { RawListener } from "../../support/raw-listener.js";
import { capabilitiesOf, meetRawPeers, textAvp, unsigned32Avp } from "../../support/raw-peers.js";
import { tinyApplication } from "../../support/tiny-command.js";

const origin = [textAvp(264, "one.test"), textAvp(296, "test")];

describe("5.3 Capabilities Exchange", () => {
  test.each([
    ["CER", 257],
    ["DWR", 280],
    ["DPR", 282],
  ])("a relay never passes on a %s, whatever its P bit and Destination-Host say", async (_name, code) => {
    await using met = await meetRawPeers(["one", "two"], { applications: [], advertise: { relay: true } });
    const { one, two } = met.peers;
    const avps = [...origin, unsigned32Avp(273, 0), textAvp(283, "test"), textAvp(293, "two.test")];
    one.send(RawMessage.of(new Header(0xc0, code, 0, 1, 2), avps).bytes);
    if (code === 257) await one.waitClosed();
    else expect(dissect(await one.next())).toMatchObject({ code, request: false });
    // What comes to the other peer next is the answer to its own DWR.
    const probe = await two.exchange(RawMessage.of(new Header(0x80, 280, 0, 7, 0x600d), origin).bytes);
    expect(dissect(probe).endToEnd).toBe(0x600d);
    await expect(two.next({ timeoutMs: 1 })).rejects.toThrow();
  });

  test("5.3.1: a CER whose connection breaks goes to no other peer", async () => {
    await using listener = await RawListener.listen();
    await using met = await meetRawPeers(["two"]);
    const closed = next(met.node, "peer:close");
    const connecting = met.node.connect({ host: "127.0.0.1", port: listener.port, originHost: "one.test" });
    const failed = expect(connecting).rejects.toMatchObject({ code: "ERR_DIAMETER_TRANSPORT" });
    const one = await listener.accept();
    const cer = dissect(await one.nextOf(257, "request"));
    await one.close({ reset: true });
    await closed;
    await failed;
    const probe = await met.peers.two.exchange(RawMessage.of(new Header(0x80, 280, 0, 7, 0x600d), origin).bytes);
    expect(dissect(probe).endToEnd).toBe(0x600d);
    expect(dissect(met.cers.two).endToEnd).not.toBe(cer.endToEnd);
    await expect(met.peers.two.next({ timeoutMs: 1 })).rejects.toThrow();
  });

  test("5.3.7: Product-Name stays the same whatever the Firmware-Revision", async () => {
    const said = async (firmwareRevision: number) => {
      await using met = await meetRawPeers(["one"], { firmwareRevision });
      const cer = dissect(met.cers.one);
      expect(findAvp(cer, 267)?.data.readUInt32BE()).toBe(firmwareRevision);
      return findAvp(cer, 269)?.data.toString();
    };
    expect(await said(1)).toBe("diamgen");
    expect(await said(2)).toBe("diamgen");
  });

  test("6.11: Failed-AVP of a CEA has both application ids: examples where neither came, those received where both did", async () => {
    await using node = new DiameterNode({
      originHost: "node.test",
      originRealm: "test",
      applications: [tinyApplication],
      accept: "any",
      listen: [{ host: "127.0.0.1", port: 0 }],
    });
    await node.start();
    const refused = async (ids: { authApplicationId?: number; acctApplicationId?: number }) => {
      await using client = await RawClient.connect(node.addresses[0]?.port as number);
      const said = { ...capabilitiesOf("one"), vendorSpecificApplicationId: [{ vendorId: 10_415, ...ids }] };
      client.send(encodeCER(said, { hopByHop: 1, endToEnd: 2 }).bytes);
      const cea = dissect(await client.next());
      const [group] = dissectAvps(findAvp(cea, 279)?.data ?? Buffer.alloc(0));
      expect(group?.code).toBe(260);
      return [
        resultCode(cea),
        dissectAvps(group?.data ?? Buffer.alloc(0)).map(({ code, data }) => [code, data.readUInt32BE()]),
      ];
    };
    expect(await refused({})).toEqual([
      5005,
      [
        [258, 0],
        [259, 0],
      ],
    ]);
    expect(await refused({ authApplicationId: 4, acctApplicationId: 3 })).toEqual([
      5009,
      [
        [258, 4],
        [259, 3],
      ],
    ]);
  });
});

describe("5.4, 5.5 messages after a transport failure", () => {
  test("5.5.1: a DWR whose connection breaks goes to no other peer", async () => {
    const clock = new VirtualClock();
    await using met = await meetRawPeers(["one", "two"], { clock, random: () => 0.5 });
    clock.advance(30_000);
    const lost = dissect(await met.peers.one.nextOf(280, "request"));
    const own = await met.peers.two.nextOf(280, "request");
    met.peers.two.send(
      encodeDWA({ originHost: "two.test", originRealm: "test", resultCode: 2001 }, dissect(own)).bytes,
    );
    const closed = next(met.node, "peer:close");
    await met.peers.one.close({ reset: true });
    await closed;
    const probe = await met.peers.two.exchange(RawMessage.of(new Header(0x80, 280, 0, 7, 0x600d), origin).bytes);
    expect(dissect(probe).endToEnd).toBe(0x600d);
    expect(dissect(own).endToEnd).not.toBe(lost.endToEnd);
    await expect(met.peers.two.next({ timeoutMs: 1 })).rejects.toThrow();
  });

  test("5.4.1: a DPR whose connection breaks goes to no other peer", async () => {
    await using met = await meetRawPeers(["one", "two"]);
    const closed = next(met.node, "peer:close");
    const stopped = met.node.stop();
    const lost = dissect(await met.peers.one.nextOf(282, "request"));
    const own = dissect(await met.peers.two.nextOf(282, "request"));
    expect([lost, own].map(({ avps }) => avps.find(({ code }) => code === 273)?.data.readUInt32BE())).toEqual([0, 0]);
    await met.peers.one.close({ reset: true });
    await closed;
    const probe = await met.peers.two.exchange(RawMessage.of(new Header(0x80, 280, 0, 7, 0x600d), origin).bytes);
    expect(dissect(probe).endToEnd).toBe(0x600d);
    await expect(met.peers.two.next({ timeoutMs: 1 })).rejects.toThrow();
    await met.peers.two.close();
    await stopped;
  });
});

test("5.1: connections with all configured peers are kept at the same time, so that an alternate is there", async () => {
  await using world = createWorld();
  for (const name of ["one", "two", "three"]) await world.server(name);
  const client = await world.client("client", ["one", "two", "three"]);
  expect(client.peers.list().map(({ state }) => state)).toEqual(["I-Open", "I-Open", "I-Open"]);
});
