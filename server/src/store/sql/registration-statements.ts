/** The SQL of registrations. */

import { type RawBuilder, sql } from "kysely";
import { type Dialect, sqlText } from "./executor.js";
import type { SqlNames } from "./names.js";

export const USER_COLUMNS = [
  "visited_networks",
  "mandatory_capabilities",
  "optional_capabilities",
  "unregistered_service",
  "pending_uri",
  "pending_host",
  "pending_realm",
] as const;

export const AOR_COLUMNS = [
  "may_register",
  "registration",
  "server_uri",
  "server_host",
  "server_realm",
  "user_data_types",
] as const;

export function registrationStatements(dialect: Dialect, { sipUser, sipAor, sipUserData }: SqlNames) {
  const [user, aor, data] = [sql.id(sipUser), sql.id(sipAor), sql.id(sipUserData)];
  const [id, userId, name, domain] = [sql.id("id"), sql.id("user_id"), sql.id("username"), sql.id("domain")];
  const [uri, type, contents] = [sql.id("aor"), sql.id("type"), sql.id("contents")];
  const value = sql.val("");
  const text = (query: RawBuilder<unknown>) => sqlText(dialect, query);
  const list = (columns: readonly string[]) => sql.join(columns.map((column) => sql.id(column)));
  const values = (count: number) => sql.join(Array.from({ length: count }, () => value));
  const set = (columns: readonly string[]) => sql.join(columns.map((column) => sql`${sql.id(column)} = ${value}`));
  const unlessThere = dialect === "mariadb" ? sql`ON DUPLICATE KEY UPDATE ${id} = ${id}` : sql`ON CONFLICT DO NOTHING`;
  const one = sql`SELECT ${id}, ${list(USER_COLUMNS)} FROM ${user} WHERE ${name} = ${value} AND ${domain} = ${value}`;
  return {
    find: text(one),
    // SQLite locks the whole database for a transaction.
    lock: text(dialect === "sqlite" ? one : sql`${one} FOR UPDATE`),
    insert: text(sql`INSERT INTO ${user} (${name}, ${domain}) VALUES (${value}, ${value}) ${unlessThere}`),
    change: text(sql`UPDATE ${user} SET ${set(USER_COLUMNS)} WHERE ${id} = ${value}`),
    list: (limit: number) =>
      text(
        sql`SELECT ${id}, ${name}, ${domain} FROM ${user} WHERE ${id} > ${value} ORDER BY ${id} LIMIT ${sql.lit(limit)}`,
      ),
    aors: text(
      sql`SELECT ${userId}, ${uri}, ${list(AOR_COLUMNS)} FROM ${aor}
        WHERE ${userId} = ${value} OR ${uri} = ${value} ORDER BY ${id}`,
    ),
    owner: text(
      sql`SELECT ${name}, ${domain} FROM ${user} WHERE ${id} = (SELECT ${userId} FROM ${aor} WHERE ${uri} = ${value})`,
    ),
    addAor: text(
      sql`INSERT INTO ${aor} (${userId}, ${uri}, ${list(AOR_COLUMNS)}) VALUES (${values(AOR_COLUMNS.length + 2)})`,
    ),
    changeAor: text(sql`UPDATE ${aor} SET ${set(AOR_COLUMNS)} WHERE ${userId} = ${value} AND ${uri} = ${value}`),
    deleteAor: text(sql`DELETE FROM ${aor} WHERE ${userId} = ${value} AND ${uri} = ${value}`),
    userData: text(sql`SELECT ${type}, ${contents} FROM ${data} WHERE ${userId} = ${value} ORDER BY ${id}`),
    addUserData: text(sql`INSERT INTO ${data} (${userId}, ${type}, ${contents}) VALUES (${values(3)})`),
    deleteUserData: text(sql`DELETE FROM ${data} WHERE ${userId} = ${value}`),
  };
}
