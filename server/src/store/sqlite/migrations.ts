/** Makes the tables, and brings those of an older diamgen, or of OpenSIPS, to what we need. */

import { StoreError } from "../store-error.js";
import type { SqliteConnection } from "./connection.js";

/** Index + 1 is the version that `PRAGMA user_version` has afterwards. Append only. */
const MIGRATIONS: readonly ((connection: SqliteConnection) => void)[] = [createTables];

export const SCHEMA_VERSION = MIGRATIONS.length;

/**
 * Applies what is missing, all or nothing; processes that start at the same time wait for each other.
 * Throws STORE_SCHEMA where a newer diamgen made the database.
 */
export function migrate(connection: SqliteConnection): void {
  if (versionOf(connection) === SCHEMA_VERSION) return;
  connection.transaction(() => {
    const version = versionOf(connection);
    if (version > SCHEMA_VERSION) {
      throw new StoreError(
        "STORE_SCHEMA",
        `${connection.path} has schema version ${version}, and this diamgen knows ${SCHEMA_VERSION}: use a newer one`,
      );
    }
    for (const migration of MIGRATIONS.slice(version)) migration(connection);
    connection.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  });
}

function versionOf(connection: SqliteConnection): number {
  return Number(connection.pragma("user_version"));
}

/** `subscriber` stays as OpenSIPS has it, so that one file can serve both. */
const SUBSCRIBER = `
  CREATE TABLE IF NOT EXISTS subscriber (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    username CHAR(64) DEFAULT '' NOT NULL,
    domain CHAR(64) DEFAULT '' NOT NULL,
    password CHAR(25) DEFAULT '' NOT NULL,
    email_address CHAR(64) DEFAULT '' NOT NULL,
    ha1 CHAR(64) DEFAULT '' NOT NULL,
    ha1_sha256 CHAR(64) DEFAULT '' NOT NULL,
    ha1_sha512t256 CHAR(64) DEFAULT '' NOT NULL,
    rpid CHAR(64) DEFAULT NULL,
    CONSTRAINT subscriber_account_idx UNIQUE (username, domain)
  )`;

const ACC = `
  CREATE TABLE IF NOT EXISTS acc (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    method CHAR(16) DEFAULT '' NOT NULL,
    from_tag CHAR(64) DEFAULT '' NOT NULL,
    to_tag CHAR(64) DEFAULT '' NOT NULL,
    callid CHAR(64) DEFAULT '' NOT NULL,
    sip_code CHAR(3) DEFAULT '' NOT NULL,
    sip_reason CHAR(32) DEFAULT '' NOT NULL,
    time DATETIME NOT NULL,
    duration INTEGER DEFAULT 0 NOT NULL,
    ms_duration INTEGER DEFAULT 0 NOT NULL,
    setuptime INTEGER DEFAULT 0 NOT NULL,
    created DATETIME DEFAULT NULL
  )`;

/** Added to `acc`, each with a default, so that OpenSIPS can go on writing rows of its own. */
const ACC_COLUMNS: readonly (readonly [name: string, definition: string])[] = [
  ["session_id", "TEXT NOT NULL DEFAULT ''"],
  ["sub_session_id", "TEXT NOT NULL DEFAULT ''"],
  ["record_number", "INTEGER NOT NULL DEFAULT 0"],
  ["record_type", "INTEGER NOT NULL DEFAULT 0"],
  ["collision", "INTEGER NOT NULL DEFAULT 0"],
  ["retransmitted", "INTEGER NOT NULL DEFAULT 0"],
  ["content_hash", "TEXT NOT NULL DEFAULT ''"],
  ["origin_host", "TEXT NOT NULL DEFAULT ''"],
  ["origin_realm", "TEXT NOT NULL DEFAULT ''"],
  ["received_at", "TEXT NOT NULL DEFAULT ''"],
  ["event_timestamp", "TEXT DEFAULT NULL"],
  ["avps", "TEXT NOT NULL DEFAULT '[]'"],
];

function createTables(connection: SqliteConnection): void {
  connection.exec(SUBSCRIBER);
  connection.exec("CREATE INDEX IF NOT EXISTS subscriber_username_idx ON subscriber (username)");
  connection.exec(ACC);
  connection.exec("CREATE INDEX IF NOT EXISTS acc_callid_idx ON acc (callid)");
  const present = columnsOf(connection, "acc");
  // An acc of an OpenSIPS before 3.1 has no ms_duration.
  for (const [name, definition] of [["ms_duration", "INTEGER DEFAULT 0 NOT NULL"] as const, ...ACC_COLUMNS]) {
    if (!present.has(name)) connection.exec(`ALTER TABLE acc ADD COLUMN ${name} ${definition}`);
  }
  // What makes a record be stored once: accounting/duplicates.ts. Rows of others have no Session-Id.
  connection.exec(`
    CREATE UNIQUE INDEX IF NOT EXISTS acc_record_idx
    ON acc (session_id, sub_session_id, record_number, record_type, collision)
    WHERE session_id <> ''`);
}

function columnsOf(connection: SqliteConnection, table: string): ReadonlySet<string> {
  const rows = connection.prepare(`PRAGMA table_info(${table})`).all([]) as { readonly name: string }[];
  return new Set(rows.map(({ name }) => name));
}
