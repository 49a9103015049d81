/**
 * The tests of a file, read from its source: a title counts as it is written there, with `$name` or `%s` where it has parameters and
 * `{expression}` where it is put together. Reading is quicker than to ask vitest, and shows what is skipped on every machine.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ts } from "ts-morph";
import { repositoryPath } from "../../support/require.js";

export interface Test {
  /** Titles of the groups that it is in, and its own. */
  readonly path: readonly string[];
  /** It does not run, or it should fail: `skip`, `todo`, `fails` and the like on it or on a group about it. */
  readonly skipped: boolean;
  /** Its line, the first is 1. */
  readonly line: number;
}

const GROUPS = new Set(["describe", "describeWith"]);
const TESTS = new Set(["it", "test", "testWith"]);
/** `each` and `for` give parameters; anything else that is not one of these may keep a test from being run, or from counting. */
const HARMLESS = new Set(["each", "for", "sequential", "concurrent"]);

/** The tests below `test/<file>`, in their order. */
export function testsOf(file: string): Test[] {
  const source = ts.createSourceFile(file, readFileSync(testPath(file), "utf8"), ts.ScriptTarget.ES2022, true);
  const found: Test[] = [];
  const visit = (node: ts.Node, groups: readonly string[], skipped: boolean): void => {
    const call = ts.isCallExpression(node) ? declarationOf(node) : undefined;
    if (call === undefined) {
      ts.forEachChild(node, (child) => visit(child, groups, skipped));
      return;
    }
    const titles = [...groups, call.title];
    if (call.isGroup) ts.forEachChild(node, (child) => visit(child, titles, skipped || call.skipped));
    else
      found.push({
        path: titles,
        skipped: skipped || call.skipped,
        line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
      });
  };
  visit(source, [], false);
  return found;
}

export function testPath(file: string): string {
  return repositoryPath(`test/${file}`);
}

/** `undefined` where vitest runs `file`, else why it does not. */
export function notRun(file: string): string | undefined {
  if (!existsSync(testPath(file))) return "there is no such file";
  // `include` of vitest.config.ts, which compliance.test.ts compares with this.
  if (file.endsWith(".test.ts") || importedByTests().has(file)) return undefined;
  return "no test file imports it";
}

let imported: ReadonlySet<string> | undefined;

/** Files that hold tests for several test files, such as a suite that every transport runs through. */
function importedByTests(): ReadonlySet<string> {
  if (imported !== undefined) return imported;
  const found = new Set<string>();
  for (const name of readdirSync(testPath(""), { recursive: true, encoding: "utf8" })) {
    const file = name.split(path.sep).join("/");
    if (!file.endsWith(".test.ts")) continue;
    for (const [, from = ""] of readFileSync(testPath(file), "utf8").matchAll(/ from "(\.{1,2}\/[^"]+)\.js"/g))
      found.add(`${path.posix.join(path.posix.dirname(file), from)}.ts`);
  }
  imported = found;
  return found;
}

const testsOfFiles = new Map<string, readonly Test[]>();

/** Why `file > title` shows nothing, or undefined. */
export function problemOf(reference: string): string | undefined {
  const [file = "", ...titles] = reference.split(" > ");
  const reason = notRun(file);
  if (reason !== undefined) return reason;
  const all = testsOfFiles.get(file) ?? testsOf(file);
  testsOfFiles.set(file, all);
  const wanted = titles.join(" > ");
  const matching = all.filter(({ path }) => path.some((_, i) => path.slice(i).join(" > ") === wanted));
  if (matching.length === 0) return "no such test";
  if (matching.length > 1)
    return `stands for ${matching.length} tests, in lines ${matching.map(({ line }) => line).join(", ")}`;
  return matching[0]?.skipped ? "is skipped" : undefined;
}

interface Declaration {
  readonly title: string;
  readonly isGroup: boolean;
  readonly skipped: boolean;
}

/** What `it("...")`, `test.each(...)("...")`, `describeWith(..., "...")` declares; undefined for any other call. */
function declarationOf(call: ts.CallExpression): Declaration | undefined {
  const modifiers: string[] = [];
  let callee: ts.Expression = call.expression;
  for (;;) {
    if (ts.isPropertyAccessExpression(callee)) {
      modifiers.push(callee.name.text);
      callee = callee.expression;
    } else if (ts.isCallExpression(callee)) callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else break;
  }
  if (!ts.isIdentifier(callee)) return undefined;
  const isGroup = GROUPS.has(callee.text);
  if (!isGroup && !TESTS.has(callee.text)) return undefined;
  const parametrised = modifiers.some((modifier) => modifier === "each" || modifier === "for");
  // `test.each(rows)` alone declares nothing yet: the call about it does.
  if (parametrised && ts.isPropertyAccessExpression(call.expression)) return undefined;
  const title = call.arguments[callee.text.endsWith("With") ? 1 : 0];
  if (title === undefined) return undefined;
  return { title: titleOf(title), isGroup, skipped: modifiers.some((modifier) => !HARMLESS.has(modifier)) };
}

function titleOf(node: ts.Expression): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  const text = node.getText();
  return ts.isTemplateExpression(node) ? text.slice(1, -1).replaceAll("${", "{") : `{${text}}`;
}
