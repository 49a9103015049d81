/** The embedded database: one file, no server. */

import { Kysely, SqliteDialect } from "kysely";
import type { AccountingStore } from "../accounting-store.js";
import type { Schema } from "../schema.js";
import { StoreError } from "../store-error.js";
import type { Stores } from "../stores.js";
import type { SubscriberStore } from "../subscriber-store.js";
import { SqliteAccountingStore } from "./accounting.js";
import { SqliteConnection, type SqliteConnectionOptions } from "./connection.js";
import { migrate } from "./migrations.js";
import { SqliteSubscriberStore } from "./subscribers.js";

export interface SqliteOptions extends SqliteConnectionOptions {
  /** Accounting records in one transaction. Default 512. */
  readonly maxBatch?: number | undefined;
}

export interface SqliteStores extends Stores {
  /** For diagnosis and tests. */
  readonly connection: SqliteConnection;
}

/**
 * Opens the database, making file and tables where they are missing. Throws a StoreError.
 *
 * Several processes may have the same file open; each waits `busyTimeoutMs` for another's transaction.
 */
export function openSqlite(options: SqliteOptions): SqliteStores {
  const connection = new SqliteConnection(options);
  try {
    makeDurable(connection);
    migrate(connection);
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
  return new OpenStores(connection, options);
}

/**
 * WAL with synchronous=FULL: a commit returns after fsync of the log. (WAL with NORMAL, a popular choice, may lose
 * the last commits with the power; an acknowledged accounting record must not be lost: the client deletes its copy,
 * RFC 6733 section 9.4.) A pragma that is not obeyed gives no error, hence the reading back.
 */
function makeDurable(connection: SqliteConnection): void {
  const journal = connection.path === ":memory:" ? "memory" : "wal";
  expectPragma("journal_mode", journal, connection.pragma(`journal_mode = ${journal}`));
  for (const [name, value] of [
    ["synchronous", 2],
    ["foreign_keys", 1],
  ] as const) {
    connection.exec(`PRAGMA ${name} = ${value}`);
    expectPragma(name, value, connection.pragma(name));
  }
}

function expectPragma(name: string, wanted: string | number, found: unknown): void {
  if (found === wanted) return;
  throw new StoreError("STORE_UNAVAILABLE", `SQLite does not take ${name} = ${wanted}: it stays ${String(found)}`);
}

class OpenStores implements SqliteStores {
  readonly connection: SqliteConnection;
  readonly subscribers: SubscriberStore;
  readonly accounting: AccountingStore;
  readonly #accounting: SqliteAccountingStore;

  constructor(connection: SqliteConnection, options: SqliteOptions) {
    this.connection = connection;
    // Kysely writes and checks the SQL; what is called per message runs prepared, without going through it again.
    const kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: connection }) });
    this.subscribers = new SqliteSubscriberStore(connection, kysely);
    this.#accounting = new SqliteAccountingStore(connection, kysely, options);
    this.accounting = this.#accounting;
  }

  async close(): Promise<void> {
    await this.#accounting.drain();
    this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
