/**
 * A node under fire: messages drawn from a seed, from several peers at once, in batches. After each batch
 *
 * - every request in it has been answered, and once, or the connection was closed and an event has said why;
 * - one without an end, or that is no Diameter, has closed the connection;
 *
 * and when all is over no connection, no request and no timer is left. An exception that leaves the runtime ends the process.
 */
import type { RawMessage } from "../../runtime/src/codec/raw-message.js";
import { defaultLimits, limits } from "../../runtime/src/limits.js";
import { DiameterNode } from "../../runtime/src/node.js";
import { encodeCER } from "../../runtime/src/peer/base-messages.js";
import { VirtualClock, withHeader } from "../../runtime/src/testing/index.js";
import type { Connection, Transport } from "../../runtime/src/transport/transport.js";
import { Random } from "../differential/random.js";
import { type Expectation, expectationOf } from "./frames.js";
import { Mutator } from "./mutator.js";
import { HOST, type Pool, poolOf, REALM } from "./pool.js";
import { serveAll, served } from "./served.js";

export interface FuzzOptions {
  readonly root: string;
  readonly seed: number;
  readonly messages: number;
  readonly transport: Transport;
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
  readonly counters: Readonly<Record<string, number>>;
}

/** Peers that attack at the same time. */
const ATTACKERS = 16;
/** Messages that an attacker sends without waiting for answers. */
const BATCH = 12;
/** Longer than the timeouts of frames, handlers and closing. */
const A_WHILE_MS = 31_000;

const CAPABILITIES = {
  originRealm: REALM,
  hostIpAddress: ["127.0.0.1"],
  vendorId: 0,
  productName: "fuzzer",
  supportedVendorId: [],
  authApplicationId: served.filter(({ kind }) => kind === "auth").map(({ id }) => id),
  acctApplicationId: served.filter(({ kind }) => kind === "acct").map(({ id }) => id),
  inbandSecurityId: [],
  vendorSpecificApplicationId: [],
};

const cerOf = (name: string) =>
  encodeCER({ ...CAPABILITIES, originHost: name } as never, { hopByHop: 0xcccccccc, endToEnd: 0xcccccccc }).bytes;

class Attacker {
  readonly name: string;
  connection: Connection | undefined;
  open = false;
  closed = true;
  answers: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  start(connection: Connection): void {
    this.connection = connection;
    this.open = false;
    this.closed = false;
    connection.setMaxMessageLength(0xfffffc);
    connection.start({
      onMessage: (raw) => this.receive(raw),
      onFault: ({ message }) => {
        throw new Error(`the node sent what is not Diameter: ${message}`);
      },
      onClose: () => {
        if (this.connection === connection) this.closed = true;
      },
      onDrain: () => {},
    });
  }

  private receive(raw: RawMessage): void {
    if (raw.isRequest) return;
    if (raw.hopByHop === 0xcccccccc && raw.commandCode === 257) {
      const at = raw.find(268);
      this.open = at >= 0 && raw.view.getUint32(at + 8) === 2001;
    }
    this.answers.push(raw.hopByHop);
  }
}

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
  private readonly attackers = Array.from({ length: ATTACKERS }, (_, index) => new Attacker(`attacker${index}.test`));
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
  }

  async run(): Promise<FuzzResult> {
    await this.node.start();
    this.port = this.node.addresses[0]?.port as number;
    const idle = this.clock.pending;
    await this.servesWhatIsSound();
    const { messages, progress } = this.options;
    for (let enough: boolean | undefined = false; this.messages < messages && enough !== true; ) {
      await Promise.all(this.attackers.map((attacker) => this.connect(attacker)));
      const sent = this.attackers.map((attacker) => ({ attacker, ...this.attack(attacker) }));
      await this.until(
        () => sent.every((one) => this.settled(one)),
        () => this.describe(sent),
      );
      for (const { attacker, requests, last } of sent) this.judge(attacker, requests, last);
      enough = progress?.(this.messages);
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
    attacker.answers = [];
  }

  /** Several messages at once, glued together, up to one that takes the framing with it. */
  private attack(attacker: Attacker): Expectation {
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
    attacker.connection?.write(octets);
    const expected = expectationOf(octets, maxMessageLength);
    this.requests += expected.requests.length;
    return expected;
  }

  private draw(before: Uint8Array | undefined): Uint8Array {
    const { random, pool } = this;
    if (random.chance(0.0005)) return random.of(pool.hostile);
    // The same again is a duplicate.
    if (before !== undefined && random.chance(0.03)) return before;
    return this.mutator.mutate(random.of(pool.requests), this.id());
  }

  private settled({
    attacker,
    requests,
    closes,
  }: {
    attacker: Attacker;
    requests: readonly number[];
    closes: boolean;
  }): boolean {
    return attacker.closed || (!closes && attacker.answers.length >= requests.length);
  }

  /** Each request once; where the connection was closed, once at most. */
  private judge(attacker: Attacker, requests: readonly number[], last: number | undefined): void {
    this.answers += attacker.answers.length;
    if (attacker.closed) this.closed++;
    const open = [...requests];
    if (attacker.closed && last !== undefined) open.push(last);
    for (const hopByHop of attacker.answers) {
      const at = open.indexOf(hopByHop);
      if (at < 0) throw new Error(this.words(`an answer to nothing, or a second one: ${hopByHop}`));
      open.splice(at, 1);
    }
    if (open.length > 0 && !attacker.closed) throw new Error(this.words(`no answer to ${open.join(", ")}`));
  }

  private describe(sent: readonly { attacker: Attacker; requests: readonly number[]; closes: boolean }[]): string {
    const left = sent.filter((one) => !this.settled(one));
    return left
      .map(
        ({ attacker, requests, closes }) =>
          `${attacker.name}: ${attacker.answers.length} of ${requests.length} answers, closes: ${closes}`,
      )
      .join("; ");
  }

  /** Lets happen what waits for its turn, then what waits for time. */
  private async until(done: () => boolean, what: () => string): Promise<void> {
    const patience = this.options.transport.kind === "memory" ? 3 : 30;
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
    const { messages, requests, answers, closed } = this;
    return { messages, requests, answers, closed, counters: node.counters };
  }

  private id(): number {
    this.nextId = (this.nextId % 0x7fffffff) + 1;
    return this.nextId;
  }

  private words(message: string): string {
    return `seed ${this.options.seed}, after ${this.messages} messages: ${message}`;
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
