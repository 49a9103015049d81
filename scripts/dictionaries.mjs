#!/usr/bin/env node
// node scripts/dictionaries.mjs put      puts a copy of dictionaries/ into the package @diamgen/dictionary, for `npm pack` and `npm publish` there
// node scripts/dictionaries.mjs remove   takes it away again
//
// The dictionaries stand at the root of the repository, for they are what one comes to read; published, they are part of that package.

import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib.mjs";

const copy = join(root, "generator", "dictionary", "dictionaries");
const [, , what] = process.argv;
if (what !== "put" && what !== "remove") {
  process.stderr.write("usage: node scripts/dictionaries.mjs put|remove\n");
  process.exit(2);
}
rmSync(copy, { recursive: true, force: true });
if (what === "put") cpSync(join(root, "dictionaries"), copy, { recursive: true });
