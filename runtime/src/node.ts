/** The Diameter node: peers, what it serves and what it asks, behind one class. */
import type { RawMessage } from "./codec/raw-message.js";
import type { AnyCommand, Caller, CallOptions, Command, HandleOptions, Handler, Server } from "./codegen/types.js";
import { ConfigurationError, type DiameterError, NodeStoppedError, TransportError } from "./errors.js";
import { Client } from "./node/client.js";
import { type Counters, NodeEmitter, type NodeEvents, type PeerInfo } from "./node/events.js";
import { Handlers, type ServedCommand } from "./node/handlers.js";
import { NodePeers } from "./node/node-peers.js";
import { NodeStatistics } from "./node/node-statistics.js";
import { type ListenConfig, type NodeOptions, type Settings, settings } from "./node/options.js";
import { peerInfo } from "./node/peer-info.js";
import { Peers } from "./node/peers.js";
import { Relay } from "./node/relay.js";
import { checked, credentialsOf, inbandOf, portOf } from "./node/security.js";
import { RequestServer } from "./node/server.js";
import { abortable, type DrainOptions, type StopOptions, type WaitOptions, within } from "./node/stop.js";
import type { MessageTap } from "./node/taps.js";
import { isBaseCommand } from "./peer/base-exchange.js";
import { DisconnectCause } from "./peer/base-messages.js";
import { ApplicationSet } from "./peer/capabilities.js";
import type { PeerConfig } from "./peer/peer-types.js";
import { Requester } from "./routing/requester.js";
import type { Statistics } from "./statistics/statistics.js";
import type { TlsOptions } from "./transport/tls-credentials.js";
import type { Endpoint, Listener } from "./transport/transport.js";

/**
 * A Diameter node (RFC 6733): client, server, or both.
 *
 * ```ts
 * await using node = new DiameterNode({
 *   originHost: "client.example", originRealm: "example", applications: [sip.application], peers: [{ host: "192.0.2.1" }],
 * });
 * await node.start();
 * const answer = await node.request(sip.multimediaAuth, { destinationRealm: "example", ... });
 * ```
 */
export class DiameterNode implements Caller, Server, AsyncDisposable {
  readonly originHost: string;
  readonly originRealm: string;
  /** All peers, as they are now; to add, remove, disable and enable while the node runs. */
  readonly peers: NodePeers;
  private readonly settings: Settings;
  private readonly advertised: ApplicationSet;
  private readonly events = new NodeEmitter(this);
  private readonly handlers: Handlers;
  private readonly server: RequestServer;
  private readonly requester: Requester;
  private readonly counted = new NodeStatistics();
  private readonly all: Peers;
  private readonly client: Client;
  private readonly listeners: Listener[] = [];
  private state: "new" | "started" | "draining" | "stopped" = "new";
  private stopping: Promise<void> | undefined;

  /** @throws {ConfigurationError} naming every option that is wrong */
  constructor(options: NodeOptions) {
    this.settings = settings(options);
    const { local, clock, requestTimeoutMs, extensions } = this.settings;
    this.originHost = local.originHost;
    this.originRealm = local.originRealm;
    this.advertised = ApplicationSet.of(local);
    this.handlers = new Handlers(extensions);
    this.requester = new Requester({
      clock,
      timeoutMs: requestTimeoutMs,
      peers: () => this.all.table,
      statistics: this.counted,
    });
    const relay = options.advertise?.relay ? new Relay(this.requester) : undefined;
    this.server = new RequestServer(this.settings, this.events, this.handlers, relay, this.counted);
    this.all = new Peers({
      settings: this.settings,
      events: this.events,
      requester: this.requester,
      server: this.server,
      statistics: this.counted,
    });
    this.client = new Client({
      settings: this.settings,
      requester: this.requester,
      nextEndToEnd: () => this.all.nextEndToEnd(),
    });
    for (const peer of this.settings.peers) this.all.configure(peer);
    this.peers = new NodePeers(this.all, this);
  }

  /** Started, and not stopped. */
  get isRunning(): boolean {
    return this.state === "started" || this.state === "draining";
  }

  /** Where the node listens, with real ports. */
  get addresses(): readonly Endpoint[] {
    return this.listeners.map(({ address }) => address);
  }

  /** How often each event has happened. */
  get counters(): Counters {
    return { ...this.events.counters };
  }

  /**
   * Messages, results, latencies, connections and more, by peer and command: plain JSON. A snapshot costs some microseconds a peer; what
   * happened between two of them, `statisticsBetween` says.
   */
  statistics(): Statistics {
    return this.counted.snapshot(this.settings.clock.now(), this.all.table, this.events);
  }

