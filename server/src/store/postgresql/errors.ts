import type { StoreErrorCode } from "../store-error.js";

/** SQLSTATE by class, the most specific first; what has none comes from the driver or the socket, and means a broken connection. */
export function classifyPostgresql(thrown: unknown): StoreErrorCode {
  const { code, severity } = (thrown ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  if (typeof code !== "string" || severity === undefined) return "STORE_UNAVAILABLE";
  return STATES.find(([prefix]) => code.startsWith(prefix))?.[1] ?? "STORE_FAILED";
}

const STATES: readonly (readonly [prefix: string, code: StoreErrorCode])[] = [
  ["23505", "STORE_EXISTS"],
  ["23", "STORE_INVALID"],
  ["22", "STORE_INVALID"],
  // An index row that is too long.
  ["54", "STORE_INVALID"],
  ["40", "STORE_BUSY"],
  ["55P03", "STORE_BUSY"],
  // No right; cancelled, for a timeout too; read only.
  ["42501", "STORE_REFUSED"],
  ["57014", "STORE_REFUSED"],
  ["25006", "STORE_REFUSED"],
  ["42P01", "STORE_SCHEMA"],
  ["42703", "STORE_SCHEMA"],
  ["3D", "STORE_SCHEMA"],
  ["3F", "STORE_SCHEMA"],
  ["53100", "STORE_FULL"],
  ["53", "STORE_UNAVAILABLE"],
  ["57", "STORE_UNAVAILABLE"],
  ["58", "STORE_UNAVAILABLE"],
  ["08", "STORE_UNAVAILABLE"],
  ["28", "STORE_UNAVAILABLE"],
  ["25P", "STORE_UNAVAILABLE"],
  ["XX", "STORE_CORRUPT"],
];
