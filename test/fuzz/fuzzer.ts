/**
 * A node under fire: messages drawn from a seed, from several peers at once, in batches. After each batch
 *
 * - every request in it has been answered, and once, or the connection was closed and an event has said why;
 * - one without an end, or that is no Diameter, has closed the connection;
 *
 * and when all is over no connection, no request and no timer is left. An exception that leaves the runtime ends the process.
 */
import { defaultLimits, limits } from "../../runtime/src/limits.js";
import { DiameterNode } from "../../runtime/src/node.js";
import { VirtualClock, withHeader } from "../../runtime/src/testing/index.js";
import type { TlsOptions } from "../../runtime/src/transport/tls-credentials.js";
import type { Transport } from "../../runtime/src/transport/transport.js";
import { Random } from "../differential/random.js";
import { Attacker, cerOf } from "./attacker.js";
import { Callers } from "./callers.js";
import { expectationOf } from "./frames.js";
import { Mutator } from "./mutator.js";
import { HOST, type Pool, poolOf, REALM } from "./pool.js";
import { serveAll, served } from "./served.js";

/** Turns of the event loop before time passes. */
const PATIENCE = { memory: 3, tcp: 30, tls: 100, sctp: 30 } as const;
/** Peers that attack at the same time. */
export const ATTACKERS: readonly string[] = Array.from({ length: 16 }, (_, index) => `attacker${index}.test`);

export interface FuzzOptions {
  readonly root: string;
  readonly seed: number;
  readonly messages: number;
  readonly transport: Transport;
  /** Of all of them, where the transport is TLS. */
  readonly tls?: TlsOptions | undefined;
  /** How many of the batches are sent octet by octet or in pieces; 0 to 1, none where left out. */
  readonly pieces?: number;
  /** Called after each round with the messages sent so far; true: that is enough. */
  readonly progress?: (sent: number) => boolean | undefined;
}

export interface FuzzResult {
  readonly messages: number;
  /** Those of them that could be told apart as requests, and were answered or lost with their connection. */
  readonly requests: number;
  readonly answers: number;
  /** Connections that the node closed. */
  readonly closed: number;
  /** How requests of the node's own ended. */
  readonly ends: Readonly<Record<string, number>>;
  readonly counters: Readonly<Record<string, number>>;
}

/** Messages that an attacker sends without waiting for answers. */
const BATCH = 12;
/** Requests of the node's to all of them in a round, at most. */
const ASKED = 16;
/** What is sent octet by octet, or in pieces, has this many octets at most: each is a turn of the event loop. */
const LONGEST_IN_PIECES = 3_000;
/** Longer than the timeouts of frames, handlers and closing. */
const A_WHILE_MS = 31_000;

export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const pool = await poolOf(options.root, cerOf("stranger.test"));
  return new Fuzzer(options, pool).run();
}

class Fuzzer {
  private readonly options: FuzzOptions;
  private readonly pool: Pool;
  private readonly random: Random;
  private readonly mutator: Mutator;
  private readonly clock = new VirtualClock();
  private readonly node: DiameterNode;
  private readonly attackers = ATTACKERS.map((name) => new Attacker(name));
  private readonly callers: Callers;
  private port = 0;
  private nextId = 1;
  private messages = 0;
  private requests = 0;
  private answers = 0;
  private closed = 0;

  constructor(options: FuzzOptions, pool: Pool) {
    this.options = options;
    this.pool = pool;
    this.random = new Random(options.seed);
    this.mutator = new Mutator(this.random, pool.dictionary);
    this.node = new DiameterNode({
      originHost: HOST,
      originRealm: REALM,
      realms: realmsOf(pool.requests.map(({ octets }) => octets)),
      applications: served,
      accept: "any",
      transports: [options.transport],
      tls: options.tls,
      listen: [{ host: "127.0.0.1", port: 0, transport: options.transport.kind }],
      clock: this.clock,
      watchdogMs: 0x7fff_0000,
      duplicates: true,
      limits: {
        maxUnidentified: 1_000,
        maxUnidentifiedPerAddress: 1_000,
        maxDuplicateCacheBytes: 1_000_000,
        maxPending: 8,
      },
    });
    serveAll(this.node, this.random);
    this.callers = new Callers(this.node, this.random, this.mutator, pool);
    for (const attacker of this.attackers) attacker.onRequest = (request) => this.callers.reply(attacker, request);
  }