  /**
   * Listens, then connects to the configured peers. Resolves when every peer has been reached or has failed once; one that failed is
   * tried again after Tc, and "peer:close" says why. `signal` ends the wait; the node goes on.
   *
   * @throws {TransportError} an address cannot be listened on; the node is stopped then
   * @throws {NodeStoppedError} it was started before, or stopped before it had started
   */
  async start(options: WaitOptions = {}): Promise<void> {
    if (this.state !== "new") throw new NodeStoppedError("a node is started once; make another one");
    this.state = "started";
    try {
      for (const where of this.settings.listen) await this.listen(where);
    } catch (error) {
      await this.stop();
      throw error;
    }
    // Stopped meanwhile: nobody may be connected to any more.
    this.requireStarted();
    await abortable(Promise.all([...this.all.table].map((peer) => this.all.open(peer))), options);
  }

  /**
   * Takes no new requests of the program from now on, and resolves when those under way are settled, after `timeoutMs` at the latest: true where
   * none is left. Peers stay connected, and their requests are served. To be called before `stop` where answers must not be lost: many a
   * peer closes the connection together with its DPA, and what it had not answered yet is lost.
   *
   * @throws {AbortedError} the signal fired; the node goes on draining
   */
  async drain({ timeoutMs = 5_000, ...options }: DrainOptions = {}): Promise<boolean> {
    if (this.state === "started") this.state = "draining";
    await abortable(within(this.settings.clock, this.requester.idle(), timeoutMs), options);
    return this.requester.inFlight === 0;
  }

  /**
   * Says DPR to all peers, lets what is in flight end, and closes. New requests are refused from the start. Requests that are not
   * answered after `timeoutMs` reject with NodeStoppedError. Safe to call twice.
   */
  stop(options: StopOptions = {}): Promise<void> {
    this.stopping ??= this.stopOnce(options);
    return this.stopping;
  }

