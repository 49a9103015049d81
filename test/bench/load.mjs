// npm run bench -- load; see README.md and docs/size.md.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { pack } from "../../scripts/pack.mjs";
import { BenchError, output, repositoryPath, spread, table, withFolder } from "./lib.mjs";

export const usage = "load [--processes 11] [--only APPLICATION]";

const KB = 1000;

const GOALS = { importMs: 5, octets: 500 * KB, checkSeconds: 1.5 };

/** Of whatever is measured here there is a first time only, so each measurement is a process of its own. */
export async function run(args) {
  const options = optionsOf(args);
  await withFolder(async (folder) => {
    const modules = join(folder, "node_modules");
    await pack(modules, ["@diamgen/runtime", "@diamgen/sdk"]);
    await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
    const names = (await applicationsOf(modules)).filter((name) => options.only === undefined || name === options.only);
    if (names.length === 0) throw new BenchError(`there is no application ${options.only}`);
    print(
      `Importing: medians of ${options.processes} processes, in brackets the fastest; Node ${process.versions.node}.\n`,
    );
    print(`${await importTable(folder, modules, names, options)}\n`);
    print(
      `Type-checking, strict and against the declarations: median of ${options.checks} processes, in brackets the fastest.\n`,
    );
    print(await checkTable(folder, options));
  });
}

