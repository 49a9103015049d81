/** A transaction on a connection that can break. */

import type { SqlExecutor } from "./executor.js";

export interface TransactionExecutor extends SqlExecutor {
  /** The connection is of no use any more. */
  readonly isBroken: boolean;
  /** A statement that is not prepared. */
  command(sql: string): Promise<unknown>;
  /** Marks it as broken. */
  abandon(): void;
}

/** When this rejects, nothing is stored, unless the connection broke while committing. */
export async function inTransaction<Executor extends TransactionExecutor, Result>(
  executor: Executor,
  begin: string,
  work: (executor: Executor) => Promise<Result>,
): Promise<Result> {
  await executor.command(begin);
  let result: Result;
  try {
    result = await work(executor);
  } catch (thrown) {
    // A connection that cannot roll back is broken, and the server rolls back when it notices. On one that still waits for an answer, it would
    // wait its turn for ever.
    if (!executor.isBroken) await executor.command("ROLLBACK").catch(() => executor.abandon());
    throw thrown;
  }
  await executor.command("COMMIT");
  return result;
}