  async run(): Promise<FuzzResult> {
    await this.node.start();
    this.port = this.node.addresses[0]?.port as number;
    const idle = this.clock.pending;
    await this.servesWhatIsSound();
    const { messages, progress } = this.options;
    for (let enough: boolean | undefined = false; this.sent < messages && enough !== true; ) {
      await Promise.all(this.attackers.map((attacker) => this.connect(attacker)));
      for (let left = this.random.below(ASKED + 1); left > 0; left--) this.callers.ask(this.random.of(this.attackers));
      await Promise.all(this.attackers.map((attacker) => this.attack(attacker)));
      await this.settled();
      for (const attacker of this.attackers) this.judge(attacker);
      enough = progress?.(this.sent);
    }
    return this.end(idle);
  }

  /** Else nothing behind the first checks would ever be reached. */
  private async servesWhatIsSound(): Promise<void> {
    const { counters } = this.node;
    const [attacker] = this.attackers as [Attacker];
    const why: string[] = [];
    const stopListening = this.node.on("request:refused", ({ commandCode, resultCode, message }) =>
      why.push(`${commandCode}: ${resultCode} ${message}`),
    );
    await this.connect(attacker);
    for (const [index, { octets }] of this.pool.requests.entries()) {
      attacker.connection?.write(withHeader(octets, { endToEnd: this.id() }));
      await this.until(
        () => attacker.answers.length > index,
        () => "a sound request is not answered",
      );
    }
    stopListening();
    const refused = this.node.counters["request:refused"] - counters["request:refused"];
    if (refused > 0) throw new Error(this.words(`${refused} sound requests are refused: ${why.join("; ")}`));
    await this.callers.takesWhatIsSound(attacker, () => this.settled());
  }

  private async connect(attacker: Attacker): Promise<void> {
    while (!attacker.open || attacker.closed) {
      const where = { host: "127.0.0.1", port: this.port };
      attacker.start(
        await this.options.transport.connect(where, { clock: this.clock, limits: limits({ maxOutputBytes: 2 ** 30 }) }),
      );
      if (this.random.chance(0.2)) {
        // A stranger first: it may be refused, disconnected or, where what was changed does not matter, become a peer.
        const octets = this.mutator.mutate(this.pool.cer, this.id());
        this.messages++;
        attacker.connection?.write(octets);
        attacker.connection?.close();
      } else attacker.connection?.write(cerOf(attacker.name));
      await this.until(
        () => attacker.open || attacker.closed,
        () => `${attacker.name} is neither a peer nor disconnected`,
      );
    }
    attacker.beginRound();
  }

  /** Several messages at once, glued together, up to one that takes the framing with it. */
  private async attack(attacker: Attacker): Promise<void> {
    const { random } = this;
    const { maxMessageLength } = defaultLimits;
    const messages: Uint8Array[] = [];
    for (let left = random.between(1, BATCH); left > 0; left--) {
      const message = this.draw(messages.at(-1));
      messages.push(message);
      // Now and then something stands behind it, and is taken for what it is not.
      if (expectationOf(message, maxMessageLength).closes && random.chance(0.8)) break;
    }
    this.messages += messages.length;
    const whole = messages.length === 1 ? (messages[0] as Uint8Array) : Buffer.concat(messages);
    const octets = random.chance(0.01) ? whole.subarray(0, random.below(whole.length + 1)) : whole;
    if (octets.length <= LONGEST_IN_PIECES && random.chance(this.options.pieces ?? 0))
      await attacker.writePieces(octets, random.of([1, 1, 2, 19, 100]));
    else attacker.write(octets);
  }

