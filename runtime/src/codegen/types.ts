/**
 * The types that generated code and the node meet on. Generated code knows nothing of nodes, sockets or peers; the node knows nothing
 * of any command: both know these.
 */
import type { Avp } from "../codec/avp.js";
import type { ErrorAnswer } from "../codec/error-answer.js";
import type { Header } from "../codec/header.js";
import type { Issue } from "../codec/issue.js";
import type { RawMessage } from "../codec/raw-message.js";

/** Key of the phantom discriminant: survives a spread, which drops getters. */
export declare const kind: unique symbol;

/** What every generated message class has. */
export interface Message {
  header: Header;
  avps: readonly Avp[];
}

/** AVPs that count as known (RFC 6733 section 4.1): minimum length of the data, by vendor id and code. */
export type KnownAvps = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** What the node knows and a caller need not say. */
export interface Fill {
  /** Read only where the init has none. */
  readonly sessionId: string;
  readonly originHost: string;
  readonly originRealm: string;
  /** In an answer, the Proxy-Info AVPs of its request (RFC 6733 section 6.2), still encoded; they go out behind all others. */
  readonly proxyInfo?: readonly Avp[] | undefined;
}

/** Static codec of one message class. The node and `decode()`/`encode()` drive it; the functions are not for direct use. */
export interface Codec<T, Init> {
  /** "sip.MultimediaAuthRequest" */
  readonly name: string;
  /** Reads the AVPs of the message between `start` (its header) and `end`. Issues are collected by the decoder's input. */
  readonly decode: (view: DataView, start: number, end: number) => T;
  /** Writes the AVPs at `at` of the encoder's output; returns the offset behind them. */
  readonly encode: (message: T, at: number) => number;
  /** Makes an instance of its own from what a caller gives and what the node fills in. */
  readonly create: (init: Init, fill: Fill) => T;
}

export interface ApplicationDefinition {
  /** Key of the application, "sip". */
  readonly name: string;
  /** Application-Id: RFC 6733 section 2.4. */
  readonly id: number;
  /** Advertised as Auth-Application-Id or Acct-Application-Id; "base" is not advertised. */
  readonly kind: "auth" | "acct" | "base";
  /** Not 0: advertised within Vendor-Specific-Application-Id. */
  readonly vendorId: number;
  /** AVPs that its dictionary and those that it imports define, a set a document. */
  readonly avps: readonly KnownAvps[];
}

/** A command of an application: both its messages. */
export interface Command<Q, QInit, A, AInit> {
  /** As in the dictionary: "Multimedia-Auth". */
  readonly name: string;
  readonly code: number;
  readonly application: ApplicationDefinition;
  /** The P bit of its requests. */
  readonly proxiable: boolean;
  readonly request: Codec<Q, QInit>;
  readonly answer: Codec<A, AInit>;
}

// biome-ignore lint/suspicious/noExplicitAny: the place where commands of all types meet
export type AnyCommand = Command<any, any, any, any>;

export interface CallOptions {
  /** Gives up waiting; the request may have been sent. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call gives up; the node's default where left out. */
  readonly timeoutMs?: number | undefined;
  /**
   * Sets the T bit from the start: the request may have been sent before, by this program before it was restarted or by another one, such as an
   * accounting record that was kept (RFC 6733 sections 3 and 9.4). What a node itself sends again after a failover has it without. False where
   * left out.
   */
  readonly retransmitted?: boolean | undefined;
}

export interface ErrorOptions {
  readonly errorMessage?: string | undefined;
  readonly failedAvp?: readonly Avp[] | undefined;
}

declare const withheld: unique symbol;

/** What a handler gives where the request shall have no answer: see `Context.withhold`. */
export interface Withheld {
  readonly [withheld]: true;
}

/** Who sent a request over its connection: the client, or the last agent on the way; as its CER or CEA says. */
export interface ContextPeer {
  readonly originHost: string;
  readonly originRealm: string;
  /** Product-Name and Firmware-Revision (RFC 6733 sections 5.3.7, 5.3.4). */
  readonly productName?: string | undefined;
  readonly firmwareRevision?: number | undefined;
}

