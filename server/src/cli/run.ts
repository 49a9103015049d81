/** `diamgen-server --config FILE`: serves until SIGTERM or SIGINT. */
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { ConfigError } from "../config/diagnostics.js";
import type { Loaded } from "../config/load.js";
import type { Config } from "../config/schema/index.js";
import { createLogger, type LogLevel } from "../log.js";
import { Notifier } from "../service/notify.js";
import type { Service } from "../service/service.js";
import { untilSignalled } from "../service/signals.js";
import type { Supervisor } from "../supervisor/supervisor.js";
import { workerCount } from "../supervisor/worker-count.js";
import { ExitCode } from "./exit-code.js";
import { Notes } from "./notes.js";

const WORKER = fileURLToPath(new URL("./worker.js", import.meta.url));

export interface RunCommand {
  /** Reads the configuration, again at each SIGHUP. Rejects with a ConfigError. */
  readonly load: () => Promise<Loaded>;
  /** What the command line says wins over the file. */
  readonly logLevel: LogLevel | undefined;
  readonly logFormat: "json" | "pretty" | undefined;
}

export async function run({ load, logLevel, logFormat }: RunCommand): Promise<number> {
  const effective = async (): Promise<Loaded> => {
    const { config, report } = await load();
    const { level, format } = config.logging;
    const wins = { level: logLevel ?? level, format: logFormat ?? format } as Config["logging"];
    return { config: { ...config, logging: wins }, report };
  };
  const { config, report } = await effective();
  const log = createLogger({ level: config.logging.level, pretty: config.logging.format === "pretty" });
  const notes = new Notes(log);
  notes.tell(report);
  let service: Service | Supervisor | undefined;
  let lives = () => true;
  using systemd = new Notifier(log, () => lives());
  let isStopping = false;
  // From now on: a SIGTERM while the database is opened ends the server as soon as it is up, in order.
  const ended = untilSignalled({
    reload: async () => {
      if (service !== undefined && !isStopping) await reload(service, effective, systemd, log, notes);
    },
    abort: (signal) => {
      log.error({ signal }, "a second signal: ending at once");
      process.exit(ExitCode.INVALID);
    },
  });
  const { running, failed, ...started } = await start(config, log);
  service = running;
  lives = started.lives;
  for (const { address, port } of service.addresses)
    process.stdout.write(`listening on ${address} port ${port} as ${config.identity}\n`);
  if (service.monitorAddress !== undefined) {
    const { address, port } = service.monitorAddress;
    process.stdout.write(`metrics on ${address} port ${port}\n`);
  }
  await systemd.tell("ready", `serving ${config.realm}`);
  const signal = await Promise.race([ended, failed]);
  isStopping = true;
  log.info({ signal }, "stopping: peers are told, what is being answered is finished");
  await systemd.tell("stopping", "taking leave of peers");
  await service.stop();
  return ExitCode.OK;
}

interface Started {
  readonly running: Service | Supervisor;
  /** Rejects where it cannot go on by itself. */
  readonly failed: Promise<never>;
  /** False while nobody serves, though this process does what it has to. */
  readonly lives: () => boolean;
}

/** A supervisor needs no database, and a server alone no cluster: what is not needed is not loaded. */
async function start(config: Config, log: Logger): Promise<Started> {
  if (workerCount(config) === 1) {
    const { Service } = await import("../service/service.js");
    return { running: await Service.start(config, log), failed: new Promise(() => {}), lives: () => true };
  }
  const { Supervisor } = await import("../supervisor/supervisor.js");
  const supervisor = await Supervisor.start({ config, log, program: WORKER });
  return { running: supervisor, failed: supervisor.failed, lives: () => supervisor.lives };
}

async function reload(
  service: Service | Supervisor,
  load: () => Promise<Loaded>,
  systemd: Notifier,
  log: Logger,
  notes: Notes,
): Promise<void> {
  await systemd.tell("reloading", "reading the configuration again");
  try {
    const { config, report } = await load();
    const { reloaded, restart } = await service.reload(config);
    notes.tell(report);
    log.info({ changed: reloaded }, "the configuration was read again");
    if (restart.length > 0)
      log.warn({ settings: restart }, "changed in the configuration, in force only after a restart");
  } catch (error) {
    if (error instanceof ConfigError)
      for (const { code, at, message, hint } of error.diagnostics)
        log.error({ code, at: `${at.file}:${at.line}:${at.column}`, hint }, message);
    else log.error({ err: error }, "the configuration could not be read again");
    log.error("the configuration before stays in force");
  }
  await systemd.tell("ready", `serving ${service.config.realm}`);
}
