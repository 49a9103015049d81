import { DiagnosticBag } from "../diagnostics.js";
import type { Diagnostic } from "../model/diagnostic.js";
import type { DictionaryDocument, DictionaryFormat } from "../model/document.js";
import { SourceText } from "../source.js";
import { detectFormat } from "./detect.js";
import { readFreediameterXml } from "./freediameter-xml/document.js";
import { readOpensipsDictionary } from "./opensips-dictionary/document.js";
import type { Read } from "./reader.js";
import { type SiblingFiles, Siblings } from "./siblings.js";
import { readWiresharkXml } from "./wireshark-xml/document.js";
import { XML_LIMITS } from "./xml/limits.js";

export interface ReadOptions {
  /** Otherwise detected from the text. */
  readonly format?: DictionaryFormat | undefined;
  /** SHA-256 of the text, for the document; a reader that also runs in browsers cannot make one without waiting. */
  readonly hash?: string | undefined;
  /** Files beside the dictionary that its text pulls in, by the name that it has for them: Wireshark's consist of 30. See `ReadResult.needs`. */
  readonly siblings?: SiblingFiles | undefined;
}

export interface ReadResult {
  /** What could be read. With errors among the diagnostics it is incomplete; without a document there is always one. */
  readonly document?: DictionaryDocument | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /**
   * Files beside the dictionary that `siblings` lacked; not there where it lacked none. Read them and call again: with their text, or with
   * why there is none. They are plain names of files in the dictionary's own folder. Each call may find more, for fragments have fragments.
   */
  readonly needs?: readonly string[] | undefined;
}

const NAMES: Readonly<Record<DictionaryFormat, string>> = {
  "freediameter-xml": "freeDiameter XML",
  "wireshark-xml": "Wireshark XML",
  "freediameter-json": "freeDiameter JSON",
  dia: "Erlang/OTP .dia",
  "go-diameter-xml": "go-diameter XML",
  "jdiameter-xml": "jDiameter XML",
  opensips: "OpenSIPS dictionary.opensips",
};

const READERS: ReadonlyMap<DictionaryFormat, Read> = new Map([
  ["freediameter-xml", readFreediameterXml],
  ["wireshark-xml", readWiresharkXml],
  ["opensips", readOpensipsDictionary],
]);

/** Reads the text of one dictionary file. Never throws for what is in it. `file` is how diagnostics name it. */
export function readDictionary(file: string, text: string, options: ReadOptions = {}): ReadResult {
  const source = new SourceText(file, text);
  const diagnostics = new DiagnosticBag();
  const start = source.at(Math.max(0, source.text.search(/\S/)));
  if (source.text.length > XML_LIMITS.fileSize) {
    const message = `the file has ${source.text.length} characters; ${XML_LIMITS.fileSize} are read at most`;
    diagnostics.add("DG1002", start, message);
    return { diagnostics: diagnostics.list };
  }
  const format = options.format ?? detectFormat(source.text);
  if (format === "pana") {
    diagnostics.add("DG1006", start, "this is a dictionary of PANA (RFC 5191), which is not Diameter", {
      hint: "Diameter's commands stand in <base> or <application>.",
    });
  } else if (format === "unknown" || format === "unknown-xml") {
    const what =
      format === "unknown" ? "this is no dictionary format that diamgen knows" : "this XML is no Diameter dictionary";
    diagnostics.add("DG1004", start, source.text.trim() === "" ? "the file is empty" : what, {
      hint: `A dictionary of diamgen has the root element <dictionary>. Readable now: ${readable()}.`,
    });
  } else {
    const read = READERS.get(format);
    if (read !== undefined) {
      const siblings = new Siblings(file, options.siblings);
      const document = read(source, options.hash ?? "", diagnostics, siblings);
      const needs = siblings.needed.size > 0 ? { needs: [...siblings.needed] } : {};
      return { document, diagnostics: diagnostics.list, ...needs };
    }
    diagnostics.add("DG1005", start, `this is ${NAMES[format]}, which diamgen does not read yet`, {
      hint: `Readable now: ${readable()}.`,
    });
  }
  return { diagnostics: diagnostics.list };
}

function readable(): string {
  return [...READERS.keys()].map((format) => NAMES[format]).join(", ");
}
