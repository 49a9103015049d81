/** MariaDB or MySQL by mysql2: statements prepared by the server (never values written into the text), each with a deadline. */

import { connect, isIP } from "node:net";
import { createPool, type Pool, type PoolConnection, type PoolOptions } from "mysql2";
import type { DatabaseTls, MariadbDatabaseOptions } from "../options.js";
import { type PoolHealth, PoolUsage } from "../pool-health.js";
import type { SqlExecutor, SqlResult, SqlServer, SqlValue } from "../sql/executor.js";
import { Gate } from "../sql/gate.js";
import { inTransaction, type TransactionExecutor } from "../sql/transaction.js";
import { isOfConnection, StoreError, toStoreError } from "../store-error.js";
import { classifyMariadb } from "./errors.js";

const MAX_CONNECTIONS = 8;

/** Milliseconds. */
const LONGEST_TIMER = 0x7fffffff;

/** READ COMMITTED, as each session is set. */
const BEGIN = "START TRANSACTION";

export class MariadbServer implements SqlServer {
  readonly dialect = "mariadb";
  readonly #pool: Pool;
  readonly #gate: Gate;
  readonly #usage = new PoolUsage();
  readonly #maxConnections: number;
  readonly #statementTimeoutMs: number;
  readonly #connectTimeoutMs: number;
  #closed: Promise<void> | undefined;

  constructor(options: MariadbDatabaseOptions) {
    this.#statementTimeoutMs = options.statementTimeoutMs ?? 5000;
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 5000;
    this.#gate = new Gate({ backoff: options.backoffMs ?? { first: 100, last: 5000 } });
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.#pool = createPool(poolOptions(options, this.#connectTimeoutMs));
    this.#pool.on("connection", (connection) => this.#settle(connection as PoolConnection));
  }

  get pool(): PoolHealth {
    const { inUse, waiting } = this.#usage;
    return { up: this.#gate.isUp, inUse, waiting, max: this.#maxConnections };
  }

  execute(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult> {
    return this.#with((executor) => executor.execute(sql, parameters));
  }

  transaction<Result>(work: (executor: SqlExecutor) => Promise<Result>): Promise<Result> {
    return this.#with((executor) => inTransaction(executor, BEGIN, work));
  }

  maintenance<Result>(work: (executor: SqlExecutor) => Promise<Result>): Promise<Result> {
    return this.#with(async (executor) => {
      await executor.unlimited();
      return inTransaction(executor, BEGIN, work);
    });
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#pool.end(() => resolve()));
    return this.#closed;
  }

  #with<Result>(work: (executor: ConnectionExecutor) => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(new StoreError("STORE_CLOSED", "the database is closed"));
    const working = async (connection: PoolConnection): Promise<Result> => {
      const executor = new ConnectionExecutor(connection, this.#statementTimeoutMs);
      try {
        return await work(executor);
      } finally {
        executor.release();
      }
    };
    return this.#gate.pass(() => this.#usage.during(() => this.#connection(), working));
  }

  #connection(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      let late = false;
      // The driver's own deadline is for the connection, not for the wait until one is free.
      const timer = setTimeout(() => {
        late = true;
        reject(new StoreError("STORE_UNAVAILABLE", "MariaDB: no connection in time"));
      }, this.#connectTimeoutMs + 1000);
      this.#pool.getConnection((error, connection) => {
        clearTimeout(timer);
        if (late) connection?.release();
        else if (error) reject(toStoreError(error, "MariaDB", classifyMariadb));
        else resolve(connection);
      });
    });
  }

  /** What every session is set to. Its first statements, so all others come after. */
  #settle(connection: PoolConnection): void {
    const seconds = this.#statementTimeoutMs / 1000;
    const ignore = () => {};
    // What another process has committed is seen: a record that it stored first is found when ours runs into it.
    connection.query("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", ignore);
    connection.query(`SET SESSION innodb_lock_wait_timeout = ${Math.max(1, Math.floor(seconds))}`, ignore);
    // Of tables: a year, in MySQL.
    connection.query(`SET SESSION lock_wait_timeout = ${Math.max(1, Math.floor(seconds))}`, ignore);
    // Too long a text is an error, not cut in silence. All else that a server may be set to, such as texts padded with blanks, is not ours.
    connection.query("SET SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'", ignore);
    // MariaDB's, then MySQL's, which has it for SELECT only. Each refuses the other's.
    connection.query(`SET SESSION max_statement_time = ${seconds}`, ignore);
    connection.query(`SET SESSION max_execution_time = ${this.#statementTimeoutMs}`, ignore);
  }
}

