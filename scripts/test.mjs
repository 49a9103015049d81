#!/usr/bin/env node
// npm test: installs and builds where needed, then every check and every test. Arguments go to vitest.
//
// Each step besides vitest counts as one test. The last line is `N passed, N failed`, with `, N skipped` after it
// where there are skips. A failed install or build ends the run; any other failure does not stop what follows.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildGenerator, buildPackages, checkDrift } from "./build.mjs";
import { install, requireNode, root, run, StepFailed, status, step, typescript } from "./lib.mjs";

const total = { passed: 0, failed: 0, skipped: 0 };

requireNode();
if ((await counted(prepare)) && (await counted(buildGenerator)) && (await counted(buildPackages))) {
  await counted(checkDrift);
  await counted(() => step("format and lint (biome)", biome));
  await counted(() =>
    step("check the types of sources and tests", () => typescript("-p", "tsconfig.json", "--noEmit")),
  );
  await vitest(process.argv.slice(2));
}

const skipped = total.skipped === 0 ? "" : `, ${total.skipped} skipped`;
process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

async function prepare() {
  await install();
}

function biome() {
  const program = join(root, "node_modules", "@biomejs", "biome", "bin", "biome");
  const colors = process.stdout.isTTY ? [] : ["--colors=off"];
  return run(process.execPath, [program, "ci", ...colors, "."]);
}

/** Runs a step as one test; true where it passed. */
async function counted(action) {
  try {
    await action();
    total.passed++;
    return true;
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error;
    total.failed++;
    return false;
  }
}

async function vitest(args) {
  const folder = mkdtempSync(join(tmpdir(), "diamgen-test-"));
  const report = join(folder, "vitest.json");
  try {
    const program = join(root, "node_modules", "vitest", "vitest.mjs");
    const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const { code } = await status(process.execPath, [program, "run", ...reporters, ...args]);
    add(resultsOf(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The files of a vitest run with their tests; none where vitest did not get as far as a report. */
function resultsOf(report) {
  try {
    return JSON.parse(readFileSync(report, "utf8")).testResults;
  } catch {
    return [];
  }
}

function add(files, exitCode) {
  const failedBefore = total.failed;
  for (const file of files) {
    for (const { status: outcome, fullName } of file.assertionResults) {
      if (outcome === "passed") total.passed++;
      else if (outcome === "failed") total.failed++;
      else {
        total.skipped++;
        process.stdout.write(`skipped  ${fullName}\n`);
      }
    }
    // A file that could not be loaded, or a failed hook, fails without a failed test.
    const someFailed = file.assertionResults.some(({ status: outcome }) => outcome === "failed");
    if (file.status === "failed" && !someFailed) total.failed++;
  }
  // An error outside of any test, or no report at all.
  if (exitCode !== 0 && total.failed === failedBefore) total.failed++;
}
