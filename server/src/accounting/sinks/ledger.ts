/** What a file of records has, in SQLite: which records, and how long it is. Everything within the caller's transactions. */

import type { SqliteConnection } from "../../store/sqlite/connection.js";
import type { IdentifiedContent, StoredContent } from "../duplicates.js";

export interface FileState {
  /** Device and inode. */
  readonly file: string;
  /** Octets. */
  readonly size: number;
  /** Local date of its beginning. */
  readonly day: string;
}

const HOUR_MS = 3_600_000;

export class Ledger {
  readonly #connection: SqliteConnection;
  #forgotAt = 0;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
    connection.pragma("journal_mode = wal");
    connection.exec("PRAGMA synchronous = 2");
    connection.exec(`CREATE TABLE IF NOT EXISTS record (identity TEXT NOT NULL, collision INTEGER NOT NULL,
      content_hash TEXT NOT NULL, retransmitted INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (identity, collision))`);
    connection.exec("CREATE INDEX IF NOT EXISTS record_at ON record (at)");
    connection.exec("CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, file TEXT, size INTEGER, day TEXT)");
  }

  get state(): FileState | undefined {
    const rows = this.#connection.prepare("SELECT file, size, day FROM state WHERE one = 1").all([]) as FileState[];
    return rows[0];
  }

  setState({ file, size, day }: FileState): void {
    this.#connection.prepare("INSERT OR REPLACE INTO state VALUES (1, ?, ?, ?)").run([file, size, day]);
  }

  find(identity: string): readonly StoredContent[] {
    const select = "SELECT collision, content_hash, retransmitted FROM record WHERE identity = ?";
    const rows = this.#connection.prepare(select).all([identity]) as {
      readonly collision: number;
      readonly content_hash: string;
      readonly retransmitted: number;
    }[];
    return rows.map((row) => ({
      identity,
      collision: row.collision,
      contentHash: row.content_hash,
      retransmitted: row.retransmitted === 1,
    }));
  }

  add(item: IdentifiedContent & { readonly collision: number }, at: number): void {
    this.#connection
      .prepare("INSERT INTO record VALUES (?, ?, ?, ?, ?)")
      .run([item.identity, item.collision, item.contentHash, item.retransmitted ? 1 : 0, at]);
  }

  /** Once an hour: what is older. */
  forget(now: number, ageMs: number): void {
    if (now - this.#forgotAt < HOUR_MS) return;
    this.#forgotAt = now;
    this.#connection.prepare("DELETE FROM record WHERE at < ?").run([now - ageMs]);
  }
}
