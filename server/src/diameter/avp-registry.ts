import { type Avp, type AvpDefinition, AvpError, type RawMessage } from "@diamgen/runtime";
import type { AccountingAvp, AvpValue } from "../accounting/index.js";

/** What this needs of an AVP definition, of whatever type. */
type AnyDefinition = Pick<AvpDefinition<unknown, never>, "name" | "code" | "vendorId" | "read">;

/** AVP definitions by vendor id and code, to read what no grammar names. */
export class AvpRegistry {
  readonly #definitions = new Map<string, AnyDefinition>();

  /** Modules of the SDK, or anything whose values are AVP definitions among others. An AVP that is defined twice: the first counts. */
  constructor(...modules: readonly Readonly<Record<string, unknown>>[]) {
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
    const definition = this.#definitions.get(`${vendorId}:${code}`);
    const name = definition?.name ?? "";
    try {
      const value = definition?.read(avp);
      return { name, code, vendorId, value: isValue(value) ? value : avp.data };
    } catch (error) {
      if (error instanceof AvpError) return { name, code, vendorId, value: avp.data };
      throw error;
    }
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

/** Groups stay octets here: they are classes, whose members have no codes any more. */
function isValue(value: unknown): value is AvpValue {
  return ["string", "number", "bigint"].includes(typeof value) || value instanceof Date || value instanceof Uint8Array;
}
