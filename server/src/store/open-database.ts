/** The database that the options name. */

import { MariadbServer } from "./mariadb/server.js";
import type { DatabaseOptions } from "./options.js";
import { PostgresqlServer } from "./postgresql/server.js";
import { sqlNames } from "./sql/names.js";
import { mariadbLock, postgresqlLock, ServerStores } from "./sql/open.js";
import { openSqlite } from "./sqlite/open.js";
import type { Stores } from "./stores.js";

/**
 * Opens a database. Rejects with a StoreError: STORE_INVALID for names that are none, and whatever opening an embedded one
 * meets.
 *
 * A database behind a connection is not waited for: it may be down when we start, and calls reject with
 * STORE_UNAVAILABLE until it is up. With `prepare`, its tables are made first, and then it must be up.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Stores> {
  if (options.type === "sqlite") return openSqlite(options);
  const names = sqlNames(options.tables);
  const stores =
    options.type === "mariadb"
      ? new ServerStores(new MariadbServer(options), names, mariadbLock, options)
      : new ServerStores(new PostgresqlServer(options), names, postgresqlLock, options);
  if (options.prepare !== true) return stores;
  try {
    await stores.prepare();
    return stores;
  } catch (thrown) {
    await stores.close();
    throw thrown;
  }
}
