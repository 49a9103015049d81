/** Tokens to directives, by the table of directives. */
import { didYouMean } from "@diamgen/dictionary";
import { type ConfigDiagnostic, ConfigError, type Place, problem } from "../diagnostics.js";
import { DIRECTIVES, type Form, OF_PEER, type Range } from "./directives.js";
import { lex, type Token } from "./lexer.js";

export interface Directive {
  /** As the documentation writes it. */
  readonly name: string;
  readonly at: Place;
  /** Empty for a flag. */
  readonly texts: readonly string[];
  readonly number: number | undefined;
  /** What stands in the braces of ConnectPeer. */
  readonly inner: readonly Directive[];
}

export interface ParsedFile {
  readonly directives: readonly Directive[];
  readonly texts: ReadonlyMap<string, string>;
  /** Numbers that freeDiameter does not take; everything behind them is read all the same. */
  readonly diagnostics: readonly ConfigDiagnostic[];
}

/** @throws {ConfigError} at the first thing that freeDiameter's parser does not take, apart from numbers */
export function parseFile(file: string, text: string): ParsedFile {
  const { tokens, texts } = lex(file, text);
  const parser = new Parser(tokens, texts);
  return { directives: parser.all(), texts, diagnostics: parser.diagnostics };
}

class Parser {
  readonly diagnostics: ConfigDiagnostic[] = [];
  readonly #tokens: readonly Token[];
  readonly #texts: ReadonlyMap<string, string>;
  #next = 0;

  constructor(tokens: readonly Token[], texts: ReadonlyMap<string, string>) {
    this.#tokens = tokens;
    this.#texts = texts;
  }

  all(): Directive[] {
    const directives: Directive[] = [];
    while (this.#token.kind !== "end") directives.push(this.#directive(DIRECTIVES, "a directive"));
    return directives;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #directive(known: Readonly<Record<string, Form>>, wanted: string): Directive {
    const { at } = this.#token;
    const name = this.#token.kind === "word" ? this.#token.value : "";
    const form = Object.hasOwn(known, name) ? known[name] : undefined;
    if (form === undefined) {
      const elsewhere = name in DIRECTIVES || name in OF_PEER;
      const hint = elsewhere
        ? `${name} is for ${known === DIRECTIVES ? "the braces of ConnectPeer" : "the file, not for one peer"}.`
        : didYouMean(name, Object.keys(known));
      throw this.#unexpected(wanted, hint);
    }
    this.#next++;
    const directive = { name, at, ...this.#values(name, form) };
    this.#sign(";");
    return directive;
  }

  #values(name: string, form: Form): Pick<Directive, "texts" | "number" | "inner"> {
    const nothing = { texts: [], number: undefined, inner: [] };
    if (form.kind === "flag") return nothing;
    this.#sign("=");
    switch (form.kind) {
      case "text":
        return { ...nothing, texts: [this.#text()] };
      case "two texts": {
        const first = this.#text();
        this.#sign(",");
        return { ...nothing, texts: [first, this.#text()] };
      }
      case "number":
        return { ...nothing, number: this.#number(name, form.range) };
      case "word":
        return { ...nothing, texts: [this.#word(form.words)] };
      case "extension": {
        const file = this.#text();
        return { ...nothing, texts: this.#takeSign(":") ? [file, this.#text()] : [file] };
      }
      case "peer": {
        const identity = this.#text();
        return { ...nothing, texts: [identity], inner: this.#takeSign("{") ? this.#block() : [] };
      }
    }
  }

  #block(): Directive[] {
    const inner: Directive[] = [];
    while (!this.#takeSign("}")) inner.push(this.#directive(OF_PEER, "a directive of ConnectPeer or }"));
    return inner;
  }

  #text(): string {
    const token = this.#token;
    if (token.kind !== "text") throw this.#unexpected("a text in quotes");
    this.#next++;
    return token.value;
  }

  #number(name: string, { min, max }: Range): number {
    const token = this.#token;
    if (token.kind !== "number") throw this.#unexpected("a number", "Digits alone: freeDiameter reads no hexadecimal.");
    this.#next++;
    const { value, at } = token;
    if (value < min || value > max) {
      const range = max === 0x7fffffff ? `${min} or more` : `${min} to ${max}`;
      this.diagnostics.push(problem("CF2002", at, `${name} must be ${range}, and is ${value}`));
    }
    return value;
  }

  #word(words: readonly string[]): string {
    const token = this.#token;
    if (token.kind !== "word" || !words.includes(token.value)) throw this.#unexpected(words.join(" or "));
    this.#next++;
    return token.value;
  }

  #takeSign(sign: string): boolean {
    const token = this.#token;
    if (token.kind !== "sign" || token.value !== sign) return false;
    this.#next++;
    return true;
  }

  #sign(sign: string): void {
    if (!this.#takeSign(sign)) throw this.#unexpected(sign);
  }

  #unexpected(wanted: string, hint?: string): ConfigError {
    const token = this.#token;
    const is = token.kind === "end" ? "the file ends" : `there is ${JSON.stringify(token.value)}`;
    return new ConfigError([problem("CF2001", token.at, `${is} where ${wanted} is expected`, hint)], this.#texts);
  }
}
