import type { SqlNames } from "../sql/names.js";
import {
  checkVersion,
  SCHEMA_VERSION,
  TABLE_EXISTS,
  tablePlans,
  tableSteps,
  versionStatements,
} from "../sql/tables.js";
import type { SqliteConnection } from "./connection.js";
import { runAtOnce } from "./runner.js";

/**
 * Makes what is missing, all or nothing; processes that start at the same time wait for each other. Throws STORE_SCHEMA
 * where a newer diamgen made our tables.
 */
export function prepareTables(connection: SqliteConnection, names: SqlNames): void {
  if (isPrepared(connection, names)) return;
  connection.transaction(() => runAtOnce(connection, tableSteps("sqlite", names)));
}

/** Without a lock: most often there is nothing to be made. */
function isPrepared(connection: SqliteConnection, names: SqlNames): boolean {
  const exists = (table: string) => connection.prepare(TABLE_EXISTS.sqlite).all([table]).length > 0;
  if (!tablePlans("sqlite", names).every(({ table }) => exists(table))) return false;
  const { select } = versionStatements("sqlite", names);
  return checkVersion(connection.prepare(select).all([]) as { readonly version: number }[]) === SCHEMA_VERSION;
}