function optionsOf(args) {
  const options = { processes: 11, checks: 5, only: undefined };
  for (let i = 0; i < args.length; i += 2) {
    const value = args[i + 1];
    if (args[i] === "--processes" && Number(value) >= 1) {
      options.processes = Math.floor(Number(value));
      options.checks = Math.ceil(options.processes / 2);
    } else if (args[i] === "--only" && value) options.only = value;
    else throw new BenchError(`usage: npm run bench -- ${usage}`);
  }
  return options;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

/** Folders of the SDK that hold an application; the others are documents that define AVPs only. */
async function applicationsOf(modules) {
  const dist = join(modules, "@diamgen", "sdk", "dist");
  const folders = (await readdir(dist)).sort();
  return folders.filter((folder) => existsSync(join(dist, folder, "application.d.ts")));
}

/** Time of one import, in a process that has imported the others before. */
const PROGRAM = `
const [measured, ...before] = process.argv.slice(1);
for (const name of before) await import(name);
const begun = performance.now();
await import(measured);
process.stdout.write(String(performance.now() - begun));
`;

async function importTable(folder, modules, names, { processes }) {
  const rows = [["application", "kB", "tokens", "with the runtime loaded", "net", "cold", "goal"]];
  // What every import costs on this machine at this moment: a module of one line.
  await writeFile(join(folder, "empty.js"), "export const nothing = 0;\n");
  const subjects = [
    { title: "(an empty module)", name: "./empty.js", octets: 25 },
    {
      title: "(the runtime)",
      name: "@diamgen/runtime",
      octets: await octetsOf(join(modules, "@diamgen/runtime/dist")),
    },
    ...(await Promise.all(
      names.map(async (name) => ({
        title: name,
        name: `@diamgen/sdk/${name}`,
        octets: (await stat(join(modules, "@diamgen/sdk/dist", name, "index.js"))).size,
        isApplication: true,
      })),
    )),
  ];
  const times = new Map(subjects.map(({ name }) => [name, { warm: [], cold: [] }]));
  // Round by round, so that a busy moment of the machine does not fall on one of them alone.
  for (let round = 0; round < processes; round++) {
    for (const { name, isApplication } of subjects) {
      const { warm, cold } = times.get(name);
      cold.push(await timeOf(folder, [name]));
      if (isApplication) warm.push(await timeOf(folder, [name, "@diamgen/runtime", "@diamgen/runtime/codegen"]));
    }
  }
  const empty = spread(times.get(subjects[0].name).cold);
  for (const { title, name, octets, isApplication } of subjects) {
    const { warm, cold } = times.get(name);
    const met = isApplication && verdict(octets <= GOALS.octets && spread(warm).median <= GOALS.importMs);
    const tokens = isApplication ? await tokensOf(join(modules, "@diamgen/sdk/dist", subject(name), "index.js")) : "";
    const net = isApplication ? `${(spread(warm).min - empty.min).toFixed(1)} ms` : "";
    rows.push([title, (octets / KB).toFixed(0), tokens, milliseconds(warm), net, milliseconds(cold), met || ""]);
  }
  return `${table(rows, 1)}\n\nNet: the fastest, less the fastest empty module. Goal: an application in at most ${GOALS.importMs} ms, and at most ${GOALS.octets / KB} kB.`;
}

const subject = (name) => name.split("/").at(-1);

/** Thousands of tokens: V8 looks through each of them once, and that is most of an import; the same on every machine. */
async function tokensOf(path) {
  const scanner = ts.createScanner(
    ts.ScriptTarget.ES2022,
    true,
    ts.LanguageVariant.Standard,
    await readFile(path, "utf8"),
  );
  let count = 0;
  while (scanner.scan() !== ts.SyntaxKind.EndOfFileToken) count++;
  return `${(count / KB).toFixed(1)} k`;
}

async function timeOf(folder, [measured, ...before]) {
  // From a file in the folder, for that is where imports are resolved from.
  const program = join(folder, "import.js");
  if (!existsSync(program)) await writeFile(program, PROGRAM.replace("slice(1)", "slice(2)"));
  return Number(await output([process.execPath, program, measured, ...before]));
}

async function octetsOf(dist) {
  const files = (await readdir(dist, { recursive: true })).filter((name) => name.endsWith(".js"));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(dist, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function milliseconds(values) {
  const { median, min } = spread(values) ?? {};
  return median === undefined ? "" : `${median.toFixed(1)} (${min.toFixed(1)}) ms`;
}

function verdict(met) {
  return met ? "met" : "missed";
}

/** What an application's developer would write first. */
const CLIENT = `
import { DiameterNode } from "@diamgen/runtime";
import * as s6a from "@diamgen/sdk/s6a";
export const node = new DiameterNode({ originHost: "mme.test", originRealm: "test", applications: [s6a.application] });
export const answer = await s6a.client(node).purgeUe({ destinationRealm: "test", userName: "001010000000001", authSessionState: 1 });
`;

async function checkTable(folder, { checks }) {
  const types = join(folder, "node_modules", "@types");
  await mkdir(types);
  for (const name of ["@types/node", "undici-types"]) {
    await symlink(repositoryPath(`node_modules/${name}`), join(folder, "node_modules", name));
  }
  const base = JSON.parse(await output([...tsc(), "--showConfig", "-p", repositoryPath("runtime")])).compilerOptions;
  const { customConditions, composite, rootDir, outDir, tsBuildInfoFile, ...compilerOptions } = base;
  const rows = [["program", "symbols", "time", "goal"]];
  const programs = { "nothing (what tsc itself takes)": "export {};\n", "a client of S6a": CLIENT };
  for (const [title, text] of Object.entries(programs)) {
    await writeFile(join(folder, "client.ts"), text);
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...compilerOptions, noEmit: true }, files: ["client.ts"] }),
    );
    const times = [];
    let symbols;
    for (let round = 0; round < checks; round++) {
      const begun = performance.now();
      const report = await output([...tsc(), "-p", folder, "--diagnostics"]);
      times.push((performance.now() - begun) / 1000);
      symbols = Number(/^Symbols: +(\d+)/m.exec(report)?.[1]);
    }
    const { median, min } = spread(times);
    const met = text === CLIENT ? verdict(median <= GOALS.checkSeconds) : "";
    rows.push([title, `${(symbols / KB).toFixed(1)} k`, `${median.toFixed(2)} (${min.toFixed(2)}) s`, met]);
  }
  return `${table(rows, 1)}\n\nGoal: at most ${GOALS.checkSeconds} s.`;
}

function tsc() {
  return [process.execPath, repositoryPath("node_modules/typescript/bin/tsc")];
}
