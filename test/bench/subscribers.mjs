// npm run bench -- subscribers; see README.md.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BenchError, output, pinning, repositoryPath, spread, table } from "./lib.mjs";

export const usage = "subscribers [--processes 5] [--turns 60]";

const CEILING = repositoryPath("../shared/bench/ceiling.mjs");

export async function run(args) {
  const options = { processes: 5, turns: 60 };
  for (let i = 0; i < args.length; i += 2) {
    const name = args[i].slice(2);
    if (!Object.hasOwn(options, name) || !(Number(args[i + 1]) >= 1))
      throw new BenchError(`usage: npm run bench -- ${usage}`);
    options[name] = Math.floor(Number(args[i + 1]));
  }
  if (!existsSync(CEILING)) throw new BenchError("the ceiling is missing: ../shared/bench/ceiling.mjs");
  const { prefix } = await pinning();
  const script = fileURLToPath(new URL("codec/subscribers.mjs", import.meta.url));
  const rounds = [];
  for (let i = 0; i < options.processes; i++) {
    const command = [...prefix, process.execPath, script, CEILING, `${options.turns}`];
    rounds.push(JSON.parse(await output(command, { env: { STR: "slice1" } })));
  }
  const rows = Object.keys(rounds[0]).map((count) => {
    const { median, min, max } = spread(rounds.map((round) => round[count]));
    return [count, `${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)})`];
  });
  process.stdout.write(`${table([["subscribers", "MAR decode, ours/ceiling"], ...rows], 1)}\n`);
}
