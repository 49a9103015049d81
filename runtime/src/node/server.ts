/** Requests from peers: decoded, handled and answered (RFC 6733 sections 6.2 and 7.2). */
import { monotonic } from "../clock.js";
import { Avp } from "../codec/avp.js";
import { ErrorAnswer } from "../codec/error-answer.js";
import { failedAvpOf } from "../codec/failed-avp.js";
import type { Header } from "../codec/header.js";
import { decodeMessage, encodeToSlab } from "../codec/message.js";
import { slab } from "../codec/output.js";
import type { RawMessage } from "../codec/raw-message.js";
import { UNABLE_TO_COMPLY, UNABLE_TO_DELIVER } from "../codec/result-code.js";
import type { AnyCommand, ErrorOptions, Message } from "../codegen/types.js";
import { NodeStoppedError, TimeoutError } from "../errors.js";
import { AvpCode, readText } from "../peer/base-avps.js";
import type { Link } from "../peer/link.js";
import type { Peer } from "../peer/peer.js";
import { DuplicateCache, type FirstRequest } from "../routing/duplicates.js";
import { Admission, BUSY, Refusal } from "./admission.js";
import { Again, answerAgain, duplicateKey } from "./again.js";
import { Backlog } from "./backlog.js";
import { ChoiceFailed } from "./choice.js";
import { Deadlines } from "./deadlines.js";
import type { NodeEmitter } from "./events.js";
import type { Handlers, ServedCommand } from "./handlers.js";
import { inOneApplication, inspected } from "./inspection.js";
import type { NodeStatistics } from "./node-statistics.js";
import type { Settings } from "./options.js";
import { checkAnswer } from "./outgoing.js";
import { peerInfo } from "./peer-info.js";
import type { Relay } from "./relay.js";
import { Serving, WITHHELD } from "./serving.js";

interface ErrorOutcome extends ErrorOptions {
  readonly resultCode: number;
}

/** What goes to the peer for an error of ours; what it was in truth, an event tells. */
const INTERNAL_ERROR: ErrorOutcome = {
  resultCode: UNABLE_TO_COMPLY,
  errorMessage: "internal error",
};

export class RequestServer {
  private readonly settings: Settings;
  private readonly events: NodeEmitter;
  private readonly admission: Admission;
  private readonly relay: Relay | undefined;
  private readonly statistics: NodeStatistics;
  private readonly deadlines: Deadlines<Serving>;
  private readonly backlog: Backlog;
  private readonly duplicates: DuplicateCache;
  /** Those whose answer is kept for duplicates, while their handlers run. */
  private readonly kept = new Set<Serving>();

  /** `relay`: what is not for this node is passed on. */
  constructor(
    settings: Settings,
    events: NodeEmitter,
    handlers: Handlers,
    relay: Relay | undefined,
    statistics: NodeStatistics,
  ) {
    this.relay = relay;
    this.statistics = statistics;
    this.settings = settings;
    this.events = events;
    this.admission = new Admission(settings, handlers);
    this.backlog = new Backlog(settings.limits);
    this.duplicates = new DuplicateCache(settings.clock, settings.limits.maxDuplicateCacheBytes, (octets, early) =>
      events.tell("answer:forgotten", () => [{ octets, early }]),
    );
    const ms = settings.limits.handlerTimeoutMs;
    this.deadlines = new Deadlines(settings.clock, ms, (serving) => {
      const error = new TimeoutError(`${serving.command.name}: the handler gave no answer within ${ms} ms`, ms);
      this.fail(serving, error);
      serving.abandon(error);
    });
  }

  stop(): void {
    this.deadlines.stop();
    this.duplicates.clear();
    for (const serving of this.kept) {
      serving.first = undefined;
      serving.abandon(new NodeStoppedError("the node was stopped"));
    }
    this.kept.clear();
  }

