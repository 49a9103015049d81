/** A MariaDB of its own for a test file. */

import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { MariadbDatabaseOptions } from "../../server/src/store/index.js";
import {
  Daemon,
  daemonFolder,
  type RunAs,
  runAs,
  runOnce,
  type ServerTls,
  type Transaction,
  tlsFiles,
} from "./daemon.js";
import { freePort } from "./process.js";
import { requireFile, requireTool } from "./requirement.js";

export const mariadbRequirements = [requireTool("mariadbd"), requireTool("mariadb-install-db")];

export interface Mariadb extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly port: number;
  /** Makes a new, empty database; what to connect to it with. */
  createDatabase(name: string, characterSet?: string): Promise<MariadbDatabaseOptions>;
  /** Runs SQL as another program would; gives the rows of the last statement. */
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Runs SQL in a transaction that goes on until it is told to commit. */
  begin(database: string, sql: string): Promise<Transaction>;
  /** Holds a table, in a session of its own, until disposed of. */
  lock(database: string, table: string): Promise<AsyncDisposable>;
}

/** Where it has TLS, there is a user "mutual" too, who needs a certificate. */
export async function startMariadb({ tls }: { readonly tls?: ServerTls } = {}): Promise<Mariadb> {
  const as = runAs("mysql", "nobody");
  const folder = await daemonFolder("mariadb", as);
  await runOnce(as, mariadbRequirements[1]?.path ?? "", [
    "--no-defaults",
    `--datadir=${folder}/data`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--skip-name-resolve",
  ]);
  return serve(folder, as, mariadbRequirements[0]?.path ?? "", [], tls);
}

/** Debian 12 has no MySQL: the variable MYSQLD names one, from 8.0 on, that is installed otherwise. */
export const mysqlRequirements = [
  requireFile(process.env.MYSQLD ?? "MYSQLD", "set MYSQLD to the program of a MySQL server"),
];

export async function startMysql({ tls }: { readonly tls?: ServerTls } = {}): Promise<Mariadb> {
  const as = runAs("mysql", "nobody");
  const folder = await daemonFolder("mysql", as);
  const program = mysqlRequirements[0]?.path ?? "";
  await runOnce(as, program, ["--no-defaults", `--datadir=${folder}/data`, "--initialize-insecure"]);
  return serve(folder, as, program, ["--mysqlx=OFF", "--secure-file-priv=NULL"], tls);
}

async function serve(
  folder: string,
  as: RunAs,
  program: string,
  own: readonly string[],
  tls: ServerTls | undefined,
): Promise<Mariadb> {
  const [socket, port] = [`${folder}/s`, await freePort()];
  const files = tls && tlsFiles(tls, folder, as);
  const args = [
    "--no-defaults",
    ...own,
    ...(files === undefined ? [] : [`--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`, `--ssl-ca=${files.ca}`]),
    `--datadir=${folder}/data`,
    `--socket=${socket}`,
    `--pid-file=${folder}/pid`,
    "--bind-address=127.0.0.1",
    `--port=${port}`,
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=32M",
    "--skip-name-resolve",
    // Not the time zone of anybody else: nothing may depend on it.
    "--default-time-zone=+05:30",
  ];
  const daemon = new Daemon(folder, as, program, args, /ready for connections/);
  const connect = (database: string) =>
    createConnection({ socketPath: socket, user: "root", ...(database !== "" && { database }), dateStrings: true });
  const query: Mariadb["query"] = async (database, sql) => {
    const connection = await connect(database);
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  };
  try {
    await daemon.start();
    await query("", "CREATE USER diamgen@'%' IDENTIFIED BY 'db secret'");
    await query("", "GRANT ALL ON *.* TO diamgen@'%'");
    if (tls !== undefined) {
      await query("", "CREATE USER mutual@'%' IDENTIFIED BY 'db secret' REQUIRE X509");
      await query("", "GRANT ALL ON *.* TO mutual@'%'");
    }
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
  return {
    daemon,
    port,
    query,
    async begin(database, sql) {
      const connection = await connect(database);
      connection.on("error", () => {});
      await connection.beginTransaction();
      await connection.query(sql);
      return { commit: () => connection.commit(), end: async () => connection.destroy() };
    },
    async lock(database, table) {
      const connection = await connect(database);
      connection.on("error", () => {});
      await connection.query(`LOCK TABLES ${table} WRITE`);
      return { [Symbol.asyncDispose]: async () => connection.destroy() };
    },
    async createDatabase(name, characterSet = "utf8mb4") {
      await query("", `CREATE DATABASE \`${name}\` CHARACTER SET ${characterSet}`);
      return { type: "mariadb", port, user: "diamgen", password: "db secret", database: name };
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}
