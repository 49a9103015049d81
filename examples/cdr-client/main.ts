/** Two servers over one database, and a client: the server that answers is killed, then the client, which goes on where it was. `main.js [FOLDER]` */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { startDiamgenServer } from "../lib/diamgen-server.js";

const CLIENT = fileURLToPath(new URL("client.js", import.meta.url));
const RECORDS = fileURLToPath(new URL("../../cdr-client/calls.csv", import.meta.url));
const PER_SECOND = "40";

const [given] = process.argv.slice(2);
const folder = given ?? (await mkdtemp(join(tmpdir(), "cdr-client-")));

/** A server of the realm accounting.test; all of them share the database. */
async function start(name: string) {
  const config = join(folder, `${name}.yaml`);
  await writeFile(
    config,
    [
      `identity: ${name}.accounting.test`,
      "listen: [{ host: 127.0.0.1, port: 0 }]",
      "accept: [cdr.access.test]",
      "database: { type: sqlite, path: records.db }",
    ].join("\n"),
  );
  return startDiamgenServer(["--config", config]);
}

const servers = new Map([
  ["first.accounting.test", await start("first")],
  ["second.accounting.test", await start("second")],
]);

/** Runs the client, and shows what it prints to `each` too. */
async function runClient(each: (line: string, client: ChildProcess) => void): Promise<number | null> {
  const addresses = [...servers.values()].map(({ host, port }) => `${host}:${port}`);
  const args = [CLIENT, RECORDS, join(folder, "journal"), PER_SECOND, ...addresses];
  const client = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(client, "close");
  for await (const line of createInterface(client.stdout)) {
    console.log(line);
    each(line, client);
  }
  const [code] = await ended;
  return code;
}

let code: number | null = 1;
try {
  let acknowledged = 0;
  await runClient((line, client) => {
    const [, by = ""] = /^acknowledged .* by ([^,]+)/.exec(line) ?? [];
    if (by !== "") acknowledged++;
    if (acknowledged === 10 && servers.size === 2) {
      console.log(`--- killing ${by}`);
      void servers.get(by)?.kill();
      servers.delete(by);
    }
    if (acknowledged === 20 && !client.killed) {
      client.kill("SIGKILL");
      console.log("--- killing the client");
    }
  });
  console.log("--- starting the client again");
  code = await runClient(() => {});
} finally {
  for (const server of servers.values()) await server[Symbol.asyncDispose]();
  if (given === undefined) await rm(folder, { recursive: true });
}
process.exitCode = code ?? 1;
