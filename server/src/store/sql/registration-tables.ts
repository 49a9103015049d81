/** The tables of registrations, RFC 4740. Operators write the profile columns; NULL is what a user has of whom nothing was said. */

import type { Addition } from "./additions.js";
import type { SqlNames } from "./names.js";

export interface TablePlan {
  readonly table: string;
  /** Make it where it is missing, with the columns of `additions`. */
  readonly statements: readonly string[];
  /** Each is made where it is missing. None for OpenSIPS's tables: of these nothing is touched, not even an index added. */
  readonly additions: readonly Addition[];
}

/** What the dialect calls things. */
export interface TableWriter {
  readonly bigId: string;
  readonly bigint: string;
  readonly small: string;
  readonly json: string;
  readonly create: (table: string, lines: readonly string[]) => string;
  readonly id: (name: string) => string;
  readonly unique: (table: string, suffix: string, ...columns: readonly string[]) => string;
  readonly added: (table: string, name: string, definition: string) => Addition;
  readonly index: (table: string, suffix: string, ...columns: readonly string[]) => Addition;
}

/** A column that came after the table: its name, and its definition, NULL or with a constant DEFAULT. */
type LaterColumn = readonly [name: string, definition: string];

export function registrationPlans(names: SqlNames, writer: TableWriter): readonly TablePlan[] {
  const { sipUser, sipAor, sipUserData, sipSession } = names;
  const { bigId, bigint, small, json, create, id, unique, added, index } = writer;
  const server = (prefix: string) => [
    `${id(`${prefix}uri`)} VARCHAR(1024)`,
    `${id(`${prefix}host`)} VARCHAR(255)`,
    `${id(`${prefix}realm`)} VARCHAR(255)`,
  ];
  const plan = (table: string, lines: readonly string[], later: readonly LaterColumn[] = []): TablePlan => ({
    table,
    statements: [
      create(table, [`${id("id")} ${bigId}`, ...later.map(([name, type]) => `${id(name)} ${type}`), ...lines]),
    ],
    additions: later.map(([name, type]) => added(table, name, type)),
  });
  return [
    plan(sipUser, [
      `${id("username")} VARCHAR(64) NOT NULL`,
      `${id("domain")} VARCHAR(64) NOT NULL`,
      `${id("visited_networks")} ${json}`,
      `${id("mandatory_capabilities")} ${json}`,
      `${id("optional_capabilities")} ${json}`,
      `${id("unregistered_service")} ${small} DEFAULT 0 NOT NULL`,
      ...server("pending_"),
      unique(sipUser, "account_idx", "username", "domain"),
    ]),
    plan(sipAor, [
      `${id("user_id")} ${bigint} NOT NULL`,
      `${id("aor")} VARCHAR(255) NOT NULL`,
      `${id("may_register")} ${small} DEFAULT 1 NOT NULL`,
      `${id("registration")} VARCHAR(16) DEFAULT 'notRegistered' NOT NULL`,
      ...server("server_"),
      `${id("user_data_types")} ${json}`,
      // What makes a SIP-AOR be one user's.
      unique(sipAor, "aor_idx", "aor"),
      unique(sipAor, "user_idx", "user_id", "aor"),
    ]),
    plan(sipUserData, [
      `${id("user_id")} ${bigint} NOT NULL`,
      `${id("type")} VARCHAR(255) NOT NULL`,
      // Base64: no dialect has the same octets.
      `${id("contents")} ${json === "LONGTEXT" ? "LONGTEXT" : "TEXT"} NOT NULL`,
      unique(sipUserData, "type_idx", "user_id", "type"),
    ]),
    {
      ...plan(sipSession, [
        `${id("session_id")} VARCHAR(255) NOT NULL`,
        `${id("user_id")} ${bigint} NOT NULL`,
        `${id("aors")} ${json}`,
        `${id("origin_host")} VARCHAR(255) NOT NULL`,
        `${id("origin_realm")} VARCHAR(255) NOT NULL`,
        `${id("origin_state_id")} ${bigint}`,
        `${id("is_open")} ${small} NOT NULL`,
        // Milliseconds since 1970, so that no time zone of a connection counts.
        `${id("authorized_until")} ${bigint}`,
        `${id("ends_at")} ${bigint}`,
        // What makes a session be one user's.
        unique(sipSession, "session_idx", "session_id"),
      ]),
      additions: [
        index(sipSession, "user_idx", "user_id", "is_open"),
        index(sipSession, "due_idx", "is_open", "ends_at"),
        index(sipSession, "host_idx", "origin_host", "is_open", "origin_state_id"),
      ],
    },
  ];
}
