/** Who has which peer: RFC 6733 sections 2.1 (one connection), 5.6.4 (election) and 8.16 (restart), across processes. */
import { describe, expect, test } from "vitest";
import { ClaimTable } from "../../../server/src/supervisor/claim-table.js";
import { pseudoRandom } from "../../support/random.js";

/** Our Origin-Host succeeds "a..." and precedes "z...". */
const IDENTITY = "m.test";

function table() {
  const said: string[] = [];
  const claims = new ClaimTable(IDENTITY, {
    answer: (worker, ask, claim) => said.push(`${worker}.${ask} ${claim ?? "refused"}`),
    revoke: (worker, claim) => said.push(`revoke ${claim} of ${worker}`),
  });
  const ask = (worker: number, number: number, originHost: string, more = {}) =>
    claims.ask(worker, { ask: number, originHost, address: "::1", initiated: false, originStateId: 1, ...more });
  /** What was said since it was asked last. */
  const heard = () => said.splice(0);
  return { claims, ask, heard };
}

test("the first has the peer, until it releases it", () => {
  const { claims, ask, heard } = table();
  ask(1, 1, "peer.test");
  ask(2, 1, "PEER.test");
  expect(heard()).toEqual(["1.1 1", "2.1 refused"]);
  expect(claims.owner("Peer.Test")).toBe(1);
  claims.release(1, 1);
  expect(claims.owner("peer.test")).toBeUndefined();
  ask(2, 2, "peer.test");
  expect(heard()).toEqual(["2.2 2"]);
});

test("a late message, of a dead worker or of a claim of before, frees nothing", () => {
  const { claims, ask } = table();
  ask(1, 1, "peer.test");
  claims.gone(1);
  ask(2, 1, "peer.test");
  claims.release(1, 1);
  claims.release(1, 2);
  claims.release(2, 1);
  claims.opened(1, 2, "::1", 9);
  expect(claims.owner("peer.test")).toBe(2);
  expect(claims.size).toBe(1);
});

test("a worker that dies has no peer and waits for none", () => {
  const { claims, ask, heard } = table();
  ask(1, 1, "a.test");
  ask(1, 2, "z.test", { initiated: true });
  ask(2, 1, "z.test");
  ask(3, 1, "z.test");
  heard();
  claims.gone(2);
  claims.gone(1);
  expect(heard()).toEqual(["3.1 3"]);
  expect([claims.owner("a.test"), claims.owner("z.test")]).toEqual([undefined, 3]);
});

describe("the peer connects to one worker while another connects to it", () => {
  test("our name succeeds the peer's: its connection stays, and ours is given up first", () => {
    const { claims, ask, heard } = table();
    ask(1, 1, "a.test", { initiated: true });
    ask(2, 1, "a.test");
    expect(heard()).toEqual(["1.1 1", "revoke 1 of 1"]);
    claims.release(1, 1);
    expect(heard()).toEqual(["2.1 2"]);
    expect(claims.owner("a.test")).toBe(2);
  });

  test("the peer's name succeeds ours: our connection decides by opening", () => {
    const { claims, ask, heard } = table();
    ask(1, 1, "z.test", { initiated: true });
    ask(2, 1, "z.test");
    expect(heard()).toEqual(["1.1 1"]);
    claims.opened(1, 1, "::1", 5);
    expect(heard()).toEqual(["2.1 refused"]);
  });

  test("or by failing: then the peer's is welcome, the first of them", () => {
    const { claims, ask, heard } = table();
    ask(1, 1, "z.test", { initiated: true });
    ask(2, 1, "z.test");
    ask(3, 1, "z.test");
    claims.release(1, 1);
    expect(heard()).toEqual(["1.1 1", "2.1 2", "3.1 refused"]);
  });

  test("who has gone meanwhile is not waited for", () => {
    const { claims, ask, heard } = table();
    ask(1, 1, "z.test", { initiated: true });
    ask(2, 1, "z.test");
    claims.cancel(2, 1);
    claims.release(1, 1);
    expect(heard()).toEqual(["1.1 1"]);
    expect(claims.size).toBe(0);
  });

  test("we do not connect to a peer that somebody has", () => {
    const { ask, heard } = table();
    ask(1, 1, "a.test");
    ask(2, 1, "a.test", { initiated: true });
    ask(2, 2, "a.test", { initiated: true, originStateId: 9 });
    expect(heard()).toEqual(["1.1 1", "2.1 refused", "2.2 refused"]);
  });
});

