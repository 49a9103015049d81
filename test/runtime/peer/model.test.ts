/**
 * Random histories of three nodes on a network that fails, on a clock that a program moves: whatever happens, in whichever order,
 * - a node has at most one open connection with a peer (RFC 6733 section 5.6, the election of 5.6.4 included);
 * - a request is handled once, unless it came with the T bit (section 5.5.4), and is answered at most once;
 * - every call of the application ends, and says how;
 * - when the network is whole again, those that want to be connected are, and serve;
 * - when all nodes have stopped, no timer and no connection is left.
 *
 * DIAMGEN_FUZZ_RUNS: histories, 150 by default. DIAMGEN_FUZZ_SEED: another seed.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  DiameterError,
  DiameterNode,
  type NodeOptions,
  NodeStoppedError,
  type PeerConfig,
  RequestTimeoutError,
  type StopCause,
} from "../../../runtime/src/index.js";
import { VirtualClock } from "../../../runtime/src/testing/index.js";
import { ChaosNetwork, cut, cutAt, type Reachability } from "../../support/chaos.js";
import { memoryPeer, PORT } from "../../support/nodes.js";
import { pseudoRandom } from "../../support/random.js";
import { tiny, tinyApplication } from "../../support/tiny-command.js";

const REQUEST_TIMEOUT = 10_000;
const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];

/** Who connects to whom: a and b to one another, so that there are elections; both to c, which only listens. */
const CONNECTS: Readonly<Record<Name, readonly Name[]>> = { a: ["b", "c"], b: ["a", "c"], c: [] };

type Patience = "at once" | "soon" | "late" | "never";
const PATIENCE: Readonly<Record<Patience, number>> = {
  "at once": 0,
  soon: 40,
  late: 12_000,
  never: Number.POSITIVE_INFINITY,
};

type Step =
  | {
      readonly do: "request";
      readonly from: Name;
      readonly to: Name | undefined;
      readonly count: number;
      readonly abort: boolean;
    }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "cut" | "reset here" | "reset there" | "blackhole"; readonly wire: number }
  | { readonly do: "reach"; readonly host: Name; readonly how: Reachability }
  | { readonly do: "stop"; readonly node: Name; readonly cause: StopCause }
  | { readonly do: "restart"; readonly nodes: readonly Name[] }
  | { readonly do: "answer"; readonly node: Name; readonly patience: Patience }
  | { readonly do: "jump"; readonly ms: number };

