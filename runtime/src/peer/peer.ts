/** One peer: performs what the peer state machine decides, on connections and timers. */
import type { FramingFault } from "../codec/framing.js";
import type { RawMessage } from "../codec/raw-message.js";
import type { DiameterError } from "../errors.js";
import { BaseExchange, type Expected, isBaseCommand } from "./base-exchange.js";
import type { Capabilities } from "./base-messages.js";
import { ApplicationSet } from "./capabilities.js";
import { Connector } from "./connector.js";
import { winsElection } from "./election.js";
import { answerFault } from "./fault.js";
import { Link, type LinkOwner } from "./link.js";
import { type Action, type Event, type State, transition } from "./machine.js";
import type { CloseReason, PeerConfig, PeerHost } from "./peer-types.js";
import { RECEIVED } from "./received.js";
import { StateTimer } from "./state-timer.js";
import { WatchdogTimer } from "./watchdog-timer.js";

/** What an event is about. */
interface Cause {
  readonly link?: Link;
  readonly raw?: RawMessage;
}

export class Peer implements LinkOwner, Expected {
  /** Undefined for a peer that came by itself: it lives as long as its connection. */
  readonly config: PeerConfig | undefined;
  readonly watchdog: WatchdogTimer;
  /** As configured or, once it said so, as in its CER or CEA. */
  originHost: string | undefined;
  /** What its last CER or CEA said. */
  remote: Capabilities | undefined;
  /** False: it is taken out of service. Requests go elsewhere, and its CERs are not welcome. */
  enabled = true;
  applications = new ApplicationSet(new Set());
  private readonly host: PeerHost;
  private readonly exchange: BaseExchange;
  private readonly connector: Connector | undefined;
  private readonly stateTimer: StateTimer;
  private current: State = "Closed";
  private entered: number;
  private initiated: Link | undefined;
  private responded: Link | undefined;
  private readonly queue: [Event, Cause][] = [];
  private working = false;
  private stopped = false;
  /** Why the connection is about to end. */
  private reason: CloseReason | undefined;
  private disconnectCause = 0;
  private stopTimeoutMs: number | undefined;
  /** A DPA that waits for what is in flight. */
  private dpa: Link | undefined;

  constructor(host: PeerHost, config?: PeerConfig) {
    this.host = host;
    this.config = config;
    this.originHost = config?.originHost;
    this.entered = host.clock.now();
    this.exchange = new BaseExchange(host);
    const { clock, random } = host;
    const tcMs = config?.reconnectMs ?? host.tcMs;
    const twinitMs = config?.watchdogMs ?? host.twinitMs;
    this.connector = config && new Connector({ clock, random, tcMs }, (signal) => host.connect(config, signal));
    this.stateTimer = new StateTimer(host, (message) => this.fail(message));
    const effects = {
      sendWatchdog: () => this.link && this.exchange.sendDWR(this.link),
      failover: () => this.link && host.failover(this, this.link),
      failback: () => host.failback(this),
      closeConnection: () => this.fail("the peer does not answer the watchdog"),
    };
    this.watchdog = new WatchdogTimer({ clock, random, twinitMs }, effects);
  }

  get state(): State {
    return this.current;
  }

  /** As configured. */
  get originRealm(): string | undefined {
    return this.config?.originRealm;
  }

  /** When it came into this state: milliseconds since 1970. */
  get since(): number {
    return this.entered;
  }

  /** The connection in use, where the peer is open or closing. */
  get link(): Link | undefined {
    if (this.current === "I-Open") return this.initiated;
    if (this.current === "R-Open") return this.responded;
    return this.current === "Closing" ? (this.initiated ?? this.responded) : undefined;
  }

  get isOpen(): boolean {
    return this.current === "I-Open" || this.current === "R-Open";
  }

  /** True where requests may be sent to it. */
  get isUsable(): boolean {
    return this.isOpen && this.enabled && this.watchdog.status === "OKAY";
  }

  /** True while it may become usable within a few round trips: somebody is connecting, or the watchdog makes sure of it. */
  get isComing(): boolean {
    if (!this.enabled) return false;
    if (this.isOpen) return this.watchdog.status === "REOPEN";
    return this.current !== "Closed" && this.current !== "Closing";
  }

  /** Connects, unless it is connected or connecting; now, whatever Tc says. Only for peers with a `config`. */
  start(): void {
    if (this.connector === undefined) return;
    this.stopped = false;
    this.stopTimeoutMs = undefined;
    this.connector.cancel();
    this.feed("Start");
  }