describe("the peer is back while its old connection stands", () => {
  test.each([
    ["with a higher Origin-State-Id, from the same address: the old one goes first", { originStateId: 2 }, true],
    ["with the same", { originStateId: 1 }, false],
    ["with none", { originStateId: undefined }, false],
    ["with a higher one, from elsewhere: not believed", { originStateId: 2, address: "::2" }, false],
  ])("%s", (_title, more, welcome) => {
    const { claims, ask, heard } = table();
    ask(1, 1, "peer.test");
    ask(2, 1, "peer.test", more);
    expect(heard()).toEqual(["1.1 1", welcome ? "revoke 1 of 1" : "2.1 refused"]);
    claims.release(1, 1);
    expect(heard()).toEqual(welcome ? ["2.1 2"] : []);
  });

  test("where it has never said one, nothing can be said of a restart", () => {
    const { ask, heard } = table();
    ask(1, 1, "peer.test", { originStateId: undefined });
    ask(2, 1, "peer.test", { originStateId: 2 });
    expect(heard()).toEqual(["1.1 1", "2.1 refused"]);
  });

  test("one that we connected to: what its CEA said counts", () => {
    const { claims, ask, heard } = table();
    ask(1, 1, "peer.test", { initiated: true, originStateId: undefined, address: "peer.host" });
    claims.opened(1, 1, "::1", 7);
    ask(2, 1, "peer.test", { originStateId: 7 });
    ask(3, 1, "peer.test", { originStateId: 8 });
    expect(heard()).toEqual(["1.1 1", "2.1 refused", "revoke 1 of 1"]);
  });
});

test("whatever happens in whatever order: no peer is two workers', and every question is answered once, unless it was taken back", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = pseudoRandom(seed);
    const below = (n: number) => Math.floor(random() * n);
    const held = new Map<number, { worker: number; peer: string }>();
    const open = new Map<string, string>();
    let asked = 0;
    const claims = new ClaimTable(IDENTITY, {
      answer: (worker, ask, claim) => {
        const peer = open.get(`${worker} ${ask}`);
        expect(peer, "an answer to no question").toBeDefined();
        open.delete(`${worker} ${ask}`);
        if (claim === undefined) return;
        expect([...held.values()].filter((one) => one.peer === peer)).toEqual([]);
        expect(held.has(claim)).toBe(false);
        held.set(claim, { worker, peer: peer as string });
      },
      revoke: (worker, claim) => expect(held.get(claim)?.worker).toBe(worker),
    });
    let workers = [1, 2, 3];
    for (let step = 0; step < 200; step++) {
      const worker = workers[below(3)] as number;
      const [claim, owner] = [...held][below(held.size)] ?? [];
      switch (below(6)) {
        case 0:
        case 1: {
          const peer = ["a.test", "z.test"][below(2)] as string;
          open.set(`${worker} ${++asked}`, peer);
          const initiated = below(3) === 0;
          claims.ask(worker, { ask: asked, originHost: peer, address: "::1", initiated, originStateId: below(3) });
          break;
        }
        case 2:
          if (claim !== undefined && owner !== undefined) claims.opened(owner.worker, claim, "::1", below(3));
          break;
        case 3:
          if (claim !== undefined && owner !== undefined) {
            held.delete(claim);
            claims.release(owner.worker, claim);
            // Said twice, or late.
            claims.release(owner.worker, claim);
          }
          break;
        case 4: {
          const [key = ""] = [...open.keys()];
          const [from = 0, ask = 0] = key.split(" ").map(Number);
          open.delete(key);
          claims.cancel(from, ask);
          break;
        }
        default:
          if (below(5) > 0) break;
          for (const [number, one] of held) if (one.worker === worker) held.delete(number);
          for (const key of open.keys()) if (key.startsWith(`${worker} `)) open.delete(key);
          workers = workers.map((one) => (one === worker ? worker + 3 : one));
          claims.gone(worker);
      }
      expect(claims.size).toBe(held.size);
      for (const { worker: has, peer } of held.values()) expect(claims.owner(peer)).toBe(has);
    }
    // In the end nobody waits for somebody who has nothing.
    for (let [next] = held; next !== undefined; [next] = held) {
      held.delete(next[0]);
      claims.release(next[1].worker, next[0]);
    }
    expect([...open]).toEqual([]);
  }
});
