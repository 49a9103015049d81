/** The server as a whole: databases below, a Diameter node above, the two applications between them. */
import { type Caller, type Clock, DiameterNode, type NodeOptions, type PeerInfo } from "@diamgen/runtime";
import * as accountingApplication from "@diamgen/sdk/accounting";
import * as base from "@diamgen/sdk/base";
import * as digest from "@diamgen/sdk/digest";
import * as opensips from "@diamgen/sdk/opensips";
import * as sip from "@diamgen/sdk/sip";
import type { Logger } from "pino";
import type { AccountingOptions, AccountingRecorder, Delivered } from "./accounting/delivered.js";
import { type ChallengeOptions, Challenger, Throttle, type ThrottleOptions } from "./authentication/index.js";
import { accounting } from "./diameter/accounting.js";
import { AvpRegistry } from "./diameter/avp-registry.js";
import type { Decision } from "./diameter/decision.js";
import { ExtraAvps } from "./diameter/extra-avps.js";
import { type AuthenticationSettings, serveMultimediaAuth } from "./diameter/multimedia-auth.js";
import { type OnRejectRule, onRejectFor } from "./diameter/on-reject.js";
import { type RegistrationOptions, serveRegistration } from "./diameter/registration.js";
import {
  type PushOutcome,
  type PushProfile,
  SipServers,
  type TerminateRegistration,
  type TerminationOutcome,
} from "./diameter/sip-servers.js";
import { watchOnReject } from "./diameter/watch-on-reject.js";
import { observe } from "./observe.js";
import { Registrar, SessionSweep, type SessionWatch } from "./registration/index.js";
import type { Stores } from "./store/index.js";

/** What an operator may say of the node. */
type OperatorOptions = Pick<
  NodeOptions,
  | "listen"
  | "peers"
  | "tls"
  | "accept"
  | "realms"
  | "hostIpAddress"
  | "limits"
  | "watchdogMs"
  | "reconnectMs"
  | "claim"
  | "instance"
  | "originStateId"
>;

export interface SipServerOptions extends OperatorOptions {
  readonly originHost: string;
  readonly originRealm: string;
  readonly stores: Stores;
  /** Where accounting records go, such as an AccountingPipeline. Default: the database, without a spool. */
  readonly accounting?: AccountingRecorder | undefined;
  /** See AccountingOptions. */
  readonly interimIntervalSeconds?: number | undefined;
  readonly realtimeRequired?: AccountingOptions["realtimeRequired"];
  readonly log: Logger;
  readonly clock?: Clock | undefined;
  /** Looked at for each request. */
  readonly authentication?: AuthenticationSettings | undefined;
  /** Told of each decision, for metrics. */
  readonly watch?: ServerWatch | undefined;
  /** AVPs that the SDK does not know; they may change while the server runs. */
  readonly extraAvps?: ExtraAvps | undefined;
  /** Challenges for clients that leave them to us; left out: none. */
  readonly challenge?: ChallengeOptions | undefined;
  /** Against guessing of passwords; false for none, its defaults where left out. One that is given may be shared. */
  readonly throttle?: Throttle | ThrottleOptions | false | undefined;
  /** Peers whose refusals are to be silent, for they take any answer for success; the first rule that fits decides. Asked for each refusal. */
  readonly onReject?: (() => readonly OnRejectRule[]) | undefined;
  /** Looked at for each request. */
  readonly registration?: RegistrationOptions | undefined;
  /** How requests go to SIP servers. Default: by the node. */
  readonly caller?: ((node: DiameterNode) => Caller) | undefined;
}

/** Who counts what the server decides. */
export interface ServerWatch extends SessionWatch {
  /** "accepted", or why not. */
  authenticated(result: "accepted" | Extract<Decision, { accepted: false }>["reason"]): void;
  /** What became of a record; "refused": it could not be made durable. */
  accounted(outcome: Delivered | "refused"): void;
}

/** SIP digest authentication (RFC 4740) and accounting (RFC 6733 section 9) for OpenSIPS and its like. Owns the node, not the stores. */
export class SipServer implements AsyncDisposable {
  readonly node: DiameterNode;
  readonly #sipServers: SipServers;
  readonly #sessions: SessionSweep;