  /**
   * Sends a DPR and closes once it is answered and nothing is in flight any more; after `timeoutMs` whatever is in flight. The peer
   * will not be connected to again. `closed` of the host tells the end, unless the peer was closed already.
   */
  stop(disconnectCause: number, timeoutMs: number): void {
    this.stopped = true;
    this.connector?.cancel();
    this.disconnectCause = disconnectCause;
    this.stopTimeoutMs = timeoutMs;
    if (this.current !== "Closed") this.reason ??= { message: "the node closed the connection" };
    this.feed("Stop");
  }

  /** Closes without a word. */
  destroy(message: string): void {
    this.stopped = true;
    this.connector?.cancel();
    this.fail(message);
  }

  /** A connection on which this peer's CER came, and is welcome: R-Conn-CER. */
  accept(link: Link, cer: Capabilities, raw: RawMessage): void {
    this.exchange.receivedCER(link, cer, raw);
    this.feed("R-Conn-CER", { link, raw });
  }

  /**
   * An open connection rejects the next one of the same peer (R-Reject), until the watchdog finds it dead: a minute and more after a
   * power failure, which sends no FIN. But state that is lost shows at once (RFC 6733 section 8.6): then the old connection is closed,
   * and the new one welcome. Believed from the same address only.
   */
  noteRestart(link: Link, { originStateId = 0 }: Capabilities): void {
    const before = this.remote?.originStateId;
    if (!this.isOpen || before === undefined || originStateId <= before) return;
    if (this.link?.connection.remote.address === link.connection.remote.address)
      this.fail("the peer has restarted: it is back with a higher Origin-State-Id");
  }

  identify(originHost: string): string | undefined {
    return this.host.identify(this, originHost);
  }

  onMessage(link: Link, raw: RawMessage): void {
    const events = RECEIVED[link.side];
    // Section 3: a request with the E bit is refused, whatever it is.
    if (isBaseCommand(raw.commandCode) && !(raw.isRequest && raw.isError)) {
      this.onBaseMessage(link, raw);
      return;
    }
    this.watchdog.received(false);
    // Straight to the node for what nearly every message is: a row whose only action is Process.
    const { actions } = transition(this.current, events.message);
    if (actions.length === 1 && actions[0] === "Process") this.host.process(this, link, raw);
    else this.feed(events.message, { link, raw });
  }

  private onBaseMessage(link: Link, raw: RawMessage): void {
    const received = this.exchange.receive(link, raw, this);
    this.watchdog.received(received?.kind === "dwa");
    if (received === undefined) {
      this.host.unexpected(this, raw);
      return;
    }
    this.reason ??= received.reason;
    if (received.kind === "dwr" || received.kind === "dwa") this.host.heard(this, raw);
    // Section 5.4 wants no race with what is in flight: the connection stays until that is settled, or until the Timeout of Closing.
    if (received.kind === "dpa" && this.current === "Closing" && link.busy) this.dpa = link;
    else this.feed(RECEIVED[link.side][received.kind], { link, raw });
  }

  onFault(link: Link, fault: FramingFault): void {
    answerFault(link, fault, this.host.local, this.isOpen);
    this.reason ??= { message: `the peer sent what is not Diameter: ${fault.message}` };
    this.feed(RECEIVED[link.side].disc, { link });
  }

  onClose(link: Link, error: DiameterError | undefined): void {
    this.reason ??= { message: error?.message ?? "the peer closed the connection", error };
    this.feed(RECEIVED[link.side].disc, { link });
  }

  /** A request of either side is settled: perhaps nothing is in flight any more, and a DPA that was held ends the connection. */
  private settle(): void {
    const link = this.dpa;
    if (link === undefined || link.busy) return;
    this.dpa = undefined;
    this.feed(RECEIVED[link.side].dpa, { link });
  }

  /** Ends whatever there is: the machine's Timeout, which every state with a connection has. */
  private fail(message: string): void {
    if (this.current !== "Closed") this.reason ??= { message };
    this.feed("Timeout");
  }

  /** Events are worked off one after the other, also where an action causes the next one. */
  private feed(event: Event, cause: Cause = {}): void {
    this.queue.push([event, cause]);
    if (this.working) return;
    this.working = true;
    try {
      for (let next = this.queue.shift(); next !== undefined; next = this.queue.shift()) this.step(...next);
    } finally {
      this.working = false;
    }
  }

  private step(event: Event, cause: Cause): void {
    const before = this.current;
    const link = this.link;
    const { state, actions } = transition(before, event);
    this.current = state;
    for (const action of actions) this.perform(action, cause);
    if (state === before) return;
    this.entered = this.host.clock.now();
    this.stateTimer.enter(state, this.closingMs);
    if (state === "I-Open" || state === "R-Open") {
      // In the same step: nobody sees it open before it is protected.
      if (this.link !== undefined && this.exchange.awaitsTls(this.link)) this.step("Start-TLS", {});
      else this.opened();
    }
    if (state === "Closed") this.closed(link);
  }

