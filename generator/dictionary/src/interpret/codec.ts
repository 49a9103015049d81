import {
  CommandFlag,
  EncodeError,
  HEADER_LENGTH,
  Header,
  type Issue,
  RawMessage,
  ResultCode,
  readHeader,
} from "@diamgen/runtime/codec";
import type { Application, Command, Grammar } from "../model/dictionary.js";
import { createGroup, type Filling, fillingOf, type GroupInit } from "./create.js";
import { decodeAvpsBy } from "./decode.js";
import { avpsOf, MAX_LENGTH } from "./encode.js";
import { InterpretedMessage, type Side } from "./message.js";
import type { Scope } from "./scope.js";

/** A message, or what is wrong with it: `issues[0]` decides Result-Code and Failed-AVP of the answer (RFC 6733 section 7). */
export type Interpreted =
  | { readonly ok: true; readonly message: InterpretedMessage }
  | {
      readonly ok: false;
      /** What could be read; undefined where the header is wrong. */
      readonly message?: InterpretedMessage | undefined;
      /** In the order of the message, 16 at most. */
      readonly issues: readonly Issue[];
    };

/** Codec of one message of a command, driven by its grammar. Slower than generated code by far, and independent of it. */
export interface InterpretingCodec {
  readonly application: Application;
  readonly command: Command;
  readonly side: Side;
  readonly grammar: Grammar;
  /** Reads the AVPs by the grammar, whatever command the header names. Never throws. */
  decode(raw: RawMessage): Interpreted;
  /** The octets of a message. Throws EncodeError for what the grammar or a data format does not allow. */
  encode(message: InterpretedMessage): Uint8Array;
  /** A message from AVPs by name. Identifiers of the header are 0, for the node to set. Throws EncodeError for unknown names. */
  create(init: GroupInit, filling?: Filling): InterpretedMessage;
}

/** Drives decoding and encoding by one grammar. */
export class GrammarCodec implements InterpretingCodec {
  readonly application: Application;
  readonly command: Command;
  readonly side: Side;
  readonly grammar: Grammar;
  readonly #scope: Scope;

  constructor(application: Application, command: Command, side: Side, grammar: Grammar, scope: Scope) {
    this.application = application;
    this.command = command;
    this.side = side;
    this.grammar = grammar;
    this.#scope = scope;
  }

  decode(raw: RawMessage): Interpreted {
    const wrong = headerIssue(raw);
    if (wrong !== undefined) return { ok: false, issues: [wrong] };
    const octets = raw.toBytes().subarray(HEADER_LENGTH);
    const { group, issues } = decodeAvpsBy(this.grammar, this.#scope, octets, HEADER_LENGTH);
    const message = new InterpretedMessage(this, readHeader(raw.view, raw.start), group);
    return issues.length === 0 ? { ok: true, message } : { ok: false, message, issues };
  }

  encode(message: InterpretedMessage): Uint8Array {
    const raw = RawMessage.of(message.header, avpsOf(message));
    if (raw.length <= MAX_LENGTH) return raw.toBytes();
    throw new EncodeError("", `${raw.length} octets are more than Message Length can say`);
  }

  create(init: GroupInit, filling: Filling = {}): InterpretedMessage {
    const { application, command, side } = this;
    const flags =
      (side === "request" ? CommandFlag.REQUEST : 0) |
      (side === "error" ? CommandFlag.ERROR : 0) |
      (command.proxiable ? CommandFlag.PROXIABLE : 0);
    const header = new Header(flags, command.code, application.id, 0, 0);
    const group = createGroup(this.grammar, this.#scope, init, fillingOf(application, filling));
    return new InterpretedMessage(this, header, group);
  }
}

/** RFC 6733 section 3: Version is 1; Message Length counts header and padded AVPs, hence is a multiple of four. */
function headerIssue(raw: RawMessage): Issue | undefined {
  const octets = raw.toBytes();
  const version = octets[0] as number;
  const length = ((octets[1] as number) << 16) | ((octets[2] as number) << 8) | (octets[3] as number);
  const issue = (resultCode: number, message: string): Issue => ({ resultCode, message, offset: 0, path: "" });
  if (version !== 1) return issue(ResultCode.DIAMETER_UNSUPPORTED_VERSION, `Version is ${version}, not 1`);
  if (length === octets.length && length % 4 === 0) return undefined;
  const problem = `Message Length is ${length}; the message has ${octets.length} octets, which must be a multiple of 4`;
  return issue(ResultCode.DIAMETER_INVALID_MESSAGE_LENGTH, problem);
}
