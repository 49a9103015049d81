/** Tables that an older diamgen made become what a new installation has; what is in them stays. */

import { describe, expect, onTestFinished, test } from "vitest";
import { type DatabaseOptions, openDatabase, type Stores } from "../../../server/src/store/index.js";
import type { Dialect } from "../../../server/src/store/sql/executor.js";
import { SCHEMA_VERSION } from "../../../server/src/store/sql/tables.js";
import { record } from "../support.js";
import { TABLES_OF_VERSION_1 } from "./tables-of-version-1.js";

type Query = (sql: string) => Promise<readonly Record<string, unknown>[]>;

/** Rows of `kind` and `name`, of all tables whose names begin with a prefix. */
const SHAPE: Readonly<Record<Dialect, (prefix: string) => string>> = {
  sqlite: (
    prefix,
  ) => `SELECT m.name AS place, c.name AS name, c.type || c."notnull" AS kind FROM sqlite_master m, pragma_table_info(m.name) c
      WHERE m.type = 'table' AND m.name LIKE '${prefix}%'
    UNION ALL SELECT tbl_name, name, 'index' FROM sqlite_master WHERE type = 'index' AND tbl_name LIKE '${prefix}%'`,
  mariadb: (
    prefix,
  ) => `SELECT table_name AS place, column_name AS name, CONCAT(column_type, is_nullable) AS kind FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name LIKE '${prefix}%'
    UNION ALL SELECT table_name, index_name, GROUP_CONCAT(column_name ORDER BY seq_in_index) FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name LIKE '${prefix}%' GROUP BY table_name, index_name`,
  postgresql: (
    prefix,
  ) => `SELECT table_name AS place, column_name AS name, data_type || is_nullable AS kind FROM information_schema.columns
      WHERE table_name LIKE '${prefix}%'
    UNION ALL SELECT tablename, indexname, substring(indexdef FROM '[(].*') FROM pg_indexes WHERE tablename LIKE '${prefix}%'`,
};

export function upgrade(
  open: (changes: Partial<DatabaseOptions>) => Promise<Stores>,
  query: Query,
  options: () => DatabaseOptions,
): void {
  const prefixed = (prefix: string) => ({ tables: { prefix }, prepare: true }) as Partial<DatabaseOptions>;
  const shape = async (prefix: string) => {
    const rows = await query(SHAPE[options().type](prefix));
    return rows.map((row) => Object.values(row).join(" ").replaceAll(prefix, "")).sort();
  };
  const versions = async () =>
    (await query("SELECT version FROM old_schema ORDER BY version")).map(({ version }) => version);

  describe("tables of version 1", () => {
    test("become those of a new installation, with what is in them", async () => {
      const { type } = options();
      const quoted = (sql: string) => (type === "mariadb" ? sql.replaceAll('"', "`") : sql);
      for (const sql of TABLES_OF_VERSION_1[type]) await query(quoted(sql));
      onTestFinished(async () => {
        for (const table of ["accounting", "sip_user", "sip_aor", "sip_user_data", "sip_session", "schema"])
          for (const prefix of ["old", "new"]) await query(`DROP TABLE IF EXISTS ${prefix}_${table}`);
      });
      await query("INSERT INTO old_schema (version) VALUES (1)");
      const fresh = await openDatabase({ ...options(), ...prefixed("new_") } as DatabaseOptions);
      await fresh.close();
      if (type !== "sqlite") {
        const before = await open({ tables: { prefix: "old_" } } as Partial<DatabaseOptions>);
        await before.accounting.record(record());
      }
      expect(await shape("old_")).not.toEqual(await shape("new_"));

      // Several at once, as workers start.
      const opened = await Promise.all([1, 2, 3].map(() => open(prefixed("old_"))));
      expect(await shape("old_")).toEqual(await shape("new_"));
      expect(await versions()).toEqual([1, SCHEMA_VERSION]);
      expect(await opened[0]?.accounting.record(record())).toBe(type === "sqlite" ? "stored" : "duplicate");
      await opened[0]?.prepare();
      expect(await versions()).toEqual([1, SCHEMA_VERSION]);
    });
  });
}
