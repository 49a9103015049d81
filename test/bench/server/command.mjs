// Runs main.ts on the first core, away from the servers, and prints the medians of its turns.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runBundled } from "../../../scripts/bundled.mjs";
import { BenchError, spread, succeeds, table, withFolder } from "../lib.mjs";

export const usage =
  "server [--seconds 5] [--warm-up 3] [--turns 3] [--only TEXT] [--connections 8] [--in-flight 16] [--json FILE]";

const text = (value) => ({ type: "string", default: value });

export async function run(args) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: text("5"),
      "warm-up": text("3"),
      turns: text("3"),
      only: text(""),
      connections: text("8"),
      "in-flight": text("16"),
      json: { type: "string" },
    },
  });
  const { json, ...settings } = values;
  const firstCore = ["taskset", "-c", "0"];
  if (!(await succeeds([...firstCore, "true"]))) throw new BenchError("taskset is missing (Debian: util-linux)");
  const turns = await withFolder(async (folder) => {
    const file = join(folder, "turns.json");
    await runBundled("test/bench/server/main.ts", {
      args: [...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]), "--json", file],
      external: ["mysql2", "pg", "libsql"],
      prefix: firstCore,
    });
    return JSON.parse(await readFile(file, "utf8").catch(() => "[]"));
  });
  if (turns.length === 0) throw new BenchError("nothing was measured");
  if (json !== undefined) await writeFile(json, JSON.stringify(turns));
  for (const job of new Set(turns.map((turn) => turn.job))) {
    process.stdout.write(`\n${job}\n${tableOf(turns.filter((turn) => turn.job === job))}\n`);
  }
}

function tableOf(turns) {
  const heading = ["", "answers/s", "range", "CPU us", "database us", "p50 ms", "p99 ms", "MiB", "Result-Codes"];
  const rows = [...new Set(turns.map(({ server }) => server))].map((server) => {
    const mine = turns.filter((turn) => turn.server === server);
    const of = (value) => spread(mine.map(value).filter((one) => typeof one === "number"));
    // Nothing was answered, or there is no database of its own.
    const shown = (one, digits) => one?.median.toFixed(digits) ?? "";
    const rate = of(({ answers, seconds }) => answers / seconds);
    return [
      server,
      rate.median.toFixed(0),
      `${rate.min.toFixed(0)} to ${rate.max.toFixed(0)}`,
      shown(
        of(({ serverMicroseconds }) => serverMicroseconds),
        1,
      ),
      shown(
        of(({ databaseMicroseconds }) => databaseMicroseconds),
        1,
      ),
      shown(
        of(({ p50 }) => p50),
        2,
      ),
      shown(
        of(({ p99 }) => p99),
        2,
      ),
      mine
        .at(-1)
        .memory.map((mib) => mib.toFixed(0))
        .join(" + "),
      [...new Set(mine.flatMap(({ resultCodes }) => Object.keys(resultCodes)))].join(" "),
    ];
  });
  return table([heading, ...rows], 1);
}
