/** Requests of the application: made, sent, and their answers read. */
import { tooManyAvps } from "../codec/count.js";
import { ErrorAnswer } from "../codec/error-answer.js";
import { CommandFlag, Header } from "../codec/header.js";
import { decodeMessage, encodeMessage } from "../codec/message.js";
import { RawMessage } from "../codec/raw-message.js";
import type { ApplicationDefinition, CallOptions, Codec, Command, Fill, KnownAvps, Message } from "../codegen/types.js";
import { type DiameterError, ErrorAnswerError, InvalidAnswerError } from "../errors.js";
import { SessionIds } from "../routing/identifiers.js";
import type { Requester } from "../routing/requester.js";
import type { Settings } from "./options.js";
import { checkRequest } from "./outgoing.js";

export interface ClientHost {
  readonly settings: Settings;
  readonly requester: Requester;
  nextEndToEnd(): number;
}

/** What the node fills in; a Session-Id is used up only where it is read. */
class RequestFill implements Fill {
  readonly originHost: string;
  readonly originRealm: string;
  private readonly sessionIds: SessionIds;

  constructor(originHost: string, originRealm: string, sessionIds: SessionIds) {
    this.originHost = originHost;
    this.originRealm = originRealm;
    this.sessionIds = sessionIds;
  }

  get sessionId(): string {
    return this.sessionIds.next();
  }
}

export class Client {
  private readonly host: ClientHost;
  private readonly fill: RequestFill;
  private readonly sessionIds: SessionIds;
  private readonly known = new Map<ApplicationDefinition, readonly KnownAvps[]>();

  constructor(host: ClientHost) {
    const { local, clock, instance } = host.settings;
    this.host = host;
    this.sessionIds = new SessionIds(local.originHost, clock.now(), instance);
    this.fill = new RequestFill(local.originHost, local.originRealm, this.sessionIds);
  }

  newSessionId(optional: string | undefined): string {
    const sessionId = this.sessionIds.next();
    return optional === undefined ? sessionId : `${sessionId};${optional}`;
  }

  /** Throws EncodeError, where nothing was sent yet; otherwise settles once, through one of the two functions. */
  request<Q, QI, A, AI>(
    command: Command<Q, QI, A, AI>,
    init: QI,
    options: CallOptions | undefined,
    resolve: (answer: A) => void,
    reject: (error: DiameterError) => void,
  ): void {
    const message = command.request.create(init, this.fill) as Q & Message;
    checkRequest(command, message);
    const flags = CommandFlag.REQUEST | (command.proxiable ? CommandFlag.PROXIABLE : 0);
    message.header = new Header(flags, command.code, command.application.id, 0, this.host.nextEndToEnd());
    const raw = RawMessage.from(encodeMessage(command.request as Codec<Q & Message, QI>, message));
    const answered = (answer: RawMessage) => this.settle(command.answer, command.application, answer, resolve, reject);
    this.host.requester.send(raw, { answered, failed: reject }, options);
  }

  send(
    request: RawMessage,
    options: CallOptions | undefined,
    resolve: (answer: RawMessage) => void,
    reject: (error: DiameterError) => void,
  ): void {
    const raw = request.own();
    if (raw.endToEnd === 0) raw.view.setUint32(raw.start + 16, this.host.nextEndToEnd());
    this.host.requester.send(raw, { answered: (answer) => resolve(answer.own()), failed: reject }, options);
  }

  private settle<A, AI>(
    codec: Codec<A, AI>,
    application: ApplicationDefinition,
    raw: RawMessage,
    resolve: (answer: A) => void,
    reject: (error: DiameterError) => void,
  ): void {
    const { limits } = this.host.settings;
    let wrong = tooManyAvps(raw, limits);
    try {
      wrong ??= this.host.settings.inspect?.(raw);
    } catch (error) {
      reject(new InvalidAnswerError([], raw.own(), undefined, error));
      return;
    }
    if (wrong !== undefined) {
      reject(new InvalidAnswerError([wrong], raw.own(), undefined));
      return;
    }
    if (raw.isError) {
      reject(new ErrorAnswerError(ErrorAnswer.decode(raw)));
      return;
    }
    const decoded = decodeMessage<A>(codec, raw, this.knownIn(application), limits);
    if (decoded.ok) {
      resolve(decoded.message);
      return;
    }
    const invalid = new InvalidAnswerError(decoded.issues, raw.own(), decoded.message);
    const answer = ErrorAnswer.decode(raw);
    const result = answer.resultCode || answer.experimentalResult?.experimentalResultCode || 0;
    // RFC 6733 section 7.1.5: where it is not efficient to compose the command's own grammar, failures come in the layout of section 7.2.
    reject(result >= 3000 && result < 6000 ? new ErrorAnswerError(answer, invalid) : invalid);
  }

  private knownIn(application: ApplicationDefinition): readonly KnownAvps[] {
    let known = this.known.get(application);
    if (known === undefined) {
      known = [...application.avps, ...this.host.settings.extensions];
      this.known.set(application, known);
    }
    return known;
  }
}