  constructor(options: SipServerOptions) {
    const {
      stores,
      log,
      authentication,
      challenge,
      throttle,
      onReject = () => [],
      registration,
      extraAvps = new ExtraAvps(),
      clock,
      watch,
      caller = (one) => one,
      ...node
    } = options;
    this.node = new DiameterNode({
      accept: "any",
      ...node,
      applications: [sip.application, accountingApplication.application],
      // OpenSIPS advertises application 6 as an accounting one and routes by what we advertise: so both ways.
      advertise: { auth: [sip.application.id], acct: [accountingApplication.application.id, sip.application.id] },
      extensions: [opensips.avps, digest.avps, extraAvps.known],
      productName: "diamgen-server",
      ...(clock && { clock }),
    });
    observe(this.node, log);
    watchOnReject(this.node, onReject, log);
    const now = clock && (() => clock.now());
    const { subscribers, registrations: store } = stores;
    const realm = options.originRealm;
    const registrar = new Registrar({
      ...{ settings: registration, subscribers, store, realm, now, watch },
      onNotKept: (sessionId, err) =>
        log.warn({ sessionId, err }, "registered without a session, which could not be kept"),
    });
    this.#sipServers = new SipServers({ node: caller(this.node), store, settings: registration, watch, now });
    this.#sessions = new SessionSweep({
      store,
      clock,
      onEnded: ({ id: sessionId, user, expired }) => {
        watch?.sessionsEnded(expired ? "expired" : "lost", 1);
        log.info(
          { sessionId, ...user },
          expired ? "session has run out" : "session was lost: its SIP server has restarted",
        );
      },
      onFailure: (err) => log.warn({ err }, "cannot look for sessions that have run out"),
    });
    const noted = ({ originHost, originStateId }: PeerInfo) => {
      if (originHost !== undefined) this.#sessions.noted(originHost, originStateId);
    };
    this.node.on("peer:open", noted);
    this.node.on("peer:restart", noted);
    serveRegistration(this.node, {
      registrar,
      settings: registration,
      clock,
      stateOf: (originHost) => this.node.peers.get(originHost)?.originStateId,
      onState: (originHost, originStateId) => this.#sessions.noted(originHost, originStateId),
      onResult: ({ command, ...facts }, err) => {
        if (err === undefined) log.info(facts, command);
        else log.error({ ...facts, err }, `${command}: could not decide`);
      },
      onSuperseded: (user, serving) => {
        void this.#sipServers.superseded(user, serving).then((outcomes) => {
          for (const { server, resultCode, error } of outcomes)
            log.info({ server: server.uri, resultCode, err: error }, "told that the user has another SIP server");
        });
      },
    });
    serveMultimediaAuth(this.node, {
      subscribers,
      mayRegister: (userName, aor) => registrar.owns(userName, aor),
      keepServer: (request, server) => registrar.authenticating(request, server),
      settings: authentication,
      challenger: challenge && new Challenger({ now, ...challenge }),
      throttle: throttleOf(throttle, now),
      onReject: (peer) => onRejectFor(onReject(), peer),
      clock,
      onResult: (request, result) => {
        watch?.authenticated(result.accepted ? "accepted" : result.reason);
        const facts = { sessionId: request.sessionId, aor: request.sipAor, resultCode: result.resultCode };
        if (result.accepted) log.info(facts, "authenticated");
        else if (result.errorMessage === undefined) log.info({ ...facts, reason: result.reason }, "challenged");
        else if (result.cause === undefined) log.info({ ...facts, reason: result.reason }, "refused");
        else log.error({ ...facts, err: result.cause }, "could not decide");
      },
    });
    accountingApplication.serve(this.node, {
      accounting: accounting({
        store: options.accounting ?? stores.accounting,
        interimIntervalSeconds: options.interimIntervalSeconds,
        realtimeRequired: options.realtimeRequired,
        registry: new AvpRegistry([base, digest, sip, opensips], extraAvps),
        ...(clock && { now: () => clock.now() }),
        onRecord: ({ sessionId, recordNumber }, kept) => {
          watch?.accounted(kept);
          log.info({ sessionId, recordNumber, kept }, "accounted");
        },
        onFailure: ({ sessionId, recordNumber }, err) => {
          watch?.accounted("refused");
          log.error({ sessionId, recordNumber, err }, "record not stored");
        },
      }),
    });
  }

  /** Resolves when all addresses are listened on. */
  start(): Promise<void> {
    this.#sessions.start();
    return this.node.start();
  }

  /**
   * Sends a Registration-Termination-Request to each SIP server that has the user (RFC 4740 section 8.9), or an Abort-Session-Request for each
   * session that is maintained (section 6.7). What it ends is over with us when the SIP server agrees, or knows nothing of it. Rejects with a
   * StoreError.
   */
  terminateRegistration(request: TerminateRegistration): Promise<readonly TerminationOutcome[]> {
    return this.#sipServers.terminate(request);
  }

  /** Sends the user's profile as it is stored to each SIP server that has the user (RFC 4740 section 8.11). Rejects with a StoreError. */
  pushProfile(request: PushProfile): Promise<readonly PushOutcome[]> {
    return this.#sipServers.push(request);
  }

  /** Sends Disconnect-Peer-Request to all peers, waits for what is being answered, closes: for 5 s where `timeoutMs` is left out. */
  async stop(options: { readonly timeoutMs?: number | undefined } = {}): Promise<void> {
    await this.node.stop(options);
    await this.#sessions.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

function throttleOf(throttle: SipServerOptions["throttle"], now: (() => number) | undefined): Throttle | undefined {
  if (throttle === false) return undefined;
  return throttle instanceof Throttle ? throttle : new Throttle({ now, ...throttle });
}
