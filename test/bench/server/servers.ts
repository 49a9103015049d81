/** The servers that are measured, each with its database, and what they consist of. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DatabaseOptions, openDatabase } from "../../../server/src/store/index.js";
import { FreeDiameter } from "../../support/freediameter.js";
import { startMariadb } from "../../support/mariadb.js";
import { startPostgresql } from "../../support/postgresql.js";
import { Program, run } from "../../support/process.js";
import { repositoryPath } from "../../support/requirement.js";
import { PASSWORD, REALM, USERS, userName } from "./load.js";

/** A server that listens, with USERS subscribers where it looks for any. */
export interface MeasuredServer extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Of its database, where that is a process of its own. */
  readonly databasePid: number | undefined;
}

export type Database = "SQLite" | "MariaDB" | "PostgreSQL";

const IDENTITY = `server.${REALM}`;

/** `diamgen-server` as an operator has it, but for its log: accounting to the database, with a spool. */
export async function diamgenServer(database: Database, workers: number): Promise<MeasuredServer> {
  return built(async (stack) => {
    const folder = await mkdtemp(join(tmpdir(), "diamgen-bench-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const { options, pid: databasePid } = await databaseOf(database, folder, stack);
    await addSubscribers(options);
    const file = join(folder, "server.yaml");
    const config = {
      identity: IDENTITY,
      listen: [{ host: "127.0.0.1", port: 0 }],
      accept: [`*.${REALM}`],
      database: options,
      accounting: { spool: { directory: join(folder, "spool") } },
      logging: { level: "warn" },
      workers,
    };
    // JSON is YAML.
    await writeFile(file, JSON.stringify(config));
    const bin = repositoryPath("server/bin/diamgen-server.js");
    const program = stack.use(Program.start(process.execPath, [bin, "--config", file]));
    const [, port] = await program.waitFor(/^listening on 127\.0\.0\.1 port (\d+) /m, { timeoutMs: 30_000 });
    return measured(stack, Number(port), program.pid, databasePid);
  });
}

/** A node of the runtime that decodes each request, and answers it without a look at anything. */
export async function runtimeServer(): Promise<MeasuredServer> {
  return built(async (stack) => {
    const program = stack.use(Program.start(process.execPath, [repositoryPath("test/bench/server/answering.mjs")]));
    const [, port] = await program.waitFor(/^(\d+)$/m);
    return measured(stack, Number(port), program.pid, undefined);
  });
}

/** freeDiameter with an extension that answers without a look at anything, or with what app_opensips does; see ../peers/sip_server.c. */
export async function freeDiameterServer(does: "answers" | "app_opensips"): Promise<MeasuredServer> {
  return built(async (stack) => {
    const folder = await mkdtemp(join(tmpdir(), "diamgen-bench-"));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const extension = join(folder, "sip_server.fdx");
    const source = repositoryPath("test/bench/peers/sip_server.c");
    const include = (await run("mariadb_config", ["--include"])).stdout.trim().split(" ");
    const libraries = ["-lmariadb", "-lgcrypt"];
    const compiler = await run("cc", [
      "-shared",
      "-fPIC",
      "-O2",
      "-Wall",
      "-o",
      extension,
      source,
      ...include,
      ...libraries,
    ]);
    if (compiler.code !== 0) throw new Error(`sip_server.c cannot be compiled:\n${compiler.output}`);
    let [setting, databasePid]: [string, number | undefined] = ["answer", undefined];
    if (does === "app_opensips") {
      const mariadb = stack.use(await startMariadb());
      const options = await mariadb.createDatabase("opensips");
      await addSubscribers(options);
      databasePid = mariadb.daemon.pid;
      setting = `database ${mariadb.daemon.folder}/s opensips ${join(folder, "acc.log")}`;
    }
    const server = stack.use(
      await FreeDiameter.start({
        identity: IDENTITY,
        accept: [`*.${REALM}`],
        dump: false,
        relay: false,
        extensions: ["dict_nasreq.fdx", "dict_sip.fdx", [extension, setting]],
      }),
    );
    return measured(stack, server.port, server.pid, databasePid);
  });
}

async function databaseOf(
  database: Database,
  folder: string,
  stack: Stack,
): Promise<{ readonly options: DatabaseOptions; readonly pid: number | undefined }> {
  if (database === "SQLite") return { options: { type: "sqlite", path: join(folder, "diamgen.db") }, pid: undefined };
  const server = stack.use(await (database === "MariaDB" ? startMariadb() : startPostgresql()));
  return { options: await server.createDatabase("diamgen"), pid: server.daemon.pid };
}

async function addSubscribers(options: DatabaseOptions): Promise<void> {
  const stores = await openDatabase(options);
  try {
    await stores.prepare();
    for (let index = 0; index < USERS; index++) {
      await stores.subscribers.add({ username: userName(index), domain: REALM, password: PASSWORD });
    }
  } finally {
    await stores.close();
  }
}

function measured(stack: Stack, port: number, pid: number, databasePid: number | undefined): MeasuredServer {
  return { port, pid, databasePid, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

/** What is to be undone, in reverse; Node 20 has no AsyncDisposableStack. */
class Stack implements AsyncDisposable {
  private readonly undoing: (() => unknown)[] = [];

  defer(undo: () => unknown): void {
    this.undoing.push(undo);
  }

  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]());
    return resource;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.undoing.reverse()) await undo();
  }
}

/** Nothing is left where it cannot be built to the end. */
async function built(build: (stack: Stack) => Promise<MeasuredServer>): Promise<MeasuredServer> {
  const stack = new Stack();
  try {
    return await build(stack);
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}