  private async stopOnce({ cause = "REBOOTING", timeoutMs = 5_000 }: StopOptions): Promise<void> {
    this.state = "stopped";
    const listening = Promise.all(this.listeners.map((listener) => listener.close()));
    await within(this.settings.clock, this.all.stop(DisconnectCause[cause], timeoutMs), timeoutMs);
    for (const peer of [...this.all.table]) peer.destroy("the node was stopped");
    this.requester.stop();
    this.server.stop();
    await listening;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Accepts connections there from now on; the address returned has the real port. `signal` ends that.
   *
   * @throws {TransportError} the address is taken, or not ours
   * @throws {ConfigurationError} there is no such transport, or no certificate for it
   */
  async listen(given: ListenConfig, { signal }: WaitOptions = {}): Promise<Endpoint> {
    this.requireStarted();
    const { transports, limits, clock, tls } = this.settings;
    const where = checked("listen:", given, tls);
    const inband = inbandOf(where, tls);
    const transport = transports.get(where.transport ?? "tcp");
    if (transport === undefined)
      throw new ConfigurationError(`there is no transport "${where.transport}": give one in options.transports`);
    const listener = await transport.listen(
      { host: where.host, port: portOf(where) },
      (connection) => this.all.acceptor.accept(connection, inband),
      {
        limits,
        clock,
        signal,
        tls: credentialsOf(where, tls),
        onRefused: (remote, { message }) => this.all.refused(remote, undefined, undefined, message),
      },
    );
    this.listeners.push(listener);
    // Stopped while it was being opened.
    if (this.state === "stopped") await listener.close();
    return listener.address;
  }

  /**
   * Other certificates, keys and trust in place of `options.tls`: for all handshakes that begin from now on, of listeners and peers that have none
   * of their own. Connections stay.
   *
   * @throws {ConfigurationError} they are wrong, and what was before stays in force; or the node was made without `tls`
   */
  setSecureContext(tls: TlsOptions): void {
    if (this.settings.tls === undefined)
      throw new ConfigurationError("setSecureContext: the node was made without options.tls");
    this.settings.tls.update(tls);
  }

  /**
   * Connects to a peer, and keeps a connection with it from now on; also to one that is configured and did not want us. Rejects where
   * this attempt fails; the next is made after Tc all the same. `signal` ends the wait only.
   */
  async connect(config: PeerConfig, options: WaitOptions = {}): Promise<PeerInfo> {
    this.requireStarted();
    const peer = this.all.configure(config);
    const reason = await abortable(this.all.open(peer), options);
    if (reason !== undefined) throw new TransportError(`${config.host}: ${reason.message}`, reason.error);
    return peerInfo(peer);
  }

  /**
   * A Session-Id that this node has not used and will not use again, restarts included (RFC 6733 section 8.8): for sessions whose identifier the
   * program has to know before the first request. `optional` is appended as the section's optional value. Where a request is made without
   * Session-Id, the node makes one.
   */
  newSessionId(optional?: string): string {
    return this.client.newSessionId(optional);
  }

  /**
   * Sends a request of this command and resolves with its answer, whatever its Result-Code. Rejects with ErrorAnswerError (the E bit, or
   * a failure that does not keep to the grammar), InvalidAnswerError, UnableToDeliverError and RequestTimeoutError (both say whether it was
   * sent, and to whom), AbortedError, EncodeError or NodeStoppedError. A request whose peer goes down is sent to another one, with the T bit;
   * one that a peer is too busy for or cannot deliver (3004, 3002) to each other peer that there is for it, without.
   */
  request<Q, QI, A, AI>(command: Command<Q, QI, A, AI>, init: QI, options?: CallOptions): Promise<A> {
    return new Promise<A>((resolve, reject: (error: DiameterError) => void) => {
      this.requireStarted();
      this.client.request(command, init, options, resolve, reject);
    });
  }

  /**
   * Sends a request as it is and resolves with its answer, whatever it says; the answer owns its octets. The Hop-by-Hop Identifier is the
   * node's; the End-to-End Identifier too where it is 0.
   */
  send(request: RawMessage, options?: CallOptions): Promise<RawMessage> {
    return new Promise<RawMessage>((resolve, reject: (error: DiameterError) => void) => {
      this.requireStarted();
      if (!request.isRequest) throw new ConfigurationError("send: this message has no R bit, only requests are sent");
      this.client.send(request, options, resolve, reject);
    });
  }

  /**
   * Serves a command; before or after `start`. Two profiles may have one application id and one command, as RFC 8506 and 3GPP Ro have
   * (4, 272): see `when`.
   *
   * @throws {ConfigurationError} that command of that application id has a handler, perhaps in another profile, and neither has a `when`; or
   * nobody is told of the application, for it is neither in `applications` nor in `advertise`; or it is one of CER, DWR and DPR
   */
  handle<Q, QI, A, AI>(
    command: Command<Q, QI, A, AI>,
    handler: Handler<Command<Q, QI, A, AI>>,
    options: HandleOptions<Q, A, AI> = {},
  ): void {
    const { id, kind, name } = command.application;
    if (isBaseCommand(command.code))
      throw new ConfigurationError(`${command.name}: the node itself serves command ${command.code}`);
    if (kind !== "base" && !this.advertised.supports(id))
      throw new ConfigurationError(
        `${command.name}: application ${id} ("${name}") is neither in options.applications nor in options.advertise, so nobody would ask for it`,
      );
    this.handlers.add({
      command: command as AnyCommand,
      handler: handler as ServedCommand["handler"],
      invalid: options.invalid as ServedCommand["invalid"],
      when: options.when,
      duplicates: options.duplicates ?? this.settings.duplicates,
    });
  }

  /**
   * This node as a server of those requests only that `claims` says yes to: `when` of `handle`, for all commands of a profile.
   *
   * ```ts
   * // TS 32.299 section 6.3: the last part of Service-Context-Id is the document, "32260@3gpp.org".
   * const is3gpp = (raw: RawMessage) => {
   *   const id = raw.avp(rfc8506.ServiceContextId.code);
   *   return id !== undefined && rfc8506.ServiceContextId.read(id).endsWith("@3gpp.org");
   * };
   * ro.serve(node.when(is3gpp), { creditControl: charge3gpp });
   * creditControl.serve(node, { creditControl: chargeOthers });
   * ```
   */
  when(claims: (raw: RawMessage) => boolean): Server {
    return {
      handle: (command, handler, options = {}) => {
        const { when = () => true } = options;
        this.handle(command, handler, { ...options, when: (raw) => claims(raw) && when(raw) });
      },
    };
  }

  /** Calls `listener` at every such event; the function returned ends that. */
  on<N extends keyof NodeEvents>(name: N, listener: (...args: NodeEvents[N]) => void): () => void {
    return this.events.on(name, listener);
  }

  once<N extends keyof NodeEvents>(name: N, listener: (...args: NodeEvents[N]) => void): () => void {
    return this.events.once(name, listener);
  }

  off<N extends keyof NodeEvents>(name: N, listener: (...args: NodeEvents[N]) => void): void {
    this.events.off(name, listener);
  }

  /**
   * Shows every message that is received and sent, CER and DWR too; the function returned ends it. Costs nothing where there is no tap. What a tap
   * throws is thrown again outside, as an error that nobody caught: traffic is not disturbed.
   */
  onMessage(tap: MessageTap): () => void {
    return this.all.addTap(tap);
  }

  private requireStarted(): void {
    if (this.state === "new") throw new NodeStoppedError("the node is not started: await node.start() first");
    if (this.state === "stopped") throw new NodeStoppedError("the node was stopped");
    if (this.state === "draining") throw new NodeStoppedError("the node is about to stop: drain() was called");
  }
}
