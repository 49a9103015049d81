/**
 * Peers that are asked for before they are connected, by `options.claim`: several processes are one node then, and RFC 6733 section 2.1 has one
 * connection with one peer.
 */

import { describe, expect, test } from "vitest";
import type { ClaimPeer, DiameterNode, NodeOptions, PeerClaim, PeerLease } from "../../../runtime/src/index.js";
import { encodeCER } from "../../../runtime/src/peer/base-messages.js";
import { MockPeer } from "../../../runtime/src/testing/index.js";
import { createWorld, memoryPeer, next, PORT, type World } from "../../support/nodes.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

/** Whoever decides: what was asked, what was released, and answers when a test says so. */
class Desk {
  readonly asked: PeerClaim[] = [];
  readonly released: string[] = [];
  private readonly open: ((lease: PeerLease | undefined | Error) => void)[] = [];

  readonly claim: ClaimPeer = (claim) =>
    new Promise((resolve, reject) => {
      this.asked.push(claim);
      this.open.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
    });

  /** The oldest question that is open. */
  grant(lost?: AbortSignal): void {
    const { originHost } = this.asked[this.asked.length - this.open.length] as PeerClaim;
    this.open.shift()?.({ release: () => this.released.push(originHost), lost });
  }

  refuse(): void {
    this.open.shift()?.(undefined);
  }

  fail(): void {
    this.open.shift()?.(new Error("nobody there"));
  }
}

/** Grants each peer to whoever asks first, as a supervisor of several processes would. */
function table() {
  const owners = new Map<string, ClaimPeer>();
  const releases = new Map<string, number>();
  const desk = (): ClaimPeer => {
    const me: ClaimPeer = async ({ originHost }) => {
      const key = originHost.toLowerCase();
      if (owners.has(key)) return undefined;
      owners.set(key, me);
      return {
        release: () => {
          owners.delete(key);
          releases.set(key, (releases.get(key) ?? 0) + 1);
        },
      };
    };
    return me;
  };
  return { owners, releases, desk };
}

const request = { destinationRealm: "test", userName: "alice" } as const;

const connect = (world: World, name: string, host = "server") =>
  MockPeer.connect(
    { host, port: PORT },
    {
      originHost: `${name}.test`,
      originRealm: "test",
      applications: [tinyApplication],
      transport: world.network,
      clock: world.clock,
    },
  );

const refusals = (node: DiameterNode) => {
  const seen: (number | string)[] = [];
  node.on("connection:refused", ({ resultCode, message }) => seen.push(resultCode ?? message));
  return seen;
};

const stranger = (world: World, name: string) =>
  MockPeer.connectOnly(
    { host: "server", port: PORT },
    { originHost: `${name}.test`, originRealm: "test", transport: world.network, clock: world.clock },
  );

const cer = (name: string, identifier = 1) =>
  encodeCER(
    {
      originHost: `${name}.test`,
      originRealm: "test",
      hostIpAddress: ["127.0.0.1"],
      vendorId: 0,
      productName: "",
      supportedVendorId: [],
      authApplicationId: [tinyApplication.id],
      inbandSecurityId: [],
      acctApplicationId: [],
      vendorSpecificApplicationId: [],
    },
    { hopByHop: identifier, endToEnd: identifier },
  ).toBytes();

