#!/usr/bin/env node
// npm run pack      writes every package to pack/<npm name>, as it is published; needs `npm run build` first
//
// The time to import a module goes by its octets, and the time to import a package by its modules (each costs as much as 20 kB). So what
// tsc compiled is published without comments and white space, with short names, and each folder of the SDK as one module. Names of classes stay,
// and in the runtime those of all functions, for stack traces; in the SDK the source maps have them.
// /*@__PURE__*/ stays, or bundlers would keep what nobody uses. `const` stays: the `var` that esbuild's own bundles have instead slows encoding.
// Declarations stay as they are: their comments are the documentation.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rollup } from "rollup";
import { minify } from "terser";
import { main, requireNode, root, StepFailed, step } from "./lib.mjs";

/**
 * Packages whose modules are joined; those of the others stay as they are.
 * - "together": the modules that its entries share stay one, for they have state.
 * - "apart": each entry with all that it needs. Two entries then have copies of what they share, definitions of AVPs for instance; nothing
 *   compares those by identity.
 */
const JOINED = new Map([
  ["@diamgen/runtime", "together"],
  ["@diamgen/sdk", "apart"],
]);

/** The packages of this repository: folder by npm name. */
export function packages() {
  const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return new Map(workspaces.map((folder) => [manifestOf(folder).name, folder]));
}

/**
 * Writes packages below a folder, each under its npm name; what stood there under that name goes.
 * @param {string} target such as the `node_modules` of a program that is to use them
 * @param {Iterable<string>} names npm names
 */
export async function pack(target, names = packages().keys()) {
  const folders = packages();
  for (const name of names) await packOne(name, folders.get(name), join(target, name));
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
}

async function packOne(name, folder, target) {
  const source = join(root, folder);
  if (!existsSync(join(source, "dist"))) throw new StepFailed(`${folder}/dist is missing: npm run build`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of ["LICENSE", "NOTICE"]) cpSync(join(root, file), join(target, file));
  // The scripts of a package are for its folder in this repository.
  const { scripts, ...manifest } = manifestOf(folder);
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  for (const path of manifest.files) {
    const from = path === "dictionaries" ? join(root, path) : join(source, path);
    cpSync(from, join(target, path), { recursive: true, filter: isPublished });
  }
  for await (const { path, code, map } of modulesOf(join(source, "dist"), JOINED.get(name), entriesOf(folder))) {
    await strip(join(target, "dist", path), code, map, JOINED.get(name) === "apart");
  }
}

/** What tsc writes as JavaScript comes by way of `strip`, and what it leaves for its next run stays behind. */
function isPublished(path) {
  return !/[/\\]dist[/\\].*\.(?:js|js\.map|tsbuildinfo)$/.test(path);
}

/** What the paths of the modules look like that others may import. */
function entriesOf(folder) {
  const targets = Object.values(manifestOf(folder).exports).flatMap(({ default: path }) => path ?? []);
  return new RegExp(`^(?:${targets.map((path) => path.replace("./dist/", "").replace("*", "[^/]+")).join("|")})$`);
}

async function* modulesOf(dist, joined, entry) {
  const paths = filesOf(dist).filter((path) => path.endsWith(".js"));
  const entries = paths.filter((path) => entry.test(path));
  if (joined === "together") yield* joinedModules(dist, entries);
  else if (joined === "apart") for (const path of entries) yield* joinedModules(dist, [path]);
  else for (const path of paths) yield { path, ...moduleAt(join(dist, path)) };
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
}

/** Modules of a package with all that they need of it, and one more for each part that only some of them share. */
async function* joinedModules(dist, entries) {
  const bundle = await rollup({
    input: Object.fromEntries(entries.map((path) => [path.slice(0, -".js".length), join(dist, path)])),
    external: (id) => !/^[./]/.test(id),
    plugins: [{ name: "source-maps", load: moduleAt }],
    onLog: (level, log) => {
      if (level === "warn") throw new StepFailed(`${dist}: ${log.message}`);
    },
  });
  const { output } = await bundle.generate({
    dir: dist,
    format: "es",
    sourcemap: true,
    entryFileNames: "[name].js",
    chunkFileNames: "shared/[name].js",
    // Short names for what the parts share among themselves would end up in stack traces.
    minifyInternalExports: false,
  });
  await bundle.close();
  for (const { type, fileName, code, map } of output) {
    if (type === "chunk") yield { path: fileName, code, map: JSON.stringify(map) };
  }
}

function moduleAt(path) {
  return { code: readFileSync(path, "utf8"), map: readFileSync(`${path}.map`, "utf8") };
}

const PURE = "/*@__PURE__*/";

/**
 * Writes a module, and its map to the TypeScript, without comments, white space and long names of what is local to functions.
 * @param {boolean} toplevel whether functions and constants of the module that it does not export get short names too
 */
async function strip(target, code, map, toplevel) {
  const kept = code.replace(/^\/\/# sourceMappingURL=.*$/m, "");
  const stripped = await minify(
    { [basename(target)]: kept },
    {
      module: true,
      // Nothing is rewritten: what was measured is what is published.
      compress: false,
      mangle: { module: toplevel, toplevel, keep_classnames: true },
      format: { comments: false, preserve_annotations: true },
      sourceMap: { content: map, asObject: true },
    },
  );
  if (stripped.code.split(PURE).length !== code.split(PURE).length)
    throw new StepFailed(`${target}: a ${PURE} got lost`);
  const { sourcesContent, ...lean } = stripped.map;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${stripped.code}\n//# sourceMappingURL=${basename(target)}.map\n`);
  writeFileSync(`${target}.map`, JSON.stringify(lean));
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  requireNode();
  await main(async () => {
    for (const name of packages().keys()) await step(`pack/${name}`, () => pack(join(root, "pack"), [name]));
  });
}
