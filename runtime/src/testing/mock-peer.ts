/** A peer that does what a test says, right or wrong. */
import { type Clock, systemClock, type Timer } from "../clock.js";
import { CommandFlag, Header } from "../codec/header.js";
import { decodeMessage, encodeMessage } from "../codec/message.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { ApplicationDefinition, Command, Message } from "../codegen/types.js";
import { AvpCode, readUnsigned32 } from "../peer/base-avps.js";
import { type Capabilities, CommandCode, encodeCEA, encodeCER, encodeDPA, encodeDWA } from "../peer/base-messages.js";
import { tcp } from "../transport/tcp.js";
import type { Connection, HostAndPort, Listener, Transport } from "../transport/transport.js";
import {
  type Deferred,
  deferred,
  expectCode,
  expectCommand,
  type MockAction,
  type MockExpectation,
  type MockLine,
  refusalOctets,
} from "./mock-script.js";

export interface MockPeerOptions {
  readonly originHost: string;
  readonly originRealm: string;
  /** What it advertises in its CER or CEA. */
  readonly applications?: readonly ApplicationDefinition[] | undefined;
  /** What its CER or CEA says beside or instead. */
  readonly capabilities?: Partial<Capabilities> | undefined;
  /** TCP where left out; a `MemoryTransport` for tests without a system. */
  readonly transport?: Transport | undefined;
  /** For delays; the system's where left out. */
  readonly clock?: Clock | undefined;
}

/** An answer that a mock peer got. */
export interface MockAnswer<A> {
  readonly raw: RawMessage;
  readonly resultCode: number | undefined;
  /** Undefined where the answer breaks its grammar, as one with the E bit may. */
  readonly message: A | undefined;
}

const BASE = {
  CER: CommandCode.CAPABILITIES_EXCHANGE,
  DWR: CommandCode.DEVICE_WATCHDOG,
  DPR: CommandCode.DISCONNECT_PEER,
} as const;

/**
 * One end of a connection, by a script: it expects requests and answers them, late, wrongly or not at all. What a peer has to do anyway it does
 * by itself: CER and CEA, DWA, DPA; unless the script expects CER, DWR or DPR. Where a test ends, `verify()` throws if a request was
 * expected and did not come, or something came that was not expected; `await using` does it too.
 *
 * ```ts
 * await using peer = await MockPeer.listen({ host: "127.0.0.1", port: 0 }, { originHost: "hss.test", originRealm: "test", applications: [sip.application] });
 * peer.expect(sip.multimediaAuth).answer({ resultCode: 2001, authSessionState: 1 }, { delayMs: 300 });
 * ```
 *
 * Where requests of several commands are expected, they may come in any order; those of one command are met in the order of the script.
 */
export class MockPeer implements AsyncDisposable {
  readonly originHost: string;
  readonly originRealm: string;
  private readonly options: MockPeerOptions;
  private readonly clock: Clock;
  private readonly lines: MockLine[] = [];
  private readonly surprises: string[] = [];
  private readonly delayed = new Set<Timer>();
  private readonly exchanges = new Map<number, Deferred<RawMessage>>();
  private opening = deferred<void>();
  private closing = deferred<void>();
  private connection: Connection | undefined;
  private listener: Listener | undefined;
  private nextIdentifier = 1;
  private ended = false;

  private constructor(options: MockPeerOptions) {
    this.options = options;
    this.originHost = options.originHost;
    this.originRealm = options.originRealm;
    this.clock = options.clock ?? systemClock;
    this.opening.promise.catch(() => {});
  }

  /** A peer that is connected to: again too, after its connection has gone. The newest connection counts. */
  static async listen(where: HostAndPort, options: MockPeerOptions): Promise<MockPeer> {
    const peer = new MockPeer(options);
    const { transport = tcp, clock } = options;
    peer.listener = await transport.listen(where, (connection) => peer.begin(connection), { clock });
    return peer;
  }

  /** A peer that connects, sends its CER, and waits for a CEA. @throws {Error} the CEA has not 2001, or the connection was closed */
  static async connect(where: HostAndPort, options: MockPeerOptions): Promise<MockPeer> {
    const peer = await MockPeer.connectOnly(where, options);
    const cea = await peer.exchange(encodeCER(peer.capabilities(), peer.identifiers()).toBytes());
    const resultCode = resultCodeOf(cea);
    if (resultCode === 2001) peer.opening.resolve();
    else {
      peer.close();
      throw new Error(`the CEA to ${peer.originHost} has Result-Code ${resultCode}`);
    }
    return peer;
  }

