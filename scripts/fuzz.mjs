#!/usr/bin/env node
// npm run fuzz -- [--messages N] [--minutes N] [--seed N] [--transport memory|tcp|tls] [--pieces SHARE]: see test/fuzz. Runs the sources, which Node 20 cannot read itself.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root, run } from "./lib.mjs";

const folder = mkdtempSync(join(root, "node_modules", ".fuzz-"));
try {
  const program = join(folder, "fuzz.mjs");
  await build({
    entryPoints: [join(root, "test", "fuzz", "main.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["diamgen-source"],
    external: ["fast-check", "fast-xml-parser"],
    logLevel: "error",
  });
  // What a round leaves behind dies young: room for it, and for one thread, for whoever runs it beside other work.
  const heap = ["--expose-gc", "--min-semi-space-size=32", "--max-semi-space-size=32", "--single-threaded-gc"];
  await run(process.execPath, [...heap, program, "--root", root, ...process.argv.slice(2)]);
} catch (error) {
  if (error.name !== "StepFailed") process.stderr.write(`${error.stack ?? error}\n`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
