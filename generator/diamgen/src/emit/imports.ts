import { ts } from "ts-morph";
import { literal } from "./names.js";
import { COLD_VALUES, HOT_FUNCTIONS, RUNTIME_TYPES } from "./reserved.js";
import { wrapped } from "./wrap.js";

const CODEGEN = "@diamgen/runtime/codegen";

/** Where a name that a module does not declare itself comes from. */
export interface ImportSource {
  readonly from: string;
  /** A type is erased, and never makes modules depend on one another at run time. */
  readonly type: boolean;
  /** The name that it is exported by, where it is another. */
  readonly exported?: string;
}

/** Import declarations for all names that `body` uses and does not declare. Unknown names are left: the compiler will name them. */
export function importsFor(path: string, body: string, sources: ReadonlyMap<string, ImportSource>): string {
  const { used, declared } = namesIn(path, body);
  const groups = new Map<string, string[]>();
  const captured: string[] = [];
  const add = (from: string, type: boolean, name: string) => {
    const key = `import ${type ? "type " : ""}|${from}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  };
  for (const name of [...used].sort()) {
    if (declared.has(name)) continue;
    const source = sources.get(name);
    if (source !== undefined) {
      const renamed = source.exported !== undefined && source.exported !== name;
      add(source.from, source.type, renamed ? `${source.exported} as ${name}` : name);
    } else if (HOT_FUNCTIONS.has(name)) {
      // Captured in a constant of the module, which V8 reaches faster than another module's binding.
      add(CODEGEN, false, `${name} as ${name}_`);
      captured.push(name);
    } else if (COLD_VALUES.has(name)) add(CODEGEN, false, name);
    else if (RUNTIME_TYPES.has(name)) add(CODEGEN, true, name);
  }
  const lines = [...groups]
    .sort(([a], [b]) => (order(a) < order(b) ? -1 : 1))
    .map(([key, names]) => {
      const [head = "", from = ""] = key.split("|");
      return wrapped(head, names, ` from ${literal(from)};`);
    });
  if (captured.length > 0) lines.push("", ...captured.map((name) => `const ${name} = ${name}_;`));
  return lines.join("\n");
}

/** The runtime first, then other folders, then this one; types before values. */
function order(key: string): string {
  const from = key.slice(key.indexOf("|") + 1);
  return `${from.startsWith("@") ? 0 : from.startsWith("../") ? 1 : 2}${from}${key.startsWith("import type") ? 0 : 1}`;
}

/** Names in the positions of expressions and types, and names that the module's top level declares. */
function namesIn(path: string, body: string): { used: Set<string>; declared: Set<string> } {
  const used = new Set<string>();
  const declared = new Set<string>();
  const source = ts.createSourceFile(path, body, ts.ScriptTarget.ES2022, true, ts.ScriptKind.TS);
  for (const statement of source.statements) {
    if (ts.isVariableStatement(statement))
      for (const { name } of statement.declarationList.declarations) declared.add(name.getText(source));
    else if ("name" in statement && statement.name !== undefined) declared.add((statement.name as ts.Identifier).text);
  }
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isReference(node)) used.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { used, declared };
}

function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isPropertySignature(parent)) return false;
  if (ts.isPropertyDeclaration(parent)) return parent.initializer === node;
  if (ts.isGetAccessor(parent) || ts.isMethodDeclaration(parent)) return false;
  if (ts.isParameter(parent) || ts.isVariableDeclaration(parent)) return parent.name !== node;
  return true;
}
