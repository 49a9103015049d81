import type { SqlNames } from "../sql/names.js";
import { checkVersion, SCHEMA_VERSION, TABLE_EXISTS, tablePlans, versionStatements } from "../sql/tables.js";
import type { SqliteConnection } from "./connection.js";

/**
 * Makes what is missing, all or nothing; processes that start at the same time wait for each other. Throws STORE_SCHEMA
 * where a newer diamgen made our tables.
 */
export function prepareTables(connection: SqliteConnection, names: SqlNames): void {
  const exists = (table: string) => connection.prepare(TABLE_EXISTS.sqlite).all([table]).length > 0;
  const { select, insert } = versionStatements("sqlite", names);
  const version = () =>
    exists(names.schema) ? checkVersion(connection.prepare(select).all([]) as { readonly version: number }[]) : 0;
  const plans = tablePlans("sqlite", names);
  if (version() === SCHEMA_VERSION && plans.every(({ table }) => exists(table))) return;
  connection.transaction(() => {
    for (const { table, statements } of plans) {
      if (!exists(table)) for (const statement of statements) connection.exec(statement);
    }
    if (version() === 0) connection.prepare(insert).run([SCHEMA_VERSION]);
  });
}
