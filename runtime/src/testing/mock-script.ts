/** What a mock peer is to receive, and what it does then. */

import { Avp, AvpFlag } from "../codec/avp.js";
import { CommandFlag, Header } from "../codec/header.js";
import { decodeMessage, encodeMessage } from "../codec/message.js";
import { RawMessage } from "../codec/raw-message.js";
import { ResultCode } from "../codec/result-code.js";
import type { Command, Message } from "../codegen/types.js";
import { AvpCode, text, unsigned32 } from "../peer/base-avps.js";

/** How an answer goes out, where it does not simply go out at once. */
export interface MockReply {
  /** Milliseconds on the mock peer's clock; 0 where left out. */
  readonly delayMs?: number | undefined;
  /** The octets that go out in place of the answer: another header by `withHeader`, other AVPs by `withAvps`, half of them by `subarray`. */
  readonly change?: ((answer: Uint8Array) => Uint8Array) | undefined;
  /** What happens to the connection behind it: closed in good order, or reset; undefined where it stays. */
  readonly end?: "close" | "reset" | undefined;
}

/** What a script does with one request: octets to send, if any, and how. */
export interface MockAction extends MockReply {
  readonly octets?: Uint8Array | undefined;
}

export interface MockIdentity {
  readonly originHost: string;
  readonly originRealm: string;
}

/** One request that is expected. To be followed by one of the methods, once; each resolves with the request when it has come. */
export interface MockExpectation<Q, AI> {
  /** Answers with the command's own answer; `init` may be made of the request. */
  answer(init: AI | ((request: Q) => AI), reply?: MockReply): Promise<Q>;
  /** Answers with these octets, whatever they are. */
  send(octets: Uint8Array | ((request: RawMessage) => Uint8Array), reply?: MockReply): Promise<Q>;
  /** Answers nothing; `end` closes the connection instead. */
  drop(reply?: Pick<MockReply, "end" | "delayMs">): Promise<Q>;
}

/** A line of the script. */
export interface MockLine {
  readonly title: string;
  readonly matches: (raw: RawMessage) => boolean;
  /** What to do; a string says why the request is not what was expected. */
  readonly act: (raw: RawMessage) => MockAction | string;
  readonly give: (error: Error) => void;
}

/** A command of an application: requests are read and answers written by its codecs. */
export function expectCommand<Q, QI, A, AI>(
  command: Command<Q, QI, A, AI>,
  identity: MockIdentity,
  add: (line: MockLine) => void,
): MockExpectation<Q, AI> {
  const { name, code, application } = command;
  const read = (raw: RawMessage): Q | string => {
    const decoded = decodeMessage(command.request, raw, application.avps);
    return decoded.ok ? decoded.message : `${name}: ${decoded.issues.map(({ message }) => message).join("; ")}`;
  };
  const line = expectation<Q>(`${name} request`, code, application.id, read, add);
  return {
    answer: (init, reply) =>
      line((raw, request) => {
        const made = typeof init === "function" ? (init as (request: Q) => AI)(request) : init;
        return { ...reply, octets: answerOctets(command, made, raw, identity) };
      }),
    ...plain(line),
  };
}

/** A request of which only the header is of interest: CER, DWR, DPR. */
export function expectCode(
  title: string,
  code: number,
  applicationId: number,
  add: (line: MockLine) => void,
): Omit<MockExpectation<RawMessage, never>, "answer"> {
  return plain(expectation<RawMessage>(title, code, applicationId, (raw) => raw, add));
}

type Act<Q> = (raw: RawMessage, request: Q) => MockAction;

function plain<Q>(line: (act: Act<Q>) => Promise<Q>): Omit<MockExpectation<Q, never>, "answer"> {
  return {
    send: (octets, reply) => line((raw) => ({ ...reply, octets: typeof octets === "function" ? octets(raw) : octets })),
    drop: (reply) => line(() => ({ ...reply })),
  };
}

function expectation<Q>(
  title: string,
  code: number,
  applicationId: number,
  read: (raw: RawMessage) => Q | string,
  add: (line: MockLine) => void,
): (act: Act<Q>) => Promise<Q> {
  return (act) => {
    const { promise, resolve, reject } = deferred<Q>();
    // The end of the script tells of it too: a test need not wait for each request.
    promise.catch(() => {});
    add({
      title,
      matches: (raw) => raw.commandCode === code && raw.applicationId === applicationId,
      give: reject,
      act: (raw) => {
        const request = read(raw);
        if (typeof request === "string") {
          reject(new Error(request));
          return request;
        }
        const action = act(raw, request);
        resolve(request);
        return action;
      },
    });
    return promise;
  };
}

/** The octets of a command's answer to this request. */
export function answerOctets<Q, QI, A, AI>(
  command: Command<Q, QI, A, AI>,
  init: AI,
  request: RawMessage,
  identity: MockIdentity,
): Uint8Array {
  const sessionId = request.avp(AvpCode.SESSION_ID);
  const message = command.answer.create(init, {
    sessionId: sessionId === undefined ? "" : new TextDecoder().decode(sessionId.data),
    originHost: identity.originHost,
    originRealm: identity.originRealm,
    proxyInfo: request.avpsOf(AvpCode.PROXY_INFO),
  });
  const { resultCode = 0 } = message as { resultCode?: number };
  // Section 7.1.3: the E bit with 3xxx.
  const error = resultCode >= 3000 && resultCode < 4000 ? CommandFlag.ERROR : 0;
  (message as Message).header = headerTo(request, error);
  return encodeMessage(command.answer, message);
}

/** What a request gets that no script expects, so that whoever sent it need not wait: 3001, as of a command that is not there. */
export function refusalOctets(request: RawMessage, { originHost, originRealm }: MockIdentity): Uint8Array {
  const avp = (code: number, data: Uint8Array): Avp => new Avp(code, 0, AvpFlag.MANDATORY, data);
  return RawMessage.of(headerTo(request, CommandFlag.ERROR), [
    ...request.avpsOf(AvpCode.SESSION_ID),
    avp(AvpCode.ORIGIN_HOST, text(originHost)),
    avp(AvpCode.ORIGIN_REALM, text(originRealm)),
    avp(AvpCode.RESULT_CODE, unsigned32(ResultCode.DIAMETER_COMMAND_UNSUPPORTED)),
    ...request.avpsOf(AvpCode.PROXY_INFO),
  ]).toBytes();
}

function headerTo(request: RawMessage, flags: number): Header {
  const { commandCode, applicationId, hopByHop, endToEnd } = request;
  return new Header((request.flags & CommandFlag.PROXIABLE) | flags, commandCode, applicationId, hopByHop, endToEnd);
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