  /** A peer that connects and says nothing: for what comes in place of a CER. */
  static async connectOnly(where: HostAndPort, options: MockPeerOptions): Promise<MockPeer> {
    const peer = new MockPeer(options);
    const { transport = tcp, clock } = options;
    peer.begin(await transport.connect(where, { clock }));
    return peer;
  }

  /** Where it listens. */
  get port(): number {
    if (this.listener === undefined) throw new Error("a mock peer that connects listens nowhere");
    return this.listener.address.port;
  }

  /** Resolves when capabilities are exchanged on the connection that there is, or on the next. */
  opened(): Promise<void> {
    return this.opening.promise;
  }

  /** Resolves when the connection that there is has been closed, by whichever side. */
  closed(): Promise<void> {
    return this.closing.promise;
  }

  /** The next request of this command. */
  expect<Q, QI, A, AI>(command: Command<Q, QI, A, AI>): MockExpectation<Q, AI>;
  /** The next CER, DWR or DPR, which would be answered without a script. */
  expect(request: "CER" | "DWR" | "DPR"): Omit<MockExpectation<RawMessage, never>, "answer">;
  expect<Q, QI, A, AI>(
    what: Command<Q, QI, A, AI> | "CER" | "DWR" | "DPR",
  ): MockExpectation<Q, AI> | Omit<MockExpectation<RawMessage, never>, "answer"> {
    const add = (line: MockLine): void => void this.lines.push(line);
    return typeof what === "string" ? expectCode(what, BASE[what], 0, add) : expectCommand(what, this, add);
  }

  /** Sends a request of its own; resolves with the answer. `change` gives the octets that go out in its place; the Hop-by-Hop Identifier is theirs. */
  async request<Q, QI, A, AI>(
    command: Command<Q, QI, A, AI>,
    init: QI,
    change: (request: Uint8Array) => Uint8Array = (octets) => octets,
  ): Promise<MockAnswer<A>> {
    const { hopByHop, endToEnd } = this.identifiers();
    const { originHost, originRealm } = this;
    const message = command.request.create(init, { sessionId: `${originHost};1;${hopByHop}`, originHost, originRealm });
    const flags = CommandFlag.REQUEST | (command.proxiable ? CommandFlag.PROXIABLE : 0);
    (message as Message).header = new Header(flags, command.code, command.application.id, hopByHop, endToEnd);
    const raw = await this.exchange(change(encodeMessage(command.request, message)));
    const decoded = decodeMessage(command.answer, raw, command.application.avps);
    return { raw, resultCode: resultCodeOf(raw), message: decoded.ok ? decoded.message : undefined };
  }

  /** Sends octets, well-formed or not. What comes for them is a surprise, unless the script expects it. */
  send(octets: Uint8Array): void {
    if (this.connection === undefined) throw new Error(`${this.originHost} is not connected`);
    this.connection.write(octets);
  }

  /** Sends a request as octets; resolves with the answer that has their Hop-by-Hop Identifier. Rejects where the connection goes before. */
  exchange(octets: Uint8Array): Promise<RawMessage> {
    const waiting = deferred<RawMessage>();
    this.exchanges.set(new DataView(octets.buffer, octets.byteOffset, octets.length).getUint32(12), waiting);
    this.send(octets);
    return waiting.promise;
  }

  /** Ends the connection: in good order but without DPR, or with a reset. */
  close(how: "close" | "reset" = "close"): void {
    if (how === "close") this.connection?.close();
    else this.connection?.destroy();
  }

  /** @throws {Error} says what was expected and did not come, and what came and was not expected */
  verify(): void {
    const parts = [
      ["expected, and not received", this.lines.map(({ title }) => title)],
      ["received, and not expected", this.surprises],
      ["still to be sent", Array.from(this.delayed, () => "an answer that waits for its time")],
    ] as const;
    const left = parts.filter(([, list]) => list.length > 0).map(([what, list]) => `${what}: ${list.join(", ")}`);
    if (left.length > 0) throw new Error(`mock peer ${this.originHost}: ${left.join("; ")}`);
  }

