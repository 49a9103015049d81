// npm run bench -- tricks; see README.md and docs/performance.md.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BenchError, output, pinning, spread, table, withFolder } from "../lib.mjs";
import { TRICKS, WAIVED } from "./tricks.mjs";
import { makeVariant } from "./variant.mjs";

export const usage = "tricks [--processes 5] [--turns 40] [--only NAME]";

const ALL = { ...TRICKS, ...WAIVED };
const MESSAGES = ["mar", "ccr", "ccrbig"];
const COLUMNS = MESSAGES.flatMap((message) => ["decode", "encode"].map((direction) => ({ message, direction })));
/** Milliseconds of one measurement. */
const MS = 5;

export async function run(args) {
  const { processes, turns, names } = optionsOf(args);
  const pin = await pinning();
  await withFolder(async (folder) => {
    const present = await makeVariant(join(folder, "present"));
    process.stdout.write(
      `Without a trick, how many times as long as with it: medians of ${processes} processes with ${turns} turns of ${MS} ms each.\n\n`,
    );
    const rows = [];
    for (const [number, name] of names.entries()) {
      process.stderr.write(`${name}\n`);
      const without = await makeVariant(join(folder, `${number}`), ALL[name]);
      const results = [];
      for (let round = 0; round < processes; round++)
        results.push(JSON.parse(await output([...pin.prefix, ...measure(present, without, turns)])));
      rows.push([name, ...COLUMNS.map((column) => cell(results, column))]);
    }
    const heading = ["trick", ...COLUMNS.map(({ message, direction }) => `${message} ${direction}`)];
    process.stdout.write(`${table([heading, ...rows], 1)}\n`);
  });
}

function optionsOf(args) {
  const options = { processes: 5, turns: 40, names: Object.keys(ALL) };
  for (let i = 0; i < args.length; i += 2) {
    const value = args[i + 1];
    if ((args[i] === "--processes" || args[i] === "--turns") && Number(value) >= 1)
      options[args[i].slice(2)] = Math.floor(Number(value));
    else if (args[i] === "--only" && Object.hasOwn(ALL, value ?? "")) options.names = [value];
    else throw new BenchError(`usage: npm run bench -- ${usage}`);
  }
  return options;
}

function measure(present, without, turns) {
  const script = fileURLToPath(new URL("turns.mjs", import.meta.url));
  return [process.execPath, script, JSON.stringify({ variants: { present, without }, turns, ms: MS, only: MESSAGES })];
}

function cell(results, { message, direction }) {
  const { median, min, max } = spread(results.map((result) => result[message][direction].without));
  return results.length === 1 ? median.toFixed(2) : `${median.toFixed(2)} (${min.toFixed(2)}..${max.toFixed(2)})`;
}
