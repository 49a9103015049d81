/** What runs SQL, and what writes it: Kysely writes, quotes and numbers the placeholders for each database; nothing of it runs. */

import {
  type DialectAdapter,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlQueryCompiler,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryCompiler,
  type RawBuilder,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { PoolHealth } from "../pool-health.js";

export type Dialect = "sqlite" | "mariadb" | "postgresql";

/** What every driver binds. */
export type SqlValue = string | number | null;

export interface SqlResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows changed. */
  readonly changes: number;
}

/** Rejects with StoreError. */
export interface SqlExecutor {
  readonly dialect: Dialect;
  /** One statement, prepared by the database, its values bound. */
  execute(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult>;
}

/** A database behind a connection that can break. */
export interface SqlServer extends SqlExecutor {
  readonly pool: PoolHealth;
  /** Runs `work` in a transaction (READ COMMITTED) on one connection. When this rejects, nothing is stored, unless the connection broke while committing. */
  transaction<Result>(work: (executor: SqlExecutor) => Promise<Result>): Promise<Result>;
  /** The same, but a statement may take as long as it needs: an index of a table that is full takes minutes. Waits for locks are bounded all the same. */
  maintenance<Result>(work: (executor: SqlExecutor) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

const COMPILERS: Readonly<Record<Dialect, Kysely<unknown>>> = {
  sqlite: compiler(
    () => new SqliteAdapter(),
    () => new SqliteQueryCompiler(),
  ),
  mariadb: compiler(
    () => new MysqlAdapter(),
    () => new MysqlQueryCompiler(),
  ),
  postgresql: compiler(
    () => new PostgresAdapter(),
    () => new PostgresQueryCompiler(),
  ),
};

function compiler(createAdapter: () => DialectAdapter, createQueryCompiler: () => QueryCompiler): Kysely<unknown> {
  return new Kysely({
    dialect: {
      createAdapter,
      createQueryCompiler,
      createDriver: () => new DummyDriver(),
      // Never asked.
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
  });
}

/** A query's text; values stand in it as placeholders. */
export function sqlText(dialect: Dialect, query: RawBuilder<unknown>): string {
  return query.compile(COMPILERS[dialect]).sql;
}