  serve(peer: Peer, link: Link, raw: RawMessage): void {
    const admitted = this.admission.admit(raw, link.serving.size);
    if (admitted === "wait") {
      if (!this.backlog.add(link, raw)) this.refuse(peer, link, raw, UNABLE_TO_COMPLY, BUSY);
      return;
    }
    const served = admitted instanceof Refusal ? admitted : inspected(this.settings, peer, raw, admitted);
    if (served instanceof Refusal) {
      // Section 6.1: only proxiable requests are passed on.
      if (served.elsewhere && this.relay !== undefined && raw.isProxiable) {
        this.relay.forward(peer, link, raw, (request, message) =>
          this.refuse(peer, link, request, UNABLE_TO_DELIVER, message),
        );
        return;
      }
      this.refuse(peer, link, raw, served.resultCode, served.message, served.failedAvp);
      if (served.cut) this.tellCut(peer, raw, served.resultCode);
      if (served instanceof ChoiceFailed) this.tellFailed(peer, served.command, served.error);
      return;
    }
    const { command, handler, invalid, known } = served;
    const key = served.duplicates ? duplicateKey(raw) : undefined;
    const first = key === undefined ? undefined : this.duplicates.find(key);
    if (first !== undefined) {
      this.statistics.of(peer).duplicates++;
      this.again(first, peer, link, raw);
      return;
    }
    const { limits } = this.settings;
    const decoded = inOneApplication(
      raw,
      decodeMessage<Message & { readonly sessionId?: unknown }>(command.request, raw, known, limits),
    );
    if (decoded.ok) {
      const request = decoded.message;
      // Every generated class with a Session-Id has it under this name, as Fill has. Read now: `raw` is not ours once the handler awaits.
      const sessionId = typeof request.sessionId === "string" ? request.sessionId : sessionIdOf(raw);
      const serving = this.begin(served, peer, link, raw, sessionId);
      if (key !== undefined) {
        serving.first = this.duplicates.begin(key);
        this.kept.add(serving);
      }
      this.run(serving, () => handler(request as never, serving as never));
      return;
    }
    const { issues } = decoded;
    // Section 7: "the Diameter node MUST report only the first error it encountered".
    const { resultCode, message, failedAvp, cut } = issues[0] as (typeof issues)[number];
    if (cut) this.tellCut(peer, raw, resultCode);
    if (invalid === undefined) {
      this.refuse(peer, link, raw, resultCode, message, failedAvp);
      return;
    }
    const serving = this.begin(served, peer, link, raw, sessionIdOf(raw));
    this.run(serving, () => invalid({ issues, request: decoded.message as never }, serving as never));
    this.tellRefused(peer, raw, resultCode, message);
  }

  private begin({ command }: ServedCommand, peer: Peer, link: Link, raw: RawMessage, sessionId: string): Serving {
    const proxyInfo = this.admission.found.hasProxyInfo ? raw.avpsOf(AvpCode.PROXY_INFO) : undefined;
    const serving = new Serving(command, peer, link, raw, sessionId, proxyInfo, this.settings.local);
    serving.startedAt = monotonic(this.settings.clock);
    return serving;
  }

  private run(serving: Serving, handle: () => unknown): void {
    let answer: unknown;
    try {
      answer = handle();
    } catch (error) {
      this.fail(serving, error);
      return;
    }
    if (isThenable(answer)) this.await(serving, answer);
    else this.reply(serving, answer);
  }

  private await(serving: Serving, answer: PromiseLike<unknown>): void {
    serving.link.serving.add(serving);
    this.deadlines.add(serving);
    answer.then(
      (value) => this.reply(serving, value),
      (error: unknown) => this.fail(serving, error),
    );
  }

  private refuse(peer: Peer, link: Link, raw: RawMessage, resultCode: number, message: string, failed?: Avp): void {
    const { originHost, originRealm } = this.settings.local;
    const failedAvp = failed && [failed];
    const answer = ErrorAnswer.to(raw, { originHost, originRealm, resultCode, errorMessage: message, failedAvp });
    link.write(answer.encode().toBytes());
    this.tellRefused(peer, raw, resultCode, message);
  }

  private tellRefused(
    peer: Peer,
    { commandCode, applicationId }: RawMessage,
    resultCode: number,
    message: string,
  ): void {
    this.events.tell("request:refused", () => [
      { peer: peerInfo(peer), commandCode, applicationId, resultCode, message },
    ]);
  }

  private tellCut(peer: Peer, { commandCode, applicationId }: Header | RawMessage, resultCode: number): void {
    this.events.tell("answer:cut", () => [{ peer: peerInfo(peer), commandCode, applicationId, resultCode }]);
  }

