/**
 * Entity declarations of a DOCTYPE's internal subset. Wireshark's dictionaries pull in their fragments as general entities, and since
 * 4.4 a file with further declarations as a parameter entity:
 *
 *     <!ENTITY TGPP SYSTEM "TGPP.xml">
 *     <!ENTITY % Custom SYSTEM "dictionary.ent"> %Custom;      which has  <!ENTITY Custom "">
 *
 * Files are those of the dictionary's own folder, by plain names: never a path, never a URL.
 */
import { type DiagnosticBag, quote } from "../../diagnostics.js";
import type { SourceText } from "../../source.js";
import type { Siblings } from "../siblings.js";
import { behind, endOfTag } from "./references.js";

/** What a reference stands for: a text with places; or nothing, where a diagnostic has said why. */
export type Entity = { readonly name: string; readonly text: () => SourceText | undefined };

export const ENTITY_LIMITS = {
  /** Entities inside entities: Wireshark's own limit for files. */
  depth: 10,
  /** References that are expanded, declarations and all. */
  expansions: 1000,
  /** Characters of all that is expanded. */
  size: 32 * 1024 * 1024,
} as const;

const NAME = "[A-Za-z_:][\\w:.-]*";
const LITERAL = `"[^"]*"|'[^']*'`;
/** XML 1.0 section 4.2: name, public id, the file or the text. What is not parsed (NDATA) has no text. */
const DECLARATION = new RegExp(
  `<!ENTITY\\s+(%\\s+)?(${NAME})\\s+(?:(SYSTEM|PUBLIC\\s+(?:${LITERAL}))\\s+)?(${LITERAL})(\\s+NDATA\\s+${NAME})?\\s*>`,
  "iy",
);
const MARK = new RegExp(`<!--|<\\?|<!ENTITY\\b|<!\\[|<!|%(${NAME});|\\]`, "gi");

export class Entities {
  readonly #general = new Map<string, Entity>();
  readonly #parameters = new Map<string, Entity>();
  readonly #siblings: Siblings;
  readonly #diagnostics: DiagnosticBag;
  #expansions = 0;
  #size = 0;
  #full = false;

  constructor(siblings: Siblings, diagnostics: DiagnosticBag) {
    this.#siblings = siblings;
    this.#diagnostics = diagnostics;
  }

  /** Of general entities. */
  get names(): Iterable<string> {
    return this.#general.keys();
  }

  general(name: string): Entity | undefined {
    return this.#general.get(name);
  }

  /** Reads declarations from `offset` to the `]` that ends an internal subset, or to the end of a file that was pulled in. */
  declare(source: SourceText, offset: number, path: readonly Entity[] = []): void {
    const { text } = source;
    const mark = new RegExp(MARK);
    mark.lastIndex = offset;
    for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
      const [found, parameter] = match;
      if (found === "]") {
        if (path.length === 0) return;
      } else if (found === "<!--") mark.lastIndex = behind(text, "-->", match.index + 4);
      else if (found === "<?") mark.lastIndex = behind(text, "?>", match.index + 2);
      else if (parameter !== undefined) this.#pullIn(source, match.index, parameter, path);
      else if (found.toUpperCase() === "<!ENTITY") {
        const end = this.#declaration(source, match.index);
        if (end === undefined) return;
        mark.lastIndex = end;
      } else if (found === "<![") {
        const message = "conditional sections are not read";
        this.#diagnostics.add("DG1001", source.at(match.index), message, { hint: "Take it out." });
        return;
      } else mark.lastIndex = endOfTag(text, match.index);
    }
  }

  /** The text of a reference, unless limits forbid. `path`: the entities that it stands in. */
  expand(entity: Entity, path: readonly Entity[], source: SourceText, offset: number): SourceText | undefined {
    if (path.includes(entity)) {
      const names = [...path.slice(path.indexOf(entity)), entity].map(({ name }) => name).join(" -> ");
      this.#refuse(source, offset, `entities go in a circle: ${names}`);
      return undefined;
    }
    if (path.length >= ENTITY_LIMITS.depth) {
      this.#refuse(source, offset, `entities are nested more than ${ENTITY_LIMITS.depth} deep`);
      return undefined;
    }
    if (this.#full) return undefined;
    const text = entity.text();
    this.#expansions++;
    this.#size += text?.text.length ?? 0;
    this.#full = this.#expansions > ENTITY_LIMITS.expansions || this.#size > ENTITY_LIMITS.size;
    if (!this.#full) return text;
    const limits = `${ENTITY_LIMITS.expansions} references or ${ENTITY_LIMITS.size} characters`;
    this.#refuse(source, offset, `entities expand to more than ${limits}`);
    return undefined;
  }

  #pullIn(source: SourceText, offset: number, name: string, path: readonly Entity[]): void {
    const entity = this.#parameters.get(name);
    if (entity === undefined) {
      this.#diagnostics.add("DG1035", source.at(offset), `parameter entity ${quote(`%${name};`)} is not declared`, {
        hint: `Declare it before: <!ENTITY % ${name} SYSTEM "...">.`,
      });
      return;
    }
    const text = this.expand(entity, path, source, offset);
    if (text !== undefined) this.declare(text, 0, [...path, entity]);
  }

  /** Offset behind it. The first declaration of a name is the one that counts: XML 1.0 section 4.2. */
  #declaration(source: SourceText, offset: number): number | undefined {
    DECLARATION.lastIndex = offset;
    const match = DECLARATION.exec(source.text);
    if (match === null) {
      this.#diagnostics.add("DG1001", source.at(offset), "this is no entity declaration", {
        hint: 'Write <!ENTITY name SYSTEM "file.xml">.',
      });
      return undefined;
    }
    const [whole, parameter, name = "", external, literal = "", unparsed] = match;
    const table = parameter === undefined ? this.#general : this.#parameters;
    const end = offset + whole.length;
    if (table.has(name)) return end;
    const value = offset + whole.lastIndexOf(literal) + 1;
    const file = literal.slice(1, -1);
    if (external === undefined) table.set(name, { name, text: () => source.part(value, value + file.length) });
    else if (unparsed === undefined) table.set(name, { name, text: once(() => this.#file(source, value, file)) });
    return end;
  }

  #file(source: SourceText, offset: number, written: string): SourceText | undefined {
    const name = written.replace(/^\.\//, "");
    const at = source.at(offset);
    if (name === "" || name === "." || name === ".." || /[/\\:%]|\p{C}/u.test(name)) {
      this.#diagnostics.add("DG1033", at, `entity of ${quote(written)}, which is not beside the dictionary`, {
        hint: "Name a file in the dictionary's own folder, without a path.",
      });
      return undefined;
    }
    const found = this.#siblings.get(name);
    if (!("problem" in found)) return found;
    this.#diagnostics.add("DG1032", at, `cannot read ${quote(name)}: ${found.problem}`, {
      hint: "Put the file beside the dictionary, or take out the entity and its references.",
    });
    return undefined;
  }

  #refuse(source: SourceText, offset: number, message: string): void {
    this.#diagnostics.add("DG1034", source.at(offset), message, { hint: "Take out one of the references." });
  }
}

/** What is wrong with a file is said once, however often it is used. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
