/** What every store throws, whichever database lies behind it. */

export type StoreErrorCode =
  /** The store was closed, or is closing. */
  | "STORE_CLOSED"
  /** Another process holds the lock for longer than the busy timeout, or too much is waiting. Try again. */
  | "STORE_BUSY"
  /** The disk or the quota is full. */
  | "STORE_FULL"
  /** The file cannot be opened, read or written; the server cannot be reached. */
  | "STORE_UNAVAILABLE"
  /** The database answers, and will not do this for now: no right to it, read only, not in time. Others may well have what they ask for. */
  | "STORE_REFUSED"
  /** The file is damaged, or no database. */
  | "STORE_CORRUPT"
  /** The tables are not what we expect, or a newer diamgen made them. */
  | "STORE_SCHEMA"
  /** A value that the store cannot keep, such as a NUL in a text or a name longer than its column. */
  | "STORE_INVALID"
  /** What is to be added is there already. */
  | "STORE_EXISTS"
  /** Anything else; see `cause`. */
  | "STORE_FAILED";

export class StoreError extends Error {
  override readonly name = "StoreError";
  /** Stable: programs may compare it. */
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** Whether another connection may fare better: this one is broken, or leads to a server that became read only. */
export function isOfConnection({ code }: StoreError): boolean {
  return code === "STORE_UNAVAILABLE" || code === "STORE_REFUSED";
}

/** Any thrown value as a StoreError, the original as its cause. A StoreError stays itself. */
export function toStoreError(
  thrown: unknown,
  doing: string,
  classify: (thrown: unknown) => StoreErrorCode = classifySqlite,
): StoreError {
  if (thrown instanceof StoreError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new StoreError(classify(thrown), `${doing}: ${message}`, { cause: thrown });
}

/** SQLite's result codes, by their prefix: extended codes such as SQLITE_IOERR_FSYNC add to the basic one. */
const SQLITE_CODES: readonly (readonly [string, StoreErrorCode])[] = [
  ["SQLITE_BUSY", "STORE_BUSY"],
  ["SQLITE_LOCKED", "STORE_BUSY"],
  ["SQLITE_FULL", "STORE_FULL"],
  ["SQLITE_CORRUPT", "STORE_CORRUPT"],
  ["SQLITE_NOTADB", "STORE_CORRUPT"],
  ["SQLITE_CANTOPEN", "STORE_UNAVAILABLE"],
  ["SQLITE_IOERR", "STORE_UNAVAILABLE"],
  ["SQLITE_READONLY", "STORE_UNAVAILABLE"],
  ["SQLITE_PERM", "STORE_UNAVAILABLE"],
  ["SQLITE_AUTH", "STORE_UNAVAILABLE"],
  ["SQLITE_SCHEMA", "STORE_SCHEMA"],
  ["SQLITE_TOOBIG", "STORE_INVALID"],
  ["SQLITE_MISMATCH", "STORE_INVALID"],
  ["SQLITE_RANGE", "STORE_INVALID"],
  ["SQLITE_CONSTRAINT_UNIQUE", "STORE_EXISTS"],
  ["SQLITE_CONSTRAINT_PRIMARYKEY", "STORE_EXISTS"],
  ["SQLITE_CONSTRAINT", "STORE_INVALID"],
];

function classifySqlite(thrown: unknown): StoreErrorCode {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const code = (thrown as { code?: unknown } | null | undefined)?.code;
  if (typeof code === "string") {
    const known = SQLITE_CODES.find(([prefix]) => code.startsWith(prefix));
    if (known !== undefined) return known[1];
  }
  // libsql gives no code when the file itself cannot be opened.
  if (message.startsWith("ConnectionFailed")) return "STORE_UNAVAILABLE";
  if (message.startsWith("no such column") || message.startsWith("no such table")) return "STORE_SCHEMA";
  return "STORE_FAILED";
}
