/** The benchmarks keep running: everything is compiled and measured for a moment; the times mean nothing and are not looked at. */

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUILT } from "../bundle/build.js";
import { describeWith, repositoryPath, requireFile, requireShared, requireTool } from "../support/require.js";

const run = promisify(execFile);
const script = repositoryPath("test/bench/run.mjs");
const TIMEOUT_MS = 120_000;

interface Patch {
  readonly files: RegExp;
  readonly change: (text: string, path: string) => string;
}

type Tricks = Readonly<Record<string, readonly Patch[]>>;

const { TRICKS, WAIVED }: { TRICKS: Tricks; WAIVED: Tricks } = await import(
  repositoryPath("test/bench/tricks/tricks.mjs")
);

const requirements = [
  requireFile(repositoryPath("runtime/dist/codec/message.js"), "npm run build"),
  requireFile(repositoryPath("generated/dist/sip/index.js"), "npm run build"),
  requireFile(repositoryPath("generated/dist/ro/index.js"), "npm run build"),
  requireShared("bench/ceiling.mjs"),
  requireTool("cc"),
  requireTool("erl"),
  requireTool("freeDiameterd"),
];

interface Row {
  readonly message: string;
  readonly direction: string;
  readonly ns: Readonly<Record<string, { readonly median: number } | undefined>>;
}

interface PeerResult {
  readonly avps: number;
  readonly unknown: number;
  readonly errors?: number;
  readonly identical: boolean;
}

interface Report {
  readonly notes: readonly string[];
  readonly rows: readonly Row[];
  readonly goals: readonly { readonly message: string; readonly side: string }[];
  readonly rounds: readonly Readonly<Record<string, Readonly<Record<string, PeerResult>>>>[];
}

const ROWS = ["dwr", "mar", "ccr", "ccrbig"].flatMap((message) => [`${message} decode`, `${message} encode`]);

describeWith(requirements, "npm run bench -- codec", () => {
  let folder: string;
  let stdout: string;
  let report: Report;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "diamgen-bench-test-"));
    const file = join(folder, "report.json");
    const env = { ...process.env, SECONDS: "0.005", TURNS: "1" };
    ({ stdout } = await run(process.execPath, [script, "codec", "--processes", "1", "--json", file], { env }));
    report = JSON.parse(await readFile(file, "utf8"));
  }, TIMEOUT_MS);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("prints a row for each message and direction", () => {
    for (const row of ROWS) expect(stdout).toMatch(new RegExp(`^${row.replace(" ", " +")} `, "m"));
    expect(report.rows.map(({ message, direction }) => `${message} ${direction}`)).toEqual(ROWS);
  });

  test("measures ours and the ceiling", () => {
    for (const { message, ns } of report.rows) {
      for (const side of ["ours", "ceiling"]) expect(ns[side]?.median, `${message} ${side}`).toBeGreaterThan(0);
    }
  });

  test.each(["freeDiameter", "erlang", "erlangBinaries"])(
    "%s decodes every message without an error and encodes the same octets",
    (peer) => {
      for (const [message, avps] of Object.entries({ dwr: 3, mar: 24, ccr: 61, ccrbig: 215 })) {
        const { errors = 0, ...result } = report.rounds[0]?.[peer]?.[message] ?? {};
        expect({ ...result, errors }, message).toMatchObject({ avps, unknown: 0, errors: 0, identical: true });
      }
      for (const { message, ns } of report.rows) expect(ns[peer]?.median, message).toBeGreaterThan(0);
    },
  );

  test("says of each goal whether it is met", () => {
    expect(report.goals).toHaveLength(3 * 2 * 3);
    const verdicts = stdout.match(/ (met|missed|not measured)$/gm);
    expect(verdicts).toHaveLength(report.goals.length);
  });
});

describeWith(BUILT, "npm run bench -- load", () => {
  test("measures importing and type-checking", { timeout: 2 * TIMEOUT_MS }, async () => {
    const { stdout } = await run(process.execPath, [script, "load", "--processes", "1", "--only", "sip"]);
    expect(stdout).toMatch(
      /^sip +\d+ +[\d.]+ k +[\d.]+ \([\d.]+\) ms +-?[\d.]+ ms +[\d.]+ \([\d.]+\) ms +(met|missed)$/m,
    );
    expect(stdout).toMatch(/^a client of S6a +[\d.]+ k +[\d.]+ \([\d.]+\) s +(met|missed)$/m);
  });
});

