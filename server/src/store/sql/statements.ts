/** The SQL of accounting. */

import { sql } from "kysely";
import type { ReceivedPage } from "../accounting-store.js";
import type { AccColumn } from "../options.js";
import { type Dialect, sqlText } from "./executor.js";
import type { SqlNames } from "./names.js";
import { RECORD_COLUMNS } from "./record-row.js";

export class AccountingStatements {
  readonly accColumns: readonly AccColumn[];
  readonly #dialect: Dialect;
  readonly #names: SqlNames;
  readonly #texts = new Map<string, string>();

  constructor(dialect: Dialect, names: SqlNames) {
    this.#dialect = dialect;
    this.#names = names;
    this.accColumns = Object.keys(names.acc?.columns ?? {}) as AccColumn[];
  }

  /** ContentRow of all records with one of `count` identities. */
  selectSame(count: number): string {
    return this.#text(`same ${count}`, () => {
      const columns = sql.join(["identity", "collision", "content_hash", "retransmitted"].map((name) => sql.id(name)));
      const table = sql.id(this.#names.accounting);
      return sql`SELECT ${columns} FROM ${table} WHERE ${sql.id("identity")} IN (${sql.join(values(count))})`;
    });
  }

  insertRecords(count: number): string {
    return this.#text(`records ${count}`, () => insert(this.#names.accounting, RECORD_COLUMNS, count));
  }

  /** undefined where `acc` is not written. */
  insertAcc(count: number): string | undefined {
    const { acc } = this.#names;
    if (acc === undefined) return undefined;
    const columns = this.accColumns.map((column) => acc.columns[column] ?? column);
    return this.#text(`acc ${count}`, () => insert(acc.table, columns, count));
  }

  /** RecordRow after an id, of one session where `bySession`. */
  list(limit: number, bySession: boolean): string {
    const [id, session] = [sql.id("id"), sql.id("session_id")];
    const columns = sql.join(["id", "collision", "record"].map((name) => sql.id(name)));
    const where = bySession ? sql`${id} > ${0} AND ${session} = ${""}` : sql`${id} > ${0}`;
    const table = sql.id(this.#names.accounting);
    return sqlText(
      this.#dialect,
      sql`SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${id} LIMIT ${sql.lit(limit)}`,
    );
  }

  /** RecordRow of the last ids, the newest first. */
  newest(limit: number): string {
    return this.#text(`newest ${limit}`, () => {
      const columns = sql.join(["id", "collision", "record"].map((name) => sql.id(name)));
      const table = sql.id(this.#names.accounting);
      return sql`SELECT ${columns} FROM ${table} ORDER BY ${sql.id("id")} DESC LIMIT ${sql.lit(limit)}`;
    });
  }

  /** RecordRow of `count` ids. */
  byIds(count: number): string {
    return this.#text(`ids ${count}`, () => {
      const id = sql.id("id");
      const columns = sql.join(["id", "collision", "record"].map((name) => sql.id(name)));
      return sql`SELECT ${columns} FROM ${sql.id(this.#names.accounting)} WHERE ${id} IN (${sql.join(values(count))}) ORDER BY ${id}`;
    });
  }

  /** RecordRow of a time, in the order of receipt: the values of `receivedValues`. */
  received(limit: number, page: ReceivedPage): string {
    const columns = sql.join(["id", "collision", "record"].map((name) => sql.id(name)));
    return this.#receivedIn(columns, limit, page);
  }

  /** ReceivedSessionRow of a time, in the order of receipt: the values of `receivedValues`. What is not wanted of millions of EVENT records is no filter, so that each statement ends soon. */
  sessionsReceived(limit: number, page: ReceivedPage): string {
    const session = sql.id("session_id");
    const wanted = sql`CASE WHEN ${sql.id("record_type")} <> 1 THEN ${session} END AS ${session}`;
    return this.#receivedIn(sql`${sql.id("id")}, ${sql.id("received_at")}, ${wanted}`, limit, page);
  }

  /** RecordRow of a session, in the order of ids: session, id, since and until, the latter two where they are there. */
  receivedOf(limit: number, { since, until }: ReceivedPage): string {
    const [id, at] = [sql.id("id"), sql.id("received_at")];
    const columns = sql.join(["id", "collision", "record"].map((name) => sql.id(name)));
    const times = [...(since ? [sql` AND ${at} >= ${""}`] : []), ...(until ? [sql` AND ${at} < ${""}`] : [])];
    const where = sql`${sql.id("session_id")} = ${""} AND ${id} > ${0}${sql.join(times, sql``)}`;
    const table = sql.id(this.#names.accounting);
    return sqlText(
      this.#dialect,
      sql`SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY ${id} LIMIT ${sql.lit(limit)}`,
    );
  }

  /**
   * SessionRow after a place in the order of sessions: session, session and id; then `of` sessions that alone are wanted, 0 for all. No filter
   * beyond that, so that each statement ends soon in a database that has millions of EVENT records; what is not wanted of those is not sent.
   */
  bySession(limit: number, of = 0): string {
    return this.#text(`sessions ${limit} ${of}`, () => {
      const [id, session, record] = [sql.id("id"), sql.id("session_id"), sql.id("record")];
      const wanted = sql`CASE WHEN ${sql.id("record_type")} <> 1 THEN ${record} END AS ${record}`;
      const alone = of === 0 ? sql`` : sql` AND ${session} IN (${sql.join(values(of))})`;
      return sql`SELECT ${id}, ${session}, ${sql.id("collision")}, ${wanted} FROM ${sql.id(this.#names.accounting)}
        WHERE ${session} >= ${""} AND (${session} > ${""} OR ${id} > ${0})${alone}
        ORDER BY ${session}, ${id} LIMIT ${sql.lit(limit)}`;
    });
  }

  #receivedIn(columns: ReturnType<typeof sql>, limit: number, { since, until, after }: ReceivedPage): string {
    const [id, at, table] = [sql.id("id"), sql.id("received_at"), sql.id(this.#names.accounting)];
    const where = [
      ...(after ? [sql`${at} >= ${""} AND (${at} > ${""} OR ${id} > ${0})`] : since ? [sql`${at} >= ${""}`] : []),
      ...(until ? [sql`${at} < ${""}`] : []),
    ];
    return sqlText(
      this.#dialect,
      sql`SELECT ${columns} FROM ${table} WHERE ${sql.join(where, sql` AND `)} ORDER BY ${at}, ${id} LIMIT ${sql.lit(limit)}`,
    );
  }

  #text(key: string, build: () => ReturnType<typeof sql>): string {
    let text = this.#texts.get(key);
    if (text === undefined) {
      text = sqlText(this.#dialect, build());
      this.#texts.set(key, text);
    }
    return text;
  }
}

