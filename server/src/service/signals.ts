/** SIGHUP, SIGTERM and SIGINT as they concern a server. */

export interface SignalHandlers {
  /** SIGHUP; not called again before it has resolved, but once more where the signal came meanwhile. */
  readonly reload: () => Promise<void>;
  /** The second SIGTERM or SIGINT: at once. */
  readonly abort: (signal: NodeJS.Signals) => void;
}

/** Resolves with the first SIGTERM or SIGINT. */
export function untilSignalled({ reload, abort }: SignalHandlers): Promise<NodeJS.Signals> {
  let running: Promise<void> | undefined;
  let again = false;
  const hangup = async (): Promise<void> => {
    do {
      again = false;
      await reload();
    } while (again);
    running = undefined;
  };
  process.on("SIGHUP", () => {
    if (running === undefined) running = hangup();
    else again = true;
  });
  return new Promise((resolve) => {
    let first = true;
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.on(signal, () => {
        if (!first) abort(signal);
        first = false;
        resolve(signal);
      });
  });
}
