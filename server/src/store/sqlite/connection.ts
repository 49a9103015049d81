/**
 * The one door to libsql. It is needed because libsql 0.5, unlike better-sqlite3, aborts the whole process where a
 * boolean is bound, and where `inTransaction` is read after close; cuts text at a NUL when reading; opens a network
 * connection for a path such as "libsql://..."; and lets statements run on after the database was closed.
 */

import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import Libsql from "libsql";
import { StoreError, toStoreError } from "../store-error.js";

export interface SqliteConnectionOptions {
  /** A file of the local machine, created with mode 0600 where it is missing; or ":memory:". */
  readonly path: string;
  /** How long to wait for a lock that another process holds. The event loop stands still meanwhile. Default 1000. */
  readonly busyTimeoutMs?: number | undefined;
}

/** What SQLite can bind. Integers beyond 64 bits and fractions are refused where a column cannot keep them. */
export type SqliteValue = string | number | bigint | null;

/** Distinct statements kept prepared. Ours are far fewer; the bound is for queries built at run time. */
const MAX_PREPARED = 200;

/** Synchronous, one per process and file. Every method throws a StoreError. */
export class SqliteConnection implements SqliteDatabase {
  readonly path: string;
  readonly #database: Libsql.Database;
  readonly #prepared = new Map<string, GuardedStatement>();
  #open = true;
  #inTransaction = false;
  #commits = 0;

  constructor(options: SqliteConnectionOptions) {
    this.path = options.path === ":memory:" ? options.path : resolve(options.path);
    try {
      // Subscribers' secrets are in it. SQLite gives its WAL and shared-memory files the mode of the database.
      if (this.path !== ":memory:") closeSync(openSync(this.path, "a", 0o600));
    } catch (thrown) {
      throw new StoreError("STORE_UNAVAILABLE", `cannot open ${this.path}: ${(thrown as Error).message}`, {
        cause: thrown,
      });
    }
    try {
      this.#database = new Libsql(this.path, { timeout: options.busyTimeoutMs ?? 1000 });
    } catch (thrown) {
      throw toStoreError(thrown, `cannot open ${this.path}`);
    }
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** How many transactions were committed through `transaction`. */
  get commits(): number {
    return this.#commits;
  }

  /** A prepared statement, kept for the next call with the same text. */
  prepare(sql: string): SqliteStatement {
    this.assertOpen();
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= MAX_PREPARED) this.#prepared.clear();
      statement = this.run(() => new GuardedStatement(this, this.#database.prepare(sql)));
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** Runs statements that take no parameters and give no rows. */
  exec(sql: string): void {
    this.run(() => this.#database.exec(sql));
  }

  /** The first column of a pragma's first row. */
  pragma(source: string): unknown {
    const [row] = this.prepare(`PRAGMA ${source}`).all([]) as Record<string, unknown>[];
    return row === undefined ? undefined : Object.values(row)[0];
  }

  /**
   * Runs `work` in a transaction that takes the write lock at once (BEGIN IMMEDIATE): one that began by reading could
   * find, when it comes to write, that another process wrote meanwhile, and would have to start over.
   *
   * When this returns, everything is on disk. When it throws, nothing is.
   */
  transaction<Result>(work: () => Result): Result {
    if (this.#inTransaction) throw new StoreError("STORE_FAILED", "a transaction within a transaction");
    this.exec("BEGIN IMMEDIATE");
    this.#inTransaction = true;
    try {
      const result = work();
      this.exec("COMMIT");
      this.#commits += 1;
      return result;
    } catch (thrown) {
      this.#rollback();
      throw thrown;
    } finally {
      this.#inTransaction = false;
    }
  }

  /** Copies the WAL into the database where no other process is in the way, then closes. Idempotent. */
  close(): void {
    if (!this.#open) return;
    try {
      this.pragma("wal_checkpoint(TRUNCATE)");
    } catch {
      // The WAL stays, and whoever opens the database next reads it.
    }
    this.#open = false;
    // libsql finalises statements, and with the last of them the file, when they are garbage.
    this.#prepared.clear();
    this.#database.close();
  }

  /** Performs a call into libsql. */
  run<Result>(call: () => Result): Result {
    this.assertOpen();
    try {
      return call();
    } catch (thrown) {
      throw toStoreError(thrown, `SQLite ${this.path}`);
    }
  }

  assertOpen(): void {
    if (!this.#open) throw new StoreError("STORE_CLOSED", `the database ${this.path} is closed`);
  }

  #rollback(): void {
    try {
      // After a full disk or an I/O error SQLite may have rolled back by itself.
      if (this.#open && this.#database.inTransaction) this.#database.exec("ROLLBACK");
    } catch {
      // The error that led here says more.
    }
  }
}

class GuardedStatement implements SqliteStatement {
  readonly reader: boolean;
  readonly #connection: SqliteConnection;
  readonly #statement: Libsql.Statement;

  constructor(connection: SqliteConnection, statement: Libsql.Statement) {
    this.#connection = connection;
    this.#statement = statement;
    this.reader = statement.reader;
  }

  all(parameters: readonly unknown[]): unknown[] {
    const values = bindable(parameters);
    return this.#connection.run(() => this.#statement.all(values));
  }

  run(parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint } {
    const values = bindable(parameters);
    return this.#connection.run(() => this.#statement.run(values));
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.all(parameters).values();
  }
}

function bindable(parameters: readonly unknown[]): SqliteValue[] {
  return parameters.map((value, index) => {
    if (isBindable(value)) return value;
    throw new StoreError("STORE_INVALID", `parameter ${index + 1} cannot be stored: ${describe(value)}`);
  });
}

function isBindable(value: unknown): value is SqliteValue {
  switch (typeof value) {
    case "string":
      return !value.includes("\0");
    case "number":
      // SQLite turns NaN into NULL.
      return !Number.isNaN(value);
    case "bigint":
      return BigInt.asIntN(64, value) === value;
    default:
      return value === null;
  }
}

/** Says what is wrong without showing the value, which may be a secret. */
function describe(value: unknown): string {
  if (typeof value === "string") return "a text with a NUL";
  if (typeof value === "bigint") return "an integer beyond 64 bits";
  return typeof value === "number" ? "not a number" : `a value of type ${typeof value}`;
}