class ConnectionExecutor implements TransactionExecutor {
  readonly dialect = "mariadb";
  readonly #connection: PoolConnection;
  #timeoutMs: number;
  #spent = false;
  #broken = false;

  constructor(connection: PoolConnection, statementTimeoutMs: number) {
    this.#connection = connection;
    // The server's deadline comes first, so that the connection stays usable; ours is for a server that is gone.
    this.#timeoutMs = statementTimeoutMs + 1000;
  }

  execute(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult> {
    return this.#call((done) =>
      this.#connection.execute({ sql, timeout: this.#timeoutMs }, parameters.map(bindable), done),
    );
  }

  /** A statement that cannot be prepared. */
  command(sql: string): Promise<SqlResult> {
    return this.#call((done) => this.#connection.query({ sql, timeout: this.#timeoutMs }, done));
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  abandon(): void {
    this.#broken = true;
  }

  /** From now on statements have no deadline. The connection is not used for anything else after this. */
  async unlimited(): Promise<void> {
    this.#spent = true;
    this.#timeoutMs = LONGEST_TIMER;
    // MariaDB's alone: MySQL ends no statement but SELECT.
    await this.command("SET SESSION max_statement_time = 0").catch(() => {});
  }

  release(): void {
    if (this.#broken || this.#spent) this.#connection.destroy();
    else this.#connection.release();
  }

  #call(start: (done: (error: Error | null, result: unknown) => void) => void): Promise<SqlResult> {
    return new Promise((resolve, reject) => {
      start((error, result) => {
        if (error === null || error === undefined) {
          resolve(toResult(result));
          return;
        }
        const failure = toStoreError(error, "MariaDB", classifyMariadb);
        if (isOfConnection(failure)) this.#broken = true;
        reject(failure);
      });
    });
  }
}

/** mysql2 binds numbers as DOUBLE, which MySQL does not take everywhere; as texts they are taken, and exact. */
function bindable(value: SqlValue): string | null {
  return value === null ? null : String(value);
}

function toResult(result: unknown): SqlResult {
  if (Array.isArray(result)) return { rows: result as SqlResult["rows"], changes: 0 };
  return { rows: [], changes: (result as { readonly affectedRows?: number } | undefined)?.affectedRows ?? 0 };
}

function poolOptions(options: MariadbDatabaseOptions, connectTimeout: number): PoolOptions {
  const {
    host = "127.0.0.1",
    port = 3306,
    socketPath,
    user,
    password,
    database,
    tls,
    maxConnections = MAX_CONNECTIONS,
  } = options;
  return {
    ...(socketPath === undefined ? { host, port } : { socketPath }),
    ...(tls !== undefined && tls !== false && secured(host, port, socketPath, tls)),
    user,
    ...(password !== undefined && { password }),
    database,
    connectTimeout,
    connectionLimit: maxConnections,
    maxIdle: maxConnections,
    idleTimeout: 300_000,
    enableKeepAlive: true,
    charset: "utf8mb4_bin",
    timezone: "Z",
    dateStrings: true,
    supportBigNumbers: true,
    multipleStatements: false,
    maxPreparedStatements: 200,
    // A server cannot ask us for our files.
    flags: ["-LOCAL_FILES"],
  };
}

/**
 * mysql2 compares the certificate with its `host`, and where that is an address, with "localhost". So its host is the name that the certificate must
 * have, wherever we connect to.
 */
function secured(
  host: string,
  port: number,
  socketPath: string | undefined,
  tls: true | DatabaseTls,
): Pick<PoolOptions, "host" | "stream" | "ssl"> {
  const { ca, cert, key, servername = host } = tls === true ? {} : tls;
  if (socketPath !== undefined) throw new StoreError("STORE_INVALID", "MariaDB: there is no TLS to a Unix socket");
  if (isIP(servername) !== 0)
    throw new StoreError(
      "STORE_INVALID",
      `MariaDB: TLS needs the name that the certificate must have, not ${servername}`,
    );
  return {
    host: servername,
    stream: () => connect({ host, port, noDelay: true, keepAlive: true }),
    ssl: {
      rejectUnauthorized: true,
      verifyIdentity: true,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    },
  };
}
