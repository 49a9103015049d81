/** The SQL of sessions of registrations. */

import { type RawBuilder, sql } from "kysely";
import { type Dialect, sqlText } from "./executor.js";
import type { SqlNames } from "./names.js";

/** What changes of a session. */
export const SESSION_COLUMNS = [
  "aors",
  "origin_host",
  "origin_realm",
  "origin_state_id",
  "is_open",
  "authorized_until",
  "ends_at",
] as const;

export function sessionStatements(dialect: Dialect, { sipUser, sipSession }: SqlNames) {
  const [user, session] = [sql.id(sipUser), sql.id(sipSession)];
  const [id, userId, name, domain] = [sql.id("id"), sql.id("user_id"), sql.id("username"), sql.id("domain")];
  const [sessionId, open, endsAt] = [sql.id("session_id"), sql.id("is_open"), sql.id("ends_at")];
  const [host, stateId, until] = [sql.id("origin_host"), sql.id("origin_state_id"), sql.id("authorized_until")];
  const value = sql.val("");
  const text = (query: RawBuilder<unknown>) => sqlText(dialect, query);
  const columns = sql.join(["session_id", ...SESSION_COLUMNS].map((column) => sql.id(column)));
  const set = sql.join(SESSION_COLUMNS.map((column) => sql`${sql.id(column)} = ${value}`));
  const values = sql.join(Array.from({ length: SESSION_COLUMNS.length + 2 }, () => value));
  const ofUser = sql`${sessionId} = ${value} AND ${userId} = ${value}`;
  const owner = sql`SELECT ${sessionId}, ${name}, ${domain}, ${host}, ${open}, ${until}, ${endsAt}
    FROM ${session} INNER JOIN ${user} ON ${sql.id(sipUser, "id")} = ${userId}`;
  const toLose = sql`${host} = ${value} AND ${open} = 1 AND ${stateId} < ${value} AND (${endsAt} IS NULL OR ${endsAt} > ${value})`;
  const toForget = sql`${open} = 0 AND ${endsAt} <= ${value}`;
  return {
    /** Of a user, those that are open. */
    open: text(sql`SELECT ${columns} FROM ${session} WHERE ${userId} = ${value} AND ${open} = 1 ORDER BY ${id}`),
    find: text(sql`${owner} WHERE ${sessionId} = ${value}`),
    add: text(sql`INSERT INTO ${session} (${userId}, ${columns}) VALUES (${values})`),
    change: text(sql`UPDATE ${session} SET ${set} WHERE ${ofUser}`),
    end: text(sql`UPDATE ${session} SET ${open} = 0, ${endsAt} = ${value} WHERE ${ofUser} AND ${open} = 1`),
    remove: text(sql`DELETE FROM ${session} WHERE ${ofUser}`),
    due: (limit: number) =>
      text(sql`${owner} WHERE ${open} = 1 AND ${endsAt} <= ${value} ORDER BY ${endsAt} LIMIT ${sql.lit(limit)}`),
    anyToLose: text(sql`SELECT ${id} FROM ${session} WHERE ${toLose} LIMIT 1`),
    lose: text(sql`UPDATE ${session} SET ${endsAt} = ${value} WHERE ${toLose}`),
    anyToForget: text(sql`SELECT ${id} FROM ${session} WHERE ${toForget} LIMIT 1`),
    // Selected from a table of its own: MariaDB takes no LIMIT, nor the table that it deletes from, in the condition itself.
    forget: (limit: number) =>
      text(
        sql`DELETE FROM ${session} WHERE ${id} IN (SELECT ${id} FROM (SELECT ${id} FROM ${session}
          WHERE ${toForget} ORDER BY ${endsAt} LIMIT ${sql.lit(limit)}) AS ${sql.id("gone")})`,
      ),
  };
}
