/** Where subscribers and accounting records are: the options of the stores, under their own names. */
import { z } from "zod";
import type { AccColumn, SubscriberColumn } from "../../store/index.js";
import { databaseTlsSettings } from "./database-tls.js";
import { setting } from "./setting.js";
import { count, host, milliseconds, path, port, secret } from "./values.js";

const NAME = /^[A-Za-z_$][\w$]{0,62}$/;
const name = () => z.string().regex(NAME, { error: "must be a name of letters, digits, _ and $, 63 at most" });

const SUBSCRIBER_COLUMNS = [
  "id",
  "username",
  "domain",
  "password",
  "email_address",
  "ha1",
  "ha1_sha256",
  "ha1_sha512t256",
  "rpid",
] as const satisfies readonly SubscriberColumn[];

const ACC_COLUMNS = [
  "method",
  "from_tag",
  "to_tag",
  "callid",
  "sip_code",
  "sip_reason",
  "time",
  "duration",
  "ms_duration",
  "setuptime",
  "created",
] as const satisfies readonly AccColumn[];

/** There is no subscriber without. */
const NEEDED: ReadonlySet<SubscriberColumn> = new Set(["id", "username", "domain", "ha1"]);

function columns<N extends string, S extends z.ZodType>(
  names: readonly N[],
  schema: (column: N) => S,
  description: string,
) {
  const shape = Object.fromEntries(
    names.map((column) => [column, setting(schema(column), `What the column ${column} is called.`)]),
  ) as Record<N, S>;
  return setting(z.strictObject(shape).prefault({} as never), description);
}

const tables = () =>
  setting(
    z
      .strictObject({
        subscriber: setting(
          z
            .strictObject({
              table: setting(name().default("subscriber"), "Its name."),
              columns: columns(
                SUBSCRIBER_COLUMNS,
                (column) => (NEEDED.has(column) ? name().optional() : name().nullable().optional()),
                "Columns with another name; `null` for one that there is not, such as `ha1_sha256` and `ha1_sha512t256` in tables that are older than OpenSIPS 3.2.",
              ),
            })
            .prefault({}),
          "The table of subscribers, OpenSIPS's; it is never altered.",
        ),
        acc: setting(
          z
            .strictObject({
              table: setting(name().default("acc"), "Its name."),
              columns: columns(
                ACC_COLUMNS,
                () => name().nullable().optional(),
                "Columns with another name; `null` for one that there is not, such as `ms_duration` before OpenSIPS 3.1.",
              ),
              enabled: setting(z.boolean().default(true), "`false`: records are kept in our own table alone."),
            })
            .prefault({}),
          "The table of accounting records, OpenSIPS's; it is never altered.",
        ),
        prefix: setting(name().default("diamgen_"), "What the names of our own tables begin with."),
      })
      .prefault({}),
    "Names of tables and columns, where they are not OpenSIPS's.",
  );

const maxBatch = () => setting(count(1, 10_000).default(512), "Accounting records in one transaction.");

const subscriberCache = () =>
  setting(
    z
      .strictObject({
        maxEntries: setting(count().default(10_000), "Subscribers kept; the one that was not used for longest goes."),
        ttlMs: setting(milliseconds().default(30_000), "Milliseconds for which a change in the table may stay unseen."),
        negativeTtlMs: setting(
          milliseconds().default(2000),
          "Milliseconds for which it is believed that there is no such subscriber.",
        ),
      })
      .optional(),
    "Keeps subscribers in memory. Left out: every request asks the database.",
  );

const sqlite = z.strictObject({
  type: setting(
    z.literal("sqlite"),
    "`sqlite`: embedded, one file, no server. `mariadb`, for MySQL too. `postgresql`.",
  ),
  path: setting(
    path(),
    "The file; made, with its tables, where it is missing. `:memory:` forgets everything at the end.",
    { path: true, example: "/var/lib/diamgen/diamgen.db" },
  ),
  busyTimeoutMs: setting(
    milliseconds().default(1000),
    "Milliseconds to wait for a lock that another process holds. The server stands still meanwhile.",
  ),
  tables: tables(),
  maxBatch: maxBatch(),
  subscriberCache: subscriberCache(),
});

const server = (ofSocket: string) => ({
  host: setting(host().default("127.0.0.1"), "Host name or address of the database."),
  port: setting(port().optional(), "Its port: 3306 of MariaDB, 5432 of PostgreSQL where left out."),
  socketPath: setting(path().optional(), ofSocket, { path: true }),
  user: setting(z.string().min(1).max(255), "User of the database.", { example: "opensips" }),
  password: setting(secret().optional(), "Its password; `!file PATH` takes it from a file.", { secret: true }),
  database: setting(z.string().min(1).max(255), "Name of the database.", { example: "opensips" }),
  tls: databaseTlsSettings(),
  maxConnections: setting(count(1, 1000).default(8), "Connections at most."),
  connectTimeoutMs: setting(milliseconds().default(5000), "Milliseconds until a connection must be made."),
  statementTimeoutMs: setting(milliseconds().default(5000), "Milliseconds until a statement must be answered."),
  prepare: setting(
    z.boolean().default(false),
    "Makes the tables that are missing when the server starts, and brings ours up to date; needs the right to CREATE, and the database to be up.",
  ),
  tables: tables(),
  maxBatch: maxBatch(),
  subscriberCache: subscriberCache(),
});

const mariadb = z.strictObject({
  type: setting(z.literal("mariadb"), "`mariadb`: MariaDB from 10.5, MySQL from 8.0."),
  ...server("Path of a Unix socket, instead of host and port."),
});

const postgresql = z.strictObject({
  type: setting(z.literal("postgresql"), "`postgresql`: PostgreSQL from 12."),
  ...server("Folder of the Unix socket, instead of host."),
});

export const databaseSettings = setting(
  z.discriminatedUnion("type", [sqlite, mariadb, postgresql]),
  "Where subscribers and accounting records are kept, in the tables of OpenSIPS.",
  { example: { type: "sqlite", path: "/var/lib/diamgen/diamgen.db" } },
);
