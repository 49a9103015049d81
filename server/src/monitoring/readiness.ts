/** Whether the server can do its work. Pure. */

export interface Condition {
  /** Where it listens; a server that only connects to its peers is "listening" once it is started. */
  readonly listening: boolean;
  /** It was told to end, and takes leave. */
  readonly draining: boolean;
  /** Why the database cannot be used; undefined: it answered. */
  readonly database: string | undefined;
  /** Why accounting records could not be kept either where the database is down; undefined: there is a spool with room. */
  readonly spool: string | undefined;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<"listening" | "draining" | "database" | "spool", string>>;
}

/**
 * With the database down, a server with a spool still takes accounting records: it stays ready, so that they do not get lost.
 * What it cannot decide meanwhile, it answers with DIAMETER_UNABLE_TO_COMPLY.
 */
export function readiness({ listening, draining, database, spool }: Condition): Readiness {
  return {
    ready: listening && !draining && (database === undefined || spool === undefined),
    checks: {
      listening: listening ? "ok" : "not yet",
      draining: draining ? "the server is ending" : "no",
      database: database ?? "ok",
      spool: spool ?? "ok",
    },
  };
}
