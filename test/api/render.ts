/** What a module exports, as text: declarations without comments, private members and what is `@internal`, sorted by name. */
import path from "node:path";
// Not ts-morph's, which comes without lib.d.ts.
import ts from "typescript";
import { repositoryPath } from "../support/require.js";

/** Generated classes are made by their codecs. */
const INTERNAL = /\/\*\* @internal \*\/\s*constructor\([^)]*\);/g;

/** The modules of one program, so that it is read and checked once. */
export class ApiRenderer {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;
  /** Declarations as TypeScript would publish them, by source file. */
  private readonly published = new Map<string, ts.SourceFile>();
  private readonly printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

  constructor(entries: readonly string[]) {
    const config = ts.readConfigFile(repositoryPath("tsconfig.base.json"), ts.sys.readFile).config as object;
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repositoryPath("."));
    this.program = ts.createProgram(
      entries.map((entry) => repositoryPath(entry)),
      {
        ...options,
        declaration: true,
        emitDeclarationOnly: true,
        declarationMap: false,
        sourceMap: false,
        // Found from wherever the test is started.
        typeRoots: [repositoryPath("node_modules/@types")],
      },
    );
    this.checker = this.program.getTypeChecker();
    const write: ts.WriteFileCallback = (_name, text, _mark, _error, sources) => {
      const [source] = sources ?? [];
      if (source === undefined) return;
      const open = text.replace(INTERNAL, "");
      this.published.set(source.fileName, ts.createSourceFile(source.fileName, open, ts.ScriptTarget.ES2022));
    };
    this.program.emit(undefined, write, undefined, true);
  }

  render(entry: string): string {
    const source = this.program.getSourceFile(repositoryPath(entry));
    const module = source && this.checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${entry} is no module`);
    const symbols = this.checker.getExportsOfModule(module);
    // Not by the machine's language.
    symbols.sort((a, b) => (a.name < b.name ? -1 : 1));
    const plain = new Set(
      symbols.map((symbol) => this.target(symbol)).filter(({ name }, i) => symbols[i]?.name === name),
    );
    return `${symbols.map((symbol) => this.symbol(symbol, plain)).join("\n\n")}\n`;
  }

  private target(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol;
  }

  private symbol(symbol: ts.Symbol, plain: ReadonlySet<ts.Symbol>): string {
    const target = this.target(symbol);
    const texts = (target.declarations ?? []).flatMap((declaration) => this.declaration(declaration, target.name));
    if (texts.length === 0) throw new Error(`${symbol.name} has no declaration`);
    const text = [...new Set(texts)].join("\n");
    if (target.name === symbol.name) return text;
    // MAR beside MultimediaAuthRequest; readText, which is `text` elsewhere.
    return plain.has(target) ? `${symbol.name} = ${target.name}` : `${symbol.name} = ${text}`;
  }

  private declaration(declaration: ts.Declaration, name: string): string[] {
    const { fileName } = declaration.getSourceFile();
    const published = this.published.get(fileName);
    if (published === undefined) throw new Error(`${path.basename(fileName)} gave no declarations`);
    return published.statements
      .filter((statement) => namesOf(statement).includes(name))
      .map((statement) => tidy(this.printer.printNode(ts.EmitHint.Unspecified, statement, published)));
  }
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => (ts.isIdentifier(name) ? name.text : ""));
  const { name } = statement as { name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function tidy(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\s+(?:private |#private)/.test(line))
    .join("\n")
    .replace(/^export (?:declare )?/, "")
    .replaceAll("    ", "  ");
}