/** What a handler has beside the request. */
export interface Context<A, AInit> {
  /** The answer, made of what the grammar requires; Session-Id, origin, application id and Proxy-Info are the node's. */
  answer(init: AInit): A;
  /** An answer-message (RFC 6733 section 7.2), not of the command's own grammar: with the E bit for 3xxx and 5xxx (sections 7.1.3 and 7.1.5). */
  error(resultCode: number, options?: ErrorOptions): ErrorAnswer;
  /**
   * Leaves the request without an answer, for good: against RFC 6733 section 6.2, and meant only for clients that take any answer for
   * success. The client waits for its timeout; the event "answer:withheld" says that it happened.
   */
  withhold(): Withheld;
  /** The connection's peer, as its CER or CEA named it. */
  readonly peer: ContextPeer;
  /** The T bit: the request may have been sent before (RFC 6733 section 3). */
  readonly retransmitted: boolean;
  /** The request as it came; valid until the handler first awaits: `own()` it to keep it. */
  readonly raw: RawMessage;
  /** Aborted when the connection is gone, the node stops, or `limits.handlerTimeoutMs` are over: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

export type Handler<C> =
  // biome-ignore lint/suspicious/noExplicitAny: only what is inferred counts
  C extends Command<infer Q, any, infer A, infer AI>
    ? (request: Q, context: Context<A, AI>) => A | ErrorAnswer | Withheld | Promise<A | ErrorAnswer | Withheld>
    : never;

export type Call<C> =
  // biome-ignore lint/suspicious/noExplicitAny: only what is inferred counts
  C extends Command<any, infer QI, infer A, any> ? (init: QI, options?: CallOptions) => Promise<A> : never;

/** What can send requests: DiameterNode, or a mock. */
export interface Caller {
  request<Q, QI, A, AI>(command: Command<Q, QI, A, AI>, init: QI, options?: CallOptions): Promise<A>;
}

/** A request that breaks its command's grammar. */
export interface InvalidRequest<Q> {
  /** At least one; the first decides Result-Code and Failed-AVP (RFC 6733 section 7). */
  readonly issues: readonly Issue[];
  /** What could be read, required properties included only by their type; undefined where nothing could. */
  readonly request: Q | undefined;
}

export interface HandleOptions<Q, A, AI> {
  /**
   * A request that comes again (the same Origin-Host, End-to-End Identifier and Session-Id, with the T bit or without) within four minutes gets
   * the same answer again, and the handler does not run a second time (RFC 6733 sections 3 and 5.5.4); one that comes while the handler still
   * runs waits for its answer, also where the first one's connection is gone meanwhile. `limits.maxDuplicateCacheBytes` bounds what is kept, in
   * memory. The node's `duplicates` where left out.
   */
  readonly duplicates?: boolean | undefined;
  /**
   * Claims requests: several handlers of one application id and command code, of two profiles mostly, tell by the request whose it is. One
   * handler may have no `when` and serves what nobody claims; without such a one, that is answered 3001 (DIAMETER_COMMAND_UNSUPPORTED). A
   * request that two claim, or at which a `when` throws, is answered 5012 and told as "handler:error". `raw` is valid during the call, and
   * undecoded: `raw.avp(code)` has what a profile is known by, such as Service-Context-Id (RFC 8506 section 5.1.1).
   */
  readonly when?: ((raw: RawMessage) => boolean) | undefined;
  /**
   * Answers a request that breaks the grammar, in place of the node, which would send Result-Code and Failed-AVP without the AVPs that
   * the command's own answer requires: for clients that understand nothing else.
   */
  readonly invalid?:
    | ((
        invalid: InvalidRequest<Q>,
        context: Context<A, AI>,
      ) => A | ErrorAnswer | Withheld | Promise<A | ErrorAnswer | Withheld>)
    | undefined;
}

/** What can serve requests: DiameterNode, or a mock. */
export interface Server {
  handle<Q, QI, A, AI>(
    command: Command<Q, QI, A, AI>,
    handler: Handler<Command<Q, QI, A, AI>>,
    options?: HandleOptions<Q, A, AI>,
  ): void;
}
