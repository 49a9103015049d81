/** What a worker process runs: see `workers` of the configuration. The supervisor starts it, and tells it everything else. */
import { serveWorker } from "../supervisor/worker.js";
import { ExitCode } from "./exit-code.js";
import { describe } from "./failures.js";

process.title = "diamgen-server: worker";
// A terminal sends SIGINT to the supervisor and to us, systemd SIGTERM: the supervisor says when it is time.
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.on(signal, () => {});
serveWorker({
  port: {
    send: (message, done) => process.send?.(message, undefined, undefined, done),
    on: (event, listener) => process.on(event, listener),
  },
  describe,
  end: () => process.exit(ExitCode.OK),
});
