/**
 * Peers, workers and the supervisor's table together, with the code of all three and messages that are under way for as long as it pleases: RFC
 * 6733 section 2.1 has one connection with one peer. Workers die at any moment, and what they said last comes before or after their end is known.
 */
import { EventEmitter } from "node:events";
import type { DiameterNode } from "@diamgen/runtime";
import { expect, test } from "vitest";
import { Claims, type Holder } from "../../../runtime/src/node/claims.js";
import { Channel, type Port } from "../../../server/src/supervisor/channel.js";
import { ClaimDesk } from "../../../server/src/supervisor/claim-desk.js";
import { Claimant } from "../../../server/src/supervisor/claimant.js";
import type { ToSupervisor, ToWorker } from "../../../server/src/supervisor/protocol.js";
import { pseudoRandom } from "../../support/random.js";

/** Our Origin-Host succeeds "a..." and precedes "z...": the election of section 5.6.4 has both ends. */
const IDENTITY = "m.test";
const PEERS = ["a.test", "b.test", "y.test", "z.test"];
const WORKERS = 3;

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A connection with a peer, or an attempt at one. */
class Connection implements Holder {
  readonly worker: ModelWorker;
  readonly peer: string;
  readonly initiated: boolean;
  /** Capabilities are exchanged. */
  open = false;
  closed = false;

  constructor(worker: ModelWorker, peer: string, initiated: boolean) {
    this.worker = worker;
    this.peer = peer;
    this.initiated = initiated;
  }

  async connect(originStateId: number): Promise<void> {
    const wanted = {
      originHost: this.peer,
      address: "::1",
      initiated: this.initiated,
      originStateId: this.initiated ? undefined : originStateId,
    };
    const ours = await this.worker.claims.acquire(this, wanted).catch(() => false);
    if (this.closed || this.worker.dead) return;
    if (!ours) return this.close();
    // Ours to connect: that takes a while; see `answered`.
    if (!this.initiated) this.opened(originStateId);
  }

  opened(originStateId: number): void {
    this.open = true;
    this.worker.node.emit("peer:open", { originHost: this.peer, originStateId, remote: { address: "::1" } });
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.open = false;
    this.worker.connections.delete(this);
    this.worker.claims.release(this);
  }

  destroy(): void {
    this.close();
  }
}

class ModelWorker {
  readonly number: number;
  readonly node = new EventEmitter();
  readonly connections = new Set<Connection>();
  readonly claims: Claims;
  dead = false;
  readonly toSupervisor: (() => void)[] = [];
  readonly fromSupervisor: (() => void)[] = [];
  /** The supervisor's end. */
  readonly channel: Channel<ToSupervisor, ToWorker>;

  constructor(number: number, desk: ClaimDesk) {
    this.number = number;
    const [here, there] = [new EventEmitter(), new EventEmitter()];
    const port = (own: EventEmitter, other: EventEmitter, way: (() => void)[]): Port => ({
      send: (message, done) => {
        const copy = structuredClone(message);
        way.push(() => other.emit("message", copy));
        done(null);
      },
      on: (event, listener) => own.on(event, listener),
    });
    const channel = new Channel<ToWorker, ToSupervisor>(
      port(here, there, this.toSupervisor),
      { revoke: (claim: number) => claimant.revoke(claim) } as never,
      () => {},
    );
    const claimant = new Claimant(channel, { comes: () => {}, leaves: () => {} });
    claimant.watch(this.node as unknown as DiameterNode);
    this.claims = new Claims(claimant.claim);
    this.channel = new Channel<ToSupervisor, ToWorker>(
      port(there, here, this.fromSupervisor),
      {
        claim: async (question) => {
          const claim = await desk.claim(number, question);
          return claim === undefined ? undefined : { claim, failures: [] };
        },
        cancel: (ask) => desk.cancel(number, ask),
        release: (claim) => desk.release(number, claim),
        opened: (opened) => desk.opened(number, opened),
      } as ConstructorParameters<typeof Channel<ToSupervisor, ToWorker>>[1],
      () => {},
    );
  }
}

