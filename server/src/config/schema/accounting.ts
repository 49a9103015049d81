/** Accounting: the options of the pipeline, under their own names. */
import { z } from "zod";
import { setting } from "./setting.js";
import { count, milliseconds, path, secret } from "./values.js";

const SINK =
  "`sql`: the database. `acc-log`: the lines of app_opensips. `csv`. `json`: lines of JSON. `nats`: JetStream.";

const sql = z.strictObject({ type: setting(z.literal("sql"), SINK) });

const file = z.strictObject({
  type: setting(z.enum(["acc-log", "csv", "json"]), SINK),
  path: setting(path(), "The file; nobody else may write to it.", {
    path: true,
    example: "/var/log/diamgen/acc.log",
  }),
  rotate: setting(
    z
      .strictObject({
        maxBytes: setting(count().optional(), "Octets after which a new file begins. Left out: none."),
        daily: setting(z.boolean().default(true), "A new file each day, by local time."),
      })
      .prefault({}),
    "When a new file begins; the one before is renamed to `<name>.<day>.<number>`. SIGHUP opens files anew, too.",
  ),
  rememberDays: setting(
    count(1, 3650).default(30),
    "Days for which a record is remembered, to be known when it comes again.",
  ),
});

const nats = z.strictObject({
  type: setting(z.literal("nats"), SINK),
  servers: setting(z.array(z.string().min(1).max(1024)).min(1), "Where NATS is.", {
    example: ["nats://127.0.0.1:4222"],
  }),
  subject: setting(z.string().min(1).max(255), "What records are published to; a stream must take it.", {
    example: "accounting.records",
  }),
  stream: setting(z.string().min(1).max(255).optional(), "The stream that must take it."),
  user: setting(z.string().min(1).max(255).optional(), "User of NATS."),
  password: setting(secret().optional(), "Its password; `!file PATH` takes it from a file.", { secret: true }),
  token: setting(secret().optional(), "A token instead of user and password.", { secret: true }),
  ca: setting(z.string().min(1).optional(), "Certificates (PEM) to trust, by `!file PATH`; TLS is required then."),
  timeoutMs: setting(milliseconds().default(5000), "Milliseconds until JetStream must have confirmed."),
});

const spool = z.strictObject({
  directory: setting(path(), "Folder of the local machine, made where it is missing; processes share it.", {
    path: true,
    example: "/var/lib/diamgen/spool",
  }),
  maxBytes: setting(
    count(1 << 20).default(1 << 30),
    "Octets at most for each sink and each worker; beyond that 4002 (DIAMETER_OUT_OF_SPACE) is answered.",
  ),
  segmentBytes: setting(count(4096).default(16 << 20), "Octets after which a new segment begins."),
});

export const accountingSettings = setting(
  z
    .strictObject({
      sinks: setting(
        z
          .array(z.discriminatedUnion("type", [sql, file, nats]))
          .min(1)
          .default([{ type: "sql" }]),
        "Where records go, all of them to each; the first is the primary one.",
      ),
      acknowledge: setting(
        z.enum(["all", "primary"]).default("all"),
        "Which sinks, or their spools, must have a record durably before DIAMETER_SUCCESS is answered.",
      ),
      spool: setting(
        spool.optional(),
        "What a sink does not take in time waits here, durably. Left out: such a record is refused with 4002, and OpenSIPS never sends it again.",
      ),
      waitMs: setting(milliseconds().default(1000), "Milliseconds that a sink may take before the spool takes over."),
      replayMs: setting(
        z
          .strictObject({
            first: setting(milliseconds().default(100), "Milliseconds before the second attempt."),
            last: setting(milliseconds().default(5000), "Milliseconds between two attempts at most."),
          })
          .prefault({}),
        "How often what is in the spool is tried again, each time after twice as long; half of it by chance.",
      ),
      interimIntervalSeconds: setting(
        count(1, 0xffffffff).optional(),
        "Acct-Interim-Interval in answers to START and INTERIM records, seconds. Left out: not sent.",
      ),
      realtimeRequired: setting(
        z.enum(["DELIVER_AND_GRANT", "GRANT_AND_STORE", "GRANT_AND_LOSE"]).optional(),
        "Accounting-Realtime-Required in the same answers. Left out: not sent.",
      ),
    })
    .prefault({}),
  "Accounting records: see [accounting.md](accounting.md).",
);
