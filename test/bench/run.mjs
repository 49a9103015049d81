#!/usr/bin/env node
// npm run bench -- NAME [options]; see README.md.
import { BenchError } from "./lib.mjs";

/** Each module exports `usage` and `run(args)`. */
const BENCHMARKS = {
  codec: () => import("./codec/command.mjs"),
  statistics: () => import("./statistics.mjs"),
  subscribers: () => import("./subscribers.mjs"),
  tricks: () => import("./tricks/command.mjs"),
  load: () => import("./load.mjs"),
  server: () => import("./server/command.mjs"),
};

async function main([name = "", ...args]) {
  if (!Object.hasOwn(BENCHMARKS, name)) {
    const usages = await Promise.all(Object.values(BENCHMARKS).map(async (load) => (await load()).usage));
    throw new BenchError(`usage:\n${usages.map((usage) => `  npm run bench -- ${usage}\n`).join("")}`);
  }
  const benchmark = await BENCHMARKS[name]();
  await benchmark.run(args);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof BenchError ? error.message : error.stack}\n`);
  process.exitCode = 1;
}
