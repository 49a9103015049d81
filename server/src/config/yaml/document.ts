/** One YAML text: its value, and where each part of it stands. */
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { type Document, isMap, isNode, LineCounter, type Node, type Pair, parseDocument, type ScalarTag } from "yaml";
import { type ConfigDiagnostic, type Place, problem } from "../diagnostics.js";
import type { Path } from "../schema/walk.js";
import { masked } from "./masked.js";

/** A secret is short; a device or a log file is not one. */
const MAX_SECRET_OCTETS = 64 * 1024;

export class YamlDocument {
  readonly file: string;
  readonly text: string;
  /** Undefined where the text is no YAML. */
  readonly value: unknown;
  readonly diagnostics: readonly ConfigDiagnostic[];
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** `file` is how diagnostics name it, `folder` where the paths of `!file` start. */
  constructor(file: string, text: string, folder: string) {
    this.file = file;
    this.text = text;
    const failures: string[] = [];
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      customTags: [fileTag(folder, failures)],
    });
    this.diagnostics = [...this.#document.errors, ...this.#document.warnings].map(({ message, pos: [start] }) => {
      const code = failures.includes(message) ? "CF1005" : "CF1001";
      return problem(code, this.#at(start), plain(message), HINTS.find(([words]) => message.includes(words))?.[1]);
    });
    this.value = this.diagnostics.length > 0 ? undefined : (this.#document.toJS({ maxAliasCount: 100 }) as unknown);
  }

  /** The text as it may be shown: without secrets. */
  get shown(): string {
    return masked(this.text, this.#document);
  }

  /** Of the value at the path; of what is nearest to it where there is none. */
  place(path: Path): Place {
    const nodes = this.#along(path);
    return this.#at(startOf(nodes.at(-1)));
  }

  /** Of a key in the object at the path. */
  keyPlace(path: Path, key: string): Place {
    const parent = this.#along(path).at(-1);
    const pair = isMap(parent) ? parent.items.find((item) => keyOf(item) === key) : undefined;
    return this.#at(isNode(pair?.key) ? startOf(pair.key) : startOf(parent));
  }

  #along(path: Path): Node[] {
    const root = this.#document.contents;
    const nodes: Node[] = root === null ? [] : [root];
    path.forEach((_, index) => {
      const node = this.#document.getIn(path.slice(0, index + 1), true);
      if (isNode(node)) nodes.push(node);
    });
    return nodes;
  }

  #at(offset: number): Place {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.text.length));
    return { file: this.file, line: Math.max(1, line), column: Math.max(1, col) };
  }
}

const HINTS: readonly (readonly [words: string, hint: string])[] = [
  ["Map keys must be unique", "Take one of the two out."],
  ["Unresolved tag", "There is one tag here: !file, with the path of a file that holds the value."],
  ["Unresolved alias", "A value that begins with * goes in quotes."],
  ["Plain value cannot start with", "Put the value in quotes."],
  ["Nested mappings are not allowed", "Put a value with a colon and a space in quotes."],
  ["Tabs are not allowed", "Indent with spaces."],
  ["multiple documents", "Take out the lines ---, and what is not of this configuration."],
];

/** yaml's messages say where in their own way, sometimes, or speak to programmers. */
function plain(message: string): string {
  if (message.includes("multiple documents")) return "There is more than one document";
  return message.replace(/ at line \d+, column \d+:?[\s\S]*$/, "").replace(/\.$/, "");
}

function startOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

function keyOf({ key }: Pair): unknown {
  return isNode(key) && "value" in key ? key.value : key;
}

/** `!file PATH`: what the file holds, without the line break at its end. */
function fileTag(folder: string, failures: string[]): ScalarTag {
  return {
    tag: "!file",
    resolve(name, onError) {
      try {
        const file = path.resolve(folder, name);
        const status = statSync(file);
        if (!status.isFile()) throw new Error("not a file");
        if (status.size > MAX_SECRET_OCTETS)
          throw new Error(`${status.size} octets; ${MAX_SECRET_OCTETS} are read at most`);
        return readFileSync(file, "utf8").replace(/\r?\n$/, "");
      } catch (error) {
        const message = `!file ${JSON.stringify(name)}: ${(error as Error).message}`;
        failures.push(message);
        onError(message);
        return "";
      }
    },
  };
}