  private draw(before: Uint8Array | undefined): Uint8Array {
    const { random, pool } = this;
    if (random.chance(0.0005)) return random.of(pool.hostile);
    // The same again is a duplicate.
    if (before !== undefined && random.chance(0.03)) return before;
    return this.mutator.mutate(random.of(pool.requests), this.id());
  }

  /** All that was sent has come to its end. */
  private async settled(): Promise<void> {
    await this.until(
      () => this.callers.pending === 0 && this.attackers.every((attacker) => attacker.settled),
      () => this.describe(),
    );
  }

  /** Each request once; where the connection was closed, once at most. */
  private judge({ answers, closed, expected: { requests, last } }: Attacker): void {
    this.requests += requests.length;
    this.answers += answers.length;
    if (closed) this.closed++;
    const open = [...requests];
    if (closed && last !== undefined) open.push(last);
    for (const hopByHop of answers) {
      const at = open.indexOf(hopByHop);
      if (at < 0) throw new Error(this.words(`an answer to nothing, or a second one: ${hopByHop}`));
      open.splice(at, 1);
    }
    if (open.length > 0 && !closed) throw new Error(this.words(`no answer to ${open.join(", ")}`));
    if (this.callers.wrong !== undefined) throw new Error(this.words(this.callers.wrong));
  }

  private describe(): string {
    const left = this.attackers.filter((attacker) => !attacker.settled);
    return [
      `${this.callers.pending} requests of the node's are pending`,
      ...left.map(
        ({ name, answers, expected: { requests, closes } }) =>
          `${name}: ${answers.length} of ${requests.length} answers, closes: ${closes}`,
      ),
    ].join("; ");
  }

  /** Lets happen what waits for its turn, then what waits for time. */
  private async until(done: () => boolean, what: () => string): Promise<void> {
    const patience = PATIENCE[this.options.transport.kind];
    for (let round = 0; round < 200; round++) {
      for (let turn = 0; turn < patience; turn++) {
        if (done()) return;
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (done()) return;
      await this.clock.advanceAsync(A_WHILE_MS);
    }
    throw new Error(this.words(`hangs: ${what()}`));
  }

  private async end(idle: number): Promise<FuzzResult> {
    const { node, clock } = this;
    for (const { connection } of this.attackers) connection?.destroy();
    await this.until(
      () => node.peers.size === 0,
      () => `${node.peers.size} peers are left`,
    );
    // The cache of duplicates forgets.
    for (let i = 0; i < 10; i++) await clock.advanceAsync(A_WHILE_MS);
    if (clock.pending !== idle) throw new Error(this.words(`${clock.pending} timers are left, ${idle} at first`));
    await node.stop();
    const { sent: messages, requests, answers, closed } = this;
    return { messages, requests, answers, closed, ends: this.callers.ends, counters: node.counters };
  }

  /** Messages so far. */
  private get sent(): number {
    return this.messages + this.callers.messages;
  }

  private id(): number {
    this.nextId = (this.nextId % 0x7fffffff) + 1;
    return this.nextId;
  }

  private words(message: string): string {
    return `seed ${this.options.seed}, after ${this.sent} messages: ${message}`;
  }
}

/** Destination-Realms of the requests. */
function realmsOf(requests: readonly Uint8Array[]): string[] {
  const realms = requests.flatMap((request) => {
    const octets = Buffer.from(request);
    for (let at = 20; at < octets.length; at += (octets.readUIntBE(at + 5, 3) + 3) & ~3)
      if (octets.readUInt32BE(at) === 283)
        return [octets.toString("latin1", at + 8, at + octets.readUIntBE(at + 5, 3))];
    return [];
  });
  return [...new Set(realms)];
}
