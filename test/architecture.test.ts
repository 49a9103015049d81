/** The walls of the house: who may import whom, no circles, and a runtime that stands on nothing. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Room {
  readonly folder: string;
  readonly name: string;
  /** What its sources may import beside themselves: package names, `node:` for Node's modules. */
  readonly may: readonly string[];
}

const ROOMS: readonly Room[] = [
  { folder: "runtime", name: "@diamgen/runtime", may: ["node:"] },
  { folder: "generated", name: "@diamgen/sdk", may: ["@diamgen/runtime/codegen"] },
  {
    folder: "generator/dictionary",
    name: "@diamgen/dictionary",
    may: ["@diamgen/runtime/codec", "fast-xml-parser", "node:"],
  },
  {
    folder: "generator/diamgen",
    name: "diamgen",
    may: ["@diamgen/dictionary", "@diamgen/runtime/codec", "commander", "diff", "handlebars", "node:", "ts-morph"],
  },
  {
    folder: "server",
    name: "@diamgen/server",
    may: [
      "@diamgen/dictionary",
      "@diamgen/runtime",
      "@diamgen/runtime/capture",
      "@diamgen/sdk/*",
      "@nats-io/jetstream",
      "@nats-io/transport-node",
      "commander",
      "kysely",
      "libsql",
      "mysql2",
      "node:",
      "pg",
      "pino",
      "prom-client",
      "yaml",
      "zod",
    ],
  },
];

function sourcesOf(folder: string): string[] {
  return readdirSync(path.join(ROOT, folder, "src"), { recursive: true, encoding: "utf8" })
    .map((name) => path.join(folder, "src", name))
    .filter((name) => name.endsWith(".ts") && statSync(path.join(ROOT, name)).isFile());
}

interface Import {
  readonly from: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(path.join(ROOT, file), "utf8"), ts.ScriptTarget.ES2022);
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node))
      found.push({ from: (node.moduleSpecifier as ts.StringLiteral).text, typeOnly: isTypeOnly(node.importClause) });
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier)
      found.push({ from: (node.moduleSpecifier as ts.StringLiteral).text, typeOnly: node.isTypeOnly });
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      found.push({ from: (node.arguments[0] as ts.StringLiteral).text, typeOnly: false });
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const bindings = clause.namedBindings;
  return (
    clause.name === undefined &&
    bindings !== undefined &&
    ts.isNamedImports(bindings) &&
    bindings.elements.every((e) => e.isTypeOnly)
  );
}

function isAllowed(from: string, room: Room): boolean {
  return room.may.some((allowed) =>
    allowed.endsWith(":")
      ? from.startsWith(allowed)
      : allowed.endsWith("/*")
        ? from.startsWith(allowed.slice(0, -1))
        : from === allowed,
  );
}

describe.each(ROOMS)("$name", (room) => {
  const files = sourcesOf(room.folder);
  const imports = new Map(files.map((file) => [file, importsOf(file)]));

  it("has sources", () => expect(files.length).toBeGreaterThan(0));

  it(`imports nothing but ${room.may.join(", ") || "itself"}`, () => {
    const wrong = files.flatMap((file) =>
      (imports.get(file) ?? [])
        .filter(({ from }) => !from.startsWith(".") && !isAllowed(from, room))
        .map(({ from }) => `${file} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it("reaches its own files only by relative paths, and only its own", () => {
    const wrong = files.flatMap((file) =>
      (imports.get(file) ?? [])
        .filter(
          ({ from }) =>
            from.startsWith(".") && !path.join(path.dirname(file), from).startsWith(path.join(room.folder, "src")),
        )
        .map(({ from }) => `${file} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it("has no circle of modules", () => {
    const graph = new Map(
      files.map((file) => [
        file,
        (imports.get(file) ?? [])
          .filter(({ from, typeOnly }) => from.startsWith(".") && !typeOnly)
          .map(({ from }) => path.join(path.dirname(file), from).replace(/\.js$/, ".ts")),
      ]),
    );
    expect(circleIn(graph)).toBeUndefined();
  });

  it("says in package.json what it imports, and no more", () => {
    const manifest = JSON.parse(readFileSync(path.join(ROOT, room.folder, "package.json"), "utf8")) as {
      dependencies?: Record<string, string>;
    };
    const used = new Set(
      [...imports.values()]
        .flat()
        .map(({ from }) => from)
        .filter((from) => !from.startsWith(".") && !from.startsWith("node:"))
        .map((from) =>
          from
            .split("/")
            .slice(0, from.startsWith("@") ? 2 : 1)
            .join("/"),
        ),
    );
    expect(Object.keys(manifest.dependencies ?? {}).sort()).toEqual([...used].sort());
  });
});

/** A chain of files that ends where it began. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, chain: readonly string[]): string[] | undefined => {
    if (chain.includes(file)) return [...chain.slice(chain.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const circle = walk(next, [...chain, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = walk(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

it("the runtime has no dependency of any kind", () => {
  const manifest = JSON.parse(readFileSync(path.join(ROOT, "runtime/package.json"), "utf8")) as Record<string, unknown>;
  for (const kind of ["dependencies", "optionalDependencies", "peerDependencies", "bundledDependencies"])
    expect(manifest[kind]).toBeUndefined();
});

it("codec, codegen and capture use nothing of Node: they run in a browser", () => {
  const wrong = sourcesOf("runtime")
    .filter((file) => /src\/(codec|codegen|capture)\//.test(file) || /src\/errors\.ts$/.test(file))
    .flatMap((file) =>
      importsOf(file)
        .filter(({ from }) => from.startsWith("node:"))
        .map(({ from }) => `${file} imports ${from}`),
    );
  expect(wrong).toEqual([]);
});

it("no source file but a generated one passes 20 kB", () => {
  const large = ROOMS.filter(({ folder }) => folder !== "generated")
    .flatMap(({ folder }) => sourcesOf(folder))
    .filter((file) => statSync(path.join(ROOT, file)).size > 20_000);
  expect(large).toEqual([]);
});
