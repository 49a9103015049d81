/** RFC 6733 section 2, where no other test shows it: ports, routing table, relays. */
import { once } from "node:events";
import type { AnyCommand } from "@diamgen/runtime/codegen";
import * as accounting from "@diamgen/sdk/accounting";
import * as creditControl from "@diamgen/sdk/credit-control";
import * as cx from "@diamgen/sdk/cx";
import * as gx from "@diamgen/sdk/gx";
import * as rf from "@diamgen/sdk/rf";
import * as ro from "@diamgen/sdk/ro";
import * as rx from "@diamgen/sdk/rx";
import * as s6a from "@diamgen/sdk/s6a";
import * as sip from "@diamgen/sdk/sip";
import { describe, expect, test } from "vitest";
import { CommandFlag, Header, RawMessage } from "../../../runtime/src/index.js";
import { DiameterNode } from "../../../runtime/src/node.js";
import { MemoryTransport, VirtualClock } from "../../../runtime/src/testing/index.js";
import type { HostAndPort } from "../../../runtime/src/transport/transport.js";
import { dissect } from "../../support/dissect.js";
import { createWorld, memoryPeer, next } from "../../support/nodes.js";
import { meetRawPeers, textAvp } from "../../support/raw-peers.js";
import { describeWith } from "../../support/require.js";
import { otherApplication, tiny, tinyApplication } from "../../support/tiny-command.js";
import { testTls, tlsRequirements } from "../../support/tls.js";

const request = { destinationRealm: "test", userName: "alice" } as const;

describe("2.1 Transport", () => {
  test("port 3868 where nobody says otherwise, to listen and to connect", async () => {
    await using world = createWorld();
    const server = await world.server("server", { listen: [{ host: "server", transport: "memory" }] });
    expect(server.addresses).toMatchObject([{ port: 3868 }]);
    const client = world.node("client", { peers: [{ host: "server", transport: "memory" }] });
    await client.start();
    expect(client.peers.list()).toMatchObject([{ originHost: "server.test", state: "I-Open" }]);
  });

  test("octets that are no Diameter, I-Open: the connection is reset", async () => {
    await using met = await meetRawPeers(["one"]);
    const { socket } = met.peers.one;
    const broken = once(socket, "error", { signal: AbortSignal.timeout(5_000) });
    const closed = next(met.node, "peer:close");
    met.peers.one.send(Buffer.from("GET / HTTP/1.1\r\nHost: node.test\r\n\r\n"));
    // A FIN would end the socket without an error.
    expect((await broken)[0]).toMatchObject({ code: "ECONNRESET" });
    expect((await closed)[1].message).toMatch(/not Diameter/);
  });
});

describeWith(tlsRequirements, "2.1 Transport, TLS", () => {
  const made = testTls();

  test("port 5868 for TLS where nobody says otherwise, and another one where somebody does", async () => {
    const asked: number[] = [];
    class Ports extends MemoryTransport {
      override readonly kind = "tls" as never;
      override connect({ port }: HostAndPort): Promise<never> {
        asked.push(port);
        return Promise.reject(new Error("nobody is there"));
      }
    }
    const tls = await (await made).issue("node.test");
    await using node = new DiameterNode({
      originHost: "node.test",
      originRealm: "test",
      applications: [tinyApplication],
      tls,
      transports: [new Ports()],
      listen: [{ host: "node", transport: "tls" }],
      peers: [
        { host: "one", transport: "tls" },
        { host: "two", port: 5658, transport: "tls" },
      ],
    });
    await node.start();
    expect(asked).toEqual([5868, 5658]);
    expect(node.addresses).toMatchObject([{ port: 5868 }]);
  });
});

describe("2.5 Connections vs. Sessions", () => {
  test("every command of every application is sent with the id of that application", async () => {
    const applications = { accounting, creditControl, cx, gx, rf, ro, rx, s6a, sip };
    let sessions = 0;
    for (const [name, { application, ...exported }] of Object.entries(applications)) {
      const commands = (Object.values(exported) as unknown[]).filter(isCommand);
      expect(commands.length, name).toBeGreaterThan(0);
      for (const command of commands) expect(command.application, `${name} ${command.name}`).toBe(application);
      sessions += commands.filter(({ code }) => [258, 274, 275].includes(code)).length;
    }
    // RAR, STR and ASR of eight applications, where their documents have them.
    expect(sessions).toBeGreaterThan(8);
    await using met = await meetRawPeers(["one"], {
      applications: [sip.application],
      says: { one: { authApplicationId: [6] } },
    });
    const init = { authApplicationId: 6, destinationRealm: "test", destinationHost: "one.test" };
    met.node.request(sip.abortSession, init).catch(() => {});
    expect(dissect(await met.peers.one.nextOf(274, "request"))).toMatchObject({ applicationId: 6 });
  });

  function isCommand(value: unknown): value is AnyCommand {
    return typeof value === "object" && value !== null && "application" in value && "request" in value;
  }
});

