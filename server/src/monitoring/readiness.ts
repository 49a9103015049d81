/** Whether the server can do its work. Pure. */
import { type CheckedDelivery, NO_SPOOL } from "../accounting/delivered.js";

export interface Condition {
  /** Where it listens; a server that only connects to its peers is "listening" once it is started. */
  readonly listening: boolean;
  /** It was told to end, and takes leave. */
  readonly draining: boolean;
  /** Why the database cannot be used; undefined: it answered. */
  readonly database: string | undefined;
  /** Sinks and the spools before them. */
  readonly deliveries: readonly Pick<CheckedDelivery, "sink" | "state" | "spoolProblem">[];
}

export interface Readiness {
  readonly ready: boolean;
  /** In words, by what was looked at. */
  readonly checks: Readonly<Record<string, string>>;
}

/**
 * With the database down, a server with a spool that has room still takes accounting records: it stays ready, so that they do not get lost.
 * What it cannot decide meanwhile, it answers with DIAMETER_UNABLE_TO_COMPLY. A server whose records go to a spool without room refuses them,
 * whatever its database does.
 */
export function readiness({ listening, draining, database, deliveries }: Condition): Readiness {
  const troubled = deliveries.filter(({ spoolProblem }) => spoolProblem !== undefined);
  const down = database !== undefined && (deliveries.length === 0 || troubled.length > 0);
  const refusing = troubled.some(({ state }) => state === "spooling");
  return {
    ready: listening && !draining && !down && !refusing,
    checks: {
      listening: listening ? "ok" : "not yet",
      draining: draining ? "the server is ending" : "no",
      database: database ?? "ok",
      spool: spoolText(deliveries, troubled),
    },
  };
}

function spoolText(deliveries: Condition["deliveries"], troubled: Condition["deliveries"]): string {
  if (deliveries.length === 0) return NO_SPOOL;
  const [first, ...others] = new Set(troubled.map(({ spoolProblem }) => spoolProblem));
  if (first === undefined) return "ok";
  if (others.length === 0 && troubled.length === deliveries.length) return first;
  return troubled.map(({ sink, spoolProblem }) => `${sink}: ${spoolProblem}`).join("; ");
}
