import { type Application, type AvpDefinition, avpKey, type Grammar, type Rule } from "../model/dictionary.js";
import { selfHolding } from "./self-holding.js";

const LOOSE: Grammar = Object.freeze({ rules: Object.freeze([]), wildcard: true, loose: true });

/** A grammar as it is looked up: by `avpKey`. */
export interface GrammarIndex {
  readonly grammar: Grammar;
  readonly rules: ReadonlyMap<string, Rule>;
  /** `* [ AVP ]`, or no grammar at all: what it does not name may come. */
  readonly open: boolean;
  /**
   * It is `* [ AVP ]` and nothing else. What is in such a group is not judged: that of Failed-AVP (RFC 6733 section 7.5) may be the very
   * thing that cannot be decoded.
   */
  readonly raw: boolean;
}

/** What messages are read by: the grammar of groups as an application sees them, and the AVPs that count as known (RFC 6733 section 4.1). */
export class Scope {
  readonly #known = new Map<string, AvpDefinition>();
  readonly #groups: ReadonlyMap<string, Grammar>;
  readonly #indexes = new WeakMap<Grammar, GrammarIndex>();
  #selfHolding: ReadonlySet<string> | undefined;

  constructor(groups: ReadonlyMap<string, Grammar>, known: Iterable<AvpDefinition>) {
    this.#groups = groups;
    // Of two definitions of one AVP the first counts: an extension does not redefine what the application has.
    for (const avp of known) {
      const key = avpKey(avp.vendorId, avp.code);
      if (!this.#known.has(key)) this.#known.set(key, avp);
    }
  }

  static of(application: Application, known: readonly AvpDefinition[] = []): Scope {
    return new Scope(application.groups, [...application.avps, ...known]);
  }

  /** The definition of an AVP that counts as known. */
  known(vendorId: number, code: number): AvpDefinition | undefined {
    return this.#known.get(avpKey(vendorId, code));
  }

  /** The grammar of a group here. */
  groupOf(avp: AvpDefinition): GrammarIndex {
    return this.index(this.#groups.get(avpKey(avp.vendorId, avp.code)) ?? avp.grammar ?? LOOSE);
  }

  index(grammar: Grammar): GrammarIndex {
    let index = this.#indexes.get(grammar);
    if (index === undefined) {
      const { rules, wildcard, loose } = grammar;
      index = {
        grammar,
        rules: new Map(rules.map((rule) => [avpKey(rule.avp.vendorId, rule.avp.code), rule])),
        open: wildcard || loose,
        raw: wildcard && !loose && rules.length === 0,
      };
      this.#indexes.set(grammar, index);
    }
    return index;
  }

  /** Whether a group within this one may hold it again, so that a message decides how deep they go. */
  mayHoldItself(avp: AvpDefinition): boolean {
    this.#selfHolding ??= selfHolding(this.#groups);
    return this.#selfHolding.has(avpKey(avp.vendorId, avp.code));
  }
}
