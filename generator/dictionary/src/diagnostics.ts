/**
 * Every diagnostic that reading and linking can give. Codes are stable: never reuse one, never change what one means.
 * DG1xxx reading, DG2xxx linking; DG3xxx belong to the emitter.
 * Retired: DG1009 (imports in a circle, which are allowed now).
 */
import type { Diagnostic, Severity } from "./model/diagnostic.js";
import type { SourceLocation } from "./model/document.js";

export interface DiagnosticKind {
  readonly severity: Severity;
  /** What the code stands for, for the list in the documentation; the message says what happened where. */
  readonly title: string;
}

const error = (title: string): DiagnosticKind => ({ severity: "error", title });
const warning = (title: string): DiagnosticKind => ({ severity: "warning", title });
const info = (title: string): DiagnosticKind => ({ severity: "info", title });

export const DIAGNOSTICS = {
  DG1001: error("The XML is not well-formed."),
  DG1002: error("A limit of the reader is exceeded: file size, element depth, attribute length."),
  DG1003: error("An entity is declared or used; only the five of XML and character references are read."),
  DG1004: error("The format of the file is not recognised."),
  DG1005: error("The format is recognised, but not read yet."),
  DG1006: error("The file describes another protocol, not Diameter."),
  DG1007: error("The file cannot be read."),
  DG1008: error("An import leads out of the folders of the dictionaries."),
  DG1010: warning("Unknown element; it is skipped with all that it holds."),
  DG1011: warning("Unknown attribute; it is ignored."),
  DG1012: error("A required attribute is missing."),
  DG1013: error("Not a decimal number."),
  DG1014: error("A number is out of range."),
  DG1015: error("An attribute has a value that is not one of those allowed."),
  DG1016: error("A name is empty, too long, or has control characters."),
  DG1017: warning("A name has characters that RFC 6733 does not allow in names of AVPs and commands."),
  DG1018: warning("A name begins or ends with white space; it is trimmed."),
  DG1019: warning("An element stands in the wrong place; it is read as if it stood in the right one."),
  DG1020: error("An AVP has no type."),
  DG1021: warning("A pseudo AVP or command; it is skipped."),
  DG1022: warning("A grammar without rules; anything may appear."),
  DG1023: error("A minimum and a maximum that nothing can satisfy."),
  DG1024: warning("The minimum contradicts the position; the minimum is believed."),
  DG1025: error("An AVP has both a data type and a grammar."),
  DG1026: warning("Text between elements; it is ignored."),
  DG1027: error("Too many diagnostics in one file; the rest are not shown."),
  DG1028: error("A key cannot be used in file names and identifiers."),
  DG1029: error("The file is not UTF-8."),
  DG1030: warning("A command is named with -Request or -Answer; that is taken off."),
  DG1031: error("Too many dictionary files are imported."),
  DG1032: error("A file that an entity names cannot be read."),
  DG1033: error("An entity names a file outside the folder of its dictionary."),
  DG1034: error("Entities go in a circle, or there are too many of them."),
  DG1035: error("An entity is not declared, or is used where it cannot be expanded."),
  DG1036: error("A vendor key is not declared, or is declared for two vendors."),
  DG1037: warning("A file defines one AVP twice; the last definition stands."),
  DG1038: info("The vendor-bit of an AVP contradicts its vendor-id; the vendor-id is believed."),
  DG1039: info("An AVP stands among those of another vendor than its vendor-id says; the vendor-id is believed."),
  DG1040: warning("An application stands in a file twice; its commands are put together, the first name stands."),
  DG1041: info("Commands that the file assigns to no application; they are read as commands of application 0."),
  DG1042: info("A data type that RFC 6733 does not have is read as one that it has."),
  DG1043: info("The format says nothing of grammars; groups and commands may hold anything."),
  DG1044: warning("An application has one command twice, or two of one name."),
  DG1045: warning("A line says nothing in its format; it is ignored."),
  DG1046: warning("An empty line within a block, which ends it in other programs."),
  DG1047: warning("A command has a request and no answer."),

  DG2001: error("No AVP has this name."),
  DG2002: error("A name stands for more than one AVP."),
  DG2003: warning("An AVP is used whose document is not imported."),
  DG2004: error("Two definitions of one AVP differ."),
  DG2005: error("Unknown data type."),
  DG2006: error("Derived types go in a circle."),
  DG2007: error("An application has one command twice."),
  DG2008: info("Two profiles claim the same application id and command; a node can serve only one of them."),
  DG2009: error("An inherited command does not exist."),
  DG2010: error("An inherited command exists in more than one application with that id."),
  DG2011: error("Inherited commands go in a circle."),
  DG2012: error("An extended AVP is not Grouped."),
  DG2013: warning("A grammar names one AVP twice; the first rule stands."),
  DG2014: warning("One name of an enumerated AVP stands for two values."),
  DG2015: warning("One value of an enumerated AVP has two names."),
  DG2016: warning("Enumerated values on a data type that cannot have them; they are dropped."),
  DG2017: error("An enumerated value does not fit its data type."),
  DG2018: error("A group requires itself; no message could ever hold it."),
  DG2019: warning("A vendor is declared twice, differently; the first declaration stands."),
  DG2020: warning("A vendor is used but not declared."),
  DG2021: error("Two applications have the same key."),
  DG2022: error("Two documents have the same name."),
  DG2023: error("The grammar of answers with the E bit is given twice."),
  DG2024: warning("Enumerated value above 2147483647; it is read as the negative number with the same octets."),
  DG2025: warning("A derived type is declared twice, differently; the first declaration stands."),
  DG2026: warning("A rule with maximum 0 takes away an AVP that the group does not have."),
  DG2027: warning("An AVP is defined twice with different enumerated values; they are merged."),
  DG2028: error("Two vendors have the same key."),
  DG2029: info("An overlay and a dictionary below it define something differently; the overlay stands."),
  DG2030: info("Commands of an overlay take the place of those of a dictionary below it."),
} as const satisfies Record<`DG${number}`, DiagnosticKind>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;

