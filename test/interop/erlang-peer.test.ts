/** diameter 2.2.7 of Erlang/OTP 25 as a peer of our node: connections, watchdogs and farewells, whoever begins. */

import { expect, test } from "vitest";
import * as accounting from "../../generated/src/accounting/index.js";
import * as cx from "../../generated/src/cx/index.js";
import * as sip from "../../generated/src/sip/index.js";
import { DiameterNode, type NodeOptions } from "../../runtime/src/index.js";
import { VirtualClock } from "../../runtime/src/testing/index.js";
import { type ErlangMessage, ErlangPeer, erlangRequirements } from "../support/erlang-peer.js";
import { next } from "../support/nodes.js";
import { describeWith } from "../support/require.js";
import { expectClean, tsharkRequirements } from "../support/tshark.js";

const OURS = "node.diameter.test";
const ERLANG = "erlang.diameter.test";
const REALM = "diameter.test";
const CAUSES = ["REBOOTING", "BUSY", "DO_NOT_WANT_TO_TALK_TO_YOU"] as const;
/** The same in the words of OTP. */
const ERLANG_CAUSES = ["rebooting", "busy", "goaway"] as const;

/** Everything that it received from us in all tests. */
const received: ErlangMessage[] = [];

function ours(options: Partial<NodeOptions> = {}): DiameterNode {
  return new DiameterNode({
    originHost: OURS,
    originRealm: REALM,
    applications: [sip.application, accounting.application],
    reconnectMs: 60_000,
    ...options,
  });
}

/** A node that listens; on a port of its own choice where none is given. */
async function listening(options: Partial<NodeOptions> = {}, port = 0): Promise<DiameterNode> {
  const node = ours({ listen: [{ host: "127.0.0.1", port }], accept: [ERLANG], ...options });
  await node.start();
  return node;
}

const portOf = (node: DiameterNode) => node.addresses[0]?.port ?? 0;

const peerAt = (port: number) => ({ host: "127.0.0.1", port, originHost: ERLANG });

/** It found nothing wrong in what it got, and what it got is this. */
function expectAccepted(peer: ErlangPeer, ...names: readonly string[]): void {
  expect(peer.received.filter(({ errors }) => errors.length > 0)).toEqual([]);
  expect(peer.received.map(({ name }) => name)).toEqual(names);
  received.push(...peer.received);
}

