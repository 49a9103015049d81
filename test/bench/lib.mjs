// What the benchmarks share: processes pinned to one core, statistics, tables.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Another implementation: its programs are compiled into a folder, then run any number of times.
 * @typedef {object} Peer
 * @property {string} key in the JSON file
 * @property {string} title in tables
 * @property {() => Promise<string | undefined>} missing why it cannot be measured here
 * @property {(folder: string) => Promise<void>} build compiles it into the folder
 * @property {(folder: string, options: MeasureOptions) => string[]} command prints one JSON object, by message
 */

/**
 * @typedef {object} MeasureOptions
 * @property {number} seconds of one measurement
 * @property {number} turns measurements, of which the median counts
 * @property {string[]} files one message each
 */

/** Ends a benchmark with a message for its user. */
export class BenchError extends Error {}

export const repositoryPath = (relative) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** Ctrl-C ends the programs under way, so that what waits for them can clean up. */
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => interrupted.abort());

/**
 * The standard output of a program that ends with 0; throws a BenchError with what it wrote to standard error otherwise.
 * @param {string[]} command
 * @param {{ input?: string, env?: Record<string, string> }} [options]
 */
export async function output(command, options) {
  const { code, stdout, stderr } = await run(command, options);
  if (code === 0) return stdout;
  throw new BenchError(`${command[0]} ended with ${code}: ${command.join(" ")}\n${stderr || stdout}`.trimEnd());
}

/** True where the program exists and ends with 0. */
export async function succeeds(command, options) {
  return (await run(command, options)).code === 0;
}

function run([program, ...args], { input = "", env = {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: { ...process.env, ...env }, signal: interrupted.signal });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.stdin.on("error", () => {}).end(input);
    child.on("error", (error) => resolve({ code: error.code, stdout, stderr: error.message }));
    child.on("close", (code, signal) => resolve({ code: code ?? signal, stdout, stderr }));
  });
}

/** Calls `use` with a folder for temporary files. */
export async function withFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "diamgen-bench-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * What to put before a command to keep it on one core, and the words for it.
 * @param {string | undefined} core by number; the last one that this process may use where undefined
 */
export async function pinning(core) {
  const wanted = core ?? (await lastCore());
  if (await succeeds(["taskset", "-c", wanted, "true"])) {
    return { prefix: ["taskset", "-c", wanted], text: `pinned to core ${wanted}` };
  }
  if (core !== undefined) throw new BenchError(`taskset cannot pin a program to core ${core}`);
  return { prefix: [], text: "not pinned to a core: taskset is missing" };
}

async function lastCore() {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return /^Cpus_allowed_list:.*?(\d+)$/m.exec(status)?.[1] ?? "0";
}

/**
 * @param {number[]} values
 * @returns {{ median: number, min: number, max: number } | undefined} undefined where there are none
 */
export function spread(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  return { median, min: sorted[0], max: sorted.at(-1) };
}

/**
 * Lines of a table; every column is as wide as its longest cell.
 * @param {string[][]} rows the first one is the heading
 * @param {number} left how many columns are aligned to the left
 */
export function table(rows, left) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  const [heading, ...body] = rows.map(line);
  return [heading, "-".repeat(heading.length), ...body].join("\n");
}
