/** One text of what to do with a database, be it one that answers at once or one behind a connection. */

import type { SqlExecutor, SqlResult, SqlValue } from "./executor.js";

export interface Step {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Yields statements, is given their results. */
export type Steps<Result> = Generator<Step, Result, SqlResult>;

export interface StepRunner {
  readonly dialect: "sqlite" | "mariadb" | "postgresql";
  /** Without a transaction. */
  run<Result>(steps: () => Steps<Result>): Promise<Result>;
  /** All or nothing; `steps` may be run again where another transaction was in the way. */
  transaction<Result>(steps: () => Steps<Result>): Promise<Result>;
}

export function* step(sql: string, ...parameters: readonly SqlValue[]): Steps<SqlResult> {
  return yield { sql, parameters };
}

/** Steps on a database behind a connection. */
export async function runSteps<Result>(executor: SqlExecutor, running: Steps<Result>): Promise<Result> {
  let next = running.next();
  while (next.done !== true) next = running.next(await executor.execute(next.value.sql, next.value.parameters));
  return next.value;
}
