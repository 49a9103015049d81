/** Dictionary files, with all that they import, to a linked dictionary. The one part of this package that needs Node. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { DiagnosticBag, type DiagnosticCode, hasErrors, quote } from "./diagnostics.js";
import { link } from "./link/link.js";
import type { Diagnostic } from "./model/diagnostic.js";
import type { Dictionary } from "./model/dictionary.js";
import type { DictionaryDocument, DictionaryFormat, ImportNode, SourceLocation } from "./model/document.js";
import { readDictionary } from "./read/read.js";
import { XML_LIMITS } from "./read/xml/limits.js";

export interface LoadOptions {
  /** Otherwise from the disk. Rejects where there is no such file. */
  readonly readFile?: ((file: string) => Promise<string | Uint8Array>) | undefined;
  /** Format by file, as the file is named in `files`; otherwise detected from the content. */
  readonly formats?: ReadonlyMap<string, DictionaryFormat> | undefined;
  /** Where imports are looked for that are not beside the importing file: the folder of the dictionaries that come with diamgen, say. */
  readonly folders?: readonly string[] | undefined;
}

export interface LoadResult {
  /** Only where there are no errors: a wrong dictionary gives no code. */
  readonly dictionary?: Dictionary | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Imports before importers. */
  readonly documents: readonly DictionaryDocument[];
}

const MAX_FILES = 1000;

/**
 * Reads `files` and what they import, and links them. The order of the result depends on the files and their content alone.
 * Does not reject for anything that is wrong with the dictionaries: what is wrong is in the diagnostics.
 */
export async function loadDictionary(files: readonly string[], options: LoadOptions = {}): Promise<LoadResult> {
  const loader = new Loader(files, options);
  for (const file of files) await loader.load([path.normalize(file)], [], undefined, options.formats?.get(file));
  const { documents, diagnostics, imports, roots } = loader;
  // Without all documents every name from a missing one would be reported as well.
  if (loader.incomplete) return { diagnostics, documents };
  const linked = link(documents, { imports, roots });
  const all = [...diagnostics, ...linked.diagnostics];
  return { dictionary: hasErrors(all) ? undefined : linked.dictionary, diagnostics: all, documents };
}

class Loader {
  readonly documents: DictionaryDocument[] = [];
  readonly imports = new Map<DictionaryDocument, DictionaryDocument[]>();
  readonly roots = new Set<DictionaryDocument>();
  readonly diagnostics: Diagnostic[] = [];
  /** A file or an import gave no document. */
  incomplete = false;
  readonly #read: (file: string) => Promise<string | Uint8Array>;
  readonly #searched: readonly string[];
  /** Folders that imports may lead to from anywhere. */
  readonly #allowed: readonly string[];
  readonly #rootPaths: ReadonlySet<string>;
  /** By absolute path; undefined where the file gave no document. */
  readonly #loaded = new Map<string, DictionaryDocument | undefined>();

  constructor(files: readonly string[], options: LoadOptions) {
    this.#read = options.readFile ?? readFromDisk;
    this.#searched = options.folders ?? [];
    this.#rootPaths = new Set(files.map((file) => path.resolve(file)));
    this.#allowed = [...new Set([...this.#rootPaths].map((file) => path.dirname(file)))];
  }

