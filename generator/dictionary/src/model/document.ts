/**
 * A dictionary as it was written: what every reader produces, whatever the format. Names are not resolved, nothing is merged,
 * and each node knows where it stands in its file, so that every later complaint can point at it.
 */

/** A place in a dictionary file. Lines and columns count from 1, as editors do. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface DictionaryDocument {
  /** Path of the file, as diagnostics show it. */
  readonly file: string;
  readonly format: DictionaryFormat;
  /** SHA-256 of the text, lower-case hex: named in the header of generated files. Empty where the reader was given none. */
  readonly hash: string;
  /** Other files that it consists of, where the format has such. Places in them name them; the hash is over all. */
  readonly fragments?: readonly string[] | undefined;
  /** Key of the document, "sip" or so; from the file name where the format has none. */
  readonly name: string;
  /** The specification that it was written from, "RFC 4740". */
  readonly source?: string | undefined;
  readonly title?: string | undefined;
  readonly imports: readonly ImportNode[];
  readonly vendors: readonly VendorNode[];
  readonly types: readonly TypeNode[];
  /** AVPs of the whole document, wherever they stood in it. */
  readonly avps: readonly AvpNode[];
  /** Values that this document adds to AVPs that another one defines. */
  readonly enumerations: readonly EnumerationNode[];
  readonly applications: readonly ApplicationNode[];
}

export type DictionaryFormat =
  | "freediameter-xml"
  | "wireshark-xml"
  | "freediameter-json"
  | "dia"
  | "go-diameter-xml"
  | "jdiameter-xml"
  | "opensips";

export interface ImportNode {
  readonly file: string;
  readonly at: SourceLocation;
}

export interface VendorNode {
  readonly id: number;
  readonly name: string;
  readonly key?: string | undefined;
  readonly at: SourceLocation;
}

/** A derived type, `typedefn` in XML. */
export interface TypeNode {
  readonly name: string;
  readonly parent?: string | undefined;
  readonly at: SourceLocation;
}

/** What may be said of a flag bit: RFC 6733 section 4.5's columns. */
export type FlagRule = "must" | "may" | "shouldnot" | "mustnot";

export interface AvpNode {
  readonly name: string;
  readonly code: number;
  /** 0 where the file says nothing. */
  readonly vendorId: number;
  readonly mandatory: FlagRule;
  readonly protected: FlagRule;
  /** Flags that the file says nothing of: their rule is the default of the format, and no reason to contradict another dictionary. */
  readonly assumed?: readonly ("mandatory" | "protected")[] | undefined;
  /** Type name as written; "Grouped" for groups. */
  readonly type: string;
  readonly grammar?: GrammarNode | undefined;
  readonly enums: readonly EnumNode[];
  readonly source?: string | undefined;
  readonly section?: string | undefined;
  readonly description?: string | undefined;
  readonly at: SourceLocation;
}

export interface EnumNode {
  readonly name: string;
  readonly code: number;
  readonly section?: string | undefined;
  readonly description?: string | undefined;
  readonly at: SourceLocation;
}

/** `enumeration` in XML: RFC 4740 adds values to the Result-Code and Auth-Application-Id of RFC 6733, and so do others. */
export interface EnumerationNode {
  readonly avp: string;
  readonly vendorId?: number | undefined;
  readonly section?: string | undefined;
  readonly values: readonly EnumNode[];
  readonly at: SourceLocation;
}

export interface ApplicationNode {
  readonly id: number;
  readonly name: string;
  /** Short name for folders and identifiers, "sip". */
  readonly key?: string | undefined;
  readonly kind?: "auth" | "acct" | undefined;
  readonly vendorId: number;
  readonly source?: string | undefined;
  readonly section?: string | undefined;
  readonly commands: readonly CommandNode[];
  readonly inherits: readonly InheritNode[];
  readonly extensions: readonly ExtendNode[];
  readonly answerMessage?: GrammarNode | undefined;
  readonly at: SourceLocation;
}

export interface CommandNode {
  /** Without -Request and -Answer. */
  readonly name: string;
  readonly code: number;
  /** Stem of the abbreviations: "MA" for MAR and MAA. */
  readonly abbreviation?: string | undefined;
  /** The P bit; undefined where the format does not say. */
  readonly proxiable?: boolean | undefined;
  /** Undefined where the format has no grammar. */
  readonly request?: GrammarNode | undefined;
  readonly answer?: GrammarNode | undefined;
  readonly section?: string | undefined;
  readonly at: SourceLocation;
}

export interface InheritNode {
  readonly command: string;
  readonly application: number;
  readonly section?: string | undefined;
  readonly at: SourceLocation;
}

export interface ExtendNode {
  readonly avp: string;
  readonly vendorId?: number | undefined;
  readonly grammar: GrammarNode;
  readonly at: SourceLocation;
}

export interface GrammarNode {
  readonly rules: readonly RuleNode[];
  readonly at: SourceLocation;
}

export interface RuleNode {
  /** Name of an AVP; "AVP" is the wildcard. */
  readonly avp: string;
  readonly vendorId?: number | undefined;
  readonly position: RulePosition;
  readonly min: number;
  /** Infinity: unbounded. */
  readonly max: number;
  readonly at: SourceLocation;
}

/** `< X >`, `{ X }`, `[ X ]` of RFC 6733 section 3.2. */
export type RulePosition = "fixed" | "required" | "optional";
