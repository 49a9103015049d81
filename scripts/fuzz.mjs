#!/usr/bin/env node
// npm run fuzz -- [--messages N] [--minutes N] [--seed N] [--transport memory|tcp|tls] [--pieces SHARE]: see test/fuzz.
import { runBundled } from "./bundled.mjs";
import { root } from "./lib.mjs";

await runBundled("test/fuzz/main.ts", {
  args: ["--root", root, ...process.argv.slice(2)],
  external: ["fast-check", "fast-xml-parser"],
  // What a round leaves behind dies young: room for it, and for one thread, for whoever runs it beside other work.
  node: ["--expose-gc", "--min-semi-space-size=32", "--max-semi-space-size=32", "--single-threaded-gc"],
});
