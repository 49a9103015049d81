/** Where subscribers and accounting records are: the options of the stores, as they are. */
import { z } from "zod";
import { setting } from "./setting.js";
import { count, milliseconds, path } from "./values.js";

const sqlite = z.strictObject({
  type: setting(z.literal("sqlite"), "`sqlite`: embedded, one file, no server."),
  path: setting(
    path(),
    "The file; made, with its tables, where it is missing. `:memory:` forgets everything at the end.",
    {
      path: true,
      example: "/var/lib/diamgen/diamgen.db",
    },
  ),
  busyTimeoutMs: setting(
    milliseconds().default(1000),
    "Milliseconds to wait for a lock that another process holds. The server stands still meanwhile.",
  ),
  maxBatch: setting(count(1, 10_000).default(512), "Accounting records in one transaction."),
});

export const databaseSettings = setting(
  z.discriminatedUnion("type", [sqlite]),
  "Where subscribers and accounting records are kept, in the tables of OpenSIPS.",
  { example: { type: "sqlite", path: "/var/lib/diamgen/diamgen.db" } },
);
