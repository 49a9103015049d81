#!/usr/bin/env node
// npm run example -- NAME [ARGUMENTS]: installs and builds what has changed, then runs examples/NAME/main.ts.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { buildPackages } from "./build.mjs";
import { install, main, requireNode, root, status } from "./lib.mjs";

requireNode();
const [name, ...rest] = process.argv.slice(2);
const folder = join(root, "examples");
const names = readdirSync(folder).filter((entry) => existsSync(join(folder, entry, "main.ts")));
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run example -- NAME\nexamples: ${names.join(", ")}\n`);
  process.exit(2);
}
await main(async () => {
  await install();
  await buildPackages();
  process.stdout.write("\n");
  const { code } = await status(process.execPath, [join(folder, "dist", name, "main.js"), ...rest]);
  return code ?? 1;
});
