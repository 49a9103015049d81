import type { SqlResult } from "../sql/executor.js";
import type { StepRunner, Steps } from "../sql/steps.js";
import type { SqliteConnection } from "./connection.js";

/** Steps at once, so that nothing of this process comes between them. */
export function runAtOnce<Result>(connection: SqliteConnection, running: Steps<Result>): Result {
  let next = running.next();
  while (next.done !== true) {
    const { sql, parameters } = next.value;
    const statement = connection.prepare(sql);
    const result: SqlResult = statement.reader
      ? { rows: statement.all(parameters) as SqlResult["rows"], changes: 0 }
      : { rows: [], changes: Number(statement.run(parameters).changes) };
    next = running.next(result);
  }
  return next.value;
}

export function sqliteRunner(connection: SqliteConnection): StepRunner {
  return {
    dialect: "sqlite",
    run: async (steps) => runAtOnce(connection, steps()),
    transaction: async (steps) => connection.transaction(() => runAtOnce(connection, steps())),
  };
}
