import type { SqlExecutor, SqlResult, SqlValue } from "../sql/executor.js";
import type { SqliteConnection } from "./connection.js";

/** SQL on the embedded database: at once, in a promise. */
export class SqliteExecutor implements SqlExecutor {
  readonly dialect = "sqlite";
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async execute(sql: string, parameters: readonly SqlValue[]): Promise<SqlResult> {
    const statement = this.#connection.prepare(sql);
    if (statement.reader) return { rows: statement.all(parameters) as SqlResult["rows"], changes: 0 };
    return { rows: [], changes: Number(statement.run(parameters).changes) };
  }
}
