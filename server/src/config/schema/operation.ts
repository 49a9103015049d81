/** What has to do with running the server. */
import { z } from "zod";
import { LOG_LEVELS } from "../../log-levels.js";
import { setting } from "./setting.js";
import { count, milliseconds, path } from "./values.js";

export const operationSettings = {
  workers: setting(
    z.union([count(1, 256), z.literal("auto")], { error: "must be auto, or a whole number from 1 to 256" }).default(1),
    "Processes that serve, as one node with one `identity`; `auto`: one for each core. 1: no more than this one. See docs/operations.md. A peer has one connection with all of them together; each of `peers` needs an `identity` then.",
  ),
  workerSilenceMs: setting(
    z
      .union([z.literal(0), milliseconds(3000)], { error: "must be 0, or a whole number of milliseconds from 3000 on" })
      .default(10_000),
    "With several workers: milliseconds after which one whose event loop stands still is killed and started again; until it serves, it has six times as long. 0: never.",
  ),
  dictionaries: setting(
    z.array(path()).default([]),
    "Dictionaries of further AVPs, in any format that diamgen reads, such as the `dictionary.opensips` that OpenSIPS has as extra-avps-file. Their AVPs may be sent with the M bit, and stand in accounting records with name and value. They win over what the server knows.",
    { path: true, reload: true, example: ["/etc/opensips/dictionary.opensips"] },
  ),
  logging: setting(
    z
      .strictObject({
        level: setting(z.enum(LOG_LEVELS).default("info"), "The least that is logged.", { reload: true }),
        format: setting(
          z.enum(["json", "pretty"]).default("json"),
          "One JSON object a line, or lines for people. The log goes to standard error.",
        ),
      })
      .prefault({}),
    "The log. Secrets are never in it.",
  ),
  shutdown: setting(
    z
      .strictObject({
        timeoutMs: setting(
          milliseconds().default(5000),
          "Milliseconds after SIGTERM or SIGINT for what is being answered, and for peers to answer the Disconnect-Peer-Request.",
          { reload: true },
        ),
      })
      .prefault({}),
    "How the server ends.",
  ),
};
