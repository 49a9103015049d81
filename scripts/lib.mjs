// What the scripts of package.json share. Plain Node, no dependencies: `npm start` runs in a fresh clone.

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

const MINIMUM_NODE = [20, 19];

/** A step that went wrong; its own output has said why. */
export class StepFailed extends Error {}

/** Ends the process with a clear message where Node is too old to run the rest. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = MINIMUM_NODE;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  process.stderr.write(`diamgen needs Node ${MINIMUM_NODE.join(".")} or newer; this is ${process.version}.\n`);
  process.exit(2);
}

/** True where node_modules holds what package-lock.json asks for. */
export function isInstalled() {
  const wanted = packagesOf(join(root, "package-lock.json"));
  const present = packagesOf(join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    // Packages of other platforms are optional and not there; "" and the workspaces' own folders are not installed.
    if (!path.startsWith("node_modules/")) return true;
    const found = present[path];
    if (found === undefined) return entry.optional === true || entry.peer === true;
    return found.version === entry.version && found.resolved === entry.resolved;
  });
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

/** Installs exactly what package-lock.json says, where that is not installed yet. */
export async function install() {
  if (isInstalled()) return;
  await step("install the packages of package-lock.json (npm ci)", () =>
    run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
  );
}

/** Compiles the projects named, and those that they reference, where their sources have changed. */
export function typescript(...projects) {
  return run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), ...projects]);
}

/** Runs the diamgen of this repository. */
export function diamgen(...args) {
  return run(process.execPath, [join(root, "generator", "diamgen", "bin", "diamgen.js"), ...args]);
}

/** The dictionaries that `generated/src` is made from, in a fixed order. */
export function dictionaries() {
  const folder = join(root, "dictionaries");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".xml"))
    .sort()
    .map((file) => `dictionaries/${file}`);
}

/** Runs a program in the root of the repository. Its output appears as it comes; a failure throws StepFailed. */
export async function run(command, args) {
  const { code, signal } = await status(command, args);
  if (code !== 0) throw new StepFailed(signal === null ? `exit code ${code}` : `ended by ${signal}`);
}

/** Like `run`, but gives the exit status instead of throwing. */
export function status(command, args, { env = {} } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
    child.once("error", (cause) => reject(new StepFailed(`${command} cannot be started: ${cause.message}`, { cause })));
    // Ctrl-C reaches the child by itself; this process then waits for it to end in order.
    const interrupt = () => {};
    const terminate = () => child.kill("SIGTERM");
    process.on("SIGINT", interrupt);
    process.on("SIGTERM", terminate);
    child.once("close", (code, signal) => {
      process.off("SIGINT", interrupt);
      process.off("SIGTERM", terminate);
      resolve({ code, signal });
    });
  });
}

/** Does one step and says in one line what it did, how it ended and how many seconds it took. */
export async function step(title, action) {
  const begun = performance.now();
  const seconds = () => `${((performance.now() - begun) / 1000).toFixed(1)} s`;
  try {
    const result = await action();
    process.stdout.write(`ok    ${title} (${seconds()})\n`);
    return result;
  } catch (error) {
    process.stdout.write(`FAIL  ${title} (${seconds()}): ${error.message}\n`);
    if (error instanceof StepFailed) throw error;
    throw new StepFailed(error.message, { cause: error });
  }
}

/** Runs a script's `main`; a failed step has been reported already and ends with exit code 1. */
export async function main(action) {
  try {
    process.exitCode = (await action()) ?? 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    process.exitCode = 1;
  }
}