describe("2.7 Routing Table", () => {
  test("realm, then application: of two peers in one realm, the one that advertised the application is asked", async () => {
    await using world = createWorld();
    const first = world.node("first", {
      applications: [otherApplication],
      accept: "any",
      listen: [{ host: "first", port: 3868, transport: "memory" }],
    });
    await first.start();
    await world.server("second");
    const client = await world.client("client", ["first", "second"], {
      applications: [tinyApplication, otherApplication],
    });
    expect(client.peers.list().map(({ state }) => state)).toEqual(["I-Open", "I-Open"]);
    expect(await client.request(tiny, request)).toMatchObject({ userName: "second" });
    expect(client.peers.list().map(({ applications }) => applications)).toEqual([
      [otherApplication.id],
      [tinyApplication.id],
    ]);
  });

  test("where no peer of the realm advertised the application, nothing is sent", async () => {
    await using world = createWorld();
    const first = world.node("first", {
      applications: [otherApplication],
      accept: "any",
      listen: [{ host: "first", port: 3868, transport: "memory" }],
    });
    await first.start();
    const client = await world.client("client", ["first"], { applications: [tinyApplication, otherApplication] });
    const seen: number[] = [];
    first.onMessage(({ raw: { commandCode } }) => {
      seen.push(commandCode);
    });
    await expect(client.request(tiny, request)).rejects.toMatchObject({
      code: "ERR_DIAMETER_UNABLE_TO_DELIVER",
      sent: false,
    });
    expect(seen).not.toContain(tiny.code);
  });

  test("the default entry, a configured peer without realms of its own, takes what no other entry matches", async () => {
    await using world = createWorld();
    const realms = ["far.test", "near.test"];
    await world.server("near", { originRealm: "near.test", realms });
    await world.server("default", { realms });
    const client = world.node("client", {
      peers: [{ ...memoryPeer("near"), realms: ["near.test"] }, memoryPeer("default")],
    });
    await client.start();
    const to = async (destinationRealm: string) =>
      (await client.request(tiny, { ...request, destinationRealm })).userName;
    expect(await to("near.test")).toBe("near");
    expect(await to("far.test")).toBe("default");
  });
});

describe("2.8.1 Relay Agents", () => {
  test("a relay has a transaction while a request is unanswered, and nothing of it afterwards", async () => {
    await using world = createWorld();
    const server = world.node("server", {
      originRealm: "far",
      accept: "any",
      listen: [{ host: "server", port: 3868, transport: "memory" }],
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    server.handle(tiny, async (_request, context) => {
      await held;
      return context.answer({ resultCode: 2001, userName: "server" });
    });
    await server.start();
    const clock = new VirtualClock();
    const relay = world.node("relay", {
      applications: [],
      advertise: { relay: true },
      accept: "any",
      listen: [{ host: "relay", port: 3868, transport: "memory" }],
      peers: [{ ...memoryPeer("server"), realms: ["far"] }],
      clock,
    });
    await relay.start();
    const client = await world.client("client", ["relay"], { originRealm: "near" });
    await world.settle();
    const timers = clock.pending;
    const header = new Header(CommandFlag.REQUEST | CommandFlag.PROXIABLE, tiny.code, tinyApplication.id, 0, 7);
    const answer = client.send(
      RawMessage.of(header, [
        textAvp(263, "client.test;1;1"),
        textAvp(264, "client.test"),
        textAvp(296, "near"),
        textAvp(283, "far"),
        textAvp(1, "alice"),
      ]),
    );
    await world.settle();
    const pending = () => relay.peers.list().map((peer) => [peer.originHost, peer.pending]);
    expect(pending()).toEqual([
      ["server.test", 1],
      ["client.test", 0],
    ]);
    release();
    expect((await answer).isError).toBe(false);
    await world.settle();
    expect(pending()).toEqual([
      ["server.test", 0],
      ["client.test", 0],
    ]);
    // No timer is left either, so no state that it would end.
    expect(clock.pending).toBe(timers);
  });
});
