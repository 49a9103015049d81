/** Programs as an application's bundler builds them: from dist/, for Node or for a browser, minified. */
import path from "node:path";
import { build, transform } from "esbuild";
import { rollup } from "rollup";
import { type Requirement, repositoryPath, requireFile } from "../support/require.js";

/** Octets as esbuild counts them when it says kb. */
export const KB = 1024;

/** What has to be built before anything can be bundled. */
export const BUILT: readonly Requirement[] = [
  requireFile(repositoryPath("runtime/dist/codec/index.js"), "npm run build"),
  requireFile(repositoryPath("generated/dist/sip/index.js"), "npm run build"),
];

/** Makes one module of a program, a module as text; what it imports from `node:` stays outside. */
export type Bundler = (program: string) => Promise<string>;

export const bundlers: Readonly<Record<"esbuild" | "rollup", Bundler>> = {
  esbuild: (program) => esbuild(program, "node"),
  rollup: withRollup,
};

/** For a browser there is no `node:`: importing from it fails the build. Packages are those that a module in `folder` would find. */
export async function esbuild(
  program: string,
  platform: "node" | "browser",
  folder: string = repositoryPath("test"),
): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: folder, loader: "js" },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform,
    external: platform === "node" ? ["node:*"] : [],
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

const ENTRY = "program.js";

async function withRollup(program: string): Promise<string> {
  const bundle = await rollup({
    input: ENTRY,
    external: /^node:/,
    plugins: [
      {
        name: "program",
        resolveId: (id, importer) => (id === ENTRY ? id : resolve(id, importer)),
        load: (id) => (id === ENTRY ? program : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "es" });
  await bundle.close();
  return (await transform(output[0].code, { minify: true, format: "esm", target: "es2022" })).code;
}

const FOLDERS: Readonly<Record<string, string>> = { runtime: "runtime/dist", sdk: "generated/dist" };

/** What @rollup/plugin-node-resolve reads from the packages' package.json. */
function resolve(id: string, importer: string | undefined): { id: string; moduleSideEffects: boolean } | null {
  const [, name = "", folder = ""] = /^@diamgen\/([^/]+)\/?(.*)$/.exec(id) ?? [];
  const dist = FOLDERS[name];
  if (dist !== undefined) return inert(repositoryPath(path.join(dist, folder, "index.js")));
  return id.startsWith(".") && importer !== undefined ? inert(path.join(path.dirname(importer), id)) : null;
}

function inert(id: string): { id: string; moduleSideEffects: boolean } {
  return { id, moduleSideEffects: false };
}
