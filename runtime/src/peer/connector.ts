/** Attempts to connect to one peer, and the time between them. */
import type { Clock, Timer } from "../clock.js";
import type { Random } from "../routing/identifiers.js";
import type { Connection } from "../transport/transport.js";
import { reconnectDelay } from "./reconnect.js";

export interface ConnectorHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly tcMs: number;
}

export class Connector {
  private readonly host: ConnectorHost;
  private readonly connect: (signal: AbortSignal) => Promise<Connection>;
  private attempt: AbortController | undefined;
  private timer: Timer | undefined;
  /** Attempts since the connection was last open. */
  private failures = 0;

  constructor(host: ConnectorHost, connect: (signal: AbortSignal) => Promise<Connection>) {
    this.host = host;
    this.connect = connect;
  }

  /** I-Snd-Conn-Req: one of the two is called later, unless `abort` is called before. */
  open(connected: (connection: Connection) => void, refused: (error: unknown) => void): void {
    const attempt = new AbortController();
    this.attempt = attempt;
    this.connect(attempt.signal).then(
      (connection) => {
        if (attempt.signal.aborted) connection.destroy();
        else connected(connection);
      },
      (error: unknown) => {
        if (!attempt.signal.aborted) refused(error);
      },
    );
  }

  abort(): void {
    this.attempt?.abort();
    this.attempt = undefined;
  }

  /** The connection is open: failures are forgotten, and no attempt is due. */
  opened(): void {
    this.failures = 0;
    this.cancel();
  }

  /** Calls `start` when the next attempt is due, unless the peer does not want one. `failed`: the last attempt did not open. */
  again(failed: boolean, disconnectCause: number | undefined, start: () => void): void {
    if (failed) this.failures++;
    const delay = reconnectDelay(this.host.tcMs, this.failures, disconnectCause, this.host.random);
    if (delay !== undefined) this.timer = this.host.clock.setTimeout(start, delay);
  }

  /** No attempt is due any more. */
  cancel(): void {
    this.host.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }
}
