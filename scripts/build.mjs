#!/usr/bin/env node
// npm run build      builds everything: the generator, the generated sources, then all packages
// npm run generate   stops after the generated sources
// npm run check      exits 1 where generated/src is not what the generator makes from dictionaries/

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { diamgen, dictionaries, main, requireNode, StepFailed, step, typescript } from "./lib.mjs";

const GENERATED = "generated/src";

/** The generator and what it stands on; it does not depend on what it generates. */
export function buildGenerator() {
  return step("build the generator (runtime, @diamgen/dictionary, diamgen)", () =>
    typescript("-b", "runtime", "generator/dictionary", "generator/diamgen"),
  );
}

/** Writes generated/src; files that stay the same are not touched. */
export function generate() {
  return step(`generate ${GENERATED} from dictionaries/`, () => diamgen("generate", "--out", GENERATED, ...sources()));
}

/** Compares generated/src with what the generator makes now; needs `buildGenerator` first. */
export function checkDrift() {
  return step(`check that ${GENERATED} is what dictionaries/ give`, () =>
    diamgen("check", "--out", GENERATED, ...sources()),
  );
}

/** Every package, incrementally. */
export function buildPackages() {
  return step("build all packages", () => typescript("-b", "tsconfig.build.json"));
}

function sources() {
  const files = dictionaries();
  if (files.length === 0) throw new StepFailed("there is no dictionaries/*.xml");
  return files;
}

const commands = {
  all: async () => {
    await buildGenerator();
    await generate();
    await buildPackages();
  },
  generate: async () => {
    await buildGenerator();
    await generate();
  },
  check: async () => {
    await buildGenerator();
    await checkDrift();
  },
};

/** The whole build, as `npm run build` does it. */
export const build = commands.all;

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  requireNode();
  const [name = "all", ...rest] = process.argv.slice(2);
  const command = Object.hasOwn(commands, name) && rest.length === 0 ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write("usage: node scripts/build.mjs [generate | check]\n");
    process.exit(2);
  }
  await main(command);
}
