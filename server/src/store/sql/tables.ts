/**
 * The tables, as they are made where they are missing. OpenSIPS's (3.2: `subscriber` version 8, `acc` version 7) are never altered; ours that an
 * older diamgen made get what was added since.
 */

import { sql } from "kysely";
import type { AccColumn, SubscriberColumn } from "../options.js";
import { StoreError } from "../store-error.js";
import { addedColumn, addedIndex, additionExists } from "./additions.js";
import { type Dialect, type SqlResult, sqlText } from "./executor.js";
import { ACC_COLUMNS, type SqlNames, SUBSCRIBER_COLUMNS } from "./names.js";
import { registrationPlans, type TablePlan } from "./registration-tables.js";
import { type Steps, step } from "./steps.js";

/** The version of our tables: one more with each addition to them. 2: index of `received_at`. 3: sessions. */
export const SCHEMA_VERSION = 3;

interface Types {
  /** Of OpenSIPS's row ids. */
  readonly id: string;
  /** Of ours. */
  readonly bigId: string;
  readonly text: (width: number) => string;
  readonly dateTime: string;
  readonly unsigned: string;
  readonly bigint: string;
  readonly small: string;
  /** Hexadecimal digits. */
  readonly hash: string;
  readonly instant: string;
  readonly json: string;
  /** After the closing parenthesis of OpenSIPS's tables, and of ours. */
  readonly theirOptions: string;
  readonly ourOptions: string;
}

const TYPES: Readonly<Record<Dialect, Types>> = {
  sqlite: {
    id: "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
    bigId: "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL",
    text: (width) => `CHAR(${width})`,
    dateTime: "DATETIME",
    unsigned: "INTEGER",
    bigint: "INTEGER",
    small: "INTEGER",
    hash: "TEXT",
    instant: "TEXT",
    json: "TEXT",
    theirOptions: "",
    ourOptions: "",
  },
  mariadb: {
    id: "INT(10) UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL",
    bigId: "BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL",
    text: (width) => `CHAR(${width})`,
    dateTime: "DATETIME",
    unsigned: "INT(11) UNSIGNED",
    bigint: "BIGINT",
    small: "SMALLINT",
    hash: "CHAR(64) CHARACTER SET ascii COLLATE ascii_bin",
    instant: "DATETIME(3)",
    json: "LONGTEXT",
    theirOptions: " ENGINE=InnoDB",
    // Names of sessions are compared octet by octet, and any character can come.
    ourOptions: " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC",
  },
  postgresql: {
    id: "SERIAL PRIMARY KEY NOT NULL",
    bigId: "BIGSERIAL PRIMARY KEY NOT NULL",
    text: (width) => `VARCHAR(${width})`,
    dateTime: "TIMESTAMP WITHOUT TIME ZONE",
    unsigned: "INTEGER",
    bigint: "BIGINT",
    small: "SMALLINT",
    hash: "CHAR(64)",
    instant: "TIMESTAMP(3) WITH TIME ZONE",
    // json keeps the text as it is; jsonb refuses the \u0000 that a peer may send.
    json: "JSON",
    theirOptions: "",
    ourOptions: "",
  },
};