async function run(seed: number, steps: number): Promise<number> {
  const random = pseudoRandom(seed);
  const below = (n: number) => Math.floor(random() * n);
  const one = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  let workers: ModelWorker[] = [];
  const desk = new ClaimDesk(IDENTITY, (worker, claim) =>
    workers.find(({ number }) => number === worker)?.channel.tell("revoke", claim),
  );
  let last = 0;
  const start = () => workers.push(new ModelWorker(++last, desk));
  while (workers.length < WORKERS) start();
  /** Killed, and their end not known yet; what they said may still come then. */
  const dying = new Set<ModelWorker>();
  const gone: ModelWorker[] = [];
  const living = () => workers.filter(({ dead }) => !dead);
  const all = () => living().flatMap(({ connections }) => [...connections]);
  let opened = 0;
  const check = () => {
    for (const peer of PEERS) {
      const open = all().filter((connection) => connection.open && connection.peer === peer);
      opened += open.length;
      const owners = new Set(open.map(({ worker }) => worker.number));
      expect(owners.size, `seed ${seed}: ${peer} is connected with ${[...owners]}`).toBeLessThanOrEqual(1);
    }
  };
  const deliver = async (way: (() => void)[] | undefined) => {
    way?.shift()?.();
    await settled();
  };
  const connect = (peer: string, initiated: boolean, originStateId: number, worker = one(living())) => {
    if (worker === undefined) return;
    const connection = new Connection(worker, peer, initiated);
    worker.connections.add(connection);
    void connection.connect(originStateId);
  };
  const end = (worker: ModelWorker) => {
    dying.delete(worker);
    worker.channel.close();
    desk.gone(worker.number);
    workers = workers.filter((other) => other !== worker);
    gone.push(worker);
    start();
  };
  for (let step = 0; step < steps; step++) {
    switch (below(12)) {
      case 0:
      case 1:
        connect(one(PEERS) as string, below(3) === 0, below(4));
        break;
      case 2:
        // The peer answers the CER of one that we make, or it fails.
        for (const connection of all()
          .filter(({ initiated, open }) => initiated && !open)
          .slice(0, 1))
          if (below(3) > 0 && (await mine(connection))) connection.opened(below(4));
          else connection.close();
        break;
      case 3:
        one(all())?.close();
        break;
      case 4: {
        const worker = below(6) === 0 ? one(living()) : undefined;
        if (worker === undefined) break;
        worker.dead = true;
        worker.fromSupervisor.length = 0;
        dying.add(worker);
        break;
      }
      case 5: {
        const [worker] = dying;
        if (worker !== undefined && below(2) === 0) end(worker);
        break;
      }
      case 6:
        await deliver(one(gone)?.toSupervisor);
        break;
      case 7:
      case 8:
      case 9:
        await deliver(one(workers)?.toSupervisor);
        break;
      default:
        await deliver(one(living())?.fromSupervisor);
    }
    await settled();
    check();
  }
  // All that is under way comes, all connections are closed: then every peer is welcome again, wherever.
  const quiet = async () => {
    for (;;) {
      const ways = [...workers, ...gone].flatMap(({ dead, toSupervisor, fromSupervisor }) =>
        dead ? [toSupervisor] : [toSupervisor, fromSupervisor],
      );
      const full = ways.filter(({ length }) => length > 0);
      if (full.length === 0) return;
      for (const way of full) await deliver(way);
      check();
    }
  };
  for (const worker of [...dying]) end(worker);
  await quiet();
  for (const connection of all()) connection.close();
  await settled();
  await quiet();
  expect(all()).toEqual([]);
  for (const peer of PEERS) {
    expect(desk.owner(peer), `seed ${seed}: ${peer} is locked out`).toBeUndefined();
    connect(peer, false, 1);
    await settled();
    await quiet();
    expect(all().filter(({ open, peer: name }) => open && name === peer)).toHaveLength(1);
  }
  return opened;
}

/** An attempt of ours that has the claim: asked for again, it is at once. */
async function mine(connection: Connection): Promise<boolean> {
  const { worker, peer: originHost } = connection;
  let ours: boolean | undefined;
  void worker.claims.acquire(connection, { originHost, address: "", initiated: true, originStateId: undefined }).then(
    (result) => {
      ours = result;
    },
    () => {},
  );
  await settled();
  return ours === true && !connection.closed;
}

test("never two workers are connected with one peer, and none is locked out, whatever happens in whatever order", {
  timeout: 60_000,
}, async () => {
  let opened = 0;
  for (let seed = 1; seed <= 20; seed++) opened += await run(seed, 300);
  expect(opened, "a model in which nothing is connected shows nothing").toBeGreaterThan(3000);
});