  /** Closes everything, then verifies. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    const problem = attempt(() => this.verify());
    for (const timer of this.delayed) this.clock.clearTimeout(timer);
    const gone = new Error(`the mock peer ${this.originHost} has ended`);
    for (const line of this.lines) line.give(gone);
    this.connection?.destroy();
    await this.listener?.close();
    if (problem !== undefined) throw problem;
  }

  private identifiers(): { hopByHop: number; endToEnd: number } {
    const hopByHop = this.nextIdentifier++;
    return { hopByHop, endToEnd: hopByHop };
  }

  private capabilities(): Capabilities {
    const applications = (this.options.applications ?? []).filter(({ kind }) => kind !== "base");
    const plain = (kind: string): number[] =>
      applications.filter((application) => application.kind === kind && application.vendorId === 0).map(({ id }) => id);
    const ofVendors = applications.filter(({ vendorId }) => vendorId !== 0);
    return {
      originHost: this.originHost,
      originRealm: this.originRealm,
      hostIpAddress: ["127.0.0.1"],
      vendorId: 0,
      productName: "mock",
      supportedVendorId: [...new Set(ofVendors.map(({ vendorId }) => vendorId))],
      authApplicationId: plain("auth"),
      inbandSecurityId: [],
      acctApplicationId: plain("acct"),
      vendorSpecificApplicationId: ofVendors.map(({ vendorId, kind, id }) =>
        kind === "auth" ? { vendorId, authApplicationId: id } : { vendorId, acctApplicationId: id },
      ),
      ...this.options.capabilities,
    };
  }

  private begin(connection: Connection): void {
    if (this.ended) {
      connection.destroy();
      return;
    }
    this.connection = connection;
    connection.setMaxMessageLength(0xfffffc);
    const closing = deferred<void>();
    this.closing = closing;
    connection.start({
      onMessage: (raw) => this.onMessage(connection, raw.own()),
      onFault: ({ message }) => {
        this.surprises.push(`what is no message: ${message}`);
        connection.destroy();
      },
      onClose: () => {
        if (this.connection === connection) this.onClose();
        closing.resolve();
      },
      onDrain: () => {},
    });
  }

  private onClose(): void {
    this.connection = undefined;
    this.opening = deferred();
    this.opening.promise.catch(() => {});
    const gone = new Error(`${this.originHost}: the connection was closed before the answer`);
    for (const { reject } of this.exchanges.values()) reject(gone);
    this.exchanges.clear();
  }

  private onMessage(connection: Connection, raw: RawMessage): void {
    if (!raw.isRequest) {
      this.onAnswer(raw);
      return;
    }
    const index = this.lines.findIndex((line) => line.matches(raw));
    if (index < 0) {
      this.byItself(connection, raw);
      return;
    }
    const [line] = this.lines.splice(index, 1) as [MockLine];
    const action = line.act(raw);
    if (typeof action === "string") {
      this.surprises.push(action);
      connection.write(refusalOctets(raw, this));
    } else this.perform(connection, action);
  }

  private onAnswer(raw: RawMessage): void {
    const waiting = this.exchanges.get(raw.hopByHop);
    if (waiting === undefined) this.surprises.push(`an answer of command ${raw.commandCode} to no request`);
    this.exchanges.delete(raw.hopByHop);
    waiting?.resolve(raw);
  }

  private perform(connection: Connection, action: MockAction): void {
    const { octets, delayMs = 0, change = (answer: Uint8Array) => answer, end } = action;
    const now = (): void => {
      if (octets !== undefined) connection.write(change(octets));
      if (end === "close") connection.close();
      if (end === "reset") connection.destroy();
    };
    if (delayMs === 0) {
      now();
      return;
    }
    const timer = this.clock.setTimeout(() => {
      this.delayed.delete(timer);
      now();
    }, delayMs);
    this.delayed.add(timer);
  }

  private byItself(connection: Connection, raw: RawMessage): void {
    const { originHost, originRealm } = this;
    const answer = { originHost, originRealm, resultCode: 2001 };
    if (raw.applicationId === 0 && raw.commandCode === BASE.CER) {
      connection.write(encodeCEA({ ...this.capabilities(), resultCode: 2001 }, raw).toBytes());
      this.opening.resolve();
    } else if (raw.applicationId === 0 && raw.commandCode === BASE.DWR) {
      connection.write(encodeDWA(answer, raw).toBytes());
    } else if (raw.applicationId === 0 && raw.commandCode === BASE.DPR) {
      // Section 5.4: whoever has sent DPR closes the connection.
      connection.write(encodeDPA(answer, raw).toBytes());
    } else {
      this.surprises.push(`a request of command ${raw.commandCode}, application ${raw.applicationId}`);
      connection.write(refusalOctets(raw, this));
    }
  }
}

function resultCodeOf(raw: RawMessage): number | undefined {
  const avp = raw.avp(AvpCode.RESULT_CODE);
  return avp && readUnsigned32(avp.data);
}

function attempt(what: () => void): unknown {
  try {
    what();
    return undefined;
  } catch (error) {
    return error;
  }
}