  private get closingMs(): number {
    const { limits } = this.host;
    // A peer that stops and has requests with us gets their answers, as long as a handler may take.
    return this.stopTimeoutMs ?? (this.link?.busy ? limits.handlerTimeoutMs : limits.closeTimeoutMs);
  }

  private perform(action: Action, { link, raw }: Cause): void {
    switch (action) {
      case "I-Snd-Conn-Req":
        this.connect();
        break;
      case "R-Accept":
        this.responded = link;
        link?.handTo(this);
        break;
      case "R-Reject":
        link?.close();
        break;
      case "I-Snd-CER":
        if (this.initiated !== undefined) this.exchange.sendCER(this.initiated);
        break;
      case "R-Snd-CEA":
        if (this.responded !== undefined) this.exchange.sendCEA(this.responded);
        break;
      case "Elect": {
        const received = this.responded && this.exchange.capabilitiesOf(this.responded)?.originHost;
        if (received !== undefined && winsElection(this.host.local.originHost, received)) this.feed("Win-Election");
        break;
      }
      case "Cleanup":
        this.connector?.abort();
        break;
      case "Error":
        this.connector?.abort();
        this.initiated?.destroy();
        this.responded?.destroy();
        this.initiated = this.responded = undefined;
        break;
      case "I-Disc":
        this.initiated?.close();
        this.initiated = undefined;
        break;
      case "R-Disc":
        this.responded?.close();
        this.responded = undefined;
        break;
      case "I-Snd-DPR":
      case "R-Snd-DPR":
        if (this.link !== undefined) this.exchange.sendDPR(this.link, this.disconnectCause);
        break;
      case "I-Snd-DPA":
      case "R-Snd-DPA":
      case "Snd-DPA":
        if (link !== undefined && raw !== undefined) this.exchange.sendDPA(link, raw);
        break;
      case "I-Snd-DWA":
      case "R-Snd-DWA":
      case "Snd-DWA":
        if (link !== undefined && raw !== undefined) this.exchange.sendDWA(link, raw);
        break;
      case "Process":
        if (link !== undefined && raw !== undefined) this.host.process(this, link, raw);
        break;
      case "I-Handshake":
        this.startTls(this.initiated);
        break;
      case "R-Handshake":
        this.startTls(this.responded);
        break;
      // Done before: a CER or CEA is checked before it becomes an event, a DWR or DWA has reset the watchdog. And nobody feeds
      // Send-Message: the node writes to `link`, which is there in the states that have the row.
      case "Process-CER":
      case "Process-CEA":
      case "Process-DWR":
      case "Process-DWA":
      case "Snd-Message":
      case "I-Snd-Message":
      case "R-Snd-Message":
        break;
    }
  }

  private connect(): void {
    this.connector?.open(
      (connection) => {
        this.initiated = new Link(connection, "I", this, this.host, this.config && this.host.inband(this.config));
        this.host.connected(this, this.initiated);
        this.feed("I-Rcv-Conn-Ack");
      },
      (error) => {
        this.reason ??= { message: error instanceof Error ? error.message : "no connection", error };
        this.feed("I-Rcv-Conn-Nack");
      },
    );
  }

  private startTls(link: Link | undefined): void {
    const originHost = link && this.exchange.capabilitiesOf(link)?.originHost;
    if (link === undefined || originHost === undefined) return;
    link.startTls(originHost, () => {
      if (link === this.initiated || link === this.responded) this.feed("TLS-Done");
    });
  }

  private opened(): void {
    const link = this.link as Link;
    const capabilities = this.exchange.capabilitiesOf(link) as Capabilities;
    this.remote = capabilities;
    this.originHost = capabilities.originHost;
    this.applications = ApplicationSet.of(capabilities);
    this.reason = undefined;
    this.connector?.opened();
    link.connection.setMaxMessageLength(this.host.limits.maxMessageLength);
    link.onSettled = () => this.settle();
    this.watchdog.connectionUp();
    this.host.opened(this, link);
  }

  private closed(link: Link | undefined): void {
    const reason = this.reason ?? { message: "the connection was closed" };
    this.reason = undefined;
    this.dpa = undefined;
    this.watchdog.connectionDown();
    if (!this.stopped) this.connector?.again(link === undefined, reason.disconnectCause, () => this.start());
    this.host.closed(this, link, reason);
  }
}
