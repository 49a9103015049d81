/** A MariaDB of its own for a test file. */

import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { MariadbDatabaseOptions } from "../../server/src/store/index.js";
import { Daemon, daemonFolder, runAs, runOnce, type ServerTls, tlsFiles } from "./daemon.js";
import { freePort } from "./process.js";
import { requireTool } from "./require.js";

export const mariadbRequirements = [requireTool("mariadbd"), requireTool("mariadb-install-db")];

export interface Mariadb extends AsyncDisposable {
  readonly daemon: Daemon;
  readonly port: number;
  /** Makes a new, empty database; what to connect to it with. */
  createDatabase(name: string, characterSet?: string): Promise<MariadbDatabaseOptions>;
  /** Runs SQL as another program would; gives the rows of the last statement. */
  query(database: string, sql: string): Promise<readonly Record<string, unknown>[]>;
  /** Holds a table, in a session of its own, until disposed of. */
  lock(database: string, table: string): Promise<AsyncDisposable>;
}

/** Where it has TLS, there is a user "mutual" too, who needs a certificate. */
export async function startMariadb({ tls }: { readonly tls?: ServerTls } = {}): Promise<Mariadb> {
  const as = runAs("mysql", "nobody");
  const folder = await daemonFolder("mariadb", as);
  const [data, socket, port] = [`${folder}/data`, `${folder}/s`, await freePort()];
  await runOnce(as, mariadbRequirements[1]?.path ?? "", [
    "--no-defaults",
    `--datadir=${data}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
    "--skip-name-resolve",
  ]);
  const files = tls && tlsFiles(tls, folder, as);
  const args = [
    "--no-defaults",
    ...(files === undefined ? [] : [`--ssl-cert=${files.cert}`, `--ssl-key=${files.key}`, `--ssl-ca=${files.ca}`]),
    `--datadir=${data}`,
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
  const daemon = new Daemon(folder, as, mariadbRequirements[0]?.path ?? "", args, /ready for connections/);
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
