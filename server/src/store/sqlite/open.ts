/** The embedded database: one file, no server. */

import type { AccountingStore } from "../accounting-store.js";
import { cachedSubscribers } from "../cached-subscribers.js";
import type { SqliteDatabaseOptions } from "../options.js";
import type { RegistrationStore } from "../registration-store.js";
import { type SqlNames, sqlNames } from "../sql/names.js";
import { SqlRegistrationStore } from "../sql/registrations.js";
import { SqlSubscriberStore } from "../sql/subscribers.js";
import { StoreError } from "../store-error.js";
import type { Stores } from "../stores.js";
import type { SubscriberStore } from "../subscriber-store.js";
import { SqliteAccountingStore } from "./accounting.js";
import { SqliteConnection } from "./connection.js";
import { SqliteExecutor } from "./executor.js";
import { sqliteRunner } from "./runner.js";
import { prepareTables } from "./tables.js";

export type SqliteOptions = Omit<SqliteDatabaseOptions, "type">;

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
  const names = sqlNames(options.tables);
  const connection = new SqliteConnection(options);
  try {
    makeDurable(connection);
    prepareTables(connection, names);
    return new OpenStores(connection, names, options);
  } catch (thrown) {
    connection.close();
    throw thrown;
  }
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
  readonly pool = undefined;
  readonly registrations: RegistrationStore;
  readonly #accounting: SqliteAccountingStore;
  readonly #names: SqlNames;

  constructor(connection: SqliteConnection, names: SqlNames, options: SqliteOptions) {
    this.#names = names;
    this.connection = connection;
    const subscribers = new SqlSubscriberStore(new SqliteExecutor(connection), names);
    this.subscribers = cachedSubscribers(subscribers, options.subscriberCache);
    this.#accounting = new SqliteAccountingStore(connection, names, options);
    this.accounting = this.#accounting;
    this.registrations = new SqlRegistrationStore(sqliteRunner(connection), names);
  }

  /** Opening has made the tables. */
  async prepare(): Promise<void> {
    prepareTables(this.connection, this.#names);
  }

  async close(): Promise<void> {
    await this.#accounting.drain();
    this.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
