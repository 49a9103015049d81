/** What has been added to our tables since they were first made: columns that may be missing in rows that are there, and indexes. */

import { sql } from "kysely";
import { type Dialect, type SqlResult, sqlText } from "./executor.js";
import { type Steps, step } from "./steps.js";

export interface Addition {
  readonly what: "column" | "index";
  readonly name: string;
  readonly statement: string;
}

/** @param definition type and constraints, such as are allowed for rows that are there: NULL, or a DEFAULT that is constant */
export function addedColumn(dialect: Dialect, table: string, name: string, definition: string): Addition {
  const text = sql`ALTER TABLE ${sql.id(table)} ADD COLUMN ${sql.id(name)} ${sql.raw(definition)}`;
  return { what: "column", name, statement: sqlText(dialect, text) };
}

export function addedIndex(dialect: Dialect, table: string, suffix: string, ...columns: readonly string[]): Addition {
  const name = `${table}_${suffix}`.slice(-63);
  const list = sql.join(columns.map((column) => sql.id(column)));
  return {
    what: "index",
    name,
    statement: sqlText(dialect, sql`CREATE INDEX ${sql.id(name)} ON ${sql.id(table)} (${list})`),
  };
}

/** One row where the table has it, or none. */
export function additionExists(dialect: Dialect, table: string, { what, name }: Addition): Steps<SqlResult> {
  return step(EXISTS[dialect][what], table, name);
}

/** Parameters: the table, and the name of the column or index. */
const EXISTS: Readonly<Record<Dialect, Readonly<Record<Addition["what"], string>>>> = {
  sqlite: {
    column: "SELECT 1 FROM pragma_table_info(?) WHERE name = ?",
    index: "SELECT 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND name = ?",
  },
  mariadb: {
    column:
      "SELECT 1 FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND column_name = ?",
    index:
      "SELECT 1 FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = ? AND index_name = ?",
  },
  postgresql: {
    column:
      "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(quote_ident($1)) AND attname = $2 AND NOT attisdropped",
    index:
      "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = to_regclass(quote_ident($1)) AND relname = $2",
  },
};
