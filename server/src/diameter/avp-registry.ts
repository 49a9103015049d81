import { type Avp, type AvpDefinition, AvpError, decodeAvps, type RawMessage } from "@diamgen/runtime";
import type { AccountingAvp, AvpValue } from "../accounting/index.js";
import { ExtraAvps } from "./extra-avps.js";

/** What this needs of an AVP definition, of whatever type. */
type AnyDefinition = Pick<AvpDefinition<unknown, never>, "name" | "code" | "vendorId" | "read">;

/** AVP definitions by vendor id and code, to read what no grammar names. */
export class AvpRegistry {
  readonly #definitions = new Map<string, AnyDefinition>();
  readonly #extra: ExtraAvps;

  /**
   * Modules of the SDK, or anything whose values are AVP definitions among others. An AVP that is defined twice: the first counts; but
   * those in `extra` win.
   */
  constructor(modules: readonly Readonly<Record<string, unknown>>[], extra: ExtraAvps = new ExtraAvps()) {
    this.#extra = extra;
    for (const module of modules)
      for (const value of Object.values(module)) {
        if (!isDefinition(value)) continue;
        const key = `${value.vendorId}:${value.code}`;
        if (!this.#definitions.has(key)) this.#definitions.set(key, value);
      }
  }

  /** The AVPs of a message in the order of the wire. One that is unknown, or whose octets are no value of its type, is kept as octets. */
  readAll(message: RawMessage): AccountingAvp[] {
    return Array.from(message.avps(), (avp) => this.#read(avp));
  }

  #read(avp: Avp): AccountingAvp {
    const { code, vendorId } = avp;
    const key = `${vendorId}:${code}`;
    const definition = this.#extra.get(key) ?? this.#definitions.get(key);
    const name = definition?.name ?? "";
    try {
      const value = definition?.read(avp);
      if (isValue(value)) return { name, code, vendorId, value };
      // A group: a class of the SDK, whose members have no codes any more, or its like. Its octets were just found to be sound.
      if (definition !== undefined && !isOtherAddress(value))
        return { name, code, vendorId, value: decodeAvps(avp.data).map((member) => this.#read(member)) };
    } catch (error) {
      if (!(error instanceof AvpError)) throw error;
    }
    return { name, code, vendorId, value: avp.data };
  }
}

function isDefinition(value: unknown): value is AnyDefinition {
  return (
    typeof value === "object" &&
    value !== null &&
    "vendorId" in value &&
    "read" in value &&
    typeof value.read === "function"
  );
}

function isValue(value: unknown): value is AvpValue {
  return ["string", "number", "bigint"].includes(typeof value) || value instanceof Date || value instanceof Uint8Array;
}

/** An Address of a family other than IP. */
function isOtherAddress(value: unknown): boolean {
  return typeof value === "object" && value !== null && "family" in value && "data" in value;
}