const name = fc.constantFrom(...names);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("request" as const),
      from: name,
      to: fc.option(name, { nil: undefined }),
      count: fc.integer({ min: 1, max: 4 }),
      abort: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      ms: fc.constantFrom(0, 1, 50, 1_000, 5_000, 31_000, 95_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("cut" as const, "reset here" as const, "reset there" as const, "blackhole" as const),
      wire: fc.nat({ max: 7 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("reach" as const),
      host: name,
      how: fc.constantFrom("reachable" as const, "refusing" as const, "silent" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("stop" as const),
      node: name,
      cause: fc.constantFrom("REBOOTING" as const, "BUSY" as const, "DO_NOT_WANT_TO_TALK_TO_YOU" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("restart" as const), nodes: fc.subarray([...names], { minLength: 1 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("answer" as const),
      node: name,
      patience: fc.constantFrom(...(Object.keys(PATIENCE) as Patience[])),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("jump" as const), ms: fc.constantFrom(-3_600_000, 3_600_000) }) },
);

/** What stays as it is for a whole history. */
interface World {
  readonly latencyMs: number;
  readonly named: boolean;
  /** Where nothing is lost in silence and handlers are quick, no request may be unanswered for long. */
  readonly silence: boolean;
}

const world: fc.Arbitrary<World> = fc.record({
  latencyMs: fc.constantFrom(0, 30, 400),
  named: fc.boolean(),
  silence: fc.boolean(),
});

/** The system under test, with what was seen of it. */
class Model {
  readonly clock = new VirtualClock();
  readonly network: ChaosNetwork;
  /** Peers are configured with their names, or by their addresses only. */
  private readonly named: boolean;
  private readonly silence: boolean;
  readonly nodes = new Map<Name, DiameterNode>();
  /** Nodes that were stopped, until their stop() resolves. */
  private readonly stopping: Promise<void>[] = [];
  private readonly patience = new Map<Name, Patience>();
  /** Those who told their peers not to come back (DO_NOT_WANT_TO_TALK_TO_YOU, section 5.4.3): whoever wants them must say so. */
  private readonly unwanted = new Set<Name>();
  private restarts = 0;
  private calls = 0;
  private settled = 0;
  /** What handlers of any node were given: Origin-Host and End-to-End Identifier, with the T bits in order. */
  private readonly handled = new Map<string, boolean[]>();
  /** Requests that came in and are not answered: node, peer, both identifiers. */
  private readonly open = new Map<string, number>();
  /** Handlers at work. */
  private running = 0;
  /** How far the clock was set forwards. */
  private jumped = 0;
  /** Until when the test itself explains that an answer does not come. */
  private excused = Number.NEGATIVE_INFINITY;
  readonly problems: string[] = [];

  constructor({ latencyMs, named, silence }: World) {
    this.network = new ChaosNetwork({ latencyMs });
    this.named = named;
    this.silence = silence;
  }

  /** Not settled: nodes that are started one after the other connect to one another at the same time. */
  start(node: Name): void {
    if (this.nodes.has(node)) return;
    const options: NodeOptions = {
      originHost: `${node}.test`,
      originRealm: "test",
      applications: [tinyApplication],
      transports: [this.network],
      listen: [{ host: node, port: PORT, transport: "memory" }],
      accept: "any",
      peers: CONNECTS[node].map((to) => this.peer(to)),
      clock: this.clock,
      random: pseudoRandom(this.restarts + names.indexOf(node) * 1_000),
      originStateId: ++this.restarts,
      requestTimeoutMs: REQUEST_TIMEOUT,
    };
    const made = new DiameterNode(options);
    made.handle(tiny, async (request, context) => {
      const { originHost, header } = request;
      const key = `${originHost} ${header.endToEnd}`;
      this.handled.set(key, [...(this.handled.get(key) ?? []), context.retransmitted]);
      this.running++;
      await this.pause(PATIENCE[this.patience.get(node) ?? "at once"], context.signal);
      this.running--;
      return context.answer({ resultCode: 2001, userName: node });
    });
    this.watchAnswers(node, made);
    this.nodes.set(node, made);
    // Not awaited: hosts that are silent keep it waiting.
    made.start().catch((error: unknown) => {
      if (!(error instanceof NodeStoppedError)) this.problem(node, `start(): ${error}`);
    });
  }

  /** Milliseconds that have passed, whatever the clock was set to. */
  private get time(): number {
    return this.clock.now() - this.jumped;
  }

  private peer(to: Name): PeerConfig {
    return this.named ? memoryPeer(to) : { ...memoryPeer(to), originHost: undefined };
  }

  async stop(node: Name, cause: StopCause): Promise<void> {
    const stopped = this.nodes.get(node);
    if (stopped === undefined) return;
    this.nodes.delete(node);
    if (cause === "DO_NOT_WANT_TO_TALK_TO_YOU") this.unwanted.add(node);
    let done = false;
    const stopping = stopped.stop({ cause, timeoutMs: 2_000 }).then(() => {
      done = true;
    });
    this.stopping.push(stopping);
    await this.clock.advanceAsync(2_000);
    if (!done) this.problem(node, "stop() took longer than its timeoutMs");
  }

  request(from: Name, to: Name | undefined, abort: boolean): void {
    const node = this.nodes.get(from);
    if (node === undefined) return;
    const controller = new AbortController();
    const id = ++this.calls;
    const sentAt = this.time;
    const destinationHost = to && `${to}.test`;
    node
      .request(tiny, { destinationRealm: "test", destinationHost, userName: `${id}` }, { signal: controller.signal })
      .then(
        ({ userName }) => {
          if (to !== undefined && userName !== to) this.problem(from, `asked ${to}, and ${userName} answered`);
        },
        (error: unknown) => {
          if (!(error instanceof DiameterError)) this.problem(from, `rejected with ${String(error)}`);
          // A request that nobody has may not wait for its time to pass: it fails over, or is rejected, when its connection ends.
          if (error instanceof RequestTimeoutError && this.excused < sentAt)
            this.problem(from, `lost: ${error.message}`);
        },
      )
      .finally(() => this.settled++);
    if (abort) this.clock.setTimeout(() => controller.abort(), 20);
  }

  async perform(step: Step): Promise<void> {
    if (!this.silence && isSilence(step)) return;
    this.excuse();
    switch (step.do) {
      case "request":
        for (let i = 0; i < step.count; i++) this.request(step.from, step.to, step.abort);
        break;
      case "wait":
        await this.clock.advanceAsync(step.ms);
        break;
      case "cut": {
        const wire = this.network.live[step.wire];
        if (wire !== undefined) cut(wire);
        break;
      }
      case "reset here":
      case "reset there": {
        const wire = this.network.live[step.wire];
        if (wire !== undefined) cutAt(wire, step.do === "reset here" ? 0 : 1);
        break;
      }
      case "blackhole": {
        const wire = this.network.live[step.wire];
        if (wire !== undefined) wire.blackholed = true;
        break;
      }
      case "reach":
        this.network.set(step.host, step.how);
        break;
      case "stop":
        await this.stop(step.node, step.cause);
        break;
      case "restart":
        for (const node of step.nodes) await this.stop(node, "REBOOTING");
        for (const node of step.nodes) this.start(node);
        break;
      case "answer":
        this.patience.set(step.node, step.patience);
        break;
      case "jump":
        this.clock.jump(step.ms);
        this.jumped += step.ms;
        break;
    }
    this.excuse();
    await this.clock.advanceAsync(0);
    this.check();
  }

  /** Wires that swallow what is sent, hosts that do not answer, handlers that take their time; and what these leave behind. */
  private excuse(): void {
    const swallowed = this.network.live.some(({ blackholed }) => blackholed);
    const silent = names.some((host) => this.network.reachabilityOf(host) === "silent");
    const slow = [...this.patience.values()].some((patience) => patience === "late" || patience === "never");
    if (swallowed || silent || slow) this.excused = this.time + 45_000;
  }

  /** What holds at any time. */
  private check(): void {
    for (const [node, running] of this.nodes) {
      const peers = running.peers.list();
      for (const other of names) {
        const open = peers.filter(({ originHost, state }) => originHost === `${other}.test` && state.endsWith("-Open"));
        if (open.length > 1) this.problem(node, `${open.length} open connections with ${other}`);
      }
    }
    for (const [key, [, ...again]] of this.handled)
      if (again.includes(false)) this.problem(key, "handled twice, the second time without the T bit");
  }

  /** The network is whole, all nodes run and answer: they find one another, and no call is lost. */
  async recover(): Promise<void> {
    this.network.heal();
    for (const node of names) this.patience.set(node, "at once");
    for (const node of names) this.start(node);
    // The longest that anything may take: four times Tc with its jitter after failures, or three Tw and what follows.
    for (let i = 0; i < 10; i++) await this.clock.advanceAsync(30_000);
    await this.reconnect();
    if (this.settled !== this.calls) this.problem("calls", `${this.calls - this.settled} of ${this.calls} never ended`);
    for (const [from, others] of Object.entries(CONNECTS) as [Name, readonly Name[]][]) {
      for (const to of others) this.expectConnected(from, to);
    }
    const answers = await this.askAll();
    for (const answer of answers) if (answer !== "2001") this.problem("after all", answer);
    this.check();
  }

  private async reconnect(): Promise<void> {
    for (const [from, others] of Object.entries(CONNECTS) as [Name, readonly Name[]][]) {
      for (const to of others) {
        if (!this.unwanted.has(to) || this.statesOf(from, to).some((state) => state.includes("-Open"))) continue;
        const connected = this.nodes.get(from)?.connect(this.peer(to));
        connected?.catch((error: unknown) => this.problem(from, `connect() to ${to}: ${error}`));
        await this.clock.advanceAsync(0);
        // A peer that was open before is on probation for three DWAs (RFC 3539 section 3.4.1 [5]).
        await this.clock.advanceAsync(5_000);
      }
    }
  }

  private expectConnected(from: Name, to: Name): void {
    const states = this.statesOf(from, to);
    if (!states.some((state) => /^[IR]-Open OKAY$/.test(state)))
      this.problem(from, `is not connected with ${to}: ${states.join(", ")}`);
    const wires = this.network.live.filter(({ host }) => host === to || (host === from && CONNECTS[to].includes(from)));
    if (wires.length > Object.values(CONNECTS).flat().length) this.problem(from, "connections were left behind");
  }

  private statesOf(from: Name, to: Name): string[] {
    const peers = this.nodes.get(from)?.peers.list() ?? [];
    return peers
      .filter(({ originHost }) => originHost === `${to}.test`)
      .map(({ state, watchdog }) => `${state} ${watchdog}`);
  }

  private async askAll(): Promise<string[]> {
    const asked = (Object.entries(CONNECTS) as [Name, readonly Name[]][]).flatMap(([from, others]) =>
      others.map((to) =>
        (this.nodes.get(from) as DiameterNode)
          .request(tiny, { destinationRealm: "test", destinationHost: `${to}.test`, userName: "after all" })
          .then(
            ({ resultCode }) => `${resultCode}`,
            (error: unknown) => `${from} to ${to}: ${error}`,
          ),
      ),
    );
    await this.clock.advanceAsync(REQUEST_TIMEOUT);
    return Promise.all(asked);
  }

  async end(): Promise<void> {
    // Stopped with requests just answered, and others in flight.
    this.request("a", "b", false);
    await this.clock.advanceAsync(2_000);
    this.request("b", "c", false);
    await Promise.all([...this.nodes.keys()].map((node) => this.stop(node, "REBOOTING")));
    // FINs that are under way.
    await this.clock.advanceAsync(2_000);
    await Promise.all(this.stopping);
    if (this.running > 0) this.problem("handlers", `${this.running} were not told that nobody waits for them`);
    if (this.clock.pending > 0) this.problem("clock", `${this.clock.pending} timers are left`);
    if (this.network.live.length > 0) this.problem("network", `${this.network.live.length} connections are left`);
    if (this.network.listening.size > 0) this.problem("network", "somebody still listens");
  }

  /** As long as the handler takes, or until nobody waits for it. */
  private pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = Number.isFinite(ms) ? this.clock.setTimeout(resolve, ms) : undefined;
      signal.addEventListener("abort", () => {
        this.clock.clearTimeout(timer);
        resolve();
      });
    });
  }

  /** On the wire: an answer for each request at most, and none without a request. */
  private watchAnswers(node: Name, made: DiameterNode): void {
    made.onMessage(({ direction, peer: { originHost, remote }, raw }) => {
      if (raw.commandCode !== tiny.code) return;
      const key = `${node}: ${originHost} ${remote?.port} ${raw.hopByHop} ${raw.endToEnd}`;
      const waiting = this.open.get(key) ?? 0;
      if (direction === "in" && raw.isRequest) this.open.set(key, waiting + 1);
      if (direction === "out" && !raw.isRequest) {
        if (waiting === 0) this.problem(key, "an answer that nobody asked for, or a second one");
        this.open.set(key, waiting - 1);
      }
    });
  }

  private problem(where: string, what: string): void {
    this.problems.push(`${where}: ${what}`);
  }
}

/** A step behind which somebody waits in vain. */
function isSilence(step: Step): boolean {
  if (step.do === "answer") return step.patience === "late" || step.patience === "never";
  if (step.do === "reach") return step.how === "silent";
  return step.do === "blackhole" || step.do === "reset here" || step.do === "reset there";
}

test("random histories of three nodes keep what RFC 6733 promises", { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(world, fc.array(step, { minLength: 5, maxLength: 60 }), async (world, steps) => {
      const model = new Model(world);
      for (const node of names) model.start(node);
      for (const next of steps) await model.perform(next);
      await model.recover();
      await model.end();
      expect(model.problems).toEqual([]);
    }),
    {
      numRuns: Number(process.env.DIAMGEN_FUZZ_RUNS ?? 150),
      seed: Number(process.env.DIAMGEN_FUZZ_SEED ?? 6733),
      endOnFailure: false,
    },
  );
});