  /** The first of `candidates` that can be read. `chain`: the importers, from the root on. */
  async load(
    candidates: readonly string[],
    chain: readonly string[],
    importedAt?: SourceLocation,
    format?: DictionaryFormat,
  ): Promise<DictionaryDocument | undefined> {
    const at = importedAt ?? start(candidates[0] ?? "");
    let failure: string | undefined;
    for (const file of candidates) {
      const absolute = path.resolve(file);
      if (this.#loaded.has(absolute)) return this.#loaded.get(absolute);
      if (chain.includes(absolute)) return this.#failCircle([...chain.slice(chain.indexOf(absolute)), absolute], at);
      if (this.#loaded.size + chain.length >= MAX_FILES) {
        return this.#fail("DG1031", at, `more than ${MAX_FILES} dictionary files`);
      }
      let content: string | Uint8Array;
      try {
        content = await this.#read(file);
      } catch (cause) {
        failure ??= `cannot read ${quote(file)}: ${cause instanceof Error ? cause.message : String(cause)}`;
        continue;
      }
      const document = await this.#document(file, content, [...chain, absolute], format);
      this.#loaded.set(absolute, document);
      return document;
    }
    return failure === undefined ? undefined : this.#fail("DG1007", at, failure);
  }

  async #document(
    file: string,
    content: string | Uint8Array,
    chain: readonly string[],
    format: DictionaryFormat | undefined,
  ): Promise<DictionaryDocument | undefined> {
    const text = decode(content);
    if (text === undefined) {
      const hint = "Convert it, as with iconv -f ISO-8859-1 -t UTF-8.";
      return this.#fail("DG1029", start(file), `${quote(file)} is not UTF-8`, hint);
    }
    const { document, diagnostics } = readDictionary(file, text, { format, hash: sha256(text) });
    this.diagnostics.push(...diagnostics);
    if (document === undefined) {
      this.incomplete = true;
      return undefined;
    }
    const imported = new Set<DictionaryDocument>();
    for (const node of document.imports) {
      const other = await this.load(this.#candidates(file, node), chain, node.at);
      if (other !== undefined) imported.add(other);
    }
    this.imports.set(document, [...imported]);
    if (this.#rootPaths.has(path.resolve(file))) this.roots.add(document);
    // Behind its imports.
    this.documents.push(document);
    return document;
  }

  /** The files that an import may mean: none where it leads to where imports may not go. */
  #candidates(importer: string, { file, at }: ImportNode): string[] {
    const hint = "Name it relative to this file, with / between folders.";
    const rooted = path.isAbsolute(file) || path.win32.isAbsolute(file) || /^[a-z][a-z0-9+.-]*:/i.test(file);
    if (rooted || file.includes("\\")) {
      this.#fail("DG1008", at, `import of ${quote(file)} is not a relative path`, hint);
      return [];
    }
    const beside = path.dirname(importer);
    const candidates = [
      ...[path.join(beside, file)].filter((target) =>
        [beside, ...this.#allowed].some((folder) => isInside(target, folder)),
      ),
      ...this.#searched
        .filter((folder) => isInside(path.join(folder, file), folder))
        .map((folder) => path.join(folder, file)),
    ];
    if (candidates.length === 0) {
      this.#fail("DG1008", at, `import of ${quote(file)} leads out of the folders of the dictionaries`, hint);
    }
    return candidates;
  }

  #failCircle(circle: readonly string[], at: SourceLocation): undefined {
    const names = circle.map((file) => path.relative(path.dirname(circle[0]!), file));
    return this.#fail("DG1009", at, `imports go in a circle: ${names.join(" -> ")}`, "Take out one of these imports.");
  }

  #fail(code: DiagnosticCode, at: SourceLocation, message: string, hint?: string): undefined {
    const bag = new DiagnosticBag();
    bag.add(code, at, message, { hint });
    this.diagnostics.push(...bag.list);
    this.incomplete = true;
  }
}

/** Devices, pipes and huge files would never end, or end us. */
async function readFromDisk(file: string): Promise<Uint8Array> {
  const status = await stat(file);
  if (!status.isFile()) throw new Error("not a file");
  if (status.size > XML_LIMITS.fileSize)
    throw new Error(`${status.size} bytes; ${XML_LIMITS.fileSize} are read at most`);
  return readFile(file);
}

function decode(content: string | Uint8Array): string | undefined {
  if (typeof content === "string") return content;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    return undefined;
  }
}

function isInside(file: string, folder: string): boolean {
  const relative = path.relative(path.resolve(folder), path.resolve(file));
  return relative !== "" && relative !== ".." && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function sha256(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}

function start(file: string): SourceLocation {
  return { file, line: 1, column: 1 };
}
