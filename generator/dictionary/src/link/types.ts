/** Names of data types, and what they are on the wire. */
import { type DiagnosticBag, quote } from "../diagnostics.js";
import type { DataType } from "../model/dictionary.js";
import type { AvpNode, DictionaryDocument, TypeNode } from "../model/document.js";
import { didYouMean } from "../suggest.js";
import type { Scope } from "./scope.js";

/** RFC 6733 sections 4.2 and 4.3. */
const DATA_TYPES: readonly DataType[] = [
  "OctetString",
  "Integer32",
  "Integer64",
  "Unsigned32",
  "Unsigned64",
  "Float32",
  "Float64",
  "Grouped",
  "Address",
  "Time",
  "UTF8String",
  "DiameterIdentity",
  "DiameterURI",
  "Enumerated",
  "IPFilterRule",
  "QoSFilterRule",
];

/**
 * What dictionaries use besides. IPAddress is 4 or 16 bare octets (Framed-IP-Address, NAS-IP-Address), without the AddressFamily that an
 * Address begins with. The derived types of Wireshark and jDiameter are here too, as files use them without their `typedefn`.
 */
const OTHER_TYPES: readonly (readonly [string, DataType])[] = [
  ["Any", "OctetString"],
  ["AppId", "Unsigned32"],
  ["DiamIdent", "DiameterIdentity"],
  ["DiamURI", "DiameterURI"],
  ["IPAddress", "OctetString"],
  ["MIPRegistrationRequest", "OctetString"],
  ["OctetStringOrUTF8", "OctetString"],
  ["Unsigned32Enumerated", "Unsigned32"],
  ["VendorId", "Unsigned32"],
];

/** Without regard to case: QOSFilterRule is RFC 3588's spelling, and DiameterIdentity has had several. */
const BY_NAME: ReadonlyMap<string, DataType> = new Map([
  ...DATA_TYPES.map((type) => [type.toLowerCase(), type] as const),
  ...OTHER_TYPES.map(([name, type]) => [name.toLowerCase(), type] as const),
]);

export class Types {
  readonly #byDocument = new Map<DictionaryDocument, ReadonlyMap<string, TypeNode>>();
  readonly #everywhere = new Map<string, TypeNode>();
  /** What names were found to be, by document: derivations may be long, and shared by many AVPs. */
  readonly #resolved = new Map<DictionaryDocument, Map<string, DataType>>();
  readonly #diagnostics: DiagnosticBag;

  constructor(documents: readonly DictionaryDocument[], diagnostics: DiagnosticBag) {
    this.#diagnostics = diagnostics;
    for (const document of documents) {
      const own = new Map<string, TypeNode>();
      for (const type of document.types) {
        const before = own.get(type.name) ?? this.#everywhere.get(type.name);
        if (before !== undefined && before.parent !== type.parent && !BY_NAME.has(type.name.toLowerCase())) {
          const parents = `from ${quote(type.parent ?? "nothing")} here, from ${quote(before.parent ?? "nothing")} there`;
          diagnostics.add("DG2025", type.at, `type ${quote(type.name)} is derived ${parents}`, {
            related: [{ message: "declared first here", at: before.at }],
          });
        }
        if (!own.has(type.name)) own.set(type.name, type);
        if (!this.#everywhere.has(type.name)) this.#everywhere.set(type.name, type);
      }
      this.#byDocument.set(document, own);
    }
  }

  /** The data type of an AVP. OctetString, with a diagnostic, where it cannot be told. */
  resolve(avp: AvpNode, scope: Scope): DataType {
    const seen = new Set<string>();
    const resolved = this.#resolved.get(scope.document) ?? new Map<string, DataType>();
    this.#resolved.set(scope.document, resolved);
    for (let name: string = avp.type; ; ) {
      const known = BY_NAME.get(name.toLowerCase()) ?? resolved.get(name);
      if (known !== undefined) {
        for (const derived of seen) resolved.set(derived, known);
        return known;
      }
      if (seen.has(name)) {
        this.#diagnostics.add(
          "DG2006",
          avp.at,
          `type ${quote(avp.type)} of ${quote(avp.name)} is derived from itself`,
          {
            hint: `Derivation: ${[...seen, name].slice(0, 10).map(quote).join(" from ")}.`,
          },
        );
        return "OctetString";
      }
      seen.add(name);
      const type = this.#find(name, scope);
      if (type?.parent === undefined) {
        const derived = name === avp.type ? "" : `, from which ${quote(avp.type)} is derived,`;
        const problem = type === undefined ? "is not known" : "has no parent";
        this.#diagnostics.add("DG2005", avp.at, `type ${quote(name)}${derived} of ${quote(avp.name)} ${problem}`, {
          hint:
            didYouMean(
              name,
              [...DATA_TYPES, ...this.#everywhere.keys()].filter((other) => other !== name),
            ) ?? `Derive it: <typedefn type-name="${name.slice(0, 60)}" type-parent="..."/>.`,
        });
        return "OctetString";
      }
      name = type.parent;
    }
  }

  #find(name: string, scope: Scope): TypeNode | undefined {
    for (const document of scope.visible) {
      const type = this.#byDocument.get(document)?.get(name);
      if (type !== undefined) return type;
    }
    return this.#everywhere.get(name);
  }
}