  /** It came before: its answer goes out again, or will. */
  private again(first: FirstRequest, peer: Peer, link: Link, raw: RawMessage): void {
    const { answer } = first;
    const { commandCode, applicationId, endToEnd } = raw;
    if (answer === undefined) new Again(first, link, raw, () => this.settled(peer, link));
    else link.write(answerAgain(answer, raw.hopByHop, raw.avpsOf(AvpCode.PROXY_INFO)));
    this.events.tell("request:duplicate", () => [
      { peer: peerInfo(peer), commandCode, applicationId, endToEnd, waits: answer === undefined },
    ]);
  }

  private reply(serving: Serving, answer: unknown): void {
    if (serving.settled) {
      this.drop(serving);
      return;
    }
    if (answer === WITHHELD) {
      this.withhold(serving);
      return;
    }
    let octets: Uint8Array;
    try {
      octets = answer instanceof ErrorAnswer ? answer.encode().toBytes() : encodeAnswer(serving, answer as Message);
    } catch (error) {
      this.fail(serving, error);
      return;
    }
    this.send(serving, octets);
  }

  private fail(serving: Serving, error: unknown): void {
    if (serving.settled) {
      this.drop(serving);
      return;
    }
    const deliberate = outcomeOfError(error);
    const { resultCode, errorMessage, failedAvp } = deliberate ?? INTERNAL_ERROR;
    const { maxFailedAvpBytes } = this.settings.limits;
    const echoed = failedAvp?.map((avp) => failedAvpOf(avp, maxFailedAvpBytes));
    this.send(serving, serving.error(resultCode, { errorMessage, failedAvp: echoed }).encode().toBytes());
    if (echoed?.some((avp, index) => avp !== failedAvp?.[index]))
      this.tellCut(serving.from, serving.header, resultCode);
    if (deliberate === undefined) this.tellFailed(serving.from, serving.command, error);
  }

  private tellFailed(from: Peer, command: AnyCommand, error: unknown): void {
    this.events.tell("handler:error", () => [{ peer: peerInfo(from), command, error }]);
  }

  private drop({ from, command }: Serving): void {
    this.statistics.of(from).late++;
    this.events.tell("answer:dropped", () => [{ peer: peerInfo(from), command }]);
  }

  private withhold(serving: Serving): void {
    const { link, first, from, command } = serving;
    serving.settled = true;
    if (first !== undefined) {
      this.kept.delete(serving);
      this.duplicates.forget(first);
    }
    if (link.serving.delete(serving)) this.settled(from, link);
    this.events.tell("answer:withheld", () => [{ peer: peerInfo(from), command }]);
  }

  private send(serving: Serving, octets: Uint8Array): void {
    const { link, first, header } = serving;
    serving.settled = true;
    const { servedIn } = link.traffic.command(header.applicationId, header.commandCode);
    servedIn.observe(monotonic(this.settings.clock) - serving.startedAt);
    link.write(octets);
    if (first !== undefined) {
      this.kept.delete(serving);
      this.duplicates.settle(first, octets);
    }
    if (link.serving.delete(serving)) this.settled(serving.from, link);
  }

  /** One request less is being served on this connection. */
  private settled(peer: Peer, link: Link): void {
    this.backlog.next(link, (raw) => this.serve(peer, link, raw));
    link.onSettled?.();
  }
}

/** The answer in the slab: the link has copied or sent it before the next one is encoded. */
function encodeAnswer(serving: Serving, answer: Message): Uint8Array {
  checkAnswer(serving.command, answer as object);
  answer.header = serving.headerOf((answer as { readonly resultCode?: unknown }).resultCode);
  const end = encodeToSlab(serving.command.answer, answer);
  return slab.bytes.subarray(0, end);
}

function sessionIdOf(raw: RawMessage): string {
  const avp = raw.avp(AvpCode.SESSION_ID);
  return (avp && readText(avp.data)) ?? "";
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

/** An error that says itself how it is to be answered: `resultCode`, and perhaps `errorMessage` and `failedAvp`. Its message stays here. */
function outcomeOfError(error: unknown): ErrorOutcome | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { resultCode, errorMessage, failedAvp } = error as Record<string, unknown>;
  if (typeof resultCode !== "number" || resultCode >>> 0 !== resultCode) return undefined;
  const avps = (Array.isArray(failedAvp) ? failedAvp : [failedAvp]).filter((avp) => avp instanceof Avp);
  return { resultCode, errorMessage: typeof errorMessage === "string" ? errorMessage : undefined, failedAvp: avps };
}
