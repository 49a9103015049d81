/** A `diamgen-server` by a configuration file, as on a machine of its own: killed and started again over the same folder. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SpoolFolder } from "../../../server/src/accounting/delivered.js";
import type { DatabaseOptions } from "../../../server/src/store/index.js";
import { freePort, Program } from "../../support/process.js";
import { BIN } from "../demo.js";

export interface MachineOptions {
  readonly name: string;
  /** An empty folder, which is the machine's alone. */
  readonly folder: string;
  readonly database: DatabaseOptions;
  /** Below `accounting:`, beside the spool. */
  readonly accounting?: Readonly<Record<string, unknown>>;
  /** Further keys of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export class Machine implements AsyncDisposable {
  readonly port: number;
  readonly originHost: string;
  readonly folder: string;
  private program: Program | undefined;

  private constructor({ name, folder }: MachineOptions, port: number) {
    this.originHost = `${name}.diameter.test`;
    this.folder = folder;
    this.port = port;
  }

  /** Writes the configuration; starts nothing. */
  static async prepare(options: MachineOptions): Promise<Machine> {
    const machine = new Machine(options, await freePort());
    await mkdir(options.folder, { recursive: true });
    const { prepare: _prepare, ...database } = options.database as DatabaseOptions & { readonly prepare?: boolean };
    const configuration = {
      identity: machine.originHost,
      listen: [{ host: "127.0.0.1", port: machine.port }],
      accept: ["*.diameter.test"],
      database,
      accounting: { waitMs: 150, ...options.accounting, spool: { directory: "spool" } },
      logging: { level: "warn" },
      ...options.settings,
    };
    // JSON is YAML.
    await writeFile(machine.file, JSON.stringify(configuration));
    return machine;
  }

  private get file(): string {
    return join(this.folder, "server.yaml");
  }

  /** What it has said, since it was started last. */
  get output(): string {
    return this.program?.output ?? "";
  }

  get pid(): number {
    return this.program?.pid ?? 0;
  }

  /** Resolves when it listens. `runner` is what it is run by, such as strace. */
  async start(runner: readonly string[] = []): Promise<void> {
    const [command = "", ...rest] = [...runner, process.execPath, BIN, "--config", this.file];
    // Those of the tests are no settings of the server.
    const ours = Object.keys(process.env).filter((name) => name.startsWith("DIAMGEN_"));
    const program = Program.start(command, rest, { env: Object.fromEntries(ours.map((name) => [name, undefined])) });
    this.program = program;
    await program.waitFor(/^listening on /m, { timeoutMs: 30_000 });
  }

  /** kill -9. */
  async kill(): Promise<void> {
    await this.program?.stop("SIGKILL");
  }

  async stop(): Promise<void> {
    await this.program?.stop();
  }

  /** Records in the spool of a sink; only while the machine does not run. */
  async spooled(sink = "sql"): Promise<number> {
    const spool = await SpoolFolder.open({ folder: join(this.folder, "spool", sink) });
    try {
      return [spool.own, ...spool.left].reduce((sum, { records }) => sum + records, 0);
    } finally {
      await spool.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
