/** What lets people and programs look after a running server. */
import { z } from "zod";
import { setting } from "./setting.js";
import { count, host, port } from "./values.js";

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
};
