/** PostgreSQL by pg: statements prepared by name, each with a deadline. */

import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import pg from "pg";
import type { DatabaseTls, PostgresqlDatabaseOptions } from "../options.js";
import { type PoolHealth, PoolUsage } from "../pool-health.js";
import type { SqlExecutor, SqlResult, SqlServer, SqlValue } from "../sql/executor.js";
import { Gate } from "../sql/gate.js";
import { inTransaction, type TransactionExecutor } from "../sql/transaction.js";
import { isOfConnection, StoreError, toStoreError } from "../store-error.js";
import { classifyPostgresql } from "./errors.js";

/** Distinct statements that each connection keeps prepared; ours are fewer. */
const MAX_PREPARED = 200;

const MAX_CONNECTIONS = 8;

/** Milliseconds; 0 would be the deadline of the pool. */
const LONGEST_TIMER = 0x7fffffff;

/** What another process has committed is seen: a record that it stored first is found when ours runs into it. */
const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED";

export class PostgresqlServer implements SqlServer {
  readonly dialect = "postgresql";
  readonly #pool: pg.Pool;
  readonly #gate: Gate;
  readonly #usage = new PoolUsage();
  readonly #maxConnections: number;
  readonly #statementTimeoutMs: number;
  readonly #names = new Map<string, string>();
  #closed: Promise<void> | undefined;

  constructor(options: PostgresqlDatabaseOptions) {
    this.#statementTimeoutMs = options.statementTimeoutMs ?? 5000;
    this.#gate = new Gate({ backoff: options.backoffMs ?? { first: 100, last: 5000 } });
    this.#maxConnections = options.maxConnections ?? MAX_CONNECTIONS;
    this.#pool = new pg.Pool(poolConfig(options, this.#statementTimeoutMs));
    // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
    this.#pool.on("error", () => {});
    this.#pool.on("connect", (client) => this.#settle(client));
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
    return this.#with((executor) =>
      inTransaction(executor, BEGIN, async () => {
        await executor.unlimited();
        return work(executor);
      }),
    );
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.end();
    return this.#closed;
  }

  #with<Result>(work: (executor: ClientExecutor) => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(new StoreError("STORE_CLOSED", "the database is closed"));
    const working = async (client: pg.PoolClient): Promise<Result> => {
      const executor = new ClientExecutor(client, (sql) => this.#nameOf(sql));
      try {
        return await work(executor);
      } finally {
        executor.release();
      }
    };
    return this.#gate.pass(() => this.#usage.during(() => this.#client(), working));
  }

  async #client(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (thrown) {
      throw toStoreError(thrown, "PostgreSQL", classifyPostgresql);
    }
  }

  /** What every session is set to. Its first statement, so all others come after. */
  #settle(client: pg.PoolClient): void {
    const ms = Math.floor(this.#statementTimeoutMs);
    client
      .query(
        `SET statement_timeout = ${ms}; SET lock_timeout = ${ms}; SET idle_in_transaction_session_timeout = ${2 * ms};
        SET synchronous_commit = on; SET timezone = 'UTC'; SET standard_conforming_strings = on`,
      )
      .catch(() => {});
  }

  /** undefined: not to be kept prepared. */
  #nameOf(sql: string): string | undefined {
    let name = this.#names.get(sql);
    if (name === undefined && this.#names.size < MAX_PREPARED) {
      name = `diamgen_${this.#names.size}`;
      this.#names.set(sql, name);
    }
    return name;
  }
}

class ClientExecutor implements TransactionExecutor {
  readonly dialect = "postgresql";
  readonly #client: pg.PoolClient;
  readonly #nameOf: (sql: string) => string | undefined;
  #broken = false;
  #patient = false;

  constructor(client: pg.PoolClient, nameOf: (sql: string) => string | undefined) {
    this.#client = client;
    this.#nameOf = nameOf;
    // A connection that breaks between two statements says so here only; the next statement then fails.
    client.on("error", this.#onError);
  }

  execute(text: string, values: readonly SqlValue[]): Promise<SqlResult> {
    const name = this.#nameOf(text);
    return this.#query({ text, values: [...values], ...(name !== undefined && { name }) });
  }

  command(text: string): Promise<SqlResult> {
    return this.#query({ text });
  }

  /** Within a transaction: for the rest of it, statements have no deadline; for what another process is making there is more time. */
  async unlimited(): Promise<void> {
    this.#patient = true;
    await this.command("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s'");
  }

  get isBroken(): boolean {
    return this.#broken;
  }

  abandon(): void {
    this.#broken = true;
  }

  release(): void {
    this.#client.off("error", this.#onError);
    this.#client.release(this.#broken);
  }

  readonly #onError = (): void => {
    this.#broken = true;
  };

  async #query(config: pg.QueryConfig): Promise<SqlResult> {
    const query = this.#patient ? { ...config, query_timeout: LONGEST_TIMER } : config;
    try {
      const { rows, rowCount } = await this.#client.query(query);
      return { rows: rows as SqlResult["rows"], changes: rowCount ?? 0 };
    } catch (thrown) {
      const failure = toStoreError(thrown, "PostgreSQL", classifyPostgresql);
      if (isOfConnection(failure)) this.#broken = true;
      throw failure;
    }
  }
}

function poolConfig(options: PostgresqlDatabaseOptions, statementTimeoutMs: number): pg.PoolConfig {
  const {
    host = "127.0.0.1",
    port = 5432,
    socketPath,
    user,
    password,
    database,
    tls,
    maxConnections = MAX_CONNECTIONS,
  } = options;
  return {
    host: socketPath ?? host,
    port,
    user,
    ...(password !== undefined && { password }),
    database,
    ...(tls !== undefined && tls !== false && { ssl: sslOptions(tls, host) }),
    max: maxConnections,
    idleTimeoutMillis: 300_000,
    connectionTimeoutMillis: options.connectTimeoutMs ?? 5000,
    // The server's deadline comes first, so that the connection stays usable; ours is for a server that is gone.
    query_timeout: statementTimeoutMs + 1000,
    keepAlive: true,
    application_name: "diamgen-server",
    types: { getTypeParser },
  };
}

const INT8 = 20;

/** Row ids as numbers, everything that is not text as the text that PostgreSQL sends, small integers apart. */
function getTypeParser(oid: number, format?: "text" | "binary"): (value: string) => unknown {
  if (oid === INT8) return Number;
  if (oid === pg.types.builtins.INT2 || oid === pg.types.builtins.INT4) {
    return pg.types.getTypeParser(oid, format as "text") as (value: string) => unknown;
  }
  return (value) => value;
}

/** pg wants the host's name in the certificate, whatever name it is given; so the comparison is ours. */
function sslOptions(tls: true | DatabaseTls, host: string): ConnectionOptions {
  const { ca, cert, key, servername = host } = tls === true ? {} : tls;
  return {
    rejectUnauthorized: true,
    checkServerIdentity: (_host, certificate) => checkServerIdentity(servername, certificate),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}