describeWith(erlangRequirements, "Erlang/OTP's diameter connects to our node", () => {
  test("capabilities exchange; watchdogs, its own first and then ours", async () => {
    const clock = new VirtualClock();
    await using node = await listening({ clock, vendorId: 12_345, productName: "diamgen", originStateId: 7 });
    await using peer = await ErlangPeer.start({ identity: ERLANG, watchdogMs: 1_000 });
    await peer.connect(portOf(node));
    expect(node.peers.list()).toMatchObject([
      { originHost: ERLANG, originRealm: REALM, state: "R-Open", watchdog: "OKAY", productName: "OTP/diameter" },
    ]);
    expect(node.peers.get(ERLANG)?.applications).toEqual([6, 3]);
    expect((await peer.message("recv", "CEA")).avps).toEqual({
      "Result-Code": 2001,
      "Origin-Host": OURS,
      "Origin-Realm": REALM,
      "Host-IP-Address": [[127, 0, 0, 1]],
      "Vendor-Id": 12_345,
      "Product-Name": "diamgen",
      "Origin-State-Id": [7],
      "Auth-Application-Id": [6],
      "Acct-Application-Id": [3],
    });

    await peer.message("send", "DWR");
    expect((await peer.message("recv", "DWA")).avps).toMatchObject({ "Result-Code": 2001, "Origin-Host": OURS });

    const answered = new Promise<number>((resolve) => {
      node.onMessage(({ direction, raw }) => {
        if (direction === "in" && !raw.isRequest) resolve(raw.commandCode);
      });
    });
    clock.advance(clock.next ?? 0); // Tw by our clock
    expect((await peer.message("recv", "DWR")).avps).toEqual({
      "Origin-Host": OURS,
      "Origin-Realm": REALM,
      "Origin-State-Id": [7],
    });
    expect((await peer.message("send", "DWA")).avps).toMatchObject({ "Result-Code": 2001 });
    expect(await answered).toBe(280);
    expect(node.peers.list()).toMatchObject([{ state: "R-Open", watchdog: "OKAY", pending: 0 }]);
    expect([...new Set(peer.received.map(({ name }) => name))]).toEqual(["CEA", "DWA", "DWR"]);
    expect(peer.received.flatMap(({ errors }) => errors)).toEqual([]);
    received.push(...peer.received);
  });

  test("its DPR with each Disconnect-Cause is answered, and the cause is told", async () => {
    await using node = await listening();
    await using peer = await ErlangPeer.start({ identity: ERLANG });
    for (const [disconnectCause, cause] of ERLANG_CAUSES.entries()) {
      await peer.connect(portOf(node));
      const from = peer.position;
      const closed = next(node, "peer:close");
      await peer.disconnect(cause);
      expect(await closed).toMatchObject([{ originHost: ERLANG }, { disconnectCause }]);
      expect((await peer.message("recv", "DPA", { from })).avps).toMatchObject({ "Result-Code": 2001 });
      expect(node.peers.list()).toEqual([]);
    }
    expectAccepted(peer, "CEA", "DPA", "CEA", "DPA", "CEA", "DPA");
  });

  test("our DPR with each Disconnect-Cause is answered, and it comes back", async () => {
    await using peer = await ErlangPeer.start({ identity: ERLANG });
    let port = 0;
    for (const [value, cause] of CAUSES.entries()) {
      const from = peer.position;
      await using node = await listening({}, port);
      port = portOf(node);
      if (value === 0) await peer.connect(port);
      else await peer.up({ from });
      const closed = next(node, "peer:close");
      await node.stop({ cause });
      await closed;
      expect((await peer.message("recv", "DPR", { from })).avps).toEqual({
        "Origin-Host": OURS,
        "Origin-Realm": REALM,
        "Disconnect-Cause": value,
      });
      expect((await peer.message("send", "DPA", { from })).avps).toMatchObject({ "Result-Code": 2001 });
      await peer.down({ from });
    }
    expectAccepted(peer, "CEA", "DPR", "CEA", "DPR", "CEA", "DPR");
  });

  test("a CER that is refused: an unknown peer, no common application", async () => {
    await using peer = await ErlangPeer.start({ identity: ERLANG });
    await using closed = await listening({ accept: ["friend.diameter.test"] });
    const refused = next(closed, "connection:refused");
    peer.dial(portOf(closed));
    expect(await refused).toMatchObject([{ originHost: ERLANG, resultCode: 3010 }]);
    // The E bit, for 3010 is a protocol error.
    expect(await peer.message("recv", "answer-message")).toMatchObject({ flags: 0x20, avps: { "Result-Code": 3010 } });
    await peer.refused(/^\{'CEA',.*'Result-Code',3010/);
    await closed.stop();
    await peer.disconnect("goaway");

    await using other = await listening({ applications: [cx.application] });
    const without = next(other, "connection:refused");
    peer.dial(portOf(other));
    expect(await without).toMatchObject([{ originHost: ERLANG, resultCode: 5010 }]);
    expect(await peer.message("recv", "CEA")).toMatchObject({ flags: 0, avps: { "Result-Code": 5010 } });
    await peer.refused(/^\{'CEA',.*'Result-Code',5010/);
    expect(peer.received.flatMap(({ errors }) => errors)).toEqual([]);
    received.push(...peer.received);
  });
});

describeWith(erlangRequirements, "our node connects to Erlang/OTP's diameter", () => {
  test("capabilities exchange; watchdogs; our DPR with each Disconnect-Cause", async () => {
    await using peer = await ErlangPeer.start({ identity: ERLANG, watchdogMs: 1_000 });
    for (const [value, cause] of CAUSES.entries()) {
      const from = peer.position;
      const clock = new VirtualClock();
      await using node = ours({ clock, originStateId: 7, peers: [peerAt(peer.port)] });
      await node.start();
      expect(node.peers.list()).toMatchObject([
        { originHost: ERLANG, originRealm: REALM, state: "I-Open", watchdog: "OKAY", productName: "OTP/diameter" },
      ]);
      expect((await peer.message("recv", "CER", { from })).avps).toMatchObject({
        "Origin-Host": OURS,
        "Origin-State-Id": [7],
        "Auth-Application-Id": [6],
        "Acct-Application-Id": [3],
      });
      clock.advance(clock.next ?? 0);
      await peer.message("recv", "DWR", { from });
      await peer.message("send", "DWA", { from });
      if (value === 0)
        expect((await peer.message("recv", "DWA", { from })).avps).toMatchObject({ "Result-Code": 2001 });

      await node.stop({ cause });
      expect((await peer.message("recv", "DPR", { from })).avps).toMatchObject({ "Disconnect-Cause": value });
      await peer.message("send", "DPA", { from });
      await peer.down({ from });
    }
    expect(peer.received.flatMap(({ errors }) => errors)).toEqual([]);
    received.push(...peer.received);
  });

  test("its DPR with each Disconnect-Cause is answered, and the cause is told", async () => {
    await using peer = await ErlangPeer.start({ identity: ERLANG });
    for (const [disconnectCause, cause] of ERLANG_CAUSES.entries()) {
      await using node = ours({ peers: [peerAt(peer.port)] });
      await node.start();
      const from = peer.position;
      const closed = next(node, "peer:close");
      await peer.disconnect(cause);
      expect(await closed).toMatchObject([{ originHost: ERLANG }, { disconnectCause }]);
      expect((await peer.message("recv", "DPA", { from })).avps).toMatchObject({ "Result-Code": 2001 });
    }
    expectAccepted(peer, "CER", "DPA", "CER", "DPA", "CER", "DPA");
  });

  test("no common application: its CEA says so, and we close", async () => {
    await using peer = await ErlangPeer.start({ identity: ERLANG, applications: ["accounting"] });
    await using node = ours({ applications: [sip.application], peers: [peerAt(peer.port)] });
    const closed = next(node, "peer:close");
    await node.start();
    expect(await closed).toMatchObject([{ originHost: ERLANG }, { resultCode: 5010 }]);
    await peer.message("recv", "CER");
    expectAccepted(peer, "CER");
  });

  test("it stands still: SUSPECT, then closed; when it goes on it is connected again", async () => {
    const clock = new VirtualClock();
    await using peer = await ErlangPeer.start({ identity: ERLANG });
    await using node = ours({ clock, reconnectMs: 1_000, peers: [peerAt(peer.port)] });
    await node.start();
    peer.freeze();
    const suspect = next(node, "peer:suspect");
    const closed = next(node, "peer:close");
    clock.advance(clock.next ?? 0); // Tw: our DWR goes out
    clock.advance(clock.next ?? 0); // Tw: no DWA
    expect(await suspect).toMatchObject([{ originHost: ERLANG, watchdog: "SUSPECT" }]);
    clock.advance(clock.next ?? 0); // Tw again
    expect(await closed).toMatchObject([{ originHost: ERLANG }, {}]);

    peer.thaw();
    const opened = next(node, "peer:open");
    clock.advance(clock.next ?? 0); // Tc
    await opened;
    expect(node.peers.list()).toMatchObject([{ state: "I-Open", watchdog: "REOPEN" }]);
    await node.stop();
    await peer.message("recv", "DPR");
    expect(peer.received.flatMap(({ errors }) => errors)).toEqual([]);
    received.push(...peer.received);
  });
});

describeWith([...erlangRequirements, ...tsharkRequirements], "tshark", () => {
  test("has nothing against any message that we sent above", async () => {
    const messages = await expectClean(received.map(({ hex }) => Buffer.from(hex, "hex")));
    const commands = new Set(messages.map(({ code, flags }) => `${code}${(flags & 0x80) === 0 ? "A" : "R"}`));
    expect([...commands].sort()).toEqual(["257A", "257R", "280A", "280R", "282A", "282R"]);
  });
});