const serverRequirements = [
  ...requirements,
  requireTool("taskset"),
  requireTool("mariadbd"),
  requireTool("mariadb-install-db"),
  requireTool("mariadb_config"),
];

describeWith(serverRequirements, "npm run bench -- server", () => {
  test("measures servers that authenticate and account", { timeout: TIMEOUT_MS }, async () => {
    const short = ["--only", "MariaDB", "--turns", "1", "--warm-up", "0.1", "--seconds", "1", "--in-flight", "2"];
    const { stdout } = await run(process.execPath, [script, "server", ...short]);
    const rows = stdout.split("\n").filter((line) => line.startsWith("MariaDB, "));
    expect(rows.map((row) => row.split(/ {2,}/)[0])).toEqual(
      [1, 2].flatMap(() => [
        "MariaDB, freeDiameter + app_opensips",
        "MariaDB, diamgen-server",
        "MariaDB, diamgen-server, 2 workers",
      ]),
    );
    // Whoever does the work answers so, and nothing else.
    const [authentication, accounting] = [rows.slice(0, 3), rows.slice(3)];
    for (const row of authentication) expect(row).toMatch(/ [1-9]\d* .* 2006$/);
    for (const row of accounting) expect(row).toMatch(/ [1-9]\d* .* 2001$/);
  });
});

describeWith(BUILT, "npm run bench -- tricks", () => {
  const modules: { path: string; text: string }[] = [];

  beforeAll(() => {
    for (const name of ["runtime", "generated"]) {
      for (const path of readdirSync(repositoryPath(`${name}/dist`), { recursive: true, encoding: "utf8" })) {
        if (!path.endsWith(".js") || (name === "generated" && !/^(sip|ro)\b/.test(path))) continue;
        const text = readFileSync(repositoryPath(`${name}/dist/${path}`), "utf8");
        modules.push({ path: `${name}/dist/${path.replaceAll("\\", "/")}`, text });
      }
    }
  });

  test.each(Object.entries({ ...TRICKS, ...WAIVED }))("%s can be taken away", (_, patches) => {
    for (const patch of patches) {
      const changed = modules
        .filter(({ path }) => patch.files.test(path))
        .map(({ path, text }) => ({ text, after: patch.change(text, path) }))
        .filter(({ text, after }) => after !== text);
      expect(changed.length).toBeGreaterThan(0);
      const { diagnostics } = ts.transpileModule(changed[0]?.after ?? "", { reportDiagnostics: true });
      expect(diagnostics).toEqual([]);
    }
  });

  test("measures what one brings", { timeout: TIMEOUT_MS }, async () => {
    const name = "short texts from a cache";
    const { stdout } = await run(process.execPath, [
      script,
      "tricks",
      "--processes",
      "1",
      "--turns",
      "1",
      "--only",
      name,
    ]);
    expect(stdout).toMatch(new RegExp(`^${name}( +[\\d.]+){6}$`, "m"));
  });
});

describeWith([...BUILT, requireShared("bench/ceiling.mjs")], "npm run bench -- subscribers", () => {
  test("compares one with many", { timeout: TIMEOUT_MS }, async () => {
    const { stdout } = await run(process.execPath, [script, "subscribers", "--processes", "1", "--turns", "1"]);
    expect(stdout).toMatch(/^1 +[\d.]+ \([\d.]+\)$\n^512 +[\d.]+ \([\d.]+\)$/m);
  });
});

describe("npm run bench", () => {
  test.each([
    [[]],
    [["other"]],
    [["codec", "--only", "xyz"]],
    [["codec", "--processes", "0"]],
    [["codec", "--what"]],
    [["load", "--what"]],
    [["tricks", "--only", "what"]],
    [["subscribers", "--what"]],
  ])("explains itself for %j", async (args) => {
    const failure = await run(process.execPath, [script, ...args]).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining("npm run bench -- ") });
  });
});