export interface DiagnosticDetails {
  readonly hint?: string | undefined;
  readonly related?: Diagnostic["related"];
}

/** A dictionary with more complaints than this is not the file that somebody meant to hand us. */
const MAX_DIAGNOSTICS = 1000;
/** What is merely worth knowing is not a complaint; but it ends somewhere as well. */
const MAX_INFOS = 10_000;

/** Collects the diagnostics of one file or one link run, and stops at a limit. */
export class DiagnosticBag {
  readonly list: Diagnostic[] = [];
  #infos = 0;
  #complaints = 0;

  add(code: DiagnosticCode, at: SourceLocation, message: string, details: DiagnosticDetails = {}): void {
    if (this.full) return;
    if (DIAGNOSTICS[code].severity === "info") {
      if (this.#infos++ < MAX_INFOS) this.list.push(make(code, at, message, details));
    } else if (this.#complaints++ < MAX_DIAGNOSTICS) {
      this.list.push(make(code, at, message, details));
    } else {
      this.list.push(make("DG1027", at, `more than ${MAX_DIAGNOSTICS} diagnostics; the rest are not shown`, {}));
    }
  }

  /** Nothing more is taken: what is slow to find out need not be. */
  get full(): boolean {
    return this.#complaints > MAX_DIAGNOSTICS;
  }

  get hasErrors(): boolean {
    return hasErrors(this.list);
  }
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

function make(code: DiagnosticCode, at: SourceLocation, message: string, details: DiagnosticDetails): Diagnostic {
  return {
    code,
    severity: DIAGNOSTICS[code].severity,
    message,
    at,
    ...(details.hint === undefined ? {} : { hint: details.hint }),
    ...(details.related === undefined ? {} : { related: details.related }),
  };
}

/** A name from a dictionary, as messages show it: quoted, and cut where it is long enough to hide the message. */
export function quote(text: string): string {
  return `"${text.length > 80 ? `${text.slice(0, 77)}...` : text}"`;
}

/** "a", "a or b", "a, b or c". */
export function oneOf(words: readonly string[]): string {
  const last = words.at(-1);
  return words.length < 2 ? (last ?? "nothing") : `${words.slice(0, -1).join(", ")} or ${last}`;
}
