/**
 * A linked dictionary: every name resolved, AVPs merged by (vendor id, code), inherited commands and extended groups worked out per
 * application. Frozen; made by `link()` only.
 */
import type { DictionaryDocument, FlagRule, RulePosition, SourceLocation } from "./document.js";

export interface Dictionary {
  /** In the order of linking: imports before importers. */
  readonly documents: readonly LinkedDocument[];
  readonly vendors: ReadonlyMap<number, Vendor>;
  /** By `avpKey(vendorId, code)`. */
  readonly avps: ReadonlyMap<string, AvpDefinition>;
  readonly applications: readonly Application[];
  /** Grammar of an answer with the E bit, from the base document. */
  readonly answerMessage?: Grammar | undefined;
}

export interface LinkedDocument {
  readonly document: DictionaryDocument;
  /** Those named on the command line; the others came by import. */
  readonly isRoot: boolean;
  /** Directly imported documents. */
  readonly imports: readonly LinkedDocument[];
  /** AVPs that this document is the home of. */
  readonly avps: readonly AvpDefinition[];
  readonly applications: readonly Application[];
}

export interface Vendor {
  readonly id: number;
  readonly name: string;
  readonly key: string;
}

/** RFC 6733 sections 4.2 and 4.3, and what other dictionaries add to them (IPAddress: 4 or 16 bare octets). */
export type DataType =
  | "OctetString"
  | "Integer32"
  | "Integer64"
  | "Unsigned32"
  | "Unsigned64"
  | "Float32"
  | "Float64"
  | "Grouped"
  | "Address"
  | "Time"
  | "UTF8String"
  | "DiameterIdentity"
  | "DiameterURI"
  | "Enumerated"
  | "IPFilterRule"
  | "QoSFilterRule";

export interface AvpDefinition {
  readonly name: string;
  readonly code: number;
  readonly vendorId: number;
  readonly type: DataType;
  /** The name that the dictionary gives the type, where it is derived: "AppId". */
  readonly typeName: string;
  readonly mandatory: FlagRule;
  readonly protected: FlagRule;
  /** Also on Unsigned32 (Result-Code), not on Enumerated alone. */
  readonly enums: readonly EnumValue[];
  /** Only on Grouped; as its document has it. `Application.groups` has it as the application sees it. */
  readonly grammar?: Grammar | undefined;
  readonly source?: string | undefined;
  readonly section?: string | undefined;
  readonly description?: string | undefined;
  readonly document: string;
  readonly at: SourceLocation;
}

export interface EnumValue {
  readonly name: string;
  readonly code: number;
  /** Citation of the document that adds the value, where that is not the AVP's own: "RFC 4740" for values of Result-Code. */
  readonly source?: string | undefined;
  readonly section?: string | undefined;
  readonly description?: string | undefined;
}

export interface Application {
  readonly id: number;
  readonly name: string;
  readonly key: string;
  readonly kind: "auth" | "acct" | "base";
  readonly vendorId: number;
  readonly source?: string | undefined;
  readonly section?: string | undefined;
  /** Its own and its inherited ones, by name. */
  readonly commands: readonly Command[];
  /** Grammar of each group that a command of this application can reach, by `avpKey`. */
  readonly groups: ReadonlyMap<string, Grammar>;
  /** AVPs that count as known in this application: those of its document and of all that it imports (RFC 6733 section 4.1, M bit). */
  readonly avps: readonly AvpDefinition[];
  readonly document: string;
  readonly at: SourceLocation;
}

export interface Command {
  readonly name: string;
  readonly code: number;
  readonly abbreviation?: string | undefined;
  readonly proxiable: boolean;
  readonly request: Grammar;
  readonly answer: Grammar;
  /** Application that it was taken over from. */
  readonly inheritedFrom?: number | undefined;
  readonly source?: string | undefined;
  readonly section?: string | undefined;
  readonly at: SourceLocation;
}

export interface Grammar {
  /** In the order of the specification; without the wildcard. */
  readonly rules: readonly Rule[];
  /** `* [ AVP ]`: further AVPs may appear. */
  readonly wildcard: boolean;
  /**
   * No grammar was given: anything may appear, nothing is required. A command has rules even so, for what the base protocol lets every
   * message carry, as far as the dictionary defines it: a node could not fill in an Origin-Host that has no name.
   */
  readonly loose: boolean;
}

export interface Rule {
  readonly avp: AvpDefinition;
  readonly position: RulePosition;
  readonly min: number;
  /** Infinity: unbounded. */
  readonly max: number;
  readonly at: SourceLocation;
}

/** Identity of an AVP: RFC 6733 section 4.1, vendor id (0: IETF) and code. */
export function avpKey(vendorId: number, code: number): string {
  return `${vendorId}:${code}`;
}
