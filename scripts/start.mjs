#!/usr/bin/env node
// npm start: in a fresh clone, installs, builds and runs the tour; afterwards only what has changed, and the tour.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { install, isInstalled, main, requireNode, root, status } from "./lib.mjs";

const TOUR = "server/dist/demo/tour.js";

requireNode();
await main(async () => {
  if (!isInstalled() || !existsSync(join(root, TOUR))) {
    process.stdout.write(
      "First run: installing packages and building takes a minute or two; later runs take seconds.\n",
    );
  }
  await install();
  await build();
  process.stdout.write("\n");
  const { code } = await status(process.execPath, [join(root, TOUR), ...process.argv.slice(2)]);
  return code ?? 1;
});
