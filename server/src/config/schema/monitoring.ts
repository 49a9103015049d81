/** What lets people and programs look after a running server. */
import { z } from "zod";
import { setting } from "./setting.js";
import { count, host, path, port } from "./values.js";

export const monitoringSettings = {
  metrics: setting(
    z
      .strictObject({
        host: setting(host().default("127.0.0.1"), "Address to listen on. Whoever reaches it may read: no passwords."),
        port: setting(port(0), "Port; 0 for any that is free.", { example: 9868 }),
        maxPeers: setting(
          count(1, 10_000).default(256),
          'Peers that metrics tell apart by Origin-Host; those that come later are `"other"` together.',
        ),
      })
      .optional(),
    "HTTP for monitoring: `/metrics` for Prometheus, `/healthz`, `/readyz`; see docs/operations.md. Left out: none.",
  ),
  admin: setting(
    z
      .strictObject({
        socket: setting(
          path(),
          "The Unix socket. Its folder has to be there; a socket that a killed server has left is replaced.",
          { path: true, example: "/run/diamgen/admin.sock" },
        ),
        mode: setting(
          z.enum(["0600", "0660"]).default("0600"),
          "Who may connect, and do all that an operator can: the user of the server (and root), or its group too. Quoted.",
        ),
      })
      .optional(),
    "HTTP on a Unix socket, for `diamgen-server peers`, `stats`, `trace`, `log-level` and `registrations`; see docs/operations.md. Left out: none.",
  ),
};
