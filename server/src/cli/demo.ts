/** `diamgen-server --demo` */
import type { Logger } from "pino";
import { startDemo } from "../demo/demo-server.js";
import { DEMO } from "../demo/names.js";
import { untilSignalled } from "../service/signals.js";
import { ExitCode } from "./exit-code.js";

export interface DemoCommand {
  readonly host: string;
  readonly port: number;
  readonly data: string | undefined;
  readonly log: Logger;
}

export async function runDemo({ host, port, data, log }: DemoCommand): Promise<number> {
  const ended = untilSignalled({
    reload: async () => log.info("a demo has no configuration to read again"),
    abort: () => process.exit(ExitCode.INVALID),
  });
  const demo = await startDemo({ host, port, log, data });
  // For whoever started us, and for people: where it can be reached.
  process.stdout.write(`listening on ${demo.host} port ${demo.port} as ${DEMO.server}\n`);
  const signal = await ended;
  log.info({ signal }, "stopping: peers are told, what is being answered is finished");
  await demo.stop();
  return ExitCode.OK;
}
