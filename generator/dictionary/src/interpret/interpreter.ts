import type { RawMessage } from "@diamgen/runtime/codec";
import type { Application, AvpDefinition, Command, Dictionary, Grammar } from "../model/dictionary.js";
import { type AvpCodec, avpCodec } from "./avp-codec.js";
import { GrammarCodec, type InterpretingCodec } from "./codec.js";
import { applicationOf, avpNamed, commandOf, matching } from "./lookup.js";
import type { Side } from "./message.js";
import { Scope } from "./scope.js";

export interface InterpreterOptions {
  /** AVPs that count as known beside those of each application: with the M bit they are no 5001. */
  readonly known?: Iterable<AvpDefinition> | undefined;
}

/** Reads and writes messages and AVPs by a dictionary, at run time. */
export interface Interpreter {
  readonly dictionary: Dictionary;
  /**
   * Codec of a command of an application, each given by its definition, its name or key, or its number.
   *
   * @throws {RangeError} where there is none, or several
   */
  codec(application: Application | string | number, command: Command | string | number, side: Side): InterpretingCodec;
  /**
   * The codecs that a message's header asks for, in the order of the dictionary: none where the command is unknown, several where profiles
   * share application id and command code, as RFC 8506 and 3GPP's Ro do.
   */
  codecsOf(raw: RawMessage): readonly InterpretingCodec[];
  /**
   * Makes and reads one AVP, given by its definition, its name, or "10415:1032": for where a grammar says `* [ AVP ]`.
   *
   * @throws {RangeError} where there is none, or several
   */
  avp(avp: AvpDefinition | string): AvpCodec;
}

/** An interpreter of this dictionary; `known` is read once. */
export function interpreter(dictionary: Dictionary, options: InterpreterOptions = {}): Interpreter {
  const known = [...(options.known ?? [])];
  const scopes = new Map<Application, Scope>();
  const scopeOf = (application: Application): Scope => {
    const scope = scopes.get(application) ?? Scope.of(application, known);
    scopes.set(application, scope);
    return scope;
  };
  const codecOf = (application: Application, command: Command, side: Side): InterpretingCodec => {
    const grammar = side === "error" ? dictionary.answerMessage : command[side];
    if (grammar === undefined) throw new RangeError("the dictionary has no grammar of answers with the E bit");
    return new GrammarCodec(application, command, side, grammar, scopeOf(application));
  };
  let standalone: Scope | undefined;
  return {
    dictionary,
    codec(application, command, side) {
      const found = applicationOf(dictionary, application);
      return codecOf(found, commandOf(found, command), side);
    },
    codecsOf(raw) {
      const error = raw.isError && !raw.isRequest && dictionary.answerMessage !== undefined;
      const side = raw.isRequest ? "request" : error ? "error" : "answer";
      return matching(dictionary, raw).map(({ application, command }) => codecOf(application, command, side));
    },
    avp(avp) {
      standalone ??= new Scope(groupsOf(dictionary), [...dictionary.avps.values(), ...known]);
      return avpCodec(avpNamed(dictionary, avp), standalone);
    },
  };
}

function groupsOf(dictionary: Dictionary): ReadonlyMap<string, Grammar> {
  return new Map(
    [...dictionary.avps].flatMap(([key, { grammar }]) => (grammar === undefined ? [] : [[key, grammar] as const])),
  );
}
