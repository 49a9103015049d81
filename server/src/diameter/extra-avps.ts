/** AVPs that a dictionary of the operator defines: read by an interpreter, and changed while the server runs. */
import { type Dictionary, interpreter, minLength } from "@diamgen/dictionary";
import type { Avp, KnownAvps } from "@diamgen/runtime";

export interface ExtraAvp {
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  /** Throws AvpError for octets that are no value of its type. */
  read(avp: Avp): unknown;
}

export class ExtraAvps {
  readonly #definitions = new Map<string, ExtraAvp>();
  readonly #known = new Map<number, Map<number, number>>();

  /** What the node takes as `extensions`: it looks into this very map for every message, so what changes here counts at once. */
  get known(): KnownAvps {
    return this.#known;
  }

  get size(): number {
    return this.#definitions.size;
  }

  /** By `avpKey`. */
  get(key: string): ExtraAvp | undefined {
    return this.#definitions.get(key);
  }

  /** Takes the AVPs at home in those files of the dictionary in place of all that were here. Nothing: none. */
  replace(dictionary: Dictionary | undefined, isExtra: (file: string) => boolean = () => true): void {
    this.#definitions.clear();
    this.#known.clear();
    if (dictionary === undefined) return;
    const { avp: codecOf } = interpreter(dictionary);
    for (const [key, definition] of dictionary.avps) {
      if (!isExtra(definition.at.file)) continue;
      const { name, code, vendorId } = definition;
      const codec = codecOf(definition);
      this.#definitions.set(key, { name, code, vendorId, read: (avp) => codec.read(avp) });
      const ofVendor = this.#known.get(vendorId) ?? new Map<number, number>();
      this.#known.set(vendorId, ofVendor.set(code, minLength(definition)));
    }
  }
}
