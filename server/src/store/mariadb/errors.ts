import type { StoreErrorCode } from "../store-error.js";

/** MariaDB's and MySQL's error numbers, and the driver's and Node's codes of a connection that is broken. */
export function classifyMariadb(thrown: unknown): StoreErrorCode {
  const { errno, code } = (thrown ?? {}) as { readonly errno?: unknown; readonly code?: unknown };
  const known = typeof errno === "number" ? NUMBERS.get(errno) : undefined;
  if (known !== undefined) return known;
  if (typeof code === "string" && /^ER_/.test(code)) return "STORE_FAILED";
  if (typeof code === "string" && /^(E[A-Z]+|PROTOCOL_|HANDSHAKE_|CERT_|SELF_|DEPTH_|UNABLE_)/.test(code)) {
    return "STORE_UNAVAILABLE";
  }
  const message = thrown instanceof Error ? thrown.message : "";
  return /closed state|connection (is )?(lost|closed)|timeout/i.test(message) ? "STORE_UNAVAILABLE" : "STORE_FAILED";
}

const NUMBERS: ReadonlyMap<number, StoreErrorCode> = new Map<number, StoreErrorCode>([
  // Duplicate entry.
  [1062, "STORE_EXISTS"],
  [1586, "STORE_EXISTS"],
  // Lock wait timeout; deadlock; too many transactions.
  [1205, "STORE_BUSY"],
  [1213, "STORE_BUSY"],
  [1020, "STORE_BUSY"],
  // Unknown database, table, column; a column without a default.
  [1049, "STORE_SCHEMA"],
  [1054, "STORE_SCHEMA"],
  [1146, "STORE_SCHEMA"],
  [1364, "STORE_SCHEMA"],
  // Too long; not in the character set; out of range; no such date; mixed collations; NULL; packet too big.
  [1406, "STORE_INVALID"],
  [1366, "STORE_INVALID"],
  [1264, "STORE_INVALID"],
  [1292, "STORE_INVALID"],
  [1267, "STORE_INVALID"],
  [1048, "STORE_INVALID"],
  [1153, "STORE_INVALID"],
  [3988, "STORE_INVALID"],
  // CHECK; MySQL's and MariaDB's number.
  [3819, "STORE_INVALID"],
  [4025, "STORE_INVALID"],
  // Disk full; table full; file size exceeded.
  [1021, "STORE_FULL"],
  [1114, "STORE_FULL"],
  [1026, "STORE_UNAVAILABLE"],
  // No right to a table or column; read only; killed, or took too long.
  [1142, "STORE_REFUSED"],
  [1143, "STORE_REFUSED"],
  [1227, "STORE_REFUSED"],
  [1290, "STORE_REFUSED"],
  [1836, "STORE_REFUSED"],
  [1317, "STORE_REFUSED"],
  [1969, "STORE_REFUSED"],
  [3024, "STORE_REFUSED"],
  // Too many connections; access denied; shutdown; disconnected.
  [1040, "STORE_UNAVAILABLE"],
  [1203, "STORE_UNAVAILABLE"],
  [1226, "STORE_UNAVAILABLE"],
  [1044, "STORE_UNAVAILABLE"],
  [1045, "STORE_UNAVAILABLE"],
  // Accounts: locked, with a password that has expired or is barred; TLS is wanted.
  [1698, "STORE_UNAVAILABLE"],
  [1820, "STORE_UNAVAILABLE"],
  [1862, "STORE_UNAVAILABLE"],
  [3118, "STORE_UNAVAILABLE"],
  [3159, "STORE_UNAVAILABLE"],
  [3955, "STORE_UNAVAILABLE"],
  [4151, "STORE_UNAVAILABLE"],
  [1053, "STORE_UNAVAILABLE"],
  [1927, "STORE_UNAVAILABLE"],
  [4031, "STORE_UNAVAILABLE"],
]);
