import type { SqlResult } from "../sql/executor.js";
import type { StepRunner, Steps } from "../sql/steps.js";
import type { SqliteConnection } from "./connection.js";

/** Steps at once, so that nothing of this process comes between them. */
export function sqliteRunner(connection: SqliteConnection): StepRunner {
  const run = <Result>(steps: () => Steps<Result>): Result => {
    const running = steps();
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
  };
  return {
    dialect: "sqlite",
    run: async (steps) => run(steps),
    transaction: async (steps) => connection.transaction(() => run(steps)),
  };
}
