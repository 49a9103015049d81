/** What an operator may say about the database, as plain data: a configuration file can hold it. */

/** Names of tables and columns. Each is a word of letters, digits, "_" and "$", of at most 63 characters, not beginning with a digit. */
export interface TableNames {
  /** OpenSIPS's subscribers, never altered. Columns: the defaults are OpenSIPS's. */
  readonly subscriber?:
    | {
        /** Default "subscriber". */
        readonly table?: string | undefined;
        /** null: the table has no such column, such as ha1_sha256 before OpenSIPS 3.2. There is no doing without id, username, domain and ha1. */
        readonly columns?: Partial<Record<SubscriberColumn, string | null | undefined>> | undefined;
      }
    | undefined;
  /** OpenSIPS's accounting, never altered. */
  readonly acc?:
    | {
        /** Default "acc". */
        readonly table?: string | undefined;
        /** null: the table has no such column, such as ms_duration before OpenSIPS 3.1. */
        readonly columns?: Partial<Record<AccColumn, string | null | undefined>> | undefined;
        /** false: records are kept in our own table alone. Default true. */
        readonly enabled?: boolean | undefined;
      }
    | undefined;
  /** Prefix of our own tables, `<prefix>accounting` and `<prefix>schema`. Default "diamgen_". */
  readonly prefix?: string | undefined;
}

export type SubscriberColumn =
  | "id"
  | "username"
  | "domain"
  | "password"
  | "email_address"
  | "ha1"
  | "ha1_sha256"
  | "ha1_sha512t256"
  | "rpid";

export type AccColumn =
  | "method"
  | "from_tag"
  | "to_tag"
  | "callid"
  | "sip_code"
  | "sip_reason"
  | "time"
  | "duration"
  | "ms_duration"
  | "setuptime"
  | "created";

interface AnyDatabaseOptions {
  readonly tables?: TableNames | undefined;
  /** Accounting records in one transaction. Default 512. */
  readonly maxBatch?: number | undefined;
  /** Where left out, every lookup goes to the database. */
  readonly subscriberCache?: SubscriberCacheOptions | undefined;
}

export interface SubscriberCacheOptions {
  /** Subscribers kept; the one that was not used for longest goes. Default 10000. */
  readonly maxEntries?: number | undefined;
  /** Milliseconds for which a change that somebody else makes in the table may stay unseen. Default 30000. */
  readonly ttlMs?: number | undefined;
  /** Milliseconds for which "there is no such subscriber" is believed. Default 2000. */
  readonly negativeTtlMs?: number | undefined;
}

export interface SqliteDatabaseOptions extends AnyDatabaseOptions {
  readonly type: "sqlite";
  /** A file of the local machine, created with mode 0600 where it is missing; or ":memory:". */
  readonly path: string;
  /** How long to wait for a lock that another process holds. The event loop stands still meanwhile. Default 1000. */
  readonly busyTimeoutMs?: number | undefined;
}

/** TLS to a database server. Certificates are verified; there is no option to leave that out. */
export interface DatabaseTls {
  /** Certificates (PEM) to trust instead of the system's. */
  readonly ca?: string | undefined;
  /** Our certificate and key (PEM), where the server asks for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name that the certificate must have, where it is not the host. MariaDB: needed where the host is an address, and never an address itself. */
  readonly servername?: string | undefined;
}

interface ServerDatabaseOptions extends AnyDatabaseOptions {
  /** Default "127.0.0.1". */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user: string;
  /** Never logged. */
  readonly password?: string | undefined;
  /** Name of the database. */
  readonly database: string;
  /** true: with the system's certificates. Default: no TLS. */
  readonly tls?: boolean | DatabaseTls | undefined;
  /** Connections at most. Default 8. */
  readonly maxConnections?: number | undefined;
  /** Milliseconds until a connection must be made. Default 5000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds until a statement must be answered; the server ends it then, and we the connection. Default 5000. */
  readonly statementTimeoutMs?: number | undefined;
  /** Milliseconds between two attempts to reach a database that is down: they grow from the first to the last. Default 100 to 5000. */
  readonly backoffMs?: { readonly first: number; readonly last: number } | undefined;
  /**
   * Makes our tables, and those of OpenSIPS that are missing, when the database is opened. Default false: an operator
   * makes them once, by `prepare`. Needs the right to CREATE.
   */
  readonly prepare?: boolean | undefined;
}

/** MariaDB from 10.5, MySQL from 8.0. */
export interface MariadbDatabaseOptions extends ServerDatabaseOptions {
  readonly type: "mariadb";
  /** Path of a Unix socket, instead of host and port (3306). */
  readonly socketPath?: string | undefined;
}

/** PostgreSQL from 12. */
export interface PostgresqlDatabaseOptions extends ServerDatabaseOptions {
  readonly type: "postgresql";
  /** Folder of the Unix socket, instead of host; port (5432) then names the socket in it. */
  readonly socketPath?: string | undefined;
}

export type DatabaseOptions = SqliteDatabaseOptions | MariadbDatabaseOptions | PostgresqlDatabaseOptions;
