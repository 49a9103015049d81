/** Subscribers and accounting in a database behind a connection. */

import type { AccountingStore } from "../accounting-store.js";
import { cachedSubscribers } from "../cached-subscribers.js";
import type { MariadbDatabaseOptions, PostgresqlDatabaseOptions } from "../options.js";
import type { PoolHealth } from "../pool-health.js";
import type { RegistrationStore } from "../registration-store.js";
import { StoreError } from "../store-error.js";
import type { Stores } from "../stores.js";
import type { SubscriberStore } from "../subscriber-store.js";
import { SqlAccountingStore } from "./accounting.js";
import type { SqlExecutor, SqlServer } from "./executor.js";
import type { SqlNames } from "./names.js";
import { SqlRegistrationStore, serverRunner } from "./registrations.js";
import { runSteps } from "./steps.js";
import { SqlSubscriberStore } from "./subscribers.js";
import { tableSteps } from "./tables.js";

export class ServerStores implements Stores {
  readonly subscribers: SubscriberStore;
  readonly accounting: AccountingStore;
  readonly registrations: RegistrationStore;
  /** For diagnosis and tests. */
  readonly server: SqlServer;
  readonly #accounting: SqlAccountingStore;
  readonly #names: SqlNames;
  readonly #lock: MakingLock;

  constructor(
    server: SqlServer,
    names: SqlNames,
    lock: MakingLock,
    options: MariadbDatabaseOptions | PostgresqlDatabaseOptions,
  ) {
    this.server = server;
    this.#names = names;
    this.#lock = lock;
    this.subscribers = cachedSubscribers(new SqlSubscriberStore(server, names), options.subscriberCache);
    this.#accounting = new SqlAccountingStore(server, names, options);
    this.accounting = this.#accounting;
    this.registrations = new SqlRegistrationStore(serverRunner(server), names);
  }

  get pool(): PoolHealth {
    return this.server.pool;
  }

  async prepare(): Promise<void> {
    await this.server.maintenance(async (executor) => {
      await this.#lock.take(executor);
      try {
        await runSteps(executor, tableSteps(executor.dialect, this.#names));
      } finally {
        await this.#lock.release(executor);
      }
    });
  }

  async close(): Promise<void> {
    await this.#accounting.drain();
    await this.server.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Lets one process at a time make tables. */
export interface MakingLock {
  take(executor: SqlExecutor): Promise<void>;
  release(executor: SqlExecutor): Promise<void>;
}

/** MySQL has names of locks of 64 characters, and names of databases as long. */
const LOCK = "CONCAT('diamgen:', LEFT(SHA2(DATABASE(), 256), 40))";

/** MariaDB's DDL ends transactions, so its lock is one of the session, by name; PostgreSQL's ends with the transaction. */
export const mariadbLock: MakingLock = {
  async take(executor) {
    const { rows } = await executor.execute(`SELECT GET_LOCK(${LOCK}, 30) AS taken`, []);
    if (Number(rows[0]?.taken) === 1) return;
    throw new StoreError("STORE_BUSY", "another process is making tables");
  },
  async release(executor) {
    await executor.execute(`SELECT RELEASE_LOCK(${LOCK})`, []);
  },
};

export const postgresqlLock: MakingLock = {
  async take(executor) {
    await executor.execute("SELECT pg_advisory_xact_lock(3868)", []);
  },
  async release() {},
};