function insert(table: string, columns: readonly string[], rows: number) {
  const row = () => sql`(${sql.join(values(columns.length))})`;
  const names = sql.join(columns.map((column) => sql.id(column)));
  return sql`INSERT INTO ${sql.id(table)} (${names}) VALUES ${sql.join(Array.from({ length: rows }, row))}`;
}

function values(count: number) {
  return Array.from({ length: count }, () => sql.val(""));
}

/**
 * Parts whose sizes are powers of two, so that a batch of any size needs few distinct statements: each stays prepared on each
 * connection.
 *
 * @param octetsOf an item: a part of several has 4 MiB at most, so that what one peer sends does not make statements of hundreds
 */
export function parts<Item>(items: readonly Item[], octetsOf: (item: Item) => number = () => 0): Item[][] {
  const result: Item[][] = [];
  for (let start = 0; start < items.length; ) {
    let size = 2 ** Math.floor(Math.log2(Math.min(items.length - start, MAX_PART)));
    let part = items.slice(start, start + size);
    for (; size > 1 && part.reduce((sum, item) => sum + octetsOf(item), 0) > MAX_OCTETS; size /= 2)
      part = items.slice(start, start + size / 2);
    result.push(part);
    start += size;
  }
  return result;
}

/** MariaDB's max_allowed_packet is 16 MiB by default, and each part is held in memory several times. */
const MAX_OCTETS = 4 * 1024 * 1024;

/** 12 values a row: far from the 65535 that PostgreSQL and MariaDB can bind. */
const MAX_PART = 512;
