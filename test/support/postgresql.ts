/** A PostgreSQL of its own for a test file. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import pg from "pg";
import type { PostgresqlDatabaseOptions } from "../../server/src/store/index.js";
import { Daemon, daemonFolder, runAs, runOnce, type ServerTls, type Transaction, tlsFiles } from "./daemon.js";
import { freePort } from "./process.js";
import { requireTool } from "./requirement.js";

const initdb = requireTool("initdb");

export const postgresqlRequirements = [initdb];

export interface Postgresql extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly port: number;
  /** Makes a new, empty database; what to connect to it with. */
  createDatabase(name: string, encoding?: string): Promise<PostgresqlDatabaseOptions>;
  /** Runs SQL as another program would; gives the rows. */
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Runs SQL in a transaction that goes on until it is told to commit. */
  begin(database: string, sql: string): Promise<Transaction>;
  /** Holds a table, in a session of its own, until disposed of. */
  lock(database: string, table: string): Promise<AsyncDisposable>;
}

/** Where it has TLS, there is a user "mutual" too, who needs a certificate. */
export async function startPostgresql({ tls }: { readonly tls?: ServerTls } = {}): Promise<Postgresql> {
  const as = runAs("postgres", "nobody");
  const folder = await daemonFolder("postgresql", as);
  const [data, port, passwordFile] = [`${folder}/data`, await freePort(), `${folder}/password`];
  await writeFile(passwordFile, "db secret", { mode: 0o644 });
  const init = ["-D", data, "-U", "diamgen", "--auth=scram-sha-256", `--pwfile=${passwordFile}`];
  await runOnce(as, initdb.path, [...init, "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]);
  const files = tls && tlsFiles(tls, folder, as);
  if (files !== undefined) {
    const rule = "hostssl all mutual 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n";
    const file = join(data, "pg_hba.conf");
    await writeFile(file, rule + (await readFile(file, "utf8")));
  }
  const settings = [
    ...(files === undefined
      ? []
      : ["ssl=on", `ssl_cert_file=${files.cert}`, `ssl_key_file=${files.key}`, `ssl_ca_file=${files.ca}`]),
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "fsync=on",
    "synchronous_commit=on",
    "shared_buffers=16MB",
    // Not the time zone of anybody else: nothing may depend on it.
    "timezone=Asia/Kolkata",
  ];
  const program = join(dirname(initdb.path), "postgres");
  const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
  const daemon = new Daemon(folder, as, program, args, /ready to accept connections/);
  const connection = { host: "127.0.0.1", port, user: "diamgen", password: "db secret" };
  const connect = async (database: string) => {
    const client = new pg.Client({ ...connection, database });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const query: Postgresql["query"] = async (database, sql) => {
    const client = await connect(database);
    try {
      return (await client.query(sql)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  };
  try {
    await daemon.start();
    if (tls !== undefined) await query("postgres", "CREATE ROLE mutual SUPERUSER LOGIN PASSWORD 'db secret'");
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
  return {
    daemon,
    port,
    query,
    async begin(database, sql) {
      const client = await connect(database);
      await client.query("BEGIN");
      await client.query(sql);
      return { commit: async () => void (await client.query("COMMIT")), end: () => client.end().catch(() => {}) };
    },
    async lock(database, table) {
      const client = await connect(database);
      await client.query("BEGIN");
      await client.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      return { [Symbol.asyncDispose]: () => client.end().catch(() => {}) };
    },
    async createDatabase(name, encoding = "UTF8") {
      const locale = encoding === "UTF8" ? "" : " LC_COLLATE 'C' LC_CTYPE 'C'";
      await query("postgres", `CREATE DATABASE "${name}" ENCODING '${encoding}'${locale} TEMPLATE template0`);
      return { type: "postgresql", ...connection, database: name };
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
