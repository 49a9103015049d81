/** How the connections to a database are used. */

export interface PoolHealth {
  /** False from the first failure on until the database has answered again. */
  readonly up: boolean;
  /** Connections that work on something now. */
  readonly inUse: number;
  /** Who waits for one. */
  readonly waiting: number;
  /** Connections at most. */
  readonly max: number;
}

/** Counts them, whichever driver it is. */
export class PoolUsage {
  inUse = 0;
  waiting = 0;

  /** Waits for a connection, and counts it until `work` is done. `work` gives it back itself. */
  async during<Connection, Result>(
    connect: () => Promise<Connection>,
    work: (connection: Connection) => Promise<Result>,
  ): Promise<Result> {
    this.waiting += 1;
    let connection: Connection;
    try {
      connection = await connect();
    } finally {
      this.waiting -= 1;
    }
    this.inUse += 1;
    try {
      return await work(connection);
    } finally {
      this.inUse -= 1;
    }
  }
}
