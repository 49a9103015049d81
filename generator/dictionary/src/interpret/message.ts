import type { Avp, Header } from "@diamgen/runtime/codec";
import { type Application, avpKey, type Command, type Grammar, type Rule } from "../model/dictionary.js";
import type { SimpleValue } from "./formats.js";

/** A value of any AVP: as its data format gives it, or a group. */
export type InterpretedValue = SimpleValue | InterpretedGroup;

/** What stands in a field: one value, or as many as there are where the grammar allows more than one. */
export type InterpretedField = InterpretedValue | readonly InterpretedValue[];

/** Which message of a command; "error" is the answer with the E bit, whose grammar is one for all commands (RFC 6733 section 7.2). */
export type Side = "request" | "answer" | "error";

/** The AVPs of a group, sorted by its grammar. */
export class InterpretedGroup {
  /** What sorted them. */
  readonly grammar: Grammar;
  /** By `avpKey`, in the order of the grammar. What is absent is not in it; a field that may repeat is an array of one at least. */
  readonly fields: ReadonlyMap<string, InterpretedField>;
  /** AVPs that the grammar does not name, in the order and with the flags that they came with. */
  readonly avps: readonly Avp[];

  constructor(grammar: Grammar, fields: ReadonlyMap<string, InterpretedField>, avps: readonly Avp[]) {
    this.grammar = grammar;
    this.fields = fields;
    this.avps = avps;
  }

  /**
   * The value of the AVP with this name, the first where there are several; undefined where there is none.
   *
   * @throws {RangeError} for a name that the grammar does not have: such AVPs are in `avps`
   */
  get(name: string): InterpretedValue | undefined {
    return this.all(name)[0];
  }

  /**
   * All values of the AVP with this name.
   *
   * @throws {RangeError} as `get` does
   */
  all(name: string): readonly InterpretedValue[] {
    const rule = ruleOf(this.grammar, name);
    if (rule === undefined) throw new RangeError(`the grammar has no AVP ${JSON.stringify(name)}`);
    return valuesOf(this.fields.get(avpKey(rule.avp.vendorId, rule.avp.code)));
  }
}

/** A message, sorted by the grammar of its command. */
export class InterpretedMessage extends InterpretedGroup {
  header: Header;
  readonly application: Application;
  readonly command: Command;
  readonly side: Side;

  constructor(
    { application, command, side }: { application: Application; command: Command; side: Side },
    header: Header,
    members: Pick<InterpretedGroup, "grammar" | "fields" | "avps">,
  ) {
    super(members.grammar, members.fields, members.avps);
    this.header = header;
    this.application = application;
    this.command = command;
    this.side = side;
  }
}

/** A field as a list, empty where it is absent. */
export function valuesOf(field: InterpretedField | undefined): readonly InterpretedValue[] {
  if (field === undefined) return [];
  return isList(field) ? field : [field];
}

export function isList(field: InterpretedField): field is readonly InterpretedValue[] {
  return Array.isArray(field);
}

/** The rule for a name, or for "10415:1032" where one name stands for two AVPs. */
export function ruleOf(grammar: Grammar, name: string): Rule | undefined {
  return grammar.rules.find(({ avp }) => avp.name === name || avpKey(avp.vendorId, avp.code) === name);
}
