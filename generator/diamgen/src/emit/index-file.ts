import { ts } from "ts-morph";
import type { EmittedFile } from "./emitted-file.js";
import type { Folder } from "./layout.js";
import { literal } from "./names.js";
import { render } from "./templates.js";
import { wrapped } from "./wrap.js";

/** Names that a module exports, as they are written between the braces: "Name" or "Name as Other". */
class Exports {
  readonly #names = new Map<string, { readonly from: string; readonly types: boolean; readonly names: string[] }>();

  add(from: string, types: boolean, names: readonly string[]): void {
    if (names.length === 0) return;
    const key = `${from} ${types ? 1 : 0}`;
    const there = this.#names.get(key);
    if (there === undefined) this.#names.set(key, { from, types, names: [...names] });
    else there.names.push(...names);
  }

  lines(): string[] {
    return [...this.#names]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { from, types, names }]) =>
        wrapped(`export ${types ? "type " : ""}`, names.sort(), ` from ${literal(from)};`),
      );
  }
}

/** What `import * as sip from ".../sip"` shows: everything of the folder, and the enumerations that its fields take. Named one by one. */
export function indexFile(folder: Folder, modules: readonly EmittedFile[], header: string): EmittedFile {
  const exports = new Exports();
  for (const module of modules) {
    const from = `./${module.path.slice(folder.name.length + 1).replace(/\.ts$/, ".js")}`;
    const { values, types } = exportsOf(module);
    // Codec functions are for generated code; users go through commands and AVP definitions.
    const functions = codecFunctions(folder);
    exports.add(
      from,
      false,
      values.filter((name) => !functions.has(name)),
    );
    exports.add(
      from,
      true,
      types.filter((name) => !values.includes(name)),
    );
  }
  for (const { request, answer, aliases } of folder.commands.values()) {
    if (aliases === undefined) continue;
    exports.add("./commands.js", false, [`${request} as ${aliases.request}`, `${answer} as ${aliases.answer}`]);
  }
  for (const { name, folder: home, exported } of folder.enumerations.values()) {
    if (home === folder.name) continue;
    exports.add(`../${home}/avps.js`, false, [name === exported ? name : `${exported} as ${name}`]);
  }
  return { path: `${folder.name}/index.ts`, text: render("index", { header, lines: exports.lines() }) };
}

function codecFunctions(folder: Folder): ReadonlySet<string> {
  const classes = [...folder.groups.values()].map(({ className }) => className);
  return new Set(classes.flatMap((name) => [`decode${name}`, `encode${name}`, `create${name}`]));
}

function exportsOf(module: EmittedFile): { values: string[]; types: string[] } {
  const values: string[] = [];
  const types: string[] = [];
  const source = ts.createSourceFile(module.path, module.text, ts.ScriptTarget.ES2022);
  for (const statement of source.statements) {
    if (!ts.canHaveModifiers(statement)) continue;
    if (!ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) values.push((name as ts.Identifier).text);
    else if (ts.isClassDeclaration(statement) || ts.isFunctionDeclaration(statement))
      values.push(statement.name?.text ?? "");
    else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      types.push(statement.name.text);
  }
  return { values, types };
}
