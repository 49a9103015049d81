/** Sessions of registrations: a row each, that of an open one changed with the user's, and of one that has ended kept for a while. */

import { openSessions } from "../../registration/sessions.js";
import type { AorRecord, RegistrationSession, SipUser, UserRecord } from "../../registration/types.js";
import { pageLimit } from "../page.js";
import type { DueSession, KeptSession } from "../registration-store.js";
import { StoreError } from "../store-error.js";
import type { SqlValue } from "./executor.js";
import type { SqlNames } from "./names.js";
import { json, type Row, texts } from "./registration-rows.js";
import { sessionStatements } from "./session-statements.js";
import { type StepRunner, type Steps, step } from "./steps.js";
import { TABLE_EXISTS } from "./tables.js";

/**
 * How long a session that has ended is remembered: longer than a request may come again, which is 4 minutes (RFC 6733 section 3, End-to-End
 * Identifier).
 */
const REMEMBERED_MS = 300_000;

/** A session with the SIP-AORs that have it. Nobody has it of whom an operator took SIP-AOR or SIP server away: it ends with the next change. */
interface SessionRow {
  readonly session: RegistrationSession;
  readonly aors: readonly string[];
}

/** How long a table that was missing is taken to be missing still. */
const LOOK_AGAIN_MS = 10_000;

/** As TABLE_EXISTS; MariaDB shows nobody what he may not touch. */
const READABLE: typeof TABLE_EXISTS = {
  ...TABLE_EXISTS,
  postgresql: `${TABLE_EXISTS.postgresql} AND has_table_privilege(to_regclass(quote_ident($1)), 'SELECT')`,
};

/**
 * Where an operator makes tables, the one of sessions may be missing after an upgrade: then there are none, and none can be stored, but
 * registrations go on.
 */
export class SqlSessions {
  readonly #sql: ReturnType<typeof sessionStatements>;
  readonly #exists: string;
  readonly #table: string;
  /** When the table was missing last; "there" once it was found. */
  #missing: number | "there" = Number.NEGATIVE_INFINITY;

  constructor(dialect: StepRunner["dialect"], names: SqlNames) {
    this.#sql = sessionStatements(dialect, names);
    this.#exists = READABLE[dialect];
    this.#table = names.sipSession;
  }

  /** A user's SIP-AORs with their sessions, and the Session-Ids of all that are open. */
  *load(userId: number, aors: readonly AorRecord[]): Steps<{ aors: readonly AorRecord[]; ids: readonly string[] }> {
    const rows = (yield* this.#isThere()) ? (yield* step(this.#sql.open, userId)).rows.map(sessionRow) : [];
    if (rows.length === 0) return { aors, ids: [] };
    const withSession = (one: AorRecord) => {
      if (one.server === undefined) return one;
      const session = rows.find((row) => row.aors.includes(one.aor))?.session;
      return session === undefined ? one : { ...one, session };
    };
    return { aors: aors.map(withSession), ids: rows.map(({ session }) => session.id) };
  }

  /** `open`: as `load` has them, also those whose SIP-AORs an operator took away. */
  *store(userId: number, open: readonly string[], before: UserRecord, after: UserRecord, now: number): Steps<void> {
    const [old, current] = [openSessions(before), openSessions(after)];
    for (const id of open) if (!current.has(id)) yield* step(this.#sql.end, now + REMEMBERED_MS, id, userId);
    for (const [id, aors] of current) {
      if (!(yield* this.#isThere())) throw this.#noTable();
      const [first] = aors;
      if (first?.session === undefined || isSame(old.get(id), aors)) continue;
      const values = sessionValues({ session: first.session, aors: aors.map(({ aor }) => aor) });
      if (open.includes(id)) {
        yield* step(this.#sql.change, ...values, id, userId);
        continue;
      }
      // One that ended not long ago.
      yield* step(this.#sql.remove, id, userId);
      yield* step(this.#sql.add, userId, id, ...values);
    }
  }

  *find(id: string): Steps<KeptSession | undefined> {
    if (!(yield* this.#isThere())) return undefined;
    const [row] = (yield* step(this.#sql.find, id)).rows;
    return row && { user: userOf(row), originHost: String(row.origin_host), open: Number(row.is_open) !== 0 };
  }

  *due(now: number, limit: number): Steps<readonly DueSession[]> {
    if (!(yield* this.#isThere())) return [];
    const { rows } = yield* step(this.#sql.due(pageLimit(limit)), now);
    return rows.map((row) => ({
      id: String(row.session_id),
      user: userOf(row),
      expired: row.authorized_until !== null && Number(row.authorized_until) <= Number(row.ends_at),
    }));
  }

  *lose(originHost: string, originStateId: number, now: number): Steps<number> {
    // Nothing is written where there is nothing to write: the server may not be allowed to, where there are no sessions.
    const which = [originHost, originStateId, now] as const;
    if (!(yield* this.#isThere()) || (yield* step(this.#sql.anyToLose, ...which)).rows.length === 0) return 0;
    return (yield* step(this.#sql.lose, now, ...which)).changes;
  }

  *forget(now: number, limit: number): Steps<number> {
    if (!(yield* this.#isThere()) || (yield* step(this.#sql.anyToForget, now)).rows.length === 0) return 0;
    return (yield* step(this.#sql.forget(pageLimit(limit)), now)).changes;
  }

  *#isThere(): Steps<boolean> {
    if (this.#missing === "there") return true;
    if (Date.now() - this.#missing < LOOK_AGAIN_MS) return false;
    const { rows } = yield* step(this.#exists, this.#table);
    this.#missing = rows.length > 0 ? "there" : Date.now();
    return this.#missing === "there";
  }

  #noTable(): StoreError {
    return new StoreError(
      "STORE_SCHEMA",
      `there is no table ${this.#table}: \`diamgen-server database init\` makes it`,
    );
  }
}

function isSame(old: readonly AorRecord[] | undefined, now: readonly AorRecord[]): boolean {
  return (
    old !== undefined &&
    old.length === now.length &&
    now.every(({ aor, session }, index) => old[index]?.aor === aor && old[index]?.session === session)
  );
}

function userOf(row: Row): SipUser {
  return { username: String(row.username), domain: String(row.domain) };
}

function sessionRow(row: Row): SessionRow {
  const optional = (value: unknown) => (value === null || value === undefined ? undefined : Number(value));
  return {
    session: {
      id: String(row.session_id),
      originHost: String(row.origin_host),
      originRealm: String(row.origin_realm),
      originStateId: optional(row.origin_state_id),
      authorizedUntil: optional(row.authorized_until),
      expiresAt: optional(row.ends_at),
    },
    aors: texts(row.aors),
  };
}

/** In the order of SESSION_COLUMNS: an open session. */
function sessionValues({ session, aors }: SessionRow): readonly SqlValue[] {
  const { originHost, originRealm, originStateId = null, authorizedUntil = null, expiresAt = null } = session;
  return [json(aors), originHost, originRealm, originStateId, 1, authorizedUntil, expiresAt];
}