/** How to make each table where it is missing, in order. */
export function tablePlans(dialect: Dialect, names: SqlNames): readonly TablePlan[] {
  const types = TYPES[dialect];
  const id = (name: string) => sqlText(dialect, sql`${sql.id(name)}`);
  const { subscriber, acc, accounting, schema } = names;
  const text = (width: number) => `${types.text(width)} DEFAULT '' NOT NULL`;
  const subscriberTypes: Readonly<Record<SubscriberColumn, string>> = {
    id: types.id,
    username: text(64),
    domain: text(64),
    password: text(25),
    email_address: text(64),
    ha1: text(64),
    ha1_sha256: text(64),
    ha1_sha512t256: text(64),
    rpid: `${types.text(64)} DEFAULT NULL`,
  };
  const count = `${types.unsigned} DEFAULT 0 NOT NULL`;
  const accTypes: Readonly<Record<AccColumn, string>> = {
    method: text(16),
    from_tag: text(64),
    to_tag: text(64),
    callid: text(64),
    sip_code: text(3),
    sip_reason: text(32),
    time: `${types.dateTime} NOT NULL`,
    duration: count,
    ms_duration: count,
    setuptime: count,
    created: `${types.dateTime} DEFAULT NULL`,
  };
  const create = (table: string, lines: readonly string[], options: string) =>
    `CREATE TABLE ${id(table)} (\n  ${lines.join(",\n  ")}\n)${options}`;
  const unique = (table: string, suffix: string, ...columns: readonly string[]) =>
    `CONSTRAINT ${id(`${table}_${suffix}`.slice(-63))} UNIQUE (${columns.map(id).join(", ")})`;
  const index = (table: string, suffix: string, column: string) =>
    `CREATE INDEX ${id(`${table}_${suffix}`.slice(-63))} ON ${id(table)} (${id(column)})`;
  // MariaDB commits after each of these statements: one for each table leaves nothing half made.
  const inTable = (name: string, column: string) => (dialect === "mariadb" ? [`KEY ${id(name)} (${id(column)})`] : []);
  const apart = (statement: string) => (dialect === "mariadb" ? [] : [statement]);

  const accColumns = ACC_COLUMNS.flatMap((name) => {
    const configured = acc?.columns[name];
    return configured === undefined ? [] : [`${id(configured)} ${accTypes[name]}`];
  });
  const callId = acc?.columns.callid;
  const plans: TablePlan[] = [
    {
      table: subscriber.table,
      statements: [
        create(
          subscriber.table,
          [
            ...SUBSCRIBER_COLUMNS.flatMap((name) => {
              const column = subscriber.columns[name];
              return column === undefined ? [] : [`${id(column)} ${subscriberTypes[name]}`];
            }),
            unique(subscriber.table, "account_idx", subscriber.columns.username, subscriber.columns.domain),
            ...inTable("username_idx", subscriber.columns.username),
          ],
          types.theirOptions,
        ),
        ...apart(index(subscriber.table, "username_idx", subscriber.columns.username)),
      ],
      additions: [],
    },
    {
      table: accounting,
      statements: [
        create(
          accounting,
          [
            `${id("id")} ${types.bigId}`,
            `${id("identity")} ${types.hash} NOT NULL`,
            `${id("collision")} ${types.unsigned} NOT NULL`,
            `${id("content_hash")} ${types.hash} NOT NULL`,
            `${id("retransmitted")} ${types.small} NOT NULL`,
            `${id("session_id")} VARCHAR(255) NOT NULL`,
            `${id("sub_session_id")} VARCHAR(20)`,
            `${id("record_number")} ${types.bigint} NOT NULL`,
            `${id("record_type")} ${types.bigint} NOT NULL`,
            `${id("origin_host")} VARCHAR(255) NOT NULL`,
            `${id("origin_realm")} VARCHAR(255) NOT NULL`,
            `${id("received_at")} ${types.instant} NOT NULL`,
            `${id("record")} ${types.json} NOT NULL`,
            // What makes a record be stored once: accounting/duplicates.ts.
            unique(accounting, "identity_idx", "identity", "collision"),
            ...inTable("session_idx", "session_id"),
          ],
          types.ourOptions,
        ),
        ...apart(index(accounting, "session_idx", "session_id")),
      ],
      additions: [addedIndex(dialect, accounting, "received_idx", "received_at", "id")],
    },
    ...registrationPlans(names, {
      ...types,
      create: (table, lines) => create(table, lines, types.ourOptions),
      id,
      unique,
      added: (table, name, definition) => addedColumn(dialect, table, name, definition),
      index: (table, suffix, ...columns) => addedIndex(dialect, table, suffix, ...columns),
    }),
    {
      table: schema,
      statements: [create(schema, [`${id("version")} ${types.unsigned} PRIMARY KEY NOT NULL`], types.ourOptions)],
      additions: [],
    },
  ];
  if (acc !== undefined) {
    plans.push({
      table: acc.table,
      statements: [
        create(
          acc.table,
          [`${id("id")} ${types.id}`, ...accColumns, ...(callId === undefined ? [] : inTable("callid_idx", callId))],
          types.theirOptions,
        ),
        ...(callId === undefined ? [] : apart(index(acc.table, "callid_idx", callId))),
      ],
      additions: [],
    });
  }
  return plans;
}

/** Asks whether there is a table of a name, the one parameter: one row, or none. */
export const TABLE_EXISTS: Readonly<Record<Dialect, string>> = {
  sqlite: "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name = ?",
  mariadb: "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
  postgresql: "SELECT 1 WHERE to_regclass(quote_ident($1)) IS NOT NULL",
};

/** What makes all of it that is missing, under a lock of the caller. Throws STORE_SCHEMA where a newer diamgen made our tables. */
export function* tableSteps(dialect: Dialect, names: SqlNames): Steps<void> {
  const { select, insert } = versionStatements(dialect, names);
  const exists = (table: string) => found(step(TABLE_EXISTS[dialect], table));
  const version = (yield* exists(names.schema)) ? checkVersion((yield* step(select)).rows) : 0;
  for (const { table, statements, additions } of tablePlans(dialect, names)) {
    if (!(yield* exists(table))) for (const statement of statements) yield* step(statement);
    for (const addition of additions)
      if (!(yield* found(additionExists(dialect, table, addition)))) yield* step(addition.statement);
  }
  if (version < SCHEMA_VERSION) yield* step(insert, SCHEMA_VERSION);
}

function* found(query: Steps<SqlResult>): Steps<boolean> {
  return (yield* query).rows.length > 0;
}

export function versionStatements(dialect: Dialect, { schema }: SqlNames) {
  const [table, version] = [sql.id(schema), sql.id("version")];
  return {
    select: sqlText(dialect, sql`SELECT MAX(${version}) AS ${version} FROM ${table}`),
    insert: sqlText(dialect, sql`INSERT INTO ${table} (${version}) VALUES (${0})`),
  };
}

/** @returns 0 where there is none yet */
export function checkVersion(rows: readonly Readonly<Record<string, unknown>>[]): number {
  const version = Number(rows[0]?.version ?? 0);
  if (version <= SCHEMA_VERSION) return version;
  throw new StoreError(
    "STORE_SCHEMA",
    `the database has tables of version ${version}, and this diamgen knows ${SCHEMA_VERSION}: use a newer one`,
  );
}