async function claiming(options: Partial<NodeOptions> = {}) {
  const world = createWorld();
  const desk = new Desk();
  const server = await world.server("server", { claim: desk.claim, ...options });
  return { world, desk, server, refused: refusals(server), [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

describe("a peer that connects to us", () => {
  test("granted: its CEA waits until then, and the claim is released once when it has gone", async () => {
    await using all = await claiming();
    const { world, desk, server } = all;
    const opening = connect(world, "client");
    await world.settle();
    expect(desk.asked).toMatchObject([{ originHost: "client.test", initiated: false }]);
    expect(desk.asked[0]?.signal.aborted).toBe(false);
    expect(server.peers.size).toBe(0);
    desk.grant();
    const client = await opening;
    await world.settle();
    expect(server.peers.get("client.test")).toMatchObject({ state: "R-Open" });
    expect(await client.request(tiny, request)).toMatchObject({ resultCode: 2001 });
    expect(desk.released).toEqual([]);
    client.close();
    await world.settle();
    expect(server.peers.size).toBe(0);
    expect(desk.released).toEqual(["client.test"]);
    expect(desk.asked).toHaveLength(1);
  });

  test("somebody else's: 4003, and nothing to release", async () => {
    await using all = await claiming();
    const { world, desk, server, refused } = all;
    const opening = connect(world, "client");
    await world.settle();
    desk.refuse();
    await expect(opening).rejects.toThrow("4003");
    await world.settle();
    expect(refused).toEqual([4003]);
    expect(server.peers.size).toBe(0);
    expect(desk.released).toEqual([]);
    // It may come again.
    const again = connect(world, "client");
    await world.settle();
    desk.grant();
    await again;
    expect(desk.asked).toHaveLength(2);
  });

  test("nobody can say: 5012", async () => {
    await using all = await claiming();
    const { world, desk, refused } = all;
    const opening = connect(world, "client");
    await world.settle();
    desk.fail();
    await expect(opening).rejects.toThrow("5012");
    expect(refused).toEqual([5012]);
  });

  test("a claim that throws is as one that rejects", async () => {
    await using world = createWorld();
    const server = await world.server("server", {
      claim: () => {
        throw new Error("a defect");
      },
    });
    const refused = refusals(server);
    await expect(connect(world, "client")).rejects.toThrow("5012");
    expect(refused).toEqual([5012]);
  });

  test("no answer: the connection ends when cerTimeoutMs is over, and what is granted late is released", async () => {
    await using all = await claiming({ limits: { cerTimeoutMs: 3000 } });
    const { world, desk, server, refused } = all;
    const opening = connect(world, "client");
    await world.settle();
    const failed = expect(opening).rejects.toThrow();
    await world.clock.advanceAsync(3000);
    await failed;
    expect(refused).toEqual(["nobody said in time whose peer it is"]);
    expect(desk.asked[0]?.signal.aborted).toBe(true);
    desk.grant();
    await world.settle();
    expect(desk.released).toEqual(["client.test"]);
    expect(server.peers.size).toBe(0);
  });

  test("gone before the answer: the claim is aborted, and what is granted late is released", async () => {
    await using all = await claiming();
    const { world, desk, server, refused } = all;
    const peer = await stranger(world, "client");
    peer.send(cer("client"));
    await world.settle();
    peer.close("reset");
    await world.settle();
    expect(desk.asked[0]?.signal.aborted).toBe(true);
    expect(refused).toHaveLength(1);
    desk.grant();
    await world.settle();
    expect(desk.released).toEqual(["client.test"]);
    expect(server.peers.size).toBe(0);
  });

  test("what it sends before its CEA ends the connection: section 5.6 has it wait", async () => {
    await using all = await claiming();
    const { world, desk, refused } = all;
    const peer = await stranger(world, "client");
    peer.send(cer("client"));
    peer.send(cer("client", 2));
    await world.settle();
    expect(refused).toEqual(["command 257 came before the CEA was sent"]);
    expect(desk.asked[0]?.signal.aborted).toBe(true);
    await peer.closed();
  });

  test("who is not welcome is not asked for", async () => {
    await using all = await claiming({ accept: ["other.test"] });
    await expect(connect(all.world, "client")).rejects.toThrow("3010");
    expect(all.desk.asked).toEqual([]);
  });

  test("who is not welcome any more when the answer comes is refused, and released", async () => {
    let open = true;
    await using all = await claiming({ accept: () => open });
    const { world, desk } = all;
    const opening = connect(world, "client");
    await world.settle();
    open = false;
    desk.grant();
    await expect(opening).rejects.toThrow("3010");
    expect(desk.released).toEqual(["client.test"]);
  });

  test("a flood of CERs is bounded by maxUnidentified, and each claim is aborted when the node stops", async () => {
    await using all = await claiming({ limits: { maxUnidentified: 10, maxUnidentifiedPerAddress: 10 } });
    const { world, desk, server, refused } = all;
    for (let index = 0; index < 50; index++) {
      const peer = await stranger(world, `c${index}`);
      // From the eleventh on it is closed at once.
      if (index < 10) peer.send(cer(`c${index}`));
    }
    await world.settle();
    expect(desk.asked).toHaveLength(10);
    expect(refused).toHaveLength(40);
    const stopped = server.stop();
    await world.clock.advanceAsync(1000);
    await stopped;
    expect(desk.asked.map(({ signal }) => signal.aborted)).toEqual(Array.from({ length: 10 }, () => true));
    for (let index = 0; index < 10; index++) desk.grant();
    await world.settle();
    expect(desk.released).toHaveLength(10);
  });

  test("two connections of one peer at once: asked once, and the second is closed as without claims", async () => {
    await using all = await claiming();
    const { world, desk, server } = all;
    const both = [connect(world, "client"), connect(world, "CLIENT")].map((one) => one.then(undefined, String));
    await world.settle();
    expect(desk.asked).toHaveLength(1);
    desk.grant();
    await world.settle();
    const [first, second] = await Promise.all(both);
    expect(second).toContain("closed");
    expect(desk.released).toEqual([]);
    expect(server.peers.list()).toMatchObject([{ state: "R-Open" }]);
    (first as MockPeer).close();
    await world.settle();
    expect(desk.released).toEqual(["client.test"]);
  });

  test("lost: the connection is closed without a DPR, and the lease released once", async () => {
    await using all = await claiming();
    const { world, desk, server } = all;
    const lost = new AbortController();
    const opening = connect(world, "client");
    await world.settle();
    desk.grant(lost.signal);
    const peer = await opening;
    const closed = next(server, "peer:close");
    lost.abort();
    expect((await closed)[1].message).toBe("client.test is another process's");
    await peer.closed();
    peer.verify();
    await world.settle();
    expect(desk.released).toEqual(["client.test"]);
    expect(server.peers.size).toBe(0);
  });

  test("a hundred peers: each is asked for once and released once", async () => {
    await using world = createWorld();
    const { owners, releases, desk } = table();
    const server = await world.server("server", {
      claim: desk(),
      limits: { maxUnidentified: 200, maxUnidentifiedPerAddress: 200 },
    });
    const peers = await Promise.all(Array.from({ length: 100 }, (_, index) => connect(world, `c${index}`)));
    expect(server.peers.size).toBe(100);
    expect(owners.size).toBe(100);
    for (const [index, peer] of peers.entries()) peer.close(index % 2 === 0 ? "close" : "reset");
    await world.settle();
    expect(owners.size).toBe(0);
    expect([...releases.values()]).toEqual(Array.from({ length: 100 }, () => 1));
  });
});

describe("two processes of one node", () => {
  async function pair(options: Partial<NodeOptions> = {}) {
    const world = createWorld();
    const { owners, releases, desk } = table();
    const same = { originHost: "server.test", originStateId: 1 };
    const one = await world.server("one", { ...same, claim: desk(), ...options });
    const two = await world.server("two", { ...same, claim: desk(), ...options });
    return { world, one, two, owners, releases, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }

  test("a peer of the one is refused by the other until it has gone", async () => {
    await using all = await pair();
    const { world, one, two, releases } = all;
    const refused = refusals(two);
    const first = await connect(world, "client", "one");
    await expect(connect(world, "client", "two")).rejects.toThrow("4003");
    expect(refused).toEqual([4003]);
    expect([one.peers.size, two.peers.size]).toEqual([1, 0]);
    first.close();
    await world.settle();
    const second = await connect(world, "client", "two");
    expect([one.peers.size, two.peers.size]).toEqual([0, 1]);
    second.close();
    await world.settle();
    expect(releases.get("client.test")).toBe(2);
  });

  test("a peer that the one connects to is refused by the other, and taken over when it has gone", async () => {
    await using all = await pair({ reconnectMs: 1000 });
    const { world, one, two, owners } = all;
    await world.server("peer");
    await one.connect(memoryPeer("peer"));
    await expect(two.connect(memoryPeer("peer"))).rejects.toThrow("another process has a connection with peer.test");
    // Again and again, until it is free.
    await world.clock.advanceAsync(5000);
    expect(two.peers.get("peer.test")).toMatchObject({ state: "Closed" });
    const gone = one.peers.remove("peer.test");
    const opened = next(two, "peer:open");
    await world.clock.advanceAsync(5000);
    await gone;
    await opened;
    expect(owners.size).toBe(1);
    expect(two.peers.get("peer.test")).toMatchObject({ state: "I-Open" });
  });

  test("their Session-Ids differ, though they began in the same second", async () => {
    await using world = createWorld();
    const seen: string[] = [];
    const server = world.node("server", {
      listen: [{ host: "server", port: PORT, transport: "memory" }],
      accept: "any",
    });
    server.handle(tiny, ({ sessionId }, context) => {
      seen.push(sessionId);
      return context.answer({ resultCode: 2001, userName: "" });
    });
    await server.start();
    for (const instance of ["1", "2"]) {
      const client = await world.client("client", ["server"], { instance });
      await client.request(tiny, request);
      const stopped = client.stop();
      await world.clock.advanceAsync(0);
      await stopped;
    }
    const [one = "", two = ""] = seen;
    expect(one).toMatch(/^client\.test;\d+;0;1$/);
    expect(two).toBe(one.replace(/1$/, "2"));
  });
});

describe("a peer that we connect to", () => {
  async function connecting(options: Partial<NodeOptions> = {}) {
    const world = createWorld();
    const desk = new Desk();
    const peer = await world.server("peer");
    const node = world.node("client", {
      claim: desk.claim,
      peers: [memoryPeer("peer")],
      reconnectMs: 1000,
      ...options,
    });
    const started = node.start();
    await world.settle();
    return { world, desk, peer, node, started, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }

  test("is asked for before there is a transport connection, and released once when it has gone", async () => {
    await using all = await connecting();
    const { world, desk, peer, node, started } = all;
    expect(desk.asked).toMatchObject([{ originHost: "peer.test", address: "peer", initiated: true }]);
    expect(node.peers.get("peer.test")).toMatchObject({ state: "Wait-Conn-Ack" });
    desk.grant();
    await started;
    expect(node.peers.get("peer.test")).toMatchObject({ state: "I-Open" });
    const stopped = peer.stop();
    await world.clock.advanceAsync(100);
    await stopped;
    expect(desk.released).toEqual(["peer.test"]);
  });

  test("refused: tried again after Tc", async () => {
    await using all = await connecting();
    const { world, desk, node, started } = all;
    desk.refuse();
    await started;
    expect(node.peers.get("peer.test")).toMatchObject({ state: "Closed" });
    await world.clock.advanceAsync(2000);
    expect(desk.asked).toHaveLength(2);
    desk.grant();
    await world.settle();
    expect(node.peers.get("peer.test")).toMatchObject({ state: "I-Open" });
    expect(desk.released).toEqual([]);
  });

  test("nobody says: the attempt ends after cerTimeoutMs, and what is granted late is released", async () => {
    await using all = await connecting({ limits: { cerTimeoutMs: 500 } });
    const { world, desk, started } = all;
    await world.clock.advanceAsync(500);
    await started;
    expect(desk.asked[0]?.signal.aborted).toBe(true);
    desk.grant();
    await world.settle();
    expect(desk.released).toEqual(["peer.test"]);
  });

  test("the node stops meanwhile: aborted, and what is granted late is released", async () => {
    await using all = await connecting();
    const { world, desk, node, started } = all;
    await node.stop();
    await started;
    expect(desk.asked[0]?.signal.aborted).toBe(true);
    desk.grant();
    await world.settle();
    expect(desk.released).toEqual(["peer.test"]);
  });

  test("nobody listens there: released with each attempt", async () => {
    await using all = await connecting({ peers: [memoryPeer("nobody")] });
    const { world, desk, started } = all;
    desk.grant();
    await started;
    expect(desk.released).toEqual(["nobody.test"]);
    await world.clock.advanceAsync(2000);
    desk.grant();
    await world.settle();
    expect(desk.released).toEqual(["nobody.test", "nobody.test"]);
  });

  test("lost while it is open: closed, and asked for again after Tc", async () => {
    await using all = await connecting();
    const { world, desk, node, started } = all;
    const lost = new AbortController();
    desk.grant(lost.signal);
    await started;
    lost.abort();
    await world.settle();
    expect(node.peers.get("peer.test")).toMatchObject({ state: "Closed" });
    expect(desk.released).toEqual(["peer.test"]);
    await world.clock.advanceAsync(2000);
    expect(desk.asked).toHaveLength(2);
  });

  test("lost before it was given: nothing is left", async () => {
    await using all = await connecting();
    const { world, desk, node, started } = all;
    desk.grant(AbortSignal.abort());
    await started;
    await world.settle();
    expect(node.peers.get("peer.test")).toMatchObject({ state: "Closed" });
    expect(desk.released).toEqual(["peer.test"]);
  });

  test("both connect at once: one lease for both connections, until neither is left", async () => {
    await using world = createWorld();
    const { owners, releases, desk } = table();
    // Both at the same moment: an election of section 5.6.4 on either side.
    const listen = (name: string) => ({
      listen: [{ host: name, port: PORT, transport: "memory" as const }],
      accept: "any" as const,
      claim: name === "a" ? desk() : undefined,
    });
    const a = world.node("a", { ...listen("a"), peers: [memoryPeer("b")] });
    const b = world.node("b", { ...listen("b"), peers: [memoryPeer("a")] });
    await Promise.all([a.start(), b.start()]);
    await world.settle();
    expect(a.peers.get("b.test")).toMatchObject({ watchdog: "OKAY" });
    expect(b.peers.get("a.test")).toMatchObject({ watchdog: "OKAY" });
    expect(owners.size).toBe(1);
    expect(releases.size).toBe(0);
    const stopped = a.stop();
    await world.clock.advanceAsync(1000);
    await stopped;
    expect(owners.size).toBe(0);
    expect(releases.get("b.test")).toBe(1);
  });

  test("needs an originHost", async () => {
    await using world = createWorld();
    const { originHost: _, ...nameless } = memoryPeer("peer");
    const claim: ClaimPeer = async () => undefined;
    expect(() => world.node("client", { claim, peers: [nameless] })).toThrow("peers: peer needs an originHost");
  });
});

test("instance is what a Session-Id can end with", () => {
  expect(() => createWorld().node("client", { instance: "a;b" })).toThrow("instance must be letters");
});
