/**
 * Files beside a dictionary that belong to it: fragments that its text pulls in. Readers do not read files; they say which they need,
 * and are called again with them. So reading stays a pure function of texts, in a browser as on a disk.
 */
import { SourceText } from "../source.js";

/** By the name that the dictionary has for it: the text, or why there is none. */
export type SiblingFiles = ReadonlyMap<string, string | SiblingFailure>;

export interface SiblingFailure {
  readonly problem: string;
}

export class Siblings {
  /** Asked for and not among those given, in the order of asking. */
  readonly needed = new Set<string>();
  readonly #folder: string;
  readonly #files: SiblingFiles;
  readonly #sources = new Map<string, SourceText>();

  /** `file`: the dictionary that they lie beside. */
  constructor(file: string, files: SiblingFiles = new Map()) {
    this.#folder = file.slice(0, Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
    this.#files = files;
  }

  /** Paths of those that were used, as diagnostics show them. */
  get used(): readonly string[] {
    return [...this.#sources.values()].map(({ file }) => file);
  }

  get(name: string): SourceText | SiblingFailure {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const content = this.#files.get(name);
    if (content === undefined) {
      this.needed.add(name);
      return { problem: "it was not given to the reader" };
    }
    if (typeof content !== "string") return content;
    const source = new SourceText(this.#folder + name, content);
    this.#sources.set(name, source);
    return source;
  }
}
