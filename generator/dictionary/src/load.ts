/** Dictionary files, with all that they import, to a linked dictionary. The one part of this package that needs Node. */
import path from "node:path";
import { DiagnosticBag, type DiagnosticCode, hasErrors, quote } from "./diagnostics.js";
import { link } from "./link/link.js";
import { decode, isInside, messageOf, readFromDisk, sha256 } from "./load/files.js";
import { importOrder } from "./load/order.js";
import type { Diagnostic } from "./model/diagnostic.js";
import type { Dictionary } from "./model/dictionary.js";
import type { DictionaryDocument, DictionaryFormat, ImportNode, SourceLocation } from "./model/document.js";
import { type ReadResult, readDictionary } from "./read/read.js";
import type { SiblingFailure } from "./read/siblings.js";

export interface LoadOptions {
  /** Otherwise from the disk. Rejects where there is no such file. */
  readonly readFile?: ((file: string) => Promise<string | Uint8Array>) | undefined;
  /** Format by file, as the file is named in `files`; otherwise detected from the content. */
  readonly formats?: ReadonlyMap<string, DictionaryFormat> | undefined;
  /** Where imports are looked for that are not beside the importing file: the folder of the dictionaries that come with diamgen, say. */
  readonly folders?: readonly string[] | undefined;
  /**
   * Dictionaries that are laid over `files`, with what they import: where both define an AVP (by vendor id and code) or a command (by
   * application id and code), theirs stands, and a diagnostic of severity info says what differed. So Wireshark's dictionary, which knows
   * every AVP and no grammar, gets the grammars of those that have them.
   */
  readonly overlays?: readonly string[] | undefined;
}

export interface LoadResult {
  /** Only where there are no errors: a wrong dictionary gives no code. */
  readonly dictionary?: Dictionary | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Imports before importers; documents that import one another stand together. */
  readonly documents: readonly DictionaryDocument[];
}

const MAX_FILES = 1000;

/**
 * Reads `files` and what they import, and links them. The order of the result depends on the files and their content alone.
 * Does not reject for anything that is wrong with the dictionaries: what is wrong is in the diagnostics.
 */
export async function loadDictionary(files: readonly string[], options: LoadOptions = {}): Promise<LoadResult> {
  const asked = [...files, ...(options.overlays ?? [])];
  const loader = new Loader(asked, options);
  const found: (DictionaryDocument | undefined)[] = [];
  for (const file of asked)
    found.push(await loader.load([path.normalize(file)], undefined, options.formats?.get(file)));
  const { diagnostics, imports } = loader;
  const roots = new Set(found.filter((document) => document !== undefined));
  const documents = importOrder(roots, imports);
  const laidOver = found.slice(files.length).filter((document) => document !== undefined);
  const overlays = new Set(importOrder(laidOver, imports));
  // Without all documents every name from a missing one would be reported as well.
  if (loader.incomplete) return { diagnostics, documents };
  const linked = link(documents, { imports, roots, overlays });
  const all = [...diagnostics, ...linked.diagnostics];
  return { dictionary: hasErrors(all) ? undefined : linked.dictionary, diagnostics: all, documents };
}

class Loader {
  readonly imports = new Map<DictionaryDocument, DictionaryDocument[]>();
  readonly diagnostics: Diagnostic[] = [];
  /** A file or an import gave no document. */
  incomplete = false;
  readonly #read: (file: string) => Promise<string | Uint8Array>;
  readonly #searched: readonly string[];
  /** Folders that imports may lead to from anywhere. */
  readonly #allowed: readonly string[];
  /** By absolute path; undefined where the file gave no document. */
  readonly #loaded = new Map<string, DictionaryDocument | undefined>();
  /** Files that belong to others. */
  #siblings = 0;

  constructor(files: readonly string[], options: LoadOptions) {
    this.#read = options.readFile ?? readFromDisk;
    this.#searched = options.folders ?? [];
    this.#allowed = [...new Set(files.map((file) => path.dirname(path.resolve(file))))];
  }

  /** The first of `candidates` that can be read, with all that it imports. */
  async load(
    candidates: readonly string[],
    importedAt?: SourceLocation,
    format?: DictionaryFormat,
  ): Promise<DictionaryDocument | undefined> {
    const at = importedAt ?? start(candidates[0] ?? "");
    let failure: string | undefined;
    for (const file of candidates) {
      const absolute = path.resolve(file);
      if (this.#loaded.has(absolute)) return this.#loaded.get(absolute);
      if (this.#loaded.size >= MAX_FILES) {
        return this.#fail("DG1031", at, `more than ${MAX_FILES} dictionary files`);
      }
      let content: string | Uint8Array;
      try {
        content = await this.#read(file);
      } catch (cause) {
        failure ??= `cannot read ${quote(file)}: ${messageOf(cause)}`;
        continue;
      }
      const document = await this.#document(file, content, format);
      // Before its imports, which may lead back to it.
      this.#loaded.set(absolute, document);
      if (document !== undefined) await this.#imports(document);
      return document;
    }
    return failure === undefined ? undefined : this.#fail("DG1007", at, failure);
  }

  async #document(
    file: string,
    content: string | Uint8Array,
    format: DictionaryFormat | undefined,
  ): Promise<DictionaryDocument | undefined> {
    const text = decode(content);
    if (text === undefined) {
      const hint = "Convert it, as with iconv -f ISO-8859-1 -t UTF-8.";
      return this.#fail("DG1029", start(file), `${quote(file)} is not UTF-8`, hint);
    }
    const { document, diagnostics } = await this.#withSiblings(file, text, format);
    this.diagnostics.push(...diagnostics);
    if (document === undefined) this.incomplete = true;
    return document;
  }

  /** Reads until nothing more is needed: each file beside the dictionary may name others. */
  async #withSiblings(file: string, text: string, format: DictionaryFormat | undefined): Promise<ReadResult> {
    const siblings = new Map<string, string | SiblingFailure>();
    for (;;) {
      const texts = [...siblings.values()].filter((sibling) => typeof sibling === "string");
      const result = readDictionary(file, text, { format, hash: sha256(text, ...texts), siblings });
      if (result.needs === undefined) return result;
      for (const name of result.needs) siblings.set(name, await this.#sibling(path.join(path.dirname(file), name)));
    }
  }

  async #sibling(file: string): Promise<string | SiblingFailure> {
    if (this.#siblings++ >= MAX_FILES) return { problem: `more than ${MAX_FILES} files` };
    try {
      return decode(await this.#read(file)) ?? { problem: "it is not UTF-8" };
    } catch (cause) {
      return { problem: messageOf(cause) };
    }
  }

  async #imports(document: DictionaryDocument): Promise<void> {
    const imported = new Set<DictionaryDocument>();
    for (const node of document.imports) {
      const other = await this.load(this.#candidates(document.file, node), node.at);
      if (other !== undefined && other !== document) imported.add(other);
    }
    this.imports.set(document, [...imported]);
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

  #fail(code: DiagnosticCode, at: SourceLocation, message: string, hint?: string): undefined {
    const bag = new DiagnosticBag();
    bag.add(code, at, message, { hint });
    this.diagnostics.push(...bag.list);
    this.incomplete = true;
  }
}

function start(file: string): SourceLocation {
  return { file, line: 1, column: 1 };
}
